"""Runs statements: check, apply masks and row filters, bind parameters, execute in a task of its own, cancel.

The task that talks to the database passes its batches through a bounded queue, so a slow reader slows the database
down, and a reader that leaves stops the statement.
"""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from aistack.chassis.errors import Conflict, Forbidden, InvalidInput, NotFound, Problem, Unavailable
from aistack.chassis.identity import Principal, through
from aistack.chassis.telemetry.logs import get_log
from aistack.connection.rights import Right, is_owner, owner_of
from aistack.databases.pool.session_pool import Pools
from aistack.databases.session import Column, DatabaseFailed, Limits, Mode, PreparesExports, WritesCsv
from aistack.databases.target import STORES
from aistack.databases.workers.exports import ENGINES as EXPORTED_ENGINES
from aistack.databases.workers.exports import ExportQuery, Exports
from aistack.query.execution.safe_errors import names_nothing, without_values
from aistack.query.execution.targets import ResolvedConnection, Targets
from aistack.query.guard.caller_values import PREFIX as CALLER_PREFIX
from aistack.query.guard.caller_values import caller_values, reserved
from aistack.query.guard.masking import Restricted, UnknownTable, restricted
from aistack.query.guard.parameters import bound
from aistack.query.guard.statement_check import Checked, Refused, check
from aistack.query.history import History, Outcome
from aistack.query.settings import QuerySettings
from aistack.query.wire import CsvOptions, Format, QueryRequest, Statement

BATCHES_AHEAD = 2
RUNNING_MAX = 10_000
UNCHECKED_MS = 250  # after a statement's own check of rights
RIGHTS_AGE_SECONDS_MAX = 0.2
SCHEMA_SECONDS = 30.0  # how old a schema may be by which rules are applied
AI_SERVICE = "ai"  # it writes statements for principals that may ask in words, but not run SQL
STATUSES = {"unreachable": 502, "denied": 403, "time": 504, "busy": 503, "size": 413, "cancelled": 409, "failed": 400}


