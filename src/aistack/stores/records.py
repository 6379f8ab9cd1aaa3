"""Records: an async SQL engine, with the same tables on SQLite (WAL) and PostgreSQL."""

import asyncio
import json
import os
import re
import resource
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, TypeDecorator, event, text
from sqlalchemy.engine import Connection, Row
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

BUSY_SECONDS = 30
CONNECT_SECONDS_MAX = 15
MIGRATE_VARIABLE = "AISTACK_MIGRATE"  # "apart": in a separate process; otherwise in this one
REVISION = re.compile(r"^revision\b[^=]*=\s*[\"']([^\"']+)", re.MULTILINE)
SSLMODE = re.compile(r"([?&])sslmode=")  # libpq's name for asyncpg's ssl
DESCRIPTORS_OF_A_DATABASE = 8
MIGRATION_LOCK = 0x41695374  # the key of our PostgreSQL advisory lock

_migration_locks: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()

AnyRow = Row[*tuple[Any, ...]]


BigId = BigInteger().with_variant(Integer, "sqlite")  # SQLite auto-increments only INTEGER


class RecordsFailed(Exception):
    """The records cannot be opened; the message names the database and what to do."""


class NewerData(RecordsFailed):
    """The records have a revision that this version does not know."""


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetimes in UTC, also on SQLite, which stores no time zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


class Records:
    """The database of one service. `write` runs one transaction; on SQLite, one writer at a time."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.embedded = engine.dialect.name == "sqlite"
        self._write_lock = asyncio.Lock()

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[AsyncConnection]:
        async with self.engine.connect() as connection:
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[AsyncConnection]:
        """Commits when the block ends, rolls back when it raises."""
        if not self.embedded:
            async with self.engine.begin() as connection:
                yield connection
            return
        async with self._write_lock, self.engine.begin() as connection:
            yield connection

    async def ping(self) -> None:
        async with self.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        await self.engine.dispose()


async def open_records(url: str, default_path: Path, migrations: Path, head: str, version_table: str) -> Records:
    """Opens the records, and migrates them when they are not at `head`. An empty `url` means SQLite at `default_path`.

    Raises RecordsFailed.
    """
    records = Records(_engine(url, default_path))
    try:
        async with records.engine.connect() as connection:
            revision = await connection.run_sync(_revision, version_table)
        _refuse_newer(revision, migrations, records.engine.url.render_as_string(hide_password=True))
        if revision != head and os.environ.get(MIGRATE_VARIABLE) == "apart":
            await _migrate_in_process(url, default_path, migrations, head, version_table)
        elif revision != head:
            async with _migration_lock(), records.write() as connection:
                if not records.embedded:  # several instances may start on an empty database at the same time
                    await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
                await connection.run_sync(_upgrade, migrations, version_table)
    except NewerData:
        await records.close()
        raise
    except (SQLAlchemyError, OSError) as error:
        await records.close()
        cause = getattr(error, "orig", None) or error
        where = records.engine.url.render_as_string(hide_password=True)
        raise RecordsFailed(f"records at {where} cannot be opened: {cause}{_descriptor_hint()}") from error
    return records


async def _migrate_in_process(url: str, default_path: Path, migrations: Path, head: str, version_table: str) -> None:
    """Migrates in a separate process, because Alembic would stay in this one's memory. Raises RecordsFailed."""
    arguments = json.dumps([url, str(default_path), str(migrations), head, version_table])
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "aistack.stores.migration_process",
        stdin=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=os.environ | {MIGRATE_VARIABLE: "here"},
    )  # fmt: skip
    _, errors = await process.communicate(arguments.encode())
    if process.returncode:
        raise RecordsFailed(
            errors.decode("utf-8", "replace").strip() or f"migration failed with exit status {process.returncode}"
        )


def _migration_lock() -> asyncio.Lock:
    """Held while Alembic runs: its context is global to the process, and services may start at the same time."""
    return _migration_locks.setdefault(asyncio.get_running_loop(), asyncio.Lock())


def _engine(url: str, default_path: Path) -> AsyncEngine:
    if url.startswith(("postgresql://", "postgres://")):
        url = SSLMODE.sub(r"\1ssl=", "postgresql+asyncpg://" + url.partition("://")[2])
        waiting = {"timeout": CONNECT_SECONDS_MAX}  # a server that is stopped accepts connections and never answers
        return create_async_engine(
            url, pool_size=10, max_overflow=10, pool_pre_ping=True, pool_timeout=10, connect_args=waiting
        )
    path = url.removeprefix("sqlite:///") if url else str(default_path)
    engine = create_async_engine(
        f"sqlite+aiosqlite:///{path}", connect_args={"timeout": BUSY_SECONDS}, pool_size=4, max_overflow=4
    )
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions begin explicitly, see _begin_sqlite
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-8192"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _revision(connection: Connection, version_table: str) -> str | None:
    if not connection.dialect.has_table(connection, version_table):
        return None
    return connection.execute(text(f"SELECT version_num FROM {version_table}")).scalar()  # noqa: S608 -- our own name


def _descriptor_hint() -> str:
    """A hint that SQLite does not give: this process has reached its limit of open files."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    try:
        left = limit - len(os.listdir("/proc/self/fd"))
    except OSError:  # this needs a descriptor as well
        left = 0
    return (
        f"; this process may open only {limit} files; raise the limit: ulimit -n 4096"
        if left < DESCRIPTORS_OF_A_DATABASE
        else ""
    )


def _revisions(migrations: Path) -> set[str]:
    """The revisions in a migrations folder, read without Alembic, which is slow to import."""
    texts = (path.read_text("utf-8") for path in (migrations / "versions").glob("*.py"))
    return {found[1] for text in texts if (found := REVISION.search(text))}


async def check_revision(url: str, path: Path, migrations: Path, version_table: str) -> None:
    """Raises NewerData for records of a newer version, RecordsFailed if they cannot be opened. Creates nothing."""
    if not url and not path.exists():  # noqa: ASYNC240 -- a single call
        return
    try:
        records = Records(_engine(url, path))
    except SQLAlchemyError as error:
        raise RecordsFailed(f"records cannot be opened: {error}") from None
    where = records.engine.url.render_as_string(hide_password=True)
    try:
        async with records.engine.connect() as connection:
            revision = await connection.run_sync(_revision, version_table)
    except (SQLAlchemyError, OSError) as error:
        raise RecordsFailed(f"records at {where} cannot be opened: {getattr(error, 'orig', None) or error}") from error
    finally:
        await records.close()
    _refuse_newer(revision, migrations, where)


def _refuse_newer(revision: str | None, migrations: Path, where: str) -> None:
    if revision is not None and revision not in _revisions(migrations):
        raise NewerData(
            f"records at {where} were written by a newer AI Stack (revision {revision}); "
            "install that version, or restore a backup"
        )


def _upgrade(connection: Connection, migrations: Path, version_table: str) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(migrations))
    config.attributes["connection"] = connection
    config.attributes["version_table"] = version_table
    command.upgrade(config, "head")


@asynccontextmanager
async def service_records(
    url: str, folder: Path, migrations: Path, head: str, version_table: str
) -> AsyncGenerator[Records]:
    """The records of a service while the block runs: at `url`, or in the service's own folder."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)  # noqa: ASYNC240 -- one folder, at the start
    records = await open_records(url, folder / "records.sqlite3", migrations, head, version_table)
    try:
        yield records
    finally:
        await records.close()
