"""A PostgreSQL session, over the extended query protocol, in which the server accepts a single statement only.

Protection: a READ ONLY transaction for each statement, a time limit on the server (statement_timeout), and a limit on
received bytes, so that no result exhausts memory.
"""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aistack.databases.batches import batched, single_batch
from aistack.databases.engines.postgres import catalogue as postgres_catalogue
from aistack.databases.engines.postgres.parameters import guessed_casts, literal, numbered, typed
from aistack.databases.engines.postgres.types import (
    columns_of,
    export_query,
    query_with_records,
    records_of,
    register_composites,
    register_found,
    register_types,
    type_modifiers,
    with_records,
)
from aistack.databases.json_values import json_rows
from aistack.databases.placeholders import rendered
from aistack.databases.receive_limit import TOO_LARGE, ReceiveLimit
from aistack.databases.schema import Schema
from aistack.databases.session import (
    Column,
    DatabaseFailed,
    Limits,
    Mode,
    Probe,
    Result,
    Row,
    TimeLimit,
)
from aistack.databases.target import Target

CANCEL_SECONDS_MAX = 1.0
CATALOGUE_SECONDS_MAX = 60
STARTUP = {"application_name": "ai-stack", "standard_conforming_strings": "on", "datestyle": "ISO, YMD"}
READ_ONLY = {"default_transaction_read_only": "on"}  # transaction poolers refuse it; each transaction is READ ONLY too
TIMEOUTS = {"statement_timeout": None, "lock_timeout": 5_000, "idle_in_transaction_session_timeout": 300_000}
OWN_TIMEOUTS = "SELECT name, setting::bigint FROM pg_catalog.pg_settings WHERE name = ANY($1::text[])"


