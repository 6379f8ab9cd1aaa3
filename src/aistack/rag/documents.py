"""The document store: documents and chunks in the database. Callers have checked the access to the collection."""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, Select, delete, func, select, true

from aistack.chassis.errors import NotFound
from aistack.rag.contents import LIVE, drop_unused, lock_collection, unused_files
from aistack.rag.tables import Chunk, Collection, Content, ContentText, Document, document_table
from aistack.stores.records import AnyRow, Records

SQL_PARAMETERS_MAX = 500

SORTS = {
    "updated_at": Document.updated_at,
    "title": func.lower(Document.title),
    "name": func.lower(Document.name),
    "bytes": Document.bytes,
    "pages": Document.pages,
    "status": Document.status,
}

TEXT = (Content.id == ContentText.content_id) & (Content.version == ContentText.version)


class DocumentStore:
    """Documents and their chunks. Each method is one transaction."""

    def __init__(self, records: Records) -> None:
        self.records = records

    async def collection_ids(self) -> list[int]:
        """The ids of all collections."""
        async with self.records.read() as connection:
            return list(await connection.scalars(select(Collection.id).order_by(Collection.id)))

    async def list_documents(
        self, collection_id: int, offset: int, limit: int, words: str = "", status: str = "", sort: str = "-updated_at"
    ) -> tuple[int, Sequence[AnyRow]]:
        """The total, and one page of documents whose name or title contains `words`.

        `sort` is a key of SORTS, with "-" before it for descending order.
        """
        where = [Document.collection_id == collection_id]
        if words:
            where.append(
                Document.name.icontains(words, autoescape=True) | Document.title.icontains(words, autoescape=True)
            )
        if status:
            where.append(Document.status == status)
        column = SORTS[sort.removeprefix("-")]
        order = column.desc().nulls_last() if sort.startswith("-") else column.asc().nulls_last()
        async with self.records.read() as connection:
            total = await connection.scalar(select(func.count()).select_from(Document).where(*where)) or 0
            query = select(Document).where(*where).order_by(order, Document.id)
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

    async def text(self, document: AnyRow) -> str:
        """The text of the live version; empty before the first version is live."""
        async with self.records.read() as connection:
            return await connection.scalar(_text_of(document)) or ""

    async def text_and_chunks(self, document: AnyRow) -> tuple[str, Sequence[AnyRow]]:
        """The text and chunks of the live version; empty before the first version is live."""
        async with self.records.read() as connection:
            of_document = Content.id == document.content_id
            text = await connection.scalar(_text_of(document))
            chunks = select(Chunk).join(Content, LIVE).where(of_document)
            return text or "", (await connection.execute(chunks.order_by(Chunk.ordinal))).all()

    async def delete_document(self, collection_id: int, document_id: str) -> tuple[list[int], list[str]]:
        """Deletes a document. Returns the ids of chunks and the SHA-256 keys of files that are no longer used.

        Raises NotFound.
        """
        async with self.records.write() as connection:
            await lock_collection(connection, collection_id)
            which = (Document.id == document_id, Document.collection_id == collection_id)
            deleted = delete(Document).where(*which).returning(Document.content_id, Document.sha256)
            document = (await connection.execute(deleted)).one_or_none()
            if document is None:
                raise NotFound(f"there is no document {document_id} in this collection")
            removed = await drop_unused(connection, [document.content_id])
            return removed, await unused_files(connection, [document.sha256])

    async def live_chunks(
        self, chunk_ids: Sequence[int], condition: ColumnElement[bool] | None = None
    ) -> dict[int, AnyRow]:
        """Chunks of live versions by id, with `document_id`, `name` and `title` of a document, and their `collection`.

        Of several documents that share a chunk, it is the oldest that meets the condition. `collection` is an id.
        """
        found: dict[int, AnyRow] = {}
        shown = document_table.alias("shown")
        matching = (Document.content_id == Content.id, true() if condition is None else condition)
        oldest = select(Document.id).where(*matching).order_by(Document.created_at, Document.name).limit(1)
        columns = (shown.c.id.label("document_id"), shown.c.name, shown.c.title)
        query = (
            select(Chunk, *columns, Collection.public_id.label("collection"))
            .join(Content, LIVE)
            .join(shown, shown.c.id == oldest.correlate(Content).scalar_subquery())
            .join(Collection, Collection.id == Chunk.collection_id)
        )
        async with self.records.read() as connection:
            for at in range(0, len(chunk_ids), SQL_PARAMETERS_MAX):
                ids = chunk_ids[at : at + SQL_PARAMETERS_MAX]
                found |= {row.id: row for row in await connection.execute(query.where(Chunk.id.in_(ids)))}
        return found

    async def chunk_ids(self, collection_id: int) -> set[int]:
        """The chunk ids of all versions, including those that are not live yet."""
        async with self.records.read() as connection:
            return set(await connection.scalars(select(Chunk.id).where(Chunk.collection_id == collection_id)))

    async def live_chunk_ids(self, collection_id: int) -> set[int]:
        """The chunk ids of the live versions."""
        query = select(Chunk.id).join(Content, LIVE).where(Chunk.collection_id == collection_id)
        async with self.records.read() as connection:
            return set(await connection.scalars(query))

    async def filtered_chunk_ids(self, collection_ids: Sequence[int], condition: ColumnElement[bool]) -> list[int]:
        """The live chunk ids of documents that match a condition, in ascending order."""
        query = (
            select(Chunk.id)
            .distinct()
            .join(Content, LIVE)
            .join(Document, Document.content_id == Content.id)
            .where(Document.collection_id.in_(collection_ids), condition)
            .order_by(Chunk.id)
        )
        async with self.records.read() as connection:
            return list(await connection.scalars(query))

    async def texts(self, document_ids: Iterable[str]) -> dict[str, str]:
        """The live text of each document, by document id."""
        query = select(Document.id, ContentText.text).join(Content, TEXT)
        query = query.join(Document, Document.content_id == Content.id).where(Document.id.in_(list(document_ids)))
        async with self.records.read() as connection:
            return {row.id: row.text for row in await connection.execute(query)}


def _text_of(document: AnyRow) -> Select[str]:
    return select(ContentText.text).join(Content, TEXT).where(Content.id == document.content_id)