@dataclass(slots=True)
class RunRequest:
    """A statement to run, for whom, and its limits. `apply` keeps what a writing statement changes.

    `present` gives the principal with the rights of the moment, for work in the background.
    """

    statement: Statement
    limits: Limits
    who: Principal
    apply: bool = False
    query_id: str = ""
    form: Format = "json"
    present: Callable[[], Awaitable[Principal]] | None = None
    csv: CsvOptions = field(default_factory=CsvOptions)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A checked statement. `sql` and `values` are what is sent to the driver, with masks and row filters applied.

    `by_caller`: some of the values describe the caller. `right` is the one that the statement runs by. `ruled` are the
    tables in it that have rules.
    """

    connection: ResolvedConnection
    checked: Checked
    sql: str
    values: list[Any]
    by_caller: bool
    right: Right
    ruled: tuple[str, ...] = ()


@dataclass(slots=True)
class Execution:
    """A running statement. `batches` can be read once; `rows`, `truncated` and `error` are final after that."""

    id: str
    connection: ResolvedConnection
    mode: Mode
    columns: Sequence[Column] = ()
    changed: int | None = None
    rows: int = 0
    truncated: Literal["", "rows", "bytes"] = ""
    error: DatabaseFailed | None = None
    denied: DatabaseFailed | None = None  # the caller lost the right to it meanwhile
    begun: float = field(default_factory=time.monotonic)
    ended: float = 0.0
    task: asyncio.Task[None] | None = None
    raw: bool = False  # the engine encoded the result itself: batches are bytes
    queue: asyncio.Queue[Any] = field(default_factory=asyncio.Queue[Any])
    queue_slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(BATCHES_AHEAD))

    @property
    def elapsed_ms(self) -> int:
        return round(((self.ended or time.monotonic()) - self.begun) * 1000)

    async def batches(self) -> AsyncIterator[Any]:
        """Batches of rows, or bytes if `raw`. Raises DatabaseFailed. Leaving early stops the statement."""
        try:
            while (batch := await self.queue.get()) is not None:
                if self.denied is not None:
                    break
                self.queue_slots.release()
                yield batch
            if (error := self.denied or self.error) is not None:
                raise error
        finally:
            await self.stop()

    async def stop(self) -> None:
        """Cancels the statement, and returns when it has ended on the server."""
        if self.task is not None and not self.task.done():
            self.task.cancel()
            await asyncio.wait([self.task])

    def outcome(self, begun_at: datetime, tables: Sequence[str] = ()) -> Outcome:
        """The entry for the history."""
        return Outcome(
            self.id, self.connection.id, self.connection.name, self.mode, self.rows, self.elapsed_ms, self.error,
            begun_at, tables,
        )  # fmt: skip


@dataclass(slots=True)
class RunningQuery:
    """What can be cancelled, and by whom. There is no execution while its statement is being checked."""

    request: RunRequest
    right: Right = "run"
    execution: Execution | None = None
    cancelled: bool = False

    async def cancel(self) -> None:
        """Returns when the statement has ended on the server."""
        self.cancelled = True
        if self.execution is not None:
            await self.execution.stop()


class Runner:
    """Starts statements and keeps track of those that are running."""

    def __init__(self, targets: Targets, pools: Pools, history: History, settings: QuerySettings) -> None:
        self.targets = targets
        self.pools = pools
        self.history = history
        self.settings = settings
        self.exports = Exports()
        self.running: dict[tuple[str, str], RunningQuery] = {}  # by owner, who chooses ids, and id

    async def prepare(self, statement: Statement, who: Principal) -> Prepared:
        """The statement as it may run for this principal. Raises Refused, or Problem."""
        connection = await self.targets.of(statement.connection_id, who)
        right: Right = "run"
        if through.get() == AI_SERVICE and "run" not in connection.rights.rights:
            right = "ask"
        connection.rights.require(right, statement.connection_id)
        dialect = connection.target.dialect
        if connection.target.engine in STORES:
            raise InvalidInput(f"{connection.name} does not support SQL; send commands to /api/query/command")
        checked = check(statement.sql, dialect, may_write=right == "run" and "write" in connection.rights.rights)
        if name := reserved(statement.params):
            raise Refused("parameters", f"parameters cannot begin with {CALLER_PREFIX}; rename {name}")
        used: Right = "write" if checked.writes else right
        if not checked.is_query and (right == "ask" or connection.rules.against(who)):
            raise Refused(
                "statement", "plans and descriptions are not available to you, as parts of the data are hidden"
            )
        allowed = await self._restricted(connection, checked, who)
        sql, values = bound(allowed.sql, dialect, statement.params | allowed.values)
        return Prepared(connection, checked, sql, values, bool(allowed.values), used, tuple(allowed.tables))

    async def _restricted(self, connection: ResolvedConnection, checked: Checked, who: Principal) -> Restricted:
        """The statement with the principal's rules applied. Raises Refused, or Problem."""
        rules = connection.rules.against(who)
        if not rules:
            return Restricted(checked.sql)
        key = self.targets.mask_key(connection)
        for age_max in (SCHEMA_SECONDS, 0.0):  # what is unknown may be new
            rules_of_tables = await self.targets.bound_rules(connection, rules, age_max)
            try:
                return restricted(checked, rules_of_tables, connection.target, caller_values(who), key)
            except UnknownTable:
                if not age_max or not self.targets.may_refresh(connection):
                    raise
        raise AssertionError

    async def prepare_or_problem(self, statement: Statement, who: Principal) -> Prepared:
        """As `prepare`, but raises Problem instead of Refused."""
        try:
            return await self.prepare(statement, who)
        except Refused as error:
            raise refused_problem(error) from None

    async def start(self, request: RunRequest) -> Execution:
        """Returns when the first rows arrive or the statement ends. Raises Problem. Every outcome is recorded."""
        query_id = request.query_id or uuid.uuid4().hex
        key = owner_of(request.who), query_id
        if key in self.running:
            raise Conflict(f"a query with the id {query_id} is running")
        if len(self.running) >= RUNNING_MAX:
            raise Unavailable(f"{RUNNING_MAX} queries are running; try again later")
        self.running[key] = running = RunningQuery(request)
        begun = datetime.now(UTC)
        try:
            prepared = await self.prepare(request.statement, request.who)
        except Refused as error:
            del self.running[key]
            self.history.record_refused(query_id, request.statement, request.who, begun, str(error))
            raise refused_problem(error) from None
        except BaseException:
            del self.running[key]
            raise
        mode: Mode = "read" if not prepared.checked.writes else "apply" if request.apply else "preview"
        running.right = prepared.right
        running.execution = execution = Execution(query_id, prepared.connection, mode)
        ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(self._run(execution, prepared, request, ready), name=f"query:{query_id}")
        execution.task = task

        def finished(_: asyncio.Task[None]) -> None:
            del self.running[key]
            if not ready.done():  # cancelled before its first step
                execution.error = execution.denied or cancelled()
                ready.set_exception(execution.error)
            self.history.record(execution.outcome(begun, prepared.checked.tables), request.statement, request.who)

        task.add_done_callback(finished)
        if running.cancelled:
            task.cancel()
        try:
            await asyncio.shield(ready)
        except asyncio.CancelledError:  # the client disconnected
            task.cancel()
            raise
        except DatabaseFailed as error:
            raise database_problem(error) from None
        return execution

    async def _run(
        self, execution: Execution, prepared: Prepared, request: RunRequest, ready: asyncio.Future[None]
    ) -> None:
        connection, sql, values = prepared.connection, prepared.sql, prepared.values
        limits, form = request.limits, request.form

        async def enqueue(batch: Any) -> None:
            await execution.queue_slots.acquire()
            execution.queue.put_nowait(batch)
            if not ready.done():
                ready.set_result(None)

        try:
            pool = await self.pools.of(
                connection.id, connection.revision, connection.target, connection.max_connections
            )
            if form in ("arrow", "parquet") and execution.mode == "read" and can_export(prepared):
                execution.raw = True
                query = ExportQuery(sql, form, values)
                if connection.target.engine == "postgres":
                    async with pool.session(self.settings.wait_seconds_max) as session:
                        assert isinstance(session, PreparesExports)
                        exported, columns = await session.export_query(sql, values, limits)
                        query = ExportQuery(exported, form, columns=columns)
                async with (
                    pool.slot(self.settings.wait_seconds_max),
                    self.exports.run(await self.pools.reach(connection.target), query, limits) as export,
                ):
                    async for chunk in export.chunks:
                        await enqueue(chunk)
                    execution.rows, execution.truncated = export.rows, export.truncated
                return
            async with pool.session(self.settings.wait_seconds_max) as session:
                is_raw = (
                    form == "csv"
                    and request.csv.are_default
                    and execution.mode == "read"
                    and not prepared.by_caller
                    and prepared.checked.is_query
                )
                if is_raw and isinstance(session, WritesCsv):  # it writes the values into the statement
                    execution.raw = True
                    execution.rows = await session.csv(sql, values, limits, enqueue)
                    return
                async with session.run(sql, values, limits, execution.mode) as result:
                    execution.columns, execution.changed = result.columns, result.changed
                    async for batch in result.batches:
                        execution.rows += len(batch)
                        await enqueue(batch)
                    execution.truncated = result.truncated
        except DatabaseFailed as error:
            execution.error = error if not prepared.ruled else without_values(error, request.statement.sql)
            if prepared.ruled and names_nothing(error):
                self.targets.forget_schema(connection)
        except asyncio.CancelledError:
            execution.error = execution.denied or cancelled()
        except Exception as error:
            get_log("query").exception("query.crashed", query=execution.id, connection=connection.name)
            execution.error = DatabaseFailed("failed", f"internal error: {type(error).__name__}; see the log")
        finally:
            execution.ended = time.monotonic()
            execution.queue.put_nowait(None)
            if not ready.done() and execution.error is not None:
                ready.set_exception(execution.error)
            elif not ready.done():
                ready.set_result(None)

    async def cancel(self, query_id: str, who: Principal) -> None:
        """Cancels one of the principal's own queries; an owner of the stack can cancel any. Raises NotFound."""
        found = [
            query
            for (owner, one), query in self.running.items()
            if one == query_id and (is_owner(who) or owner == owner_of(who))
        ]
        if not found:
            raise NotFound(f"no query {query_id} is running")
        for query in found:
            await query.cancel()

    async def stop_without_rights(self) -> None:
        """Stops the statements that their callers may not run any more. Called a few times a second."""
        queries = [one for one in self.running.values() if one.execution and one.execution.elapsed_ms > UNCHECKED_MS]
        await asyncio.gather(*(self._stop_without_right(one) for one in queries))

    async def _stop_without_right(self, query: RunningQuery) -> None:
        execution, request = query.execution, query.request
        assert execution is not None
        name = execution.connection.name
        try:
            who = request.who if request.present is None else await request.present()
            found = await self.targets.of(execution.connection.id, who, RIGHTS_AGE_SECONDS_MAX)
            found.rights.require(query.right, name)
        except Problem as problem:
            if problem.status not in (NotFound.status, Forbidden.status):
                return  # nothing is known about the rights now
            why = f"{name} is gone, or was taken back" if problem.status == NotFound.status else problem.detail
            execution.denied = DatabaseFailed("denied", f"the statement was stopped: {why}")
            get_log("query").warning("query.denied", query=execution.id, connection=name, principal=request.who.id)
            await execution.stop()

    async def close(self) -> None:
        for query in list(self.running.values()):
            await query.cancel()
        await self.exports.close()


