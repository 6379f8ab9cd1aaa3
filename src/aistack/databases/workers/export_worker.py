"""The export worker: runs one statement and encodes its result as Arrow or Parquet.

PostgreSQL is read through ADBC, DuckDB through its own Arrow reader. The request is a line of JSON on standard input.
The response is a sequence of chunks, each after its length; a length of zero ends them, and a line of JSON with the
outcome follows.
"""

import contextlib
import fcntl
import importlib
import json
import os
import resource
import signal
import sys
from typing import Any
from urllib.parse import quote

from aistack.databases.session import DatabaseFailed, Limits
from aistack.databases.target import Target
from aistack.databases.workers.process import LENGTH_BYTES

MEMORY_BYTES = 16 << 30
DATA_BYTES = 2 << 30
BATCH_ROWS = 64_000
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
    try:
        reader = (
            _postgres(target, request["sql"], limits)
            if target.engine == "postgres"
            else _duckdb(target, request["sql"])
        )
        rows, truncated = _write(reader, request["form"], limits.rows, output)
        output.end({"rows": rows, "truncated": truncated})
    except DatabaseFailed as error:
        output.end({"error": error.kind, "message": str(error)})
    except MemoryError:
        output.end({"error": "size", "message": "the export needs more memory than it is allowed"})
    except Exception as error:  # drivers raise exceptions of many kinds; the client gets the message
        message = str(error).split("\n")[0][:500]
        kind = "time" if "statement timeout" in message else "failed"
        output.end({"error": kind, "message": message})


def _postgres(target: Target, sql: str, limits: Limits) -> Any:
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
    cursor.execute(sql)
    return cursor.fetch_record_batch()


def _duckdb(target: Target, sql: str) -> Any:
    from aistack.databases.engines.duckdb import DuckdbEngine

    return DuckdbEngine(target).connection.execute(sql).to_arrow_reader(BATCH_ROWS)


def _write(reader: Any, form: str, rows_max: int, output: ChunkedOutput) -> tuple[int, str]:
    arrow: Any = importlib.import_module("pyarrow")
    writer = _writer(arrow, reader.schema, form, output)
    rows, truncated = 0, ""
    for batch in reader:
        if rows + batch.num_rows > rows_max:
            batch = batch.slice(0, rows_max - rows)
            truncated = "rows"
        writer.write_batch(batch)
        rows += batch.num_rows
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
