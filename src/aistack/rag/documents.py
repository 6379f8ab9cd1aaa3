"""The document store: documents and chunks in the database. Callers have checked the access to the collection."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from aistack.chassis.errors import NotFound
from aistack.rag.tables import (
    WAITING,
    Chunk,
    Collection,
    Document,
    DocumentText,
    JobItem,
    Link,
    Mention,
    document_table,
)
from aistack.stores.records import AnyRow, Records

SQL_PARAMETERS_MAX = 500

LIVE = (Document.id == Chunk.document_id) & (Document.version == Chunk.version)

Revision = tuple[int, ...]


def new_id() -> str:
    """A document or job id: 128 random bits in hex."""
    return uuid.uuid4().hex


class DocumentStore:
    """Documents and their chunks. Each method is one transaction."""

    def __init__(self, records: Records) -> None:
        self.records = records

    async def collection_ids(self) -> list[int]:
        """The ids of all collections."""
        async with self.records.read() as connection:
            return list(await connection.scalars(select(Collection.id).order_by(Collection.id)))

    async def list_documents(self, collection_id: int, offset: int, limit: int) -> tuple[int, Sequence[AnyRow]]:
        """The total, and one page of documents, most recently updated first."""
        where = Document.collection_id == collection_id
        async with self.records.read() as connection:
            total = await connection.scalar(select(func.count()).select_from(Document).where(where)) or 0
            query = select(Document).where(where).order_by(Document.updated_at.desc(), Document.id)
            return total, (await connection.execute(query.offset(offset).limit(limit))).all()

    async def all_documents(self, collection_id: int) -> Sequence[AnyRow]:
        """All documents of a collection, in no particular order."""
        async with self.records.read() as connection:
            return (await connection.execute(select(Document).where(Document.collection_id == collection_id))).all()

    async def document(self, collection_id: int, document_id: str) -> AnyRow:
        """The row of a document. Raises NotFound."""
        query = select(Document).where(Document.id == document_id, Document.collection_id == collection_id)
        async with self.records.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            raise NotFound(f"there is no document {document_id} in this collection")
        return row

    async def text_and_chunks(self, document: AnyRow) -> tuple[str, Sequence[AnyRow]]:
        """The text and chunks of the live version; empty before the first version is live."""
        async with self.records.read() as connection:
            text = await connection.scalar(
                select(DocumentText.text).where(
                    DocumentText.document_id == document.id, DocumentText.version == document.version
                )
            )
            chunks = select(Chunk).where(Chunk.document_id == document.id, Chunk.version == document.version)
            return text or "", (await connection.execute(chunks.order_by(Chunk.ordinal))).all()

    async def delete_document(self, collection_id: int, document_id: str) -> tuple[list[int], list[str]]:
        """Deletes a document. Returns its chunk ids and the SHA-256 keys of files that are no longer used.

        Raises NotFound.
        """
        document = await self.document(collection_id, document_id)
        async with self.records.write() as connection:
            ids = list(await connection.scalars(select(Chunk.id).where(Chunk.document_id == document_id)))
            await connection.execute(delete(Document).where(Document.id == document_id))
            return ids, await unused_contents(connection, [document.sha256])

    async def live_chunks(self, chunk_ids: Sequence[int]) -> dict[int, AnyRow]:
        """Chunks of live versions by id, with their document's `name` and `title`, and their `collection`'s id."""
        found: dict[int, AnyRow] = {}
        async with self.records.read() as connection:
            for at in range(0, len(chunk_ids), SQL_PARAMETERS_MAX):
                query = (
                    select(
                        Chunk, document_table.c.name, document_table.c.title, Collection.public_id.label("collection")
                    )
                    .join(document_table, LIVE)
                    .join(Collection, Collection.id == Chunk.collection_id)
                    .where(Chunk.id.in_(chunk_ids[at : at + SQL_PARAMETERS_MAX]))
                )
                found |= {row.id: row for row in await connection.execute(query)}
        return found

    async def chunk_ids(self, collection_id: int) -> set[int]:
        """The chunk ids of all versions, including those that are not live yet."""
        async with self.records.read() as connection:
            return set(await connection.scalars(select(Chunk.id).where(Chunk.collection_id == collection_id)))

    async def live_chunk_ids(self, collection_id: int) -> set[int]:
        """The chunk ids of the live versions."""
        query = select(Chunk.id).join(document_table, LIVE).where(Chunk.collection_id == collection_id)
        async with self.records.read() as connection:
            return set(await connection.scalars(query))

    async def filtered_chunk_ids(self, collection_ids: Sequence[int], condition: ColumnElement[bool]) -> list[int]:
        """The live chunk ids of documents that match a condition, in ascending order."""
        query = (
            select(Chunk.id)
            .join(Document, LIVE)
            .where(Document.collection_id.in_(collection_ids), condition)
            .order_by(Chunk.id)
        )
        async with self.records.read() as connection:
            return list(await connection.scalars(query))

    async def texts(self, document_ids: Iterable[str]) -> dict[str, str]:
        """The live text of each document, by document id."""
        query = select(DocumentText.document_id, DocumentText.text).join(
            Document, (Document.id == DocumentText.document_id) & (Document.version == DocumentText.version)
        )
        async with self.records.read() as connection:
            rows = await connection.execute(query.where(Document.id.in_(list(document_ids))))
            return {row.document_id: row.text for row in rows}


async def unused_contents(connection: AsyncConnection, keys: list[str]) -> list[str]:
    """The SHA-256 keys that no document and no waiting job item refers to."""
    unused: list[str] = []
    for key in dict.fromkeys(keys):
        items = select(JobItem.id).where(JobItem.sha256 == key, JobItem.state.in_(WAITING))
        rows = select(Document.id).where(Document.sha256 == key)
        if await connection.scalar(rows.limit(1)) is None and await connection.scalar(items.limit(1)) is None:
            unused.append(key)
    return unused


async def live_revision(connection: AsyncConnection, collection_id: int) -> Revision:
    """Numbers that change whenever the live chunks of a collection change: their count, highest id, and sum of ids."""
    highest, total = func.coalesce(func.max(Chunk.id), 0), func.coalesce(func.sum(Chunk.id), 0)
    query = select(func.count(Chunk.id), highest, total).join(Document, LIVE)
    query = query.where(Chunk.collection_id == collection_id)
    return tuple(int(one) for one in (await connection.execute(query)).one())


async def put_version(
    connection: AsyncConnection,
    document_id: str,
    collection_id: int,
    version: int,
    text: str,
    rows: list[dict[str, Any]],
) -> list[int]:
    """Writes a version that is not live yet, replacing leftovers of an interrupted attempt.

    Each of `rows` holds a chunk's columns. Returns the chunk ids in the order of `rows`.
    """
    await connection.execute(delete(Chunk).where(Chunk.document_id == document_id, Chunk.version == version))
    await connection.execute(
        delete(DocumentText).where(DocumentText.document_id == document_id, DocumentText.version == version)
    )
    await connection.execute(insert(DocumentText).values(document_id=document_id, version=version, text=text))
    fixed = {"document_id": document_id, "collection_id": collection_id, "version": version}
    values = [fixed | {"ordinal": number} | row for number, row in enumerate(rows)]
    added = await connection.execute(
        insert(Chunk).returning(Chunk.id, Chunk.ordinal, sort_by_parameter_order=True), values
    )
    return [row.id for row in added]


async def put_entities(
    connection: AsyncConnection,
    collection_id: int,
    chunk_ids: list[int],
    extracted: Sequence[tuple[list[Any], list[Any]]],
) -> None:
    """Writes each chunk's mentions and links. They are deleted with the chunk.

    `extracted` holds `(mentions, links)` for each of `chunk_ids`.
    """
    mentions: list[dict[str, Any]] = []
    links: list[dict[str, Any]] = []
    for chunk_id, (mentioned, linked) in zip(chunk_ids, extracted, strict=True):
        fixed: dict[str, Any] = {"chunk_id": chunk_id, "collection_id": collection_id}
        mentions += (fixed | dict(zip(("key", "name", "kind", "count"), one, strict=True)) for one in mentioned)
        links += (fixed | dict(zip(("source", "target", "phrase", "start", "end"), one, strict=True)) for one in linked)
    for table, rows in ((Mention, mentions), (Link, links)):
        if rows:
            await connection.execute(insert(table), rows)


async def make_live(
    connection: AsyncConnection, document_id: str, version: int, values: dict[str, object]
) -> list[int] | None:
    """Makes a version live and deletes the others. `values` are further columns of the document.

    Returns the ids of the deleted chunks, or None if the document was deleted in the meantime.
    """
    changed = await connection.execute(
        update(Document)
        .where(Document.id == document_id)
        .values(version=version, status="ready", error="", updated_at=datetime.now(UTC), **values)
    )
    if changed.rowcount == 0:
        return None
    old = (Chunk.document_id == document_id, Chunk.version != version)
    removed = list(await connection.scalars(select(Chunk.id).where(*old)))
    await connection.execute(delete(Chunk).where(*old))
    await connection.execute(
        delete(DocumentText).where(DocumentText.document_id == document_id, DocumentText.version != version)
    )
    return removed
