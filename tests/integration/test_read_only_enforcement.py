"""Read-only enforcement by the engines: hostile statements on real servers, with a fully privileged account."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from aistack.databases.pool.session_factory import open_session
from aistack.databases.session import DatabaseFailed, Limits, Session
from aistack.databases.target import Target
from aistack.query.guard.statement_check import Refused, check
from harness.processes import free_port
from harness.sql.harmless import HARMLESS
from harness.sql.hostile import HOSTILE
from harness.sql.shop import CANARY, UNTOUCHED, make_duckdb, make_mariadb, make_postgres, make_sqlite

pytestmark = pytest.mark.heavy

ENGINES = ("postgres", "mysql", "sqlite", "duckdb")
SECONDS = 1.0


@pytest.fixture(scope="module")
def target(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Target:
    """The shop on an engine, with a fully privileged account."""
    engine: str = request.param
    folder = tmp_path_factory.mktemp(engine)
    if engine == "sqlite":
        return Target("sqlite", path=str(make_sqlite(folder / "shop.sqlite")))
    if engine == "duckdb":
        return Target("duckdb", path=str(make_duckdb(folder / "shop.duckdb")))
    name = f"readonly{free_port()}"
    if engine == "mysql":
        port = request.getfixturevalue("mariadb")
        make_mariadb(port, name)
        return Target("mysql", "127.0.0.1", port, name, "root", tls="off")
    port, name = asyncio.run(make_postgres(request.getfixturevalue("postgres")))
    return Target("postgres", "127.0.0.1", port, name, "tester", tls="off")


@pytest.fixture
def listener() -> Iterator[tuple[int, list[str]]]:
    """A port, and the connections that it received."""
    calls: list[str] = []
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.2)
    stop = threading.Event()

    def listen() -> None:
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                connection, who = server.accept()
                calls.append(str(who))
                connection.close()

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    yield server.getsockname()[1], calls
    stop.set()
    thread.join()
    server.close()


async def rows(session: Session, sql: str) -> list[tuple]:
    async with session.run(sql, (), Limits(SECONDS, 100)) as result:
        return [tuple(row) async for batch in result.batches for row in batch]


class Place:
    """The files and the port that hostile statements aim at."""

    def __init__(self, folder: Path, port: int) -> None:
        folder.chmod(0o777)
        self.file = folder / "secret.txt"
        self.file.write_text("the secret of the house\n")
        self.out = folder / "out.txt"
        self.port = port

    def filled(self, statement: str) -> str:
        for place, value in (("{file}", self.file), ("{out}", self.out), ("{port}", self.port)):
            statement = statement.replace(place, str(value))
        return statement


@pytest.mark.parametrize("target", ENGINES, indirect=True, ids=ENGINES)
async def test_what_passes_the_guard_does_no_harm(target: Target, tmp_path: Path, listener):
    """Statements that pass the guard are run: they change nothing, read no file and open no connection."""
    port, calls = listener
    place = Place(tmp_path, port)
    ran = 0
    for kind, statement in HOSTILE[target.engine]:
        sql = place.filled(statement)
        with contextlib.suppress(Refused, DatabaseFailed):
            checked = check(sql, target.dialect)
            session = await open_session(target, 10)
            try:
                found = str(await rows(session, checked.sql))
                assert "secret of the house" not in found, (kind, sql)
                ran += 1
            finally:
                await session.close()
    session = await open_session(target, 10)
    assert await rows(session, CANARY) == UNTOUCHED
    await session.close()
    assert not place.out.exists() and calls == [], (ran, calls)


@pytest.mark.parametrize("target", ENGINES, indirect=True, ids=ENGINES)
async def test_no_statement_changes_data_without_the_guard(target: Target, tmp_path: Path, listener):
    """Without the guard, no statement of the corpus changes the database, even with a privileged account."""
    port, _ = listener
    place = Place(tmp_path, port)
    session = await open_session(target, 10)
    for kind, statement in HOSTILE[target.engine]:
        if "terminate" in statement or "SHUTDOWN" in statement or statement.startswith(("KILL", "CHANGE MASTER")):
            continue  # the account may do this, and the server would stop
        if session.broken:
            session = await open_session(target, 10)
        with contextlib.suppress(DatabaseFailed):
            await rows(session, place.filled(statement))
        if kind in ("several statements", "writes", "writes inside reads"):
            if session.broken:
                session = await open_session(target, 10)
            assert await rows(session, CANARY) == UNTOUCHED, statement
    await session.close()
    session = await open_session(target, 10)
    assert await rows(session, CANARY) == UNTOUCHED
    await session.close()
    if target.engine in ("sqlite", "duckdb"):
        assert not place.out.exists()


@pytest.mark.parametrize("target", ENGINES, indirect=True, ids=ENGINES)
async def test_harmless_queries_run(target: Target):
    session = await open_session(target, 10)
    failed: list[str] = []
    for query in HARMLESS[target.engine]:
        checked = check(query, target.dialect)
        try:
            await rows(session, checked.sql)
        except DatabaseFailed as error:
            failed.append(f"{query}: {error}")
            if session.broken:
                session = await open_session(target, 10)
    await session.close()
    assert failed == []
