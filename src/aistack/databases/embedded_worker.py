"""The process that runs one embedded engine: questions come as lines of JSON, answers go as frames of JSON.

A frame is its length in four bytes and then that. The process may not write files beyond what the engine needs, and
takes no more memory than it is given.
"""

import contextlib
import json
import resource
import signal
import sys
from collections.abc import Generator
from typing import Any, BinaryIO

from aistack.databases.paging import next_count
from aistack.databases.session import BATCH_BYTES, DatabaseFailed
from aistack.databases.target import BadTarget, Target
from aistack.databases.workers import LENGTH_BYTES

ADDRESS_SPACE = {"sqlite": 1 << 30, "duckdb": 4 << 30}
FILE_BYTES_MAX = {"sqlite": 1 << 20, "duckdb": 0}  # SQLite keeps a small index of its log beside the file


def main() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    engine: Any = None
    for line in sys.stdin.buffer:
        asked = json.loads(line)
        try:
            if asked["do"] == "open":
                target = Target(**asked["target"])
                _limit(target)
                engine = _engine(target)
                _answer(sys.stdout.buffer, {"open": True})
            elif asked["do"] == "run":
                _run(engine, asked, sys.stdout.buffer)
            else:
                _answer(sys.stdout.buffer, getattr(engine, asked["do"])())
        except DatabaseFailed as error:
            _answer(sys.stdout.buffer, {"error": error.kind, "message": str(error)})
        except BadTarget as error:
            _answer(sys.stdout.buffer, {"error": "unreachable", "message": str(error)})
        except MemoryError:
            _answer(sys.stdout.buffer, {"error": "size", "message": "it takes more memory than a statement may"})


def _limit(target: Target) -> None:
    memory = ADDRESS_SPACE[target.engine]
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    soft = FILE_BYTES_MAX[target.engine]
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, resource.RLIM_INFINITY))


def _engine(target: Target) -> Any:
    if target.engine == "sqlite":
        from aistack.databases.sqlite_engine import SqliteEngine

        return SqliteEngine(target)
    from aistack.databases.duckdb_engine import DuckdbEngine

    return DuckdbEngine(target)


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
