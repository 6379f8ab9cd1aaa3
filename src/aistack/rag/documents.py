"""Collections, documents and chunks in the records."""

import contextlib
import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from aistack.chassis.errors import Conflict, NotFound
from aistack.rag.tables import WAITING, Chunk, Collection, Document, DocumentText, JobItem, Link, Mention
from aistack.stores.records import AnyRow, Records

DEFAULT_COLLECTION = "default"
COLLECTIONS_MAX = 1000
SQL_PARAMETERS_MAX = 500

documents = Document.__table__
LIVE = (Document.id == Chunk.document_id) & (Document.version == Chunk.version)

Revision = tuple[int, ...]


def new_id() -> str:
    """A document or job id: 128 random bits in hex."""
    return uuid.uuid4().hex


class Library:
    """What is kept of the documents. Every method is one transaction."""

    def __init__(self, records: Records) -> None:
        self.records = records

    async def ensure_default(self) -> None:
        if await self._find(DEFAULT_COLLECTION) is None:
            with contextlib.suppress(Conflict):  # another instance was quicker
                await self.create_collection(DEFAULT_COLLECTION)

    async def create_collection(self, name: str) -> AnyRow:
        """Raises Conflict when there is one of that name."""
        async with self.records.write() as connection:
            count = await connection.scalar(select(func.count()).select_from(Collection)) or 0
            if count >= COLLECTIONS_MAX:
                raise Conflict(f"there are {COLLECTIONS_MAX} collections already; delete one first")
            try:
                await connection.execute(insert(Collection).values(name=name, created_at=datetime.now(UTC)))
            except IntegrityError:
                raise Conflict(f"collection {name} exists already") from None
        return await self.collection(name)

    async def collection(self, name: str) -> AnyRow:
        """Raises NotFound."""
        row = await self._find(name)
        if row is None:
            raise NotFound(f"there is no collection {name}; GET /v1/rag/collections lists them")
        return row

    async def _find(self, name: str) -> AnyRow | None:
        async with self.records.read() as connection:
            return (await connection.execute(select(Collection).where(Collection.name == name))).one_or_none()

    async def collections(self) -> Sequence[AnyRow]:
        """Each with the number of its documents that are ready."""
        ready = func.count(documents.c.id).filter(documents.c.version > 0)
        query = (
            select(Collection, ready.label("documents"))
            .outerjoin(documents, documents.c.collection_id == Collection.id)
            .group_by(Collection.id)
            .order_by(Collection.name)
        )
        async with self.records.read() as connection:
            return (await connection.execute(query)).all()

    async def delete_collection(self, name: str) -> tuple[int, list[str]]:
        """Its id, and the keys of files that nothing needs any more."""
        row = await self.collection(name)
        if name == DEFAULT_COLLECTION:
            raise Conflict("the default collection is always there; delete its documents instead")
        async with self.records.write() as connection:
            keys = list(await connection.scalars(select(Document.sha256).where(Document.collection_id == row.id)))
            await connection.execute(delete(Collection).where(Collection.id == row.id))
            return row.id, await self._unneeded(connection, keys)

    async def list_documents(self, collection_id: int, offset: int, limit: int) -> tuple[int, Sequence[AnyRow]]:
        where = Document.collection_id == collection_id
        async with self.records.read() as connection:
            total = await connection.scalar(select(func.count()).select_from(Document).where(where)) or 0
            query = select(Document).where(where).order_by(Document.updated_at.desc(), Document.id)
            return total, (await connection.execute(query.offset(offset).limit(limit))).all()

    async def every_document(self, collection_id: int) -> Sequence[AnyRow]:
        """Those whose file was kept."""
        async with self.records.read() as connection:
            return (await connection.execute(select(Document).where(Document.collection_id == collection_id))).all()

    async def document(self, collection_id: int, document_id: str) -> AnyRow:
        """Raises NotFound."""
        query = select(Document).where(Document.id == document_id, Document.collection_id == collection_id)
        async with self.records.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            raise NotFound(f"there is no document {document_id} in this collection")
        return row

    async def text_and_chunks(self, document: AnyRow) -> tuple[str, Sequence[AnyRow]]:
        """Those of the live version; nothing before there is one."""
        async with self.records.read() as connection:
            text = await connection.scalar(
                select(DocumentText.text).where(
                    DocumentText.document_id == document.id, DocumentText.version == document.version
                )
            )
            held = select(Chunk).where(Chunk.document_id == document.id, Chunk.version == document.version)
            return text or "", (await connection.execute(held.order_by(Chunk.ordinal))).all()

    async def delete_document(self, collection_id: int, document_id: str) -> tuple[list[int], list[str]]:
        """The ids of its chunks, and the keys of files that nothing needs any more."""
        document = await self.document(collection_id, document_id)
        async with self.records.write() as connection:
            ids = list(await connection.scalars(select(Chunk.id).where(Chunk.document_id == document_id)))
            await connection.execute(delete(Document).where(Document.id == document_id))
            return ids, await self._unneeded(connection, [document.sha256])

    async def live_chunks(self, chunk_ids: Sequence[int]) -> dict[int, AnyRow]:
        """Chunks of live versions by id, with their document's `name` and `title`."""
        found: dict[int, AnyRow] = {}
        async with self.records.read() as connection:
            for at in range(0, len(chunk_ids), SQL_PARAMETERS_MAX):
                query = (
                    select(Chunk, documents.c.name, documents.c.title)
                    .join(documents, LIVE)
                    .where(Chunk.id.in_(chunk_ids[at : at + SQL_PARAMETERS_MAX]))
                )
                found |= {row.id: row for row in await connection.execute(query)}
        return found

    async def chunk_ids(self, collection_id: int) -> set[int]:
        """Of all versions, those that are not live yet too."""
        async with self.records.read() as connection:
            return set(await connection.scalars(select(Chunk.id).where(Chunk.collection_id == collection_id)))

    async def live_chunk_ids(self, collection_id: int) -> set[int]:
        query = select(Chunk.id).join(documents, LIVE).where(Chunk.collection_id == collection_id)
        async with self.records.read() as connection:
            return set(await connection.scalars(query))

    async def filtered_chunk_ids(self, collection_id: int, condition: ColumnElement[bool]) -> list[int]:
        """The live chunks of documents that a filter lets through, in order."""
        query = (
            select(Chunk.id)
            .join(Document, LIVE)
            .where(Document.collection_id == collection_id, condition)
            .order_by(Chunk.id)
        )
        async with self.records.read() as connection:
            return list(await connection.scalars(query))

    async def texts(self, document_ids: Iterable[str]) -> dict[str, str]:
        """The live texts of documents."""
        query = select(DocumentText.document_id, DocumentText.text).join(
            Document, (Document.id == DocumentText.document_id) & (Document.version == DocumentText.version)
        )
        async with self.records.read() as connection:
            rows = await connection.execute(query.where(Document.id.in_(list(document_ids))))
            return {row.document_id: row.text for row in rows}

    async def _unneeded(self, connection: AsyncConnection, keys: list[str]) -> list[str]:
        """Of these contents, the ones that no document and no waiting file refers to."""
        unneeded: list[str] = []
        for key in dict.fromkeys(keys):
            waiting = select(JobItem.id).where(JobItem.sha256 == key, JobItem.state.in_(WAITING))
            used = select(Document.id).where(Document.sha256 == key)
            if await connection.scalar(used.limit(1)) is None and await connection.scalar(waiting.limit(1)) is None:
                unneeded.append(key)
        return unneeded


