"""A MySQL or MariaDB session.

Protection: multiple statements are disabled in the protocol, sessions and transactions are READ ONLY, the server has a
time limit, and cancelling sends KILL over a second connection. The SQL mode makes the server read quotes and
backslashes as the guard does.
"""

import asyncio
import contextlib
import importlib
import ssl
import struct
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

from aistack.databases.batches import batched, single_batch
from aistack.databases.engines.mysql import catalogue as mysql_catalogue
from aistack.databases.engines.mysql.csv_stream import CsvStream
from aistack.databases.json_values import json_rows
from aistack.databases.placeholders import join_parts, split_at_placeholders
from aistack.databases.receive_limit import TOO_LARGE, BufferedReceiveLimit
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

COM_QUERY, COM_SET_OPTION, MULTI_STATEMENTS_OFF = 0x03, 0x1B, 1
CANCEL_AGAIN_SECONDS = 0.1
CONTROL_SECONDS_MAX = 2.0
CATALOGUE_SECONDS_MAX = 60
BINARY_CHARSET, BIT, UNSIGNED = 63, 16, 32
SQL_MODE = "STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"
SESSION = (
    f"SET SESSION sql_mode = '{SQL_MODE}'",
    "SET SESSION TRANSACTION READ ONLY",
    "SET SESSION lock_wait_timeout = LEAST(@@lock_wait_timeout, 5)",
    "SET SESSION innodb_lock_wait_timeout = LEAST(@@innodb_lock_wait_timeout, 5)",
)
INTEGERS, FLOATS, DECIMALS = (1, 2, 3, 8, 9, 13), (4, 5), (0, 246)
TYPES = {
    **dict.fromkeys(INTEGERS, "integer"),
    **dict.fromkeys(FLOATS, "float"),
    **dict.fromkeys(DECIMALS, "decimal"),
    **dict.fromkeys((10, 14), "date"),
    11: "time",
    **dict.fromkeys((7, 12), "timestamp"),
    245: "json",
    BIT: "integer",
    255: "binary",
}
TEXTS = (15, 247, 248, 249, 250, 251, 252, 253, 254)
DENIED = frozenset((1044, 1045, 1142, 1143, 1227, 1290, 1370, 1698, 1792, 4057))
TIMED_OUT = frozenset((1969, 3024, 1317))
GONE = frozenset((2002, 2003, 2006, 2013, 2014, 1040, 1053, 1158, 1159, 1160, 1161, 1927, 4031))


