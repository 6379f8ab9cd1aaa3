"""Documents from before contents were shared go on working, on SQLite and on PostgreSQL."""

import hashlib
import json
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from aistack.rag import app
from aistack.stores.records import Records, open_records
from harness.services.rag import Rag

pytestmark = pytest.mark.heavy

THEN = "2026-01-01 00:00:00"
CODE, FEE = "The gate code is 7731.", "The berth fee is 12 crowns."
NAMES = {"a" * 32: "a.txt", "b" * 32: "https://example.org/fee#.html", "c" * 32: "copy.txt", "d" * 32: "failed.txt"}


def sha256(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


def rows() -> dict[str, list[dict]]:
    """Rows of each table at revision 0003: three documents, two of them equal, one failed, one waiting again."""
    contents = dict(zip(NAMES, (CODE, FEE, CODE, ""), strict=True))
    document = {
        "collection_id": 1, "media_type": "text/plain", "bytes": 22, "pages": None, "error": "", "about": "{}",
        "created_at": THEN, "updated_at": THEN,
    }  # fmt: skip
    documents = [
        document | {"id": key, "name": name, "title": name, "sha256": sha256(contents[key]),
                    "version": 2 if contents[key] else 0, "status": "ready" if contents[key] else "failed"}
        for key, name in NAMES.items()
    ]  # fmt: skip
    live = [key for key in NAMES if contents[key]]
    chunk = {"collection_id": 1, "version": 2, "ordinal": 0, "start": 0, "end": 22, "page": None, "heading": "[]"}
    item = {
        "id": 2, "job_id": "j", "document_id": "a" * 32, "name": "a.txt", "sha256": sha256(FEE), "bytes": 27,
        "title": "", "about": "{}", "state": "queued", "error": "", "attempts": 0, "lease_owner": "",
    }  # fmt: skip
    mention = {"chunk_id": 1, "key": "gate", "collection_id": 1, "name": "Gate", "kind": "term", "count": 1}
    return {
        "rag_collections": [
            {"id": 1, "public_id": "123456789abc", "name": "default", "owner": "owner", "created_at": THEN}
        ],
        "rag_documents": documents,
        "rag_texts": [{"document_id": key, "version": 2, "text": contents[key]} for key in live],
        "rag_chunks": [
            chunk | {"id": number, "document_id": key, "text": contents[key]} for number, key in enumerate(live, 1)
        ],
        "rag_mentions": [mention],
        "rag_jobs": [{"id": "j", "collection_id": 1, "created_at": THEN}],
        "rag_job_items": [item],
    }


async def fill_at_0003(url: str, path: Path) -> None:
    place = "postgresql+asyncpg://" + url.partition("://")[2] if url else f"sqlite+aiosqlite:///{path}"
    records = Records(create_async_engine(place))

    def upgrade(connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(app.MIGRATIONS))
        config.attributes["connection"], config.attributes["version_table"] = connection, app.VERSION_TABLE
        command.upgrade(config, "0003")

    async with records.write() as connection:
        await connection.run_sync(upgrade)
        for table, values in rows().items():
            for one in values:
                names = ", ".join(f'"{name}"' for name in one)
                literals = ", ".join("NULL" if value is None else _literal(value) for value in one.values())
                await connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({literals})"))
        if url:
            for table in ("rag_collections", "rag_chunks", "rag_job_items"):
                await connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), 10)"))
    await records.close()


def _literal(value: object) -> str:
    return str(value) if isinstance(value, int) else "'" + str(value).replace(":", "\\:") + "'"


async def test_documents_keep_their_ids_and_chunks_and_share_what_comes_later(start, database_url: str, tmp_path: Path):
    (tmp_path / "rag" / "files").mkdir(parents=True)
    for content in (CODE, FEE):
        place = tmp_path / "rag" / "files" / sha256(content)[:2] / sha256(content)
        place.parent.mkdir(exist_ok=True)
        place.write_text(content)
    await fill_at_0003(database_url, tmp_path / "rag" / "records.sqlite3")
    async with start() as rag:
        rag: Rag
        await rag.finished("j")  # the document that waited has its new content
        listed = (await rag.http.get("/v1/rag/collections/default/documents")).json()["documents"]
        found = {one["id"]: (one["name"], one["status"]) for one in listed}
        assert found == {
            "a" * 32: ("a.txt", "ready"), "b" * 32: ("https://example.org/fee", "ready"),
            "c" * 32: ("copy.txt", "ready"), "d" * 32: ("failed.txt", "failed"),
        }  # fmt: skip
        assert (await rag.document("a" * 32))["text"] == FEE
        assert (await rag.document("c" * 32))["text"] == CODE
        assert [hit["document"] for hit in await rag.search("gate code")] == ["c" * 32]
        job = await rag.upload(("again.txt", CODE.encode()))
        assert job["items"][0]["state"] == "done"
        job = await rag.finished((await rag.http.post("/v1/rag/collections/default/reindex")).json()["id"])
        assert {one["name"]: one["state"] for one in job["items"]}["failed.txt"] == "failed"
        assert len(await rag.search("gate code")) == 1
        for one in listed:
            path = f"/v1/rag/collections/default/documents/{one['id']}"
            assert (await rag.http.delete(path)).status_code == 204
        assert [hit["name"] for hit in await rag.search("gate code berth fee")] == ["again.txt"]


async def test_the_migrated_tables_are_those_of_the_models(database_url: str, tmp_path: Path):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from aistack.rag.tables import Base

    records = await open_records(
        database_url, tmp_path / "records.sqlite3", app.MIGRATIONS, app.HEAD, app.VERSION_TABLE
    )
    async with records.read() as connection:
        differences = await connection.run_sync(
            lambda one: compare_metadata(
                MigrationContext.configure(one, opts={"version_table": app.VERSION_TABLE}), Base.metadata
            )
        )
    await records.close()
    assert json.loads(json.dumps(differences, default=str)) == []