async def live_revision(connection: AsyncConnection, collection_id: int) -> Revision:
    """Numbers that change whenever the live chunks of a collection do."""
    most, whole = func.coalesce(func.max(Chunk.id), 0), func.coalesce(func.sum(Chunk.id), 0)
    query = select(func.count(Chunk.id), most, whole).join(Document, LIVE).where(Chunk.collection_id == collection_id)
    return tuple(int(one) for one in (await connection.execute(query)).one())


async def put_version(
    connection: AsyncConnection,
    document_id: str,
    collection_id: int,
    version: int,
    text: str,
    rows: list[dict[str, Any]],
) -> list[int]:
    """Writes a version that is not live yet, in place of what an interrupted try left; ids in the rows' order."""
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
    connection: AsyncConnection, collection_id: int, chunk_ids: list[int], said: Sequence[tuple[list[Any], list[Any]]]
) -> None:
    """Writes the mentions and links of chunks; they go with the chunks."""
    mentions: list[dict[str, Any]] = []
    links: list[dict[str, Any]] = []
    for chunk_id, (named, linked) in zip(chunk_ids, said, strict=True):
        fixed: dict[str, Any] = {"chunk_id": chunk_id, "collection_id": collection_id}
        mentions += (fixed | dict(zip(("key", "name", "kind", "count"), one, strict=True)) for one in named)
        links += (fixed | dict(zip(("source", "target", "phrase", "start", "end"), one, strict=True)) for one in linked)
    for table, rows in ((Mention, mentions), (Link, links)):
        if rows:
            await connection.execute(insert(table), rows)


async def make_live(
    connection: AsyncConnection, document_id: str, version: int, values: dict[str, object]
) -> list[int] | None:
    """Switches the document to a version and removes the others; ids of the chunks removed.

    None when the document was deleted meanwhile.
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
