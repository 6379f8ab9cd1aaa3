"""What was there before people existed goes on working, on SQLite and on PostgreSQL."""

import json
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from aistack.ai import app as ai
from aistack.connection import app as connection
from aistack.query import app as query
from aistack.stores.records import Records, open_records

pytestmark = pytest.mark.heavy

THEN = "2026-01-01 00:00:00"
SERVICES = {"connection": connection, "query": query, "ai": ai}
OPEN, NARROW, NOBODY = ({"see": [who], "ask": [who], "run": [], "write": []} for who in ("*", "ada", ""))
ADMINISTRATOR = {"id": "key:admin", "kind": "key", "name": "a", "services": None}
KEY = {"id": "key:ada", "kind": "key", "name": "ada", "services": ["query"]}
CONNECTIONS = {"open": OPEN, "narrow": NARROW, "looked at": NOBODY | {"see": ["*"]}}


def rows(service: str) -> dict[str, list[dict]]:
    """Rows of each table at revision 0001."""
    if service == "connection":
        common = {
            "engine": "sqlite", "place": "", "sealed": "x", "revision": 1, "max_connections": 0, "samples": True,
            "rules": "{}", "created_at": THEN, "updated_at": THEN,
        }  # fmt: skip
        found = [common | {"id": name, "name": name, "roles": json.dumps(roles)} for name, roles in CONNECTIONS.items()]
        return {"connection_connections": found}
    if service == "query":
        makers = {"key:admin": ADMINISTRATOR, "key:ada": KEY}
        saved = {
            "connection": "shop", "sql": "SELECT 1", "parameters": "{}", "about": "", "name": "same",
            "created_at": THEN, "updated_at": THEN,
        }  # fmt: skip
        job = {
            "request": "{}", "instance": "", "state": "done", "error": "", "rows": 0, "bytes": 0, "created_at": THEN,
        }  # fmt: skip
        owned = [{"id": who, "owner": who, "principal": json.dumps(maker)} for who, maker in makers.items()]
        run = {
            "id": "r", "connection": "c", "connection_name": "shop", "sql": "", "tables": "[]", "mode": "read",
            "state": "done", "error": "", "rows": 0, "elapsed_ms": 0, "begun_at": THEN,
        }  # fmt: skip
        return {
            "query_saved": [saved | one for one in owned],
            "query_jobs": [job | one for one in owned],
            "query_history": [run | {"principal": who} for who in ("anonymous", "key:ada")],
        }
    lesson = {"connection": "c", "question": "q", "sql": "", "right": True, "comment": "", "created_at": THEN}
    layer = {"connection": "c", "text": "", "about": "", "principal": "key:admin", "created_at": THEN}
    question = {
        "session": "", "connection": "c", "connection_name": "shop", "question": "q", "status": "ready", "sql": "",
        "method": "rules", "confidence": 1.0, "options": "[]", "created_at": THEN,
    }  # fmt: skip
    return {
        "ai_layers": [layer | {"version": 1}, layer | {"version": 2}],
        "ai_lessons": [
            lesson | {"id": "a", "trusted": True, "principal": "key:admin"},
            lesson | {"id": "b", "trusted": False, "principal": "key:ada"},
        ],
        "ai_questions": [question | {"id": who, "principal": who} for who in ("anonymous", "key:ada")],
    }


async def upgraded(service: str, url: str, path: Path) -> Records:
    """The service's records, begun at revision 0001 with some rows."""
    module = SERVICES[service]
    address = url.replace("postgresql://", "postgresql+asyncpg://") if url else f"sqlite+aiosqlite:///{path}"
    engine = create_async_engine(address)
    config = Config()
    config.set_main_option("script_location", str(module.MIGRATIONS))

    def first(connected: object) -> None:
        config.attributes |= {"connection": connected, "version_table": module.VERSION_TABLE}
        command.upgrade(config, "0001")

    async with engine.begin() as connected:
        await connected.run_sync(first)
        for table, found in rows(service).items():
            for row in found:
                names = ", ".join(f'"{name}"' for name in row)
                values = ", ".join(_literal(value) for value in row.values())
                await connected.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})".replace(":", "\\:")))
    await engine.dispose()
    return await open_records(url, path, module.MIGRATIONS, module.HEAD, module.VERSION_TABLE)


def _literal(value: object) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value)


async def selected(records: Records, sql: str) -> list[tuple]:
    async with records.read() as reading:
        return [tuple(row) for row in await reading.execute(text(sql))]


async def test_connections_belong_to_the_owner_and_stay_open_to_whom_they_were(database_url: str, tmp_path: Path):
    records = await upgraded("connection", database_url, tmp_path / "records.sqlite")
    assert await selected(records, "SELECT DISTINCT owner FROM connection_connections") == [("owner",)]
    grants = await selected(records, "SELECT thing, subject, level FROM connection_access_grants ORDER BY thing")
    assert grants == [("looked at", "everyone", "view"), ("open", "everyone", "use")]
    async with records.write() as writing:  # names are unique for each owner only
        await writing.execute(text("UPDATE connection_connections SET name = 'same'"))
    await records.close()


async def test_statements_belong_to_who_made_them_or_to_the_owner(database_url: str, tmp_path: Path):
    records = await upgraded("query", database_url, tmp_path / "records.sqlite")
    for table in ("query_saved", "query_jobs"):
        owners = await selected(records, f"SELECT id, owner FROM {table} ORDER BY id")
        assert owners == [("key:ada", "key:ada"), ("key:admin", "owner")]
    runs = await selected(records, "SELECT principal, owner FROM query_history ORDER BY principal")
    assert runs == [("anonymous", "owner"), ("key:ada", "key:ada")]
    assert await selected(records, "SELECT DISTINCT stopped FROM query_saved") == [("",)]
    await records.close()


async def test_layers_lessons_and_questions_have_owners(database_url: str, tmp_path: Path):
    records = await upgraded("ai", database_url, tmp_path / "records.sqlite")
    assert await selected(records, "SELECT id, owner FROM ai_owned_layers") == [("c", "owner")]
    assert await selected(records, "SELECT id, owner FROM ai_lessons ORDER BY id") == [("a", "owner"), ("b", "key:ada")]
    asked = await selected(records, "SELECT id, owner FROM ai_questions ORDER BY id")
    assert asked == [("anonymous", "owner"), ("key:ada", "key:ada")]
    await records.close()