class PostgresSession:
    """One connection, through asyncpg."""

    def __init__(self, connection: Any, receive_limit: ReceiveLimit, own_timeouts: Mapping[str, int]) -> None:
        """`own_timeouts` are those of the account, in milliseconds, 0 for none: they stay where they are tighter."""
        self._connection = connection
        self._receive_limit = receive_limit
        self._own_timeouts = own_timeouts
        self._dropped = False

    @property
    def broken(self) -> bool:
        return self._dropped or self._connection.is_closed()  # the server may have closed it while it was idle

    @classmethod
    async def open(cls, target: Target, seconds: float) -> "PostgresSession":
        """Raises DatabaseFailed."""
        connection: Any = None
        try:
            async with asyncio.timeout(seconds):
                connection = await _connect(target, seconds)
                register_types(connection)
                async with connection.transaction(readonly=True):  # a pooler then keeps to one server
                    own = dict(await connection.fetch(OWN_TIMEOUTS, list(TIMEOUTS)))
        except Exception as error:  # what does not answer like PostgreSQL raises errors that are not asyncpg's own
            if connection is not None:
                connection.terminate()
            raise _failed(error, f"PostgreSQL at {target.place}") from None
        return cls(connection, ReceiveLimit.on(connection), own)

    @asynccontextmanager
    async def run(
        self, sql: str, values: Sequence[object], limits: Limits, mode: Mode = "read"
    ) -> AsyncGenerator[Result]:
        time_limit = TimeLimit(limits.seconds)
        transaction = self._connection.transaction(readonly=mode == "read")
        ended = False
        try:
            async with self._translated_errors(), time_limit.enforced():
                await self._begin(transaction, limits, mode)
                statement, arguments, _, columns = await self._prepared(sql, values)
                records = records_of(statement.get_attributes()) if mode == "read" else []
                if records:
                    literal_sql, statement, columns = await self._with_literals(sql, values)
                    statement = await self._connection.prepare(query_with_records(literal_sql, len(columns), records))
                    arguments = []
            result = Result(columns)
            if mode == "read":
                async with self._translated_errors(), time_limit.enforced():
                    cursor = await statement.cursor(*arguments)
                result.batches = self._batches(cursor, result, limits, time_limit, records)
            else:
                self._receive_limit.count = 0
                async with self._translated_errors(), time_limit.enforced():
                    rows = await statement.fetch(*arguments)
                changed = "".join(filter(str.isdigit, statement.get_statusmsg().rpartition(" ")[2]))
                result.batches, result.changed = single_batch(json_rows(rows[: limits.rows])), int(changed or 0)
            yield result
            try:
                async with self._translated_errors(), time_limit.enforced():
                    await (transaction.commit() if mode == "apply" else transaction.rollback())
                ended = True
            except DatabaseFailed:
                if mode != "read":
                    raise  # what was read is complete, whatever happens to its session
        except DatabaseFailed as error:
            if error.kind in ("failed", "denied"):
                with contextlib.suppress(Exception):  # then the connection is dropped
                    async with asyncio.timeout(CANCEL_SECONDS_MAX):
                        await transaction.rollback()
                        ended = True
            raise
        finally:
            if not ended:
                await self._stop()

    async def _begin(self, transaction: Any, limits: Limits, mode: Mode) -> None:
        await transaction.start()
        await self._connection.execute(self._settings(limits, mode))

    async def _prepared(
        self, sql: str, values: Sequence[object]
    ) -> tuple[Any, list[Any], dict[int, str], list[Column]]:
        """The prepared statement, its arguments, the casts of its parameters, and its columns."""
        import asyncpg  # pyright: ignore[reportMissingTypeStubs] -- it has none

        self._receive_limit.count = 0
        self._receive_limit.recorded = bytearray()
        try:
            savepoint = self._connection.transaction() if values else contextlib.nullcontext()
            try:
                async with savepoint:
                    statement = await self._prepare(numbered(sql, {}))
            except (asyncpg.IndeterminateDatatypeError, asyncpg.AmbiguousParameterError):
                sql = numbered(sql, guessed_casts(values))
                statement = await self._connection.prepare(sql)
            arguments, casts = typed(values, statement.get_parameters())
            if await register_found(self._connection, statement.get_attributes()) or casts:
                statement = await self._connection.prepare(numbered(sql, casts))
            modifiers = type_modifiers(bytes(self._receive_limit.recorded))
        finally:
            self._receive_limit.recorded = None
        return statement, arguments, casts, columns_of(statement.get_attributes(), modifiers)

    async def _prepare(self, sql: str) -> Any:
        import asyncpg  # pyright: ignore[reportMissingTypeStubs] -- it has none

        try:
            return await self._connection.prepare(sql)
        except asyncpg.UnsupportedClientFeatureError:  # composites with fields that arrive as text
            await register_composites(self._connection)
            return await self._connection.prepare(sql)

    async def _with_literals(self, sql: str, values: Sequence[object]) -> tuple[str, Any, list[Column]]:
        """The statement with its values written into it, prepared, and its columns."""
        statement, arguments, casts, columns = await self._prepared(sql, values)
        if not values:
            return sql, statement, columns
        literals = [literal(*pair) for pair in zip(arguments, statement.get_parameters(), strict=True)]
        with_literals = rendered(sql, lambda number: f"({literals[number - 1]}{casts.get(number, '')})")
        return with_literals, statement, columns

    async def export_query(self, sql: str, values: Sequence[object], limits: Limits) -> tuple[str, list[Column]]:
        """What the export worker runs instead of a statement, and its columns. Raises DatabaseFailed."""
        transaction, ended = self._connection.transaction(readonly=True), False
        try:
            async with self._translated_errors(), TimeLimit(limits.seconds).enforced():
                await self._begin(transaction, limits, "read")
                literal_sql, statement, columns = await self._with_literals(sql, values)
                await transaction.rollback()
            ended = True
            return export_query(literal_sql, statement.get_attributes()), columns
        finally:
            if not ended:
                await self._stop()

    async def csv(
        self, sql: str, values: Sequence[object], limits: Limits, sink: Callable[[bytes], Awaitable[None]]
    ) -> int:
        """Passes the result to `sink` as CSV that the server encodes, with a header; returns the number of rows.

        The time limit includes the time that `sink` takes. Raises DatabaseFailed.
        """
        transaction = self._connection.transaction(readonly=True)
        left, ended = limits.bytes, False

        async def take(data: bytes) -> None:
            nonlocal left
            self._receive_limit.count = 0
            left -= len(data)
            if left < 0:
                raise DatabaseFailed("size", f"the result is larger than the limit of {limits.bytes} bytes")
            await sink(bytes(data))

        self._receive_limit.count = 0
        try:
            async with self._translated_errors(), TimeLimit(limits.seconds).enforced():
                await self._begin(transaction, limits, "read")
                if values:
                    sql, _, _ = await self._with_literals(sql, values)
                limited = f"SELECT * FROM (\n{sql.rstrip().rstrip(';')}\n) AS result LIMIT {limits.rows}"  # noqa: S608
                status = await self._connection.copy_from_query(limited, output=take, format="csv", header=True)
                await transaction.rollback()
            ended = True
            return int(status.rpartition(" ")[2])
        finally:
            if not ended:
                await self._stop()

    def _settings(self, limits: Limits, mode: Mode) -> str:
        """The settings of one transaction, which poolers keep apart; an account's own tighter limits stay."""
        settings = [] if mode == "read" else ["SET LOCAL transaction_read_only = off"]
        for name, default in TIMEOUTS.items():
            most = int(limits.seconds * 1000) if default is None else default
            settings.append(f"SET LOCAL {name} = {min(most, self._own_timeouts.get(name) or most)}")
        return "; ".join(settings)

    def _batches(
        self, cursor: Any, result: Result, limits: Limits, time_limit: TimeLimit, records: Sequence[int]
    ) -> AsyncIterator[Sequence[Row]]:
        async def fetch(count: int) -> tuple[Sequence[Any], int]:
            self._receive_limit.count = 0
            async with self._translated_errors(), time_limit.enforced():
                found = await cursor.fetch(count)
            return with_records(found, records) if records else found, self._receive_limit.count

        return batched(fetch, result, limits)

    @asynccontextmanager
    async def _translated_errors(self) -> AsyncGenerator[None]:
        """Raises DatabaseFailed for what the server or the driver raises."""
        try:
            yield
        except (OSError, EOFError, ValueError, TypeError, *_driver_errors()) as error:
            if self._receive_limit.exceeded:
                raise DatabaseFailed("size", TOO_LARGE) from None
            raise _failed(error, "the statement") from None

    async def _stop(self) -> None:
        """Cancels the statement on the server after a timeout or cancellation, and drops the connection."""
        self._dropped = True
        cancelling = set(self._connection._cancellations)  # asyncpg sends them when the wait is cancelled
        if cancelling:
            await asyncio.wait(cancelling, timeout=CANCEL_SECONDS_MAX)
        self._connection.terminate()

    async def probe(self) -> Probe:
        async with self._translated_errors(), asyncio.timeout(CATALOGUE_SECONDS_MAX):
            return await postgres_catalogue.probe(self._connection)

    async def schema(self) -> Schema:
        async with self._translated_errors(), asyncio.timeout(CATALOGUE_SECONDS_MAX):
            return await postgres_catalogue.schema(self._connection)

    async def close(self) -> None:
        with contextlib.suppress(Exception):  # the connection is closed either way
            await self._connection.close(timeout=CANCEL_SECONDS_MAX)
        self._dropped = True


