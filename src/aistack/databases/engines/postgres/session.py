"""A PostgreSQL session, over the extended query protocol, in which the server accepts a single statement only.

Protection: a READ ONLY transaction for each statement, a time limit on the server (statement_timeout), and a limit on
received bytes, so that no result exhausts memory.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
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
SESSION = {
    "application_name": "ai-stack",
    "default_transaction_read_only": "on",
    "standard_conforming_strings": "on",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "300s",
    "datestyle": "ISO, YMD",
}


class PostgresSession:
    """One connection, through asyncpg."""

    def __init__(self, connection: Any, receive_limit: ReceiveLimit) -> None:
        self._connection = connection
        self._receive_limit = receive_limit
        self._dropped = False

    @property
    def broken(self) -> bool:
        return self._dropped or self._connection.is_closed()  # the server may have closed it while it was idle

    @classmethod
    async def open(cls, target: Target, seconds: float) -> "PostgresSession":
        """Raises DatabaseFailed."""
        import asyncpg  # pyright: ignore[reportMissingTypeStubs] -- it has none

        try:
            opened: Any = asyncpg
            connection: Any = await opened.connect(
                host=target.host,
                port=target.port,
                user=target.user or None,
                password=target.password,  # with None, asyncpg would read ~/.pgpass for any host
                database=target.database,
                ssl=_tls(target),
                timeout=seconds,
                statement_cache_size=0,
                server_settings=SESSION,
            )
            register_types(connection)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
            raise _failed(error, f"PostgreSQL at {target.place}") from None
        return cls(connection, ReceiveLimit.on(connection))

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
            async with self._translated_errors(), time_limit.enforced():
                await (transaction.commit() if mode == "apply" else transaction.rollback())
            ended = True
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
        await self._connection.execute(f"SET LOCAL statement_timeout = {int(limits.seconds * 1000)}")
        if mode != "read":
            await self._connection.execute("SET LOCAL transaction_read_only = off")

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
                    statement = await self._connection.prepare(numbered(sql, {}))
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
        except (OSError, ValueError, TypeError, *_driver_errors()) as error:
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


def _driver_errors() -> tuple[type[Exception], ...]:
    import asyncpg  # pyright: ignore[reportMissingTypeStubs] -- it has none

    return asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OverflowError


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
    if isinstance(error, OSError | asyncpg.InterfaceError | asyncpg.CannotConnectNowError):
        return DatabaseFailed("unreachable", f"{what} cannot be reached: {message}")
    return DatabaseFailed("failed", message)
