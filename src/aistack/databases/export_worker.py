"""The process that turns one statement into Arrow or Parquet: PostgreSQL through ADBC, DuckDB through its own reader.

It is told on its standard input, and answers with pieces, each after its length; a length of nothing ends them, and a
line of JSON says how it went.
"""

import importlib
import json
import resource
import signal
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from aistack.databases.session import DatabaseFailed, Limits
from aistack.databases.target import Target

MEMORY_BYTES = 6 << 30
DATA_BYTES = 1 << 30
BATCH_ROWS = 64_000
TLS = {"off": "disable", "prefer": "prefer", "require": "require", "verify": "verify-full"}


class Pieces:
    """A file whose every write is a piece."""

    closed = False

    def __init__(self) -> None:
        self._out = sys.stdout.buffer
        self._length = 0

    def write(self, data: Any) -> int:
        size = len(data)
        if size:
            self._out.write(size.to_bytes(4))
            self._out.write(data)
            self._length += size
        return size

    def tell(self) -> int:
        return self._length

    def flush(self) -> None:
        self._out.flush()

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def close(self) -> None:
        self.flush()

    def end(self, said: dict[str, Any]) -> None:
        self._out.write((0).to_bytes(4) + json.dumps(said).encode() + b"\n")
        self._out.flush()


def main() -> None:
    asked = json.loads(sys.stdin.buffer.readline())
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
        f"?sslmode={TLS[target.tls]}&application_name=ai-stack&options={quote(options)}"
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
    from aistack.databases.duckdb_engine import DuckdbEngine

    return DuckdbEngine(target).connection.execute(sql).to_arrow_reader(BATCH_ROWS)


def _written(reader: Any, form: str, rows_max: int, pieces: Pieces) -> tuple[int, str]:
    import pyarrow as pa  # pyright: ignore[reportMissingTypeStubs] -- it has none

    arrow: Any = pa
    opened = _opened(arrow, reader.schema, form, pieces)
    rows, truncated = 0, ""
    for batch in _batches(reader):
        if rows + batch.num_rows > rows_max:
            batch = batch.slice(0, rows_max - rows)
            truncated = "rows"
        opened.write_batch(batch)
        rows += batch.num_rows
        if truncated:
            break
    opened.close()
    return rows, truncated


def _batches(reader: Any) -> Iterator[Any]:
    yield from reader


def _opened(arrow: Any, schema: Any, form: str, pieces: Pieces) -> Any:
    if form == "arrow":
        return arrow.ipc.new_stream(pieces, schema)
    import pyarrow.parquet as parquet  # pyright: ignore[reportMissingTypeStubs] -- it has none

    writer: Any = parquet.ParquetWriter
    return writer(pieces, schema, compression="zstd")


if __name__ == "__main__":
    main()
