"""Documents that are written straight into the records, without being parsed."""

from datetime import UTC, datetime

from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from aistack.rag.contents import ensured_content, put_version
from aistack.rag.tables import Content, Document


async def store_document(connection: AsyncConnection, collection_id: int, name: str, texts: list[str]) -> list[int]:
    """A document whose chunks are `texts`. Returns the ids of the chunks."""
    now = datetime.now(UTC)
    content = await ensured_content(connection, collection_id, name)
    rows = [{"start": 0, "end": len(text), "page": None, "heading": [], "text": text} for text in texts]
    ids = await put_version(connection, content, 1, "", rows)
    await connection.execute(update(Content).where(Content.id == content.id).values(version=1))
    values = {"id": name, "collection_id": collection_id, "content_id": content.id, "name": name, "title": ""}
    state = {
        "sha256": "",
        "bytes": 0,
        "about": {},
        "status": "ready",
        "version": 1,
        "created_at": now,
        "updated_at": now,
    }
    await connection.execute(insert(Document).values(**values, **state))
    return ids
