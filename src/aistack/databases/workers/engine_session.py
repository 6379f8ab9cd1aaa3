"""Sessions that run in a worker process (`engine_worker.py`): SQLite, DuckDB, and servers whose drivers block.

SQLite and DuckDB execute in the process that calls them, and drivers buffer results as they like. A statement that
ignores interrupts, crashes the engine or exhausts memory ends the worker process and nothing else.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from typing import Any

from aistack.databases.schema import ColumnInfo, ForeignKey, IndexInfo, Schema, TableInfo
from aistack.databases.session import (
    STEP_BYTES_MAX,
    Column,
    DatabaseFailed,
    Limits,
    Mode,
    Probe,
    Result,
    Row,
    TimeLimit,
)
from aistack.databases.target import FILES, Target
from aistack.databases.workers.process import LENGTH_BYTES, kill, start_worker, wait_or_kill

STARTUP_SECONDS_MAX = 20.0
CANCEL_SECONDS_MAX = 3.0
CATALOGUE_SECONDS_MAX = 60.0


class EngineSession:
    """One worker process. It opens a database file a second time for each statement that writes."""

    def __init__(self, process: asyncio.subprocess.Process, target: Target) -> None:
        self._process = process
        self._target = target
        self.broken = False

    @classmethod
    async def open(cls, target: Target, seconds: float) -> "EngineSession":
        """Raises DatabaseFailed."""
        process = await start_worker("aistack.databases.workers.engine_worker")
        session = cls(process, target)
        try:
            request = {"do": "open", "target": asdict(target), "seconds": seconds}
            await session._request(request, seconds + STARTUP_SECONDS_MAX)
        except BaseException:
            session._kill()
            raise
        return session

    @asynccontextmanager
    async def run(
        self, sql: str, values: Sequence[object], limits: Limits, mode: Mode = "read"
    ) -> AsyncGenerator[Result]:
        time_limit = TimeLimit(limits.seconds)
        is_complete = False
        try:
            request = {"do": "run", "sql": sql, "values": list(values), "mode": mode, "seconds": limits.seconds}
            await self._send(request | {"rows": limits.rows, "bytes": limits.bytes})
            async with time_limit.enforced():
                first = await self._frame()
            result = Result([Column(*one) for one in first["columns"]], first.get("changed"))
            result.batches = self._batches(result, time_limit)
            yield result
            async for _ in result.batches:
                break  # unread rows are still arriving
            else:
                is_complete = True
        except DatabaseFailed as error:
            is_complete = error.kind in ("failed", "denied")
            raise
        finally:
            if not is_complete:
                await self._stop()

    async def _batches(self, result: Result, time_limit: TimeLimit) -> AsyncIterator[Sequence[Row]]:
        while True:
            async with time_limit.enforced():
                frame = await self._frame()
            if isinstance(frame, dict):
                result.truncated = frame["truncated"]
                return
            yield frame

    async def probe(self) -> Probe:
        found = await self._request({"do": "probe"}, CATALOGUE_SECONDS_MAX)
        found |= {name: tuple(found.get(name, ())) for name in ("warnings", "refused")}
        return Probe(**found)

    async def schema(self) -> Schema:
        found = await self._request({"do": "schema"}, CATALOGUE_SECONDS_MAX)
        return Schema([_table(one) for one in found["tables"]])

    async def close(self) -> None:
        self.broken = True
        if self._process.stdin is not None:
            self._process.stdin.close()
        await wait_or_kill(self._process)

    async def _request(self, request: dict[str, Any], seconds: float) -> Any:
        """Sends a request and returns its single response frame. Raises DatabaseFailed."""
        await self._send(request)
        try:
            async with asyncio.timeout(seconds):
                return await self._frame()
        except TimeoutError:
            self._kill()
            raise DatabaseFailed("time", f"{self._target.place} did not answer within {seconds:g} s") from None

    async def _send(self, request: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            await self._process.stdin.drain()
        except (OSError, TypeError) as error:
            self.broken = True
            raise DatabaseFailed("failed", f"the statement cannot be sent to its worker: {error}") from None

    async def _frame(self) -> Any:
        """The next frame from the worker. Raises DatabaseFailed."""
        assert self._process.stdout is not None
        try:
            length = int.from_bytes(await self._process.stdout.readexactly(LENGTH_BYTES))
            if length > STEP_BYTES_MAX:
                self._kill()
                raise DatabaseFailed("size", f"a row of the result is larger than {STEP_BYTES_MAX >> 20} MiB")
            frame: Any = json.loads(await self._process.stdout.readexactly(length))
        except (asyncio.IncompleteReadError, OSError):
            self._kill()
            raise DatabaseFailed("failed", "the engine process ended: it ran out of memory or crashed") from None
        if isinstance(frame, dict) and "error" in frame:
            raise DatabaseFailed(frame["error"], frame["message"])  # pyright: ignore[reportUnknownArgumentType]
        return frame  # pyright: ignore[reportUnknownVariableType]

    async def _stop(self) -> None:
        """Cancels the running statement on the server, and ends the process."""
        self.broken = True
        if self._target.engine not in FILES and self._process.returncode is None:
            with suppress(DatabaseFailed):
                await self._send({"do": "cancel"})
                await wait_or_kill(self._process, CANCEL_SECONDS_MAX)
        self._kill()

    def _kill(self) -> None:
        self.broken = True
        kill(self._process)


def _table(found: dict[str, Any]) -> TableInfo:
    table = TableInfo(**found)
    table.columns = [ColumnInfo(**one) for one in found["columns"]]
    table.foreign_keys = [ForeignKey(**one) for one in found["foreign_keys"]]
    table.indexes = [IndexInfo(**one) for one in found["indexes"]]
    return table