async def _connect(target: Target, seconds: float) -> Any:
    """A connection through asyncpg; without READ_ONLY where a pooler refuses it."""
    import asyncpg  # pyright: ignore[reportMissingTypeStubs] -- it has none

    opened: Any = asyncpg

    async def connect(settings: dict[str, str]) -> Any:
        return await opened.connect(
            host=target.host,
            port=target.port,
            user=target.user or None,
            password=target.password,  # with None, asyncpg would read ~/.pgpass for any host
            database=target.database,
            ssl=_tls(target),
            timeout=seconds,
            statement_cache_size=0,
            server_settings=settings,
        )

    try:
        return await connect(STARTUP | READ_ONLY)
    except opened.ProtocolViolationError as error:
        if "startup parameter" not in str(error):
            raise
        return await connect(STARTUP)


def _driver_errors() -> tuple[type[Exception], ...]:
    import asyncpg  # pyright: ignore[reportMissingTypeStubs] -- it has none

    return asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OverflowError


def _is_gone(error: BaseException) -> bool:
    """Whether the server ended the session: it shuts down, starts, or an administrator or a pooler closed it."""
    import asyncpg  # pyright: ignore[reportMissingTypeStubs] -- it has none

    return isinstance(
        error,
        asyncpg.OperatorInterventionError | asyncpg.PostgresConnectionError | asyncpg.IdleSessionTimeoutError
        | asyncpg.InternalClientError | asyncpg.TooManyConnectionsError,
    )  # fmt: skip


def _tls(target: Target) -> Any:
    if target.verifies_tls:
        return target.tls_context()
    return {"off": False, "prefer": "prefer", "require": "require"}[target.tls]


def _failed(error: BaseException, what: str) -> DatabaseFailed:
    import asyncpg  # pyright: ignore[reportMissingTypeStubs] -- it has none

    message = str(error).split("\n")[0][:500] or type(error).__name__
    if isinstance(error, asyncpg.QueryCanceledError):
        return DatabaseFailed("time", f"the statement was stopped: {message}")
    if isinstance(error, asyncpg.InvalidAuthorizationSpecificationError):
        return DatabaseFailed("denied", f"{what} rejects this account: {message}")
    if isinstance(error, asyncpg.InsufficientPrivilegeError | asyncpg.ReadOnlySQLTransactionError):
        return DatabaseFailed("denied", message)
    if isinstance(error, TimeoutError):
        return DatabaseFailed("unreachable", f"{what} did not answer in time")
    if isinstance(error, ssl.SSLCertVerificationError):
        return DatabaseFailed("denied", f"the certificate of {what} cannot be verified: {message}")
    if isinstance(error, OSError | EOFError | asyncpg.InterfaceError) or _is_gone(error):
        return DatabaseFailed("unreachable", f"{what} cannot be reached: {message}")
    return DatabaseFailed("failed", message)
