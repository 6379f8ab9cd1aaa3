"""Exports: large results as Arrow or Parquet, encoded by a worker process that talks to the engine itself.

The rows never become Python objects in the service. Engines without such a path return rows through a session.
"""

import asyncio
import json
import signal
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from aistack.databases.session import Column, DatabaseFailed, Limits, TimeLimit
from aistack.databases.target import Target
from aistack.databases.workers.process import LENGTH_BYTES, kill, start_worker, wait_or_kill

Form = Literal["arrow", "parquet"]
ENGINES = ("postgres", "duckdb", "sqlite")
WORKER = "aistack.databases.workers.export_worker"
STREAM_BYTES = 1 << 22
SPARE_SECONDS = 60.0


@dataclass(slots=True)
class Export:
    """A result in `chunks`; `rows` and `truncated` are final after the last one."""

    chunks: AsyncIterator[bytes] = field(init=False)
    rows: int = 0
    truncated: Literal["", "rows", "bytes"] = ""


@dataclass(frozen=True, slots=True)
class ExportQuery:
    """What the worker runs. PostgreSQL takes no `values` and needs `columns`; DuckDB and SQLite know theirs."""

    sql: str
    form: Form
    values: Sequence[object] = ()
    columns: Sequence[Column] = ()


class Exports:
    """Runs exports. After the first one, a spare worker is kept ready until it has been idle for a while."""

    def __init__(self) -> None:
        self._spare: asyncio.subprocess.Process | None = None
        self._spare_since = 0.0
        self._starting: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def run(self, target: Target, query: ExportQuery, limits: Limits) -> AsyncGenerator[Export]:
        """Runs a statement that reads. Leaving the block stops it. Raises DatabaseFailed, also from the chunks."""
        process, self._spare = self._spare, None
        if process is None or process.returncode is not None:
            process = await start_worker(WORKER, STREAM_BYTES)
        try:
            async with _exported(process, target, query, limits) as export:
                yield export
        finally:
            if self._starting is None or self._starting.done():
                self._starting = asyncio.create_task(self._start_spare(), name="export:spare")

    async def _start_spare(self) -> None:
        if self._spare is None:
            self._spare, self._spare_since = await start_worker(WORKER, STREAM_BYTES), time.monotonic()

    async def close_idle(self) -> None:
        """Stops the spare worker when it has been idle for too long. Called periodically."""
        if self._spare is not None and time.monotonic() - self._spare_since > SPARE_SECONDS:
            await self.close()

    async def close(self) -> None:
        if self._starting is not None:
            await asyncio.wait([self._starting])
        process, self._spare = self._spare, None
        if process is not None:
            kill(process)
            await process.wait()


@asynccontextmanager
async def _exported(
    process: asyncio.subprocess.Process, target: Target, query: ExportQuery, limits: Limits
) -> AsyncGenerator[Export]:
    assert process.stdin is not None
    try:
        request = {"target": asdict(target), "limits": asdict(limits)} | asdict(query)
        process.stdin.write(json.dumps(request).encode() + b"\n")
        await process.stdin.drain()
        export = Export()
        export.chunks = _chunks(process, export, limits)
        yield export
    finally:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)  # the worker stops the statement on the server
        await wait_or_kill(process)


async def _chunks(process: asyncio.subprocess.Process, export: Export, limits: Limits) -> AsyncIterator[bytes]:
    assert process.stdout is not None
    time_limit, left = TimeLimit(limits.seconds), limits.bytes
    try:
        while True:
            async with time_limit.enforced():
                length = int.from_bytes(await process.stdout.readexactly(LENGTH_BYTES))
                chunk = await process.stdout.readexactly(length) if length else b""
            if not length:
                break
            left -= length
            if left < 0:
                raise DatabaseFailed("size", f"the result is larger than the limit of {limits.bytes} bytes")
            yield chunk
        end: dict[str, Any] = json.loads(await process.stdout.readline())
    except asyncio.IncompleteReadError:
        raise DatabaseFailed("failed", "the export process ended: it ran out of memory or crashed") from None
    if end.get("error"):
        raise DatabaseFailed(end["error"], end["message"])
    export.rows, export.truncated = end["rows"], end["truncated"]
