"""The engine worker: a process that runs one engine. Requests are lines of JSON, responses are frames of JSON.

A frame is a length in four bytes and that many bytes. Resource limits keep the process from writing files that the
engine does not need, and from taking more memory than it is allowed. The request `{"do": "cancel"}` may arrive at any
time: it cancels the running statement on the server and ends the process.
"""

import contextlib
import importlib
import json
import os
import queue
import resource
import signal
import sys
import threading
from collections.abc import Generator
from typing import Any, BinaryIO

from aistack.databases.batches import next_batch_rows
from aistack.databases.engines.blocking import BlockingEngine
from aistack.databases.session import BATCH_BYTES, DatabaseFailed
from aistack.databases.target import FILES, BadTarget, Target
from aistack.databases.workers.process import LENGTH_BYTES

ENGINES = {
    "sqlite": "aistack.databases.engines.sqlite:SqliteEngine",
    "duckdb": "aistack.databases.engines.duckdb.engine:DuckdbEngine",
    "sqlserver": "aistack.databases.engines.dbapi.sqlserver:SqlServerEngine",
    "oracle": "aistack.databases.engines.dbapi.oracle:OracleEngine",
    "clickhouse": "aistack.databases.engines.clickhouse:ClickhouseEngine",
    "snowflake": "aistack.databases.engines.dbapi.snowflake:SnowflakeEngine",
    "bigquery": "aistack.databases.engines.bigquery:BigqueryEngine",
}
DRIVER_ADDRESS_SPACE = 4 << 30
ADDRESS_SPACE = {"sqlite": 1 << 30, "duckdb": 4 << 30}
FILE_BYTES_MAX = {"sqlite": 1 << 20}  # the -shm file of SQLite's write-ahead log


class Worker:
    """Handles the requests to one engine, one at a time."""

    def __init__(self) -> None:
        self.engine: Any = None
        self._requests: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()

    def read(self) -> None:
        """Reads requests in a thread of its own, so that a cancel is noticed while a statement runs."""
        for line in sys.stdin.buffer:
            request = json.loads(line)
            if request["do"] == "cancel":
                if hasattr(self.engine, "cancel"):
                    self.engine.cancel()
                os._exit(0)
            self._requests.put(request)
        self._requests.put(None)

    def serve(self) -> None:
        out = sys.stdout.buffer
        while (request := self._requests.get()) is not None:
            try:
                self._handle(request, out)
            except DatabaseFailed as error:
                _send(out, {"error": error.kind, "message": str(error)})
            except BadTarget as error:
                _send(out, {"error": "unreachable", "message": str(error)})
            except ImportError as error:
                message = f"{error.name} is not installed; pip install 'aistack[{request['target']['engine']}]'"
                _send(out, {"error": "failed", "message": message})
            except MemoryError:
                _send(out, {"error": "size", "message": "the statement needs more memory than it is allowed"})

    def _handle(self, request: dict[str, Any], out: BinaryIO) -> None:
        if request["do"] == "open":
            target = Target(**request["target"])
            _limit(target)
            self.engine = _engine(target, request["seconds"])
            _send(out, {"open": True})
        elif request["do"] == "run":
            _run(self.engine, request, out)
        else:
            _send(out, getattr(self.engine, request["do"])())


def main() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    worker = Worker()
    threading.Thread(target=worker.read, daemon=True).start()
    worker.serve()


def _limit(target: Target) -> None:
    memory = ADDRESS_SPACE.get(target.engine, DRIVER_ADDRESS_SPACE)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES_MAX.get(target.engine, 0), resource.RLIM_INFINITY))


def _engine(target: Target, seconds: float) -> BlockingEngine:
    module, _, name = ENGINES[target.engine].partition(":")
    made = getattr(importlib.import_module(module), name)
    return made(target) if target.engine in FILES else made(target, seconds)


@contextlib.contextmanager
def _files_writable(mode: str) -> Generator[None]:
    """Lifts the limit on file sizes while a statement writes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    if mode != "read":
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _run(engine: BlockingEngine, request: dict[str, Any], out: BinaryIO) -> None:
    mode, rows_left, bytes_left = request["mode"], request["rows"], request["bytes"]
    truncated = ""
    with _files_writable(mode), engine.statement(request["sql"], request["values"], mode, request["seconds"]) as result:
        next_rows = 1
        rows = result.fetch(min(next_rows, rows_left + 1))
        _send(out, {"columns": result.columns(rows), "changed": result.changed})
        while rows:
            size = _send_rows(out, rows[:rows_left])
            if len(rows) > rows_left:
                truncated = "rows"
                break
            rows_left -= len(rows)
            bytes_left -= size
            if bytes_left <= 0:
                truncated = "bytes"
                break
            next_rows = next_batch_rows(len(rows), size)
            rows = result.fetch(min(next_rows, rows_left + 1))
    _send(out, {"end": True, "truncated": truncated})


def _send_rows(out: BinaryIO, rows: list[Any]) -> int:
    """Sends rows in frames of limited size; returns their bytes in total."""
    body = json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    if len(body) > 4 * BATCH_BYTES and len(rows) > 1:
        half = len(rows) // 2
        return _send_rows(out, rows[:half]) + _send_rows(out, rows[half:])
    if rows:
        _write(out, body)
    return len(body)


def _send(out: BinaryIO, response: Any) -> None:
    _write(out, json.dumps(response, ensure_ascii=False).encode("utf-8", "replace"))


def _write(out: BinaryIO, body: bytes) -> None:
    out.write(len(body).to_bytes(LENGTH_BYTES))
    out.write(body)
    out.flush()


if __name__ == "__main__":
    main()
