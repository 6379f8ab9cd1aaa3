"""The export worker: runs one statement and encodes its result as Arrow or Parquet.

PostgreSQL is read through ADBC, DuckDB through its own Arrow reader, SQLite as values. The request is a line of JSON on
standard input. The response is a sequence of chunks, each after its length; a length of zero ends them, and a line of
JSON with the outcome follows.
"""

import contextlib
import fcntl
import importlib
import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Generator, Iterator
from typing import Any
from urllib.parse import quote

from aistack.databases.arrow.columns import NATIVE, STORED, ArrowRows
from aistack.databases.session import Column, DatabaseFailed, Limits
from aistack.databases.target import Target
from aistack.databases.workers.process import LENGTH_BYTES

MEMORY_BYTES = 16 << 30
DATA_BYTES = 2 << 30
BATCH_ROWS = 16_000
CHUNK_BYTES = 1 << 20
COPIED_BYTES_MAX = 4096
PARTS_MAX = 512
F_SETPIPE_SZ = 1031  # Linux
TLS = {"off": "disable", "prefer": "prefer", "require": "require", "verify": "verify-full"}


class ChunkedOutput:
    """A writable file on standard output; what is written is sent in chunks."""

    closed = False

    def __init__(self) -> None:
        self._pending: list[Any] = []
        self._size = 0
        self._length = 0
        with contextlib.suppress(OSError):
            fcntl.fcntl(1, F_SETPIPE_SZ, CHUNK_BYTES)

    def write(self, data: Any) -> int:
        view = memoryview(data).cast("B")
        self._pending.append(bytes(view) if len(view) < COPIED_BYTES_MAX else view)
        self._size += len(view)
        self._length += len(view)
        if self._size >= CHUNK_BYTES:
            self._send()
        return len(view)

    def _send(self) -> None:
        if self._size:
            _write_all([self._size.to_bytes(LENGTH_BYTES), *self._pending])
        self._pending, self._size = [], 0

    def tell(self) -> int:
        return self._length

    def flush(self) -> None:
        return

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def close(self) -> None:
        self._send()

    def end(self, outcome: dict[str, Any]) -> None:
        self._send()
        _write_all([(0).to_bytes(LENGTH_BYTES), json.dumps(outcome).encode(), b"\n"])


def _write_all(parts: list[Any]) -> None:
    """Writes the parts to standard output without copying them into one buffer."""
    remaining = [memoryview(part) for part in parts]
    while remaining:
        written = os.writev(1, remaining[:PARTS_MAX])
        while remaining and written >= len(remaining[0]):
            written -= len(remaining.pop(0))
        if written:
            remaining[0] = remaining[0][written:]