class MysqlSession:
    """One connection, through asyncmy."""

    def __init__(
        self, connection: Any, target: Target, receive_limit: BufferedReceiveLimit, mariadb: bool, seconds_max: float
    ) -> None:
        """`seconds_max` is the account's own time limit, 0 for none."""
        self._connection = connection
        self._target = target
        self._receive_limit = receive_limit
        self._mariadb = mariadb
        self._seconds_max = seconds_max
        self._dropped = False

    @property
    def broken(self) -> bool:
        return self._dropped or self._receive_limit.ended  # the server may have closed it while it was idle

    @classmethod
    async def open(cls, target: Target, seconds: float) -> "MysqlSession":
        """Raises DatabaseFailed."""
        connection = await _connect(target, seconds)
        try:
            async with asyncio.timeout(seconds):
                await connection._execute_command(COM_SET_OPTION, struct.pack("<H", MULTI_STATEMENTS_OFF))
                await connection.read_packet()
                for statement in SESSION:
                    await connection.query(statement)
                mariadb = "mariadb" in connection.get_server_info().lower()
                seconds_max = await _own_time_limit(connection, mariadb)
        except Exception as error:
            connection.close()
            raise _failed(error, target) from None
        return cls(connection, target, BufferedReceiveLimit.on(connection), mariadb, seconds_max)

    @asynccontextmanager
    async def run(
        self, sql: str, values: Sequence[object], limits: Limits, mode: Mode = "read"
    ) -> AsyncGenerator[Result]:
        from asyncmy.cursors import Cursor, SSCursor

        time_limit = TimeLimit(limits.seconds)
        cursor: Any = self._connection.cursor(SSCursor if mode == "read" else Cursor)
        literal_sql = _with_values(self._connection, sql, values)
        ended = False
        try:
            async with self._translated_errors(), time_limit.enforced():
                await self._connection.query(self._time_limit(limits.seconds))
                await self._connection.query(f"START TRANSACTION {'READ ONLY' if mode == 'read' else 'READ WRITE'}")
                self._receive_limit.count = 0
                await cursor.execute(literal_sql)
            result = Result(_columns(cursor))
            if mode == "read":
                result.batches = self._batches(cursor, result, limits, time_limit)
            else:
                rows: list[Any] = list(await cursor.fetchall()) if result.columns else []
                result.batches, result.changed = single_batch(json_rows(rows[: limits.rows])), cursor.rowcount
            yield result
            if result.truncated or not _is_received(cursor, mode):
                return  # rows are still arriving: dropping the connection is cheaper than reading them
            try:
                async with self._translated_errors(), time_limit.enforced():
                    await self._connection.query("COMMIT" if mode == "apply" else "ROLLBACK")
                ended = True
            except DatabaseFailed:
                if mode != "read":
                    raise  # what was read is complete, whatever happens to its session
        except DatabaseFailed as error:
            if error.kind in ("failed", "denied"):
                with contextlib.suppress(Exception):  # then the connection is dropped
                    async with asyncio.timeout(CONTROL_SECONDS_MAX):
                        await self._connection.query("ROLLBACK")
                        ended = True
            raise
        finally:
            if not ended:
                await self._stop()

    async def csv(
        self, sql: str, values: Sequence[object], limits: Limits, sink: Callable[[bytes], Awaitable[None]]
    ) -> int:
        """Passes the result to `sink` as CSV with a header; returns the number of rows. Raises DatabaseFailed."""
        time_limit, left, ended = TimeLimit(limits.seconds), limits.bytes, False
        try:
            async with self._translated_errors(), time_limit.enforced():
                literal_sql = _with_values(self._connection, sql, values)
                await self._connection.query(self._time_limit(limits.seconds))
                await self._connection.query("START TRANSACTION READ ONLY")
                received = self._receive_limit.divert()
                await self._connection._execute_command(COM_QUERY, literal_sql)
            ends_definitions = not getattr(self._connection, "_deprecate_eof", False)  # negotiated with the server
            stream = CsvStream(received, time_limit, limits.rows, _csv_kind, ends_definitions=ends_definitions)
            async with self._translated_errors():
                async for lines in stream.lines():
                    left -= len(lines)
                    if left < 0:
                        raise DatabaseFailed("size", f"the result is larger than the limit of {limits.bytes} bytes")
                    await sink(lines)
            self._receive_limit.restore()
            if stream.is_complete:
                async with self._translated_errors(), time_limit.enforced():
                    await self._connection.query("ROLLBACK")
                ended = True
            return stream.rows
        finally:
            if not ended:
                await self._stop()

    async def _batches(
        self, cursor: Any, result: Result, limits: Limits, time_limit: TimeLimit
    ) -> AsyncIterator[Sequence[Row]]:
        async def fetch(count: int) -> tuple[Sequence[Any], int]:
            self._receive_limit.resume()
            async with self._translated_errors(), time_limit.enforced():
                found = await cursor.fetchmany(count)
            return found, self._receive_limit.pause()

        async for batch in batched(fetch, result, limits):
            yield batch
        self._receive_limit.resume()

    def _time_limit(self, seconds: float) -> str:
        seconds = min(seconds, self._seconds_max or seconds)
        if self._mariadb:
            return f"SET SESSION max_statement_time = {seconds:.3f}"
        return f"SET SESSION max_execution_time = {int(seconds * 1000)}"

    @asynccontextmanager
    async def _translated_errors(self) -> AsyncGenerator[None]:
        """Raises DatabaseFailed for what the server or the driver raises."""
        from asyncmy.errors import MySQLError

        try:
            yield
        except (OSError, MySQLError, ValueError, TypeError, EOFError) as error:
            if self._receive_limit.exceeded:
                raise DatabaseFailed("size", TOO_LARGE) from None
            raise _failed(error, self._target) from None

    async def _stop(self) -> None:
        """Stops the statement on the server over a second connection, and drops this one."""
        self._dropped = True
        thread = self._connection.thread_id()
        self._connection.close()
        with contextlib.suppress(Exception):  # it may have ended already, or the server may be gone
            async with asyncio.timeout(CONTROL_SECONDS_MAX):
                control = await _connect(self._target, CONTROL_SECONDS_MAX)
                await control.query(f"KILL {int(thread)}")
                control.close()

    async def probe(self) -> Probe:
        async with self._translated_errors(), asyncio.timeout(CATALOGUE_SECONDS_MAX):
            return await mysql_catalogue.probe(self._connection, self._target.database)

    async def schema(self) -> Schema:
        async with self._translated_errors(), asyncio.timeout(CATALOGUE_SECONDS_MAX):
            return await mysql_catalogue.schema(self._connection)

    async def close(self) -> None:
        self._dropped = True
        with contextlib.suppress(Exception):  # the connection is closed either way
            async with asyncio.timeout(CONTROL_SECONDS_MAX):
                await self._connection.ensure_closed()


async def _within(seconds: float, connecting: Coroutine[Any, Any, Any]) -> Any:
    """What is connected in time. Raises TimeoutError otherwise.

    It is cancelled until it ends: `asyncio.wait_for` of Python 3.11, which asyncmy uses, loses a cancellation that
    comes at the moment when the server accepts (python/cpython#86296).
    """
    task = asyncio.ensure_future(connecting)
    try:
        await asyncio.wait({task}, timeout=seconds)
    finally:
        while not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=CANCEL_AGAIN_SECONDS)
    if task.cancelled():
        raise TimeoutError
    return task.result()