def can_export(prepared: Prepared) -> bool:
    """Whether an export worker can encode it. For PostgreSQL, values are written into the statement.

    DuckDB leaves earlier values in the empty slots of its Arrow arrays, which rules may hide.
    """
    engine = prepared.connection.target.engine
    hides = prepared.by_caller if engine == "postgres" else prepared.ruled and engine == "duckdb"
    return engine in EXPORTED_ENGINES and prepared.checked.is_query and not hides


def cancelled() -> DatabaseFailed:
    return DatabaseFailed("cancelled", "the query was cancelled")


def limits_of(request: QueryRequest, settings: QuerySettings) -> Limits:
    """The request's limits, with the service's defaults. Raises InvalidInput for one above the maximum."""
    rows = request.limit or (settings.rows_default if request.format == "json" else settings.rows_max)
    seconds = request.timeout_seconds or settings.seconds_default
    if rows > settings.rows_max:
        raise InvalidInput(f"limit is {rows}; at most {settings.rows_max} rows are allowed")
    if seconds > settings.seconds_max:
        raise InvalidInput(f"timeout_seconds is {seconds:g}; at most {settings.seconds_max:g} are allowed")
    return Limits(seconds, rows, settings.json_bytes_max if request.format == "json" else settings.export_bytes_max)


def database_problem(error: DatabaseFailed) -> Problem:
    return Problem(str(error), code=f"database-{error.kind}", status=STATUSES[error.kind])


def refused_problem(error: Refused) -> Problem:
    return Problem(str(error), code=f"sql-{error.kind}", status=400)
