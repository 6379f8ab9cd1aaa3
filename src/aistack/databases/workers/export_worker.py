"""The process that turns one statement into Arrow or Parquet: PostgreSQL through ADBC, DuckDB through its own reader.

It is told on its standard input, and answers with pieces, each after its length; a length of nothing ends them, and a
line of JSON says how it went.
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
PIECE_BYTES = 1 << 20
SMALL_BYTES = 4096
PARTS_MAX = 512
F_SETPIPE_SZ = 1031  # Linux
TLS = {"off": "disable", "prefer": "prefer", "require": "require", "verify": "verify-full"}


class Pieces:
    """A file whose every write is a piece."""

    closed = False

    def __init__(self) -> None:
        self._waiting: list[Any] = []
        self._size = 0
        self._length = 0
        with contextlib.suppress(OSError):
            fcntl.fcntl(1, F_SETPIPE_SZ, PIECE_BYTES)

    def write(self, data: Any) -> int:
        held = memoryview(data).cast("B")
        self._waiting.append(bytes(held) if len(held) < SMALL_BYTES else held)
        self._size += len(held)
        self._length += len(held)
        if self._size >= PIECE_BYTES:
            self._send()
        return len(held)

    def _send(self) -> None:
        if self._size:
            _write_all([self._size.to_bytes(LENGTH_BYTES), *self._waiting])
        self._waiting, self._size = [], 0

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

    def end(self, said: dict[str, Any]) -> None:
        self._send()
        _write_all([(0).to_bytes(LENGTH_BYTES), json.dumps(said).encode(), b"\n"])


def _write_all(parts: list[Any]) -> None:
    """To the standard output, without putting the parts together first."""
    left = [memoryview(part) for part in parts]
    while left:
        written = os.writev(1, left[:PARTS_MAX])
        while left and written >= len(left[0]):
            written -= len(left.pop(0))
        if written:
            left[0] = left[0][written:]


def main() -> None:
    for module in ("pyarrow", "pyarrow.parquet", "adbc_driver_postgresql.dbapi"):
        importlib.import_module(module)  # while nobody waits
    line = sys.stdin.buffer.readline()
    if not line:
        return
    asked = json.loads(line)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_DATA, (DATA_BYTES, DATA_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    target, limits, pieces = Target(**asked["target"]), Limits(**asked["limits"]), Pieces()
    try:
        reader = (
            _postgres(target, asked["sql"], limits) if target.engine == "postgres" else _duckdb(target, asked["sql"])
        )
        rows, truncated = _written(reader, asked["form"], limits.rows, pieces)
        pieces.end({"rows": rows, "truncated": truncated})
    except DatabaseFailed as error:
        pieces.end({"error": error.kind, "message": str(error)})
    except MemoryError:
        pieces.end({"error": "size", "message": "it takes more memory than an export may"})
    except Exception as error:  # whatever a driver raises is for whoever asked
        said = str(error).split("\n")[0][:500]
        kind = "time" if "statement timeout" in said else "failed"
        pieces.end({"error": kind, "message": said})


def _postgres(target: Target, sql: str, limits: Limits) -> Any:
    adbc: Any = importlib.import_module("adbc_driver_postgresql.dbapi")
    options = f"-c default_transaction_read_only=on -c statement_timeout={int(limits.seconds * 1000)}"
    account = quote(target.user, safe="") + (":" + quote(target.password, safe="") if target.password else "")
    uri = (
        f"postgresql://{account}@{quote(target.host, safe='')}:{target.port}/{quote(target.database, safe='')}"
        f"?sslmode={TLS[target.tls]}&application_name=ai-stack&passfile=/dev/null&options={quote(options)}"
    )
    if target.ca_file:
        uri += f"&sslrootcert={quote(target.ca_file)}"
    connection: Any = adbc.connect(uri)
    cursor: Any = connection.cursor()

    def stop(*_: object) -> None:
        cursor.adbc_cancel()
        sys.exit(1)

    signal.signal(signal.SIGTERM, stop)
    cursor.execute(sql)
    return cursor.fetch_record_batch()


def _duckdb(target: Target, sql: str) -> Any:
    from aistack.databases.engines.duckdb import DuckdbEngine

    return DuckdbEngine(target).connection.execute(sql).to_arrow_reader(BATCH_ROWS)


def _written(reader: Any, form: str, rows_max: int, pieces: Pieces) -> tuple[int, str]:
    arrow: Any = importlib.import_module("pyarrow")
    opened = _opened(arrow, reader.schema, form, pieces)
    rows, truncated = 0, ""
    for batch in reader:
        if rows + batch.num_rows > rows_max:
            batch = batch.slice(0, rows_max - rows)
            truncated = "rows"
        opened.write_batch(batch)
        rows += batch.num_rows
        if truncated:
            break
    opened.close()
    return rows, truncated


def _opened(arrow: Any, schema: Any, form: str, pieces: Pieces) -> Any:
    if form == "arrow":
        return arrow.ipc.new_stream(pieces, schema)
    parquet: Any = importlib.import_module("pyarrow.parquet")
    return parquet.ParquetWriter(pieces, schema, compression="zstd")


if __name__ == "__main__":
    main()
