"""Running a statement: checked, bound, rewritten by the rules, run in its own task, stopped when told to.

The task that talks to the database hands its batches through a small queue, so that whoever reads slowly holds the
database back, and whoever leaves stops it.
"""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from aistack.chassis.errors import Conflict, InvalidInput, NotFound, Problem, Unavailable
from aistack.chassis.identity import Principal, through
from aistack.chassis.telemetry.logs import get_log
from aistack.connection.wire import Right
from aistack.databases.pool.session_pool import Pools
from aistack.databases.session import Column, DatabaseFailed, Limits, Mode, WritesCsv
from aistack.databases.target import STORES
from aistack.databases.workers.exports import Exports, can_export
from aistack.query.execution.targets import Known, Targets
from aistack.query.guard.masking import masked
from aistack.query.guard.parameters import bound
from aistack.query.guard.statement_check import Checked, Refused, check
from aistack.query.history import History
from aistack.query.settings import QuerySettings
from aistack.query.wire import Format, QueryRequest, Statement

BATCHES_AHEAD = 2
RUNNING_MAX = 10_000
ASKING = "ai"  # the service that writes statements for people who may only ask in words
STATUSES = {"unreachable": 502, "denied": 403, "time": 504, "busy": 503, "size": 413, "cancelled": 409, "failed": 400}


@dataclass(slots=True)
class Wanted:
    """A statement as it was asked for, with the limits that hold."""

    statement: Statement
    limits: Limits
    who: Principal
    apply: bool = False
    query_id: str = ""
    form: Format = "json"


@dataclass(slots=True)
class Execution:
    """A statement that runs. `batches` may be read once; what stands below is final when they ended."""

    id: str
    known: Known
    mode: Mode
    columns: Sequence[Column] = ()
    changed: int | None = None
    rows: int = 0
    truncated: Literal["", "rows", "bytes"] = ""
    error: DatabaseFailed | None = None
    begun: float = field(default_factory=time.monotonic)
    ended: float = 0.0
    task: asyncio.Task[None] | None = None
    raw: bool = False  # the engine wrote the format itself, and batches are bytes
    queue: asyncio.Queue[Any] = field(default_factory=asyncio.Queue[Any])
    room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(BATCHES_AHEAD))

    @property
    def elapsed_ms(self) -> int:
        return round(((self.ended or time.monotonic()) - self.begun) * 1000)

    async def batches(self) -> AsyncIterator[Any]:
        """Rows, or where `raw` pieces of the format. Raises DatabaseFailed. Leaving early stops the statement."""
        try:
            while (batch := await self.queue.get()) is not None:
                self.room.release()
                yield batch
            if self.error is not None:
                raise self.error
        finally:
            await self.stop()

    async def stop(self) -> None:
        """Returns when the statement has ended, on the server too."""
        if self.task is not None and not self.task.done():
            self.task.cancel()
            await asyncio.wait([self.task])


