"""The export of somebody's collections and sources: the original files, or the text where there is no file any more."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Any

from sqlalchemy import select

from aistack.access.exporting.exports import (
    Export,
    ExportedFile,
    Omission,
    columns_of,
    grants_of,
    json_file,
    json_pages,
    numbered,
    row_pages,
)
from aistack.access.exporting.file_names import FileNames, file_name
from aistack.rag.collections import COLLECTION, SOURCE, thing_of
from aistack.rag.intake.document_writer import DocumentWriter
from aistack.rag.intake.sources import public_id
from aistack.rag.tables import Collection, Document, Experience, GraphEdit, Source
from aistack.stores.records import AnyRow

LOOKUPS_AT_ONCE = 8
TEXT_SUFFIX = ".txt"
GRAPH_EDITS, EXPERIENCES = "graph-edits", "experiences"


def collection_exports(writer: DocumentWriter) -> dict[str, Export]:
    """By kind of thing."""
    records = writer.documents.records

    async def collections(subject: str) -> AsyncGenerator[ExportedFile | Omission]:
        names, mine = FileNames(), select(Collection).where(Collection.owner == subject)
        async for _, rows in row_pages(records, mine, [Collection.id]):
            for row in rows:
                async for entry in _collection(writer, row, f"collections/{names.added(file_name(row.name))}"):
                    yield entry

    async def sources(subject: str) -> AsyncGenerator[ExportedFile | Omission]:
        columns = (Source, Collection.name.label("collection"), Collection.public_id.label("collection_id_shown"))
        mine = select(*columns).join(Collection).where(Source.owner == subject)
        async for entry in json_pages(records, mine, [Source.id], "sources", _source):
            yield entry

    return {COLLECTION: collections, SOURCE: sources}


async def _collection(writer: DocumentWriter, row: AnyRow, folder: str) -> AsyncGenerator[ExportedFile | Omission]:
    records = writer.documents.records
    shared = grants_of(await writer.collections.access.of(thing_of(row)))
    about = {"id": row.public_id, "name": row.name, "created_at": row.created_at, "shared_with": shared}
    yield json_file(f"{folder}/collection.json", about)
    names = FileNames()
    documents = select(Document).where(Document.collection_id == row.id)
    async for number, page in row_pages(records, documents, [Document.id]):
        are_kept = await _are_kept(writer, page)
        paths = [
            f"documents/{names.added(one.name if is_kept else one.name + TEXT_SUFFIX)}"
            for one, is_kept in zip(page, are_kept, strict=True)
        ]
        shown = [_document(one, path, is_kept) for one, path, is_kept in zip(page, paths, are_kept, strict=True)]
        yield json_file(f"{folder}/{numbered('documents', number)}", shown)
        for one, path, is_kept in zip(page, paths, are_kept, strict=True):
            async for entry in _content(writer, one, f"{folder}/{path}", is_kept):
                yield entry
    for table, name in ((GraphEdit, GRAPH_EDITS), (Experience, EXPERIENCES)):
        rows = select(table).where(table.collection_id == row.id)
        async for entry in json_pages(records, rows, [table.id], f"{folder}/{name}", _without_numbers):
            yield entry


async def _are_kept(writer: DocumentWriter, documents: Sequence[AnyRow]) -> list[bool]:
    """Whether the original file of each document is there."""
    slots = asyncio.Semaphore(LOOKUPS_AT_ONCE)

    async def is_kept(sha256: str) -> bool:
        async with slots:
            return bool(sha256) and await writer.files.exists(sha256)

    return await asyncio.gather(*(is_kept(one.sha256) for one in documents))


async def _content(
    writer: DocumentWriter, document: AnyRow, path: str, is_kept: bool
) -> AsyncGenerator[ExportedFile | Omission]:
    if is_kept:
        try:
            async with writer.files.local(document.sha256) as file:
                yield ExportedFile(path, file)
        except FileNotFoundError:
            yield Omission(path, "the document was deleted or replaced during the export")
        return
    text = await writer.documents.text(document)
    yield ExportedFile(path, text.encode()) if text else Omission(path, "neither its file nor a text of it is kept")


def _document(row: AnyRow, path: str, is_kept: bool) -> dict[str, Any]:
    return {
        "id": row.id, "name": row.name, "title": row.title, "file": path,
        "content": "original" if is_kept else "text", "media_type": row.media_type, "bytes": row.bytes,
        "sha256": row.sha256, "pages": row.pages, "status": row.status, "error": row.error, "metadata": row.about,
        "created_at": row.created_at, "updated_at": row.updated_at,
    }  # fmt: skip


def _source(row: AnyRow) -> dict[str, Any]:
    hidden = ("id", "owner", "collection_id", "collection_id_shown", "due_at")
    return {"id": public_id(row), "collection_id": row.collection_id_shown} | columns_of(row, *hidden)


def _without_numbers(row: AnyRow) -> dict[str, Any]:
    return columns_of(row, "id", "collection_id", "chunks")
