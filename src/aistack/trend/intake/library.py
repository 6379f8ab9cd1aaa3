"""Collections of the rag service as sources: their documents, as far as a source's owner may view them.

What changed since the last read is fetched, and what is gone there goes here. When its owner may not view the
collection any more, or it was deleted, the source stops and its documents go.
"""

import hashlib
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, select

from aistack.access.directory import Directory
from aistack.chassis.errors import Forbidden, Problem
from aistack.chassis.identity import on_behalf
from aistack.chassis.runtime.worker_processes import WorkerPool
from aistack.rag.client import RagClient
from aistack.rag.wire import DocumentDetail, DocumentView
from aistack.stores.records import AnyRow, Records
from aistack.trend.feeds.dates import parse_date
from aistack.trend.feeds.items import Item, clean_line, clean_text
from aistack.trend.intake.documents import DocumentStore, Origin, documents_of, mark_changed
from aistack.trend.tables import Document

PLACE = "rag:"
LISTED_AT_ONCE = 1_000
ADDED_AT_ONCE = 50
DATES = ("published", "date", "created", "modified")  # of a document's metadata, the first that can be read
GONE = ("not-found", "forbidden")


class Library:
    """`secret` signs on whose behalf the service calls; empty while identity is off."""

    def __init__(
        self, rag: RagClient, directory: Directory, records: Records, documents: DocumentStore, workers: WorkerPool,
        secret: str, service: str,
    ) -> None:  # fmt: skip
        self._rag = rag
        self._directory = directory
        self._records = records
        self._documents = documents
        self._workers = workers
        self._secret = secret
        self._service = service

    async def read(self, source: AnyRow) -> dict[str, Any]:
        """Reads what is new and changed. Returns what changes in the source's row, `items` being the new documents.

        Raises Forbidden where the owner may not view the collection.
        """
        collection = source.place.removeprefix(PLACE)
        try:
            listed, is_complete = await self._listed(source, collection)
            pending = [one.updated_at for one in listed if one.status == "pending"]
            ready = [one for one in listed if one.status != "pending"]
            fresh = [one for one in ready if one.updated_at.isoformat() >= source.etag]
            added = 0
            for at in range(0, len(fresh), ADDED_AT_ONCE):
                details = [await self._detail(source, collection, one.id) for one in fresh[at : at + ADDED_AT_ONCE]]
                added += await self._add(source, [one for one in details if one is not None])
        except Problem as problem:
            if problem.code not in GONE:
                raise
            await self._keep(source, [])
            raise Forbidden(f"stopped, and its documents were removed: {problem.detail}") from None
        removed = await self._keep(source, [one.id for one in listed]) if is_complete else 0
        newest = min(pending, default=max((one.updated_at for one in ready), default=None))
        # a document whose words another one had is only there once: if that one goes, all are read again
        mark = "" if removed or newest is None else newest.isoformat()
        return {"items": added, "etag": mark, "title": collection, "notes": []}

    async def _headers(self, source: AnyRow) -> dict[str, str]:
        who = await self._directory.principal_of(source.owner)
        if who is None:
            raise Forbidden("stopped: the person it belongs to is gone or disabled; add the source again")
        return on_behalf(who, self._secret, self._service, "rag")

    async def _listed(self, source: AnyRow, collection: str) -> tuple[list[DocumentView], bool]:
        """The documents, and whether these are all: while some are added or deleted, a page can miss one."""
        found: dict[str, DocumentView] = {}
        totals: set[int] = set()
        offset, total = 0, 1
        while offset < total:
            headers = await self._headers(source)
            page = await self._rag.documents(collection, LISTED_AT_ONCE, offset=offset, headers=headers)
            found |= {one.id: one for one in page.documents}
            total, offset = page.total, offset + LISTED_AT_ONCE
            totals.add(total)
        return list(found.values()), totals == {len(found)}

    async def _detail(self, source: AnyRow, collection: str, document_id: str) -> DocumentDetail | None:
        """None for a document that was deleted in between."""
        try:
            return await self._rag.document(document_id, collection, headers=await self._headers(source))
        except Problem as problem:
            if problem.status != 404:
                raise
        return None

    async def _add(self, source: AnyRow, details: Sequence[DocumentDetail]) -> int:
        items = [item for one in details if (item := item_of(one)).text or item.title]
        if not items:
            return 0
        texts = [{"title": item.title, "text": item.text} for item in items]
        answer = await self._workers.ask({"task": "analyze", "documents": texts})
        origin = Origin(source.collection_id, source.id, source.title or source.place, source.category)
        return await self._documents.add(origin, documents_of(items, answer["documents"]))

    async def _keep(self, source: AnyRow, document_ids: Sequence[str]) -> int:
        """Removes the source's documents that are not among these. Returns how many."""
        kept = {hashlib.sha256(one.encode()).hexdigest()[:32] for one in document_ids}
        query = select(Document.id, Document.guid_digest).where(Document.source_id == source.id)
        async with self._records.write() as connection:
            gone = [row.id for row in await connection.execute(query) if row.guid_digest not in kept]
            for at in range(0, len(gone), LISTED_AT_ONCE):
                await connection.execute(delete(Document).where(Document.id.in_(gone[at : at + LISTED_AT_ONCE])))
            if gone:
                await mark_changed(connection, source.collection_id)
        return len(gone)


def item_of(one: DocumentDetail) -> Item:
    """With the date that its metadata states, otherwise that on which it was added."""
    stated = None
    for name in DATES:
        stated = stated or parse_date(one.metadata.get(name, ""), datetime.fromtimestamp(time.time(), UTC))
    return Item(
        guid=one.id, url="", title=clean_line(one.title or one.name), text=clean_text(one.text),
        author=clean_line(one.metadata.get("author", "")), published=stated.at if stated else one.created_at,
        is_date_guess=stated.is_guess if stated else True,
    )  # fmt: skip
