"""The process that runs one engine: questions come as lines of JSON, answers go as frames of JSON.

A frame is its length in four bytes and then that. The process may not write files beyond what the engine needs, and
takes no more memory than it is given. The line `{"do": "cancel"}` may come at any time: it stops what runs on
the server and ends the process.
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

from aistack.databases.batches import next_count
from aistack.databases.session import BATCH_BYTES, DatabaseFailed
from aistack.databases.target import FILES, BadTarget, Target
from aistack.databases.workers.process import LENGTH_BYTES

ENGINES = {
    "sqlite": "aistack.databases.engines.sqlite:SqliteEngine",
    "duckdb": "aistack.databases.engines.duckdb:DuckdbEngine",
    "sqlserver": "aistack.databases.engines.dbapi.sqlserver:SqlServerEngine",
    "oracle": "aistack.databases.engines.dbapi.oracle:OracleEngine",
    "clickhouse": "aistack.databases.engines.clickhouse:ClickhouseEngine",
    "snowflake": "aistack.databases.engines.dbapi.snowflake:SnowflakeEngine",
    "bigquery": "aistack.databases.engines.bigquery:BigqueryEngine",
}
DRIVER_ADDRESS_SPACE = 4 << 30
ADDRESS_SPACE = {"sqlite": 1 << 30, "duckdb": 4 << 30}
FILE_BYTES_MAX = {"sqlite": 1 << 20}  # SQLite keeps a small index of its log beside the file


class Worker:
    """One engine, asked for one thing at a time."""

    def __init__(self) -> None:
        self.engine: Any = None
        self._lines: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()

    def read(self) -> None:
        """Takes the lines in, so that a cancel is heard while a statement runs."""
        for line in sys.stdin.buffer:
            asked = json.loads(line)
            if asked["do"] == "cancel":
                if hasattr(self.engine, "cancel"):
                    self.engine.cancel()
                os._exit(0)
            self._lines.put(asked)
        self._lines.put(None)

    def serve(self) -> None:
        out = sys.stdout.buffer
        while (asked := self._lines.get()) is not None:
            try:
                self._do(asked, out)
            except DatabaseFailed as error:
                _answer(out, {"error": error.kind, "message": str(error)})
            except BadTarget as error:
                _answer(out, {"error": "unreachable", "message": str(error)})
            except ImportError as error:
                said = f"{error.name} is not installed; pip install 'aistack[{asked['target']['engine']}]'"
                _answer(out, {"error": "failed", "message": said})
            except MemoryError:
                _answer(out, {"error": "size", "message": "it takes more memory than a statement may"})

    def _do(self, asked: dict[str, Any], out: BinaryIO) -> None:
        if asked["do"] == "open":
            target = Target(**asked["target"])
            _limit(target)
            self.engine = _engine(target, asked["seconds"])
            _answer(out, {"open": True})
        elif asked["do"] == "run":
            _run(self.engine, asked, out)
        else:
            _answer(out, getattr(self.engine, asked["do"])())


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


def _engine(target: Target, seconds: float) -> Any:
    module, _, name = ENGINES[target.engine].partition(":")
    made = getattr(importlib.import_module(module), name)
    return made(target) if target.engine in FILES else made(target, seconds)


@contextlib.contextmanager
def _may_write(mode: str) -> Generator[None]:
    """Lifts the limit on files while a statement writes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    if mode != "read":
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _run(engine: Any, asked: dict[str, Any], out: BinaryIO) -> None:
    mode, rows_left, bytes_left = asked["mode"], asked["rows"], asked["bytes"]
    truncated = ""
    with _may_write(mode), engine.statement(asked["sql"], asked["values"], mode, asked["seconds"]) as found:
        wanted = 1
        rows = found.fetch(min(wanted, rows_left + 1))
        _answer(out, {"columns": found.columns(rows), "changed": found.changed})
        while rows:
            size = _answer_rows(out, rows[:rows_left])
            if len(rows) > rows_left:
                truncated = "rows"
                break
            rows_left -= len(rows)
            bytes_left -= size
            if bytes_left <= 0:
                truncated = "bytes"
                break
            wanted = next_count(len(rows), size)
            rows = found.fetch(min(wanted, rows_left + 1))
    _answer(out, {"end": True, "truncated": truncated})


def _answer_rows(out: BinaryIO, rows: list[Any]) -> int:
    """In frames of a bearable size; the bytes of them all."""
    body = json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    if len(body) > 4 * BATCH_BYTES and len(rows) > 1:
        half = len(rows) // 2
        return _answer_rows(out, rows[:half]) + _answer_rows(out, rows[half:])
    if rows:
        _write(out, body)
    return len(body)


def _answer(out: BinaryIO, what: Any) -> None:
    _write(out, json.dumps(what, ensure_ascii=False).encode("utf-8", "replace"))


def _write(out: BinaryIO, body: bytes) -> None:
    out.write(len(body).to_bytes(LENGTH_BYTES))
    out.write(body)
    out.flush()


if __name__ == "__main__":
    main()