class Runner:
    """Starts statements, and knows which are running."""

    def __init__(self, targets: Targets, pools: Pools, history: History, settings: QuerySettings) -> None:
        self.targets = targets
        self.pools = pools
        self.history = history
        self.settings = settings
        self.exports = Exports()
        self.running: dict[str, tuple[Execution, Principal]] = {}

    async def check(self, statement: Statement, who: Principal) -> tuple[Known, Checked, str, list[Any]]:
        """The statement as it may run for this principal, with its values. Raises Refused, or Problem."""
        known = await self.targets.of(statement.connection_id)
        right: Right = "run"
        if through.get() == ASKING and "run" not in known.roles.held_by(who):
            right = "ask"
        held = known.roles.require(right, who, statement.connection_id)
        dialect = known.target.dialect
        if known.target.engine in STORES:
            raise InvalidInput(f"{known.name} speaks no SQL; send commands to /api/query/command")
        rules = known.rules.against(who)
        checked = check(statement.sql, dialect, may_write=right == "run" and "write" in held)
        written = checked.sql
        if rules.masks or rules.filters:
            written = masked(checked, rules, await self.targets.columns(known) if rules.masks else {})
        sql, values = bound(written, dialect, statement.params)
        return known, checked, sql, values

    async def checked(self, statement: Statement, who: Principal) -> tuple[Known, Checked, str, list[Any]]:
        """The same, with a refusal as Problem."""
        try:
            return await self.check(statement, who)
        except Refused as error:
            raise refusal(error) from None

    async def start(self, wanted: Wanted) -> Execution:
        """Returns once the first rows are there, or the end. Raises Problem; every outcome is in the history."""
        query_id = wanted.query_id or uuid.uuid4().hex
        if query_id in self.running:
            raise Conflict(f"a query with the id {query_id} is running")
        if len(self.running) >= RUNNING_MAX:
            raise Unavailable(f"{RUNNING_MAX} queries are running; try again later")
        begun = datetime.now(UTC)
        try:
            known, checked, sql, values = await self.check(wanted.statement, wanted.who)
        except Refused as error:
            self.history.refused(query_id, wanted.statement, wanted.who, begun, str(error))
            raise refusal(error) from None
        mode: Mode = "read" if not checked.writes else "apply" if wanted.apply else "preview"
        execution = Execution(query_id, known, mode)
        self.running[query_id] = (execution, wanted.who)
        ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(self._run(execution, sql, values, wanted, ready), name=f"query:{query_id}")
        execution.task = task

        def finished(_: asyncio.Task[None]) -> None:
            self.running.pop(query_id, None)
            self.history.note(execution, wanted.statement, wanted.who, begun, checked.tables)

        task.add_done_callback(finished)
        try:
            await asyncio.shield(ready)
        except asyncio.CancelledError:  # whoever asked has gone
            task.cancel()
            raise
        except DatabaseFailed as error:
            raise problem(error) from None
        return execution

    async def _run(
        self, execution: Execution, sql: str, values: list[Any], wanted: Wanted, ready: asyncio.Future[None]
    ) -> None:
        known, limits, form = execution.known, wanted.limits, wanted.form

        async def hand_over(batch: Any) -> None:
            await execution.room.acquire()
            execution.queue.put_nowait(batch)
            if not ready.done():
                ready.set_result(None)

        try:
            pool = await self.pools.of(known.id, known.revision, known.target, known.max_connections)
            if form in ("arrow", "parquet") and execution.mode == "read" and can_export(known.target, bool(values)):
                execution.raw = True
                async with (
                    pool.slot(self.settings.wait_seconds_max),
                    self.exports.exported(await self.pools.reach(known.target), sql, form, limits) as export,
                ):
                    async for piece in export.pieces:
                        await hand_over(piece)
                    execution.rows, execution.truncated = export.rows, export.truncated
                return
            async with pool.session(self.settings.wait_seconds_max) as session:
                if form == "csv" and execution.mode == "read" and isinstance(session, WritesCsv):
                    execution.raw = True
                    execution.rows = await session.csv(sql, values, limits, hand_over)
                    return
                async with session.run(sql, values, limits, execution.mode) as result:
                    execution.columns, execution.changed = result.columns, result.changed
                    async for batch in result.batches:
                        execution.rows += len(batch)
                        await hand_over(batch)
                    execution.truncated = result.truncated
        except DatabaseFailed as error:
            execution.error = error
        except asyncio.CancelledError:
            execution.error = DatabaseFailed("cancelled", "the query was cancelled")
        except Exception as error:
            get_log("query").exception("query.broke", query=execution.id, connection=known.name)
            execution.error = DatabaseFailed("failed", f"it broke off: {type(error).__name__}; the log tells more")
        finally:
            execution.ended = time.monotonic()
            execution.queue.put_nowait(None)
            if not ready.done() and execution.error is not None:
                ready.set_exception(execution.error)
            elif not ready.done():
                ready.set_result(None)

    async def cancel(self, query_id: str, who: Principal) -> None:
        """Stops a query of one's own, or as an administrator any. Raises NotFound."""
        found = self.running.get(query_id)
        if found is None or (found[1].id != who.id and not who.is_administrator):
            raise NotFound(f"no query {query_id} is running")
        await found[0].stop()

    async def close(self) -> None:
        for execution, _ in list(self.running.values()):
            await execution.stop()
        await self.exports.close()


def limits_of(asked: QueryRequest, settings: QuerySettings) -> Limits:
    """Raises InvalidInput."""
    rows = asked.limit or (settings.rows_default if asked.format == "json" else settings.rows_max)
    seconds = asked.timeout_seconds or settings.seconds_default
    if rows > settings.rows_max:
        raise InvalidInput(f"limit is {rows}; {settings.rows_max} rows are allowed")
    if seconds > settings.seconds_max:
        raise InvalidInput(f"timeout_seconds is {seconds:g}; {settings.seconds_max:g} are allowed")
    return Limits(seconds, rows, settings.json_bytes_max if asked.format == "json" else settings.export_bytes_max)


def problem(error: DatabaseFailed) -> Problem:
    return Problem(str(error), code=f"database-{error.kind}", status=STATUSES[error.kind])


def refusal(error: Refused) -> Problem:
    return Problem(str(error), code=f"sql-{error.kind}", status=400)
