"""Sessions in a process of their own that can be killed (`engine_worker.py`): files, and servers whose driver blocks.

SQLite and DuckDB run where they are called, drivers hold results where they please: a statement that ignores
interrupts, or crashes the engine, or asks for more memory than there is, ends its process and nothing else.
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
    Clock,
    Column,
    DatabaseFailed,
    Limits,
    Mode,
    Probe,
    Result,
    Row,
)
from aistack.databases.target import FILES, Target
from aistack.databases.workers.process import LENGTH_BYTES, ended, kill, start_worker

START_SECONDS_MAX = 20.0
CANCEL_SECONDS_MAX = 3.0
CATALOGUE_SECONDS_MAX = 60.0


class WorkerSession:
    """One worker process, which opens the file anew for each statement that writes."""

    def __init__(self, process: asyncio.subprocess.Process, target: Target) -> None:
        self._process = process
        self._target = target
        self.broken = False

    @classmethod
    async def open(cls, target: Target, seconds: float) -> "WorkerSession":
        """Raises DatabaseFailed."""
        process = await start_worker("aistack.databases.workers.engine_worker")
        session = cls(process, target)
        try:
            asked = {"do": "open", "target": asdict(target), "seconds": seconds}
            await session._ask(asked, seconds + START_SECONDS_MAX)
        except BaseException:
            session._kill()
            raise
        return session

    @asynccontextmanager
    async def run(
        self, sql: str, values: Sequence[object], limits: Limits, mode: Mode = "read"
    ) -> AsyncGenerator[Result]:
        clock = Clock(limits.seconds)
        whole = False
        try:
            asked = {"do": "run", "sql": sql, "values": list(values), "mode": mode, "seconds": limits.seconds}
            await self._send(asked | {"rows": limits.rows, "bytes": limits.bytes})
            async with clock.running():
                first = await self._frame()
            result = Result([Column(*one) for one in first["columns"]], first.get("changed"))
            result.batches = self._batches(result, clock)
            yield result
            async for _ in result.batches:
                break  # rows that nobody wanted are still coming
            else:
                whole = True
        except DatabaseFailed as error:
            whole = error.kind in ("failed", "denied")
            raise
        finally:
            if not whole:
                await self._stop()

    async def _batches(self, result: Result, clock: Clock) -> AsyncIterator[Sequence[Row]]:
        while True:
            async with clock.running():
                frame = await self._frame()
            if isinstance(frame, dict):
                result.truncated = frame["truncated"]
                return
            yield frame

    async def probe(self) -> Probe:
        found = await self._ask({"do": "probe"}, CATALOGUE_SECONDS_MAX)
        found |= {name: tuple(found.get(name, ())) for name in ("warnings", "refused")}
        return Probe(**found)

    async def schema(self) -> Schema:
        found = await self._ask({"do": "schema"}, CATALOGUE_SECONDS_MAX)
        return Schema([_table(one) for one in found["tables"]])

    async def close(self) -> None:
        self.broken = True
        if self._process.stdin is not None:
            self._process.stdin.close()
        await ended(self._process)

    async def _ask(self, what: dict[str, Any], seconds: float) -> Any:
        """One frame for one question. Raises DatabaseFailed."""
        await self._send(what)
        try:
            async with asyncio.timeout(seconds):
                return await self._frame()
        except TimeoutError:
            self._kill()
            raise DatabaseFailed("time", f"{self._target.place} did not answer within {seconds:g} s") from None

    async def _send(self, what: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(what).encode() + b"\n")
            await self._process.stdin.drain()
        except (OSError, TypeError) as error:
            self.broken = True
            raise DatabaseFailed("failed", f"the statement could not be handed over: {error}") from None

    async def _frame(self) -> Any:
        """What the worker says next. Raises DatabaseFailed."""
        assert self._process.stdout is not None
        try:
            length = int.from_bytes(await self._process.stdout.readexactly(LENGTH_BYTES))
            if length > STEP_BYTES_MAX:
                self._kill()
                raise DatabaseFailed("size", f"a row of its result is larger than {STEP_BYTES_MAX >> 20} MiB")
            frame: Any = json.loads(await self._process.stdout.readexactly(length))
        except (asyncio.IncompleteReadError, OSError):
            self._kill()
            raise DatabaseFailed("failed", "the engine ended over it: it took too much memory, or crashed") from None
        if isinstance(frame, dict) and "error" in frame:
            raise DatabaseFailed(frame["error"], frame["message"])  # pyright: ignore[reportUnknownArgumentType]
        return frame  # pyright: ignore[reportUnknownVariableType]

    async def _stop(self) -> None:
        """Stops what runs on the server, and ends the process."""
        self.broken = True
        if self._target.engine not in FILES and self._process.returncode is None:
            with suppress(DatabaseFailed):
                await self._send({"do": "cancel"})
                await ended(self._process, CANCEL_SECONDS_MAX)
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