async def _connect(target: Target, seconds: float) -> Any:
    """Raises DatabaseFailed."""
    asyncmy: Any = importlib.import_module("asyncmy")
    conversions: dict[Any, Any] = importlib.import_module("asyncmy.converters").conversions
    encoders = {kind: encode for kind, encode in conversions.items() if not isinstance(kind, int)}
    decoders: dict[Any, Any] = {**dict.fromkeys(INTEGERS, int), **dict.fromkeys(FLOATS, float), BIT: int.from_bytes}

    async def connect(tls: ssl.SSLContext | None) -> Any:
        return await asyncmy.connect(
            host=target.host,
            port=target.port,
            user=target.user,
            password=target.password.encode(),
            database=target.database,
            charset="utf8mb4",
            connect_timeout=max(1, int(seconds)),
            autocommit=True,
            local_infile=False,
            conv={**encoders, **decoders},
            ssl=tls,
        )

    async def connect_as_wanted() -> Any:
        try:
            return await connect(None if target.tls == "off" else target.tls_context())
        except Exception as error:
            if target.tls != "prefer" or not _lacks_tls(error):
                raise
            return await connect(None)

    try:
        return await _within(seconds, connect_as_wanted())
    except Exception as error:  # asyncmy also raises errors that are not its own
        failed = _failed(error, target)
        if failed.kind == "failed" and not isinstance(error, _mysql_error()):
            failed = DatabaseFailed("unreachable", f"MySQL at {target.place} broke off the connection: {failed}")
        raise failed from None


def _mysql_error() -> type[Exception]:
    from asyncmy.errors import MySQLError

    return MySQLError


async def _own_time_limit(connection: Any, mariadb: bool) -> float:
    """Seconds that the account's own settings allow a statement; 0 for no limit."""
    async with connection.cursor() as cursor:
        await cursor.execute("SELECT @@max_statement_time" if mariadb else "SELECT @@max_execution_time / 1000")
        ((seconds,),) = await cursor.fetchall()
    return float(seconds or 0)


def _lacks_tls(error: BaseException) -> bool:
    """Whether the error means that the server does not support TLS."""
    code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    return isinstance(error, ssl.SSLError | EOFError) or code in (2006, 2013, 2026) or "[SSL" in str(error)


def _with_values(connection: Any, sql: str, values: Sequence[object]) -> str:
    """The statement with its values as literals, escaped for the session's SQL mode. Raises DatabaseFailed."""
    literals = [str(connection.literal(Decimal(repr(one)) if isinstance(one, float) else one)) for one in values]
    return join_parts(split_at_placeholders(sql, values), literals)


def _columns(cursor: Any) -> list[Column]:
    fields = getattr(cursor._result, "fields", None) or ()
    return [_column(one) for one in fields]


def _column(field: Any) -> Column:
    is_unsigned = bool(field.flags & UNSIGNED)
    precision = scale = 0
    if field.type_code in DECIMALS:  # its length counts the sign and the point
        precision, scale = field.length - (field.scale > 0) - (not is_unsigned), field.scale
    if field.type_code == FLOATS[0]:
        precision = 24
    return Column(field.name, _type_of(field), precision, scale, is_unsigned or field.type_code == BIT)


def _type_of(field: Any) -> str:
    if field.type_code in TEXTS:
        return "binary" if field.charsetnr == BINARY_CHARSET else "text"
    return TYPES.get(field.type_code, "other")


def _csv_kind(field: Any) -> str:
    return "bit" if field.type_code == BIT else _type_of(field)


def _is_received(cursor: Any, mode: Mode) -> bool:
    """Whether the whole result has been received."""
    return mode != "read" or not cursor._result or not cursor._result.unbuffered_active


def _failed(error: BaseException, target: Target) -> DatabaseFailed:
    if isinstance(error, DatabaseFailed):
        return error
    code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    message = str(error.args[1] if code and len(error.args) > 1 else error)[:500] or type(error).__name__
    where = f"MySQL at {target.place}"
    if isinstance(error, TimeoutError):
        return DatabaseFailed("unreachable", f"{where} did not answer in time")
    if "certificate verify failed" in message.lower():
        return DatabaseFailed("denied", f"the certificate of {where} cannot be verified: {message}")
    if code in TIMED_OUT:
        return DatabaseFailed("time", f"the statement was stopped: {message}")
    if code in DENIED:
        return DatabaseFailed("denied", message)
    if code in GONE or isinstance(error, OSError | EOFError):
        return DatabaseFailed("unreachable", f"{where} cannot be reached: {message}")
    return DatabaseFailed("failed", message)