def main() -> None:
    for module in ("pyarrow", "pyarrow.parquet", "adbc_driver_postgresql.dbapi"):
        importlib.import_module(module)  # before the first request, so that it does not wait for them
    line = sys.stdin.buffer.readline()
    if not line:
        return
    request = json.loads(line)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_DATA, (DATA_BYTES, DATA_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    target, limits, output = Target(**request["target"]), Limits(**request["limits"]), ChunkedOutput()
    columns = [Column(**one) for one in request["columns"]]
    try:
        with BATCHES[target.engine](target, request, limits, columns) as batches:
            rows, truncated = _write(batches, columns, request["form"], limits.rows, output)
        output.end({"rows": rows, "truncated": truncated})
    except DatabaseFailed as error:
        output.end({"error": error.kind, "message": str(error)})
    except MemoryError:
        output.end({"error": "size", "message": "the export needs more memory than it is allowed"})
    except Exception as error:  # drivers raise exceptions of many kinds; the client gets the message
        message = str(error).split("\n")[0][:500]
        kind = "time" if "statement timeout" in message else "failed"
        output.end({"error": kind, "message": message})


@contextlib.contextmanager
def _postgres(
    target: Target, request: dict[str, Any], limits: Limits, columns: list[Column]
) -> Generator[Iterator[Any]]:
    del columns  # the service has them from the server
    adbc: Any = importlib.import_module("adbc_driver_postgresql.dbapi")
    account = quote(target.user, safe="") + (":" + quote(target.password, safe="") if target.password else "")
    uri = (
        f"postgresql://{account}@{quote(target.host, safe='')}:{target.port}/{quote(target.database, safe='')}"
        f"?sslmode={TLS[target.tls]}&application_name=ai-stack&passfile=/dev/null"
    )
    if target.ca_file:
        uri += f"&sslrootcert={quote(target.ca_file)}"
    connection: Any = adbc.connect(uri)
    cursor: Any = connection.cursor()

    def stop(*_: object) -> None:
        cursor.adbc_cancel()
        sys.exit(1)

    signal.signal(signal.SIGTERM, stop)
    cursor.execute(
        "SET TRANSACTION READ ONLY"
    )  # in the transaction that the driver began: poolers refuse it at startup
    cursor.execute("SELECT setting::bigint FROM pg_catalog.pg_settings WHERE name = 'statement_timeout'")
    ((own,),) = cursor.fetchall()
    cursor.execute(f"SET LOCAL statement_timeout = {min(int(limits.seconds * 1000), own or sys.maxsize)}")
    cursor.execute(request["sql"])
    yield iter(cursor.fetch_record_batch())


@contextlib.contextmanager
def _duckdb(target: Target, request: dict[str, Any], limits: Limits, columns: list[Column]) -> Generator[Iterator[Any]]:
    from aistack.databases.engines.duckdb.engine import DuckdbEngine
    from aistack.databases.engines.duckdb.types import arrow_column

    with DuckdbEngine(target).arrow(request["sql"], request["values"], limits.seconds) as (types, reader):
        columns += [arrow_column(name, kind) for name, kind in types]
        columns += [Column(field.name, NATIVE) for field in reader.schema if not types]
        yield iter(reader)


@contextlib.contextmanager
def _sqlite(target: Target, request: dict[str, Any], limits: Limits, columns: list[Column]) -> Generator[Iterator[Any]]:
    """Values have types in SQLite, not columns: a column is what all of its first values are, else text."""
    from aistack.databases.engines.sqlite import SqliteEngine

    with SqliteEngine(target).statement(request["sql"], request["values"], "read", limits.seconds) as result:
        first = result.fetch_stored(BATCH_ROWS)
        columns += [Column(name, STORED) for name, _ in result.columns([])]
        yield _until_empty(lambda: result.fetch_stored(BATCH_ROWS), first)


def _until_empty(fetch: Callable[[], list[Any]], rows: list[Any]) -> Iterator[list[Any]]:
    while rows:
        yield rows
        rows = fetch()


BATCHES = {"postgres": _postgres, "duckdb": _duckdb, "sqlite": _sqlite}


def _write(
    batches: Iterator[Any], columns: list[Column], form: str, rows_max: int, output: ChunkedOutput
) -> tuple[int, str]:
    arrow: Any = importlib.import_module("pyarrow")
    encoder = ArrowRows(columns, unique_names=form == "parquet")
    ahead = next(batches, None)
    writer, rows, truncated = None, 0, ""
    while ahead is not None or writer is None:
        batch: Any = [] if ahead is None else ahead
        ahead = next(batches, None)
        if rows + len(batch) > rows_max:
            batch, truncated = batch[: rows_max - rows], "rows"
        if writer is None:
            encoder.settle(batch, ahead is None)
            writer = _writer(arrow, encoder.schema, form, output)
        writer.write_batch(encoder.encode(batch))
        rows += len(batch)
        if truncated:
            break
    writer.close()
    return rows, truncated


def _writer(arrow: Any, schema: Any, form: str, output: ChunkedOutput) -> Any:
    if form == "arrow":
        return arrow.ipc.new_stream(output, schema)
    parquet: Any = importlib.import_module("pyarrow.parquet")
    return parquet.ParquetWriter(output, schema, compression="zstd")


if __name__ == "__main__":
    main()
