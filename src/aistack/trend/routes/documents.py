"""HTTP endpoints for documents."""

from datetime import UTC
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from aistack.access.collections import COLLECTION, Collections
from aistack.access.rules import needs
from aistack.stores.records import AnyRow
from aistack.trend.intake.documents import DocumentStore
from aistack.trend.intake.pushes import Pushes
from aistack.trend.routes.sources import Reference
from aistack.trend.wire import Added, DocumentView, NewDocuments


def document_routes(documents: DocumentStore, pushes: Pushes, collections: Collections) -> APIRouter:
    """`/v1/trend/documents`."""
    router = APIRouter(prefix="/v1/trend/documents", tags=["trend"])

    @router.get("", dependencies=[needs(COLLECTION, "view")])
    async def list_documents(
        collection: Reference = "default",
        topic: str = "",
        source: str = "",
        before: AwareDatetime | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
    ) -> list[DocumentView]:
        """Documents, newest first; `before` continues a list."""
        row = await collections.find(collection)
        rows = await documents.page(row.id, topic=topic, source=source, before=before, limit=limit)
        return [document_view(one) for one in rows]

    @router.post("", status_code=201, dependencies=[needs(COLLECTION, "edit")])
    async def push_documents(new: NewDocuments, collection: Reference = "default") -> Added:
        """Adds documents of your own. Those that are known already, by their id or their words, are not added again."""
        row = await collections.find(collection)
        return Added(given=len(new.documents), added=await pushes.add(row.id, new))

    @router.delete("/{document}", status_code=204, dependencies=[needs(COLLECTION, "edit")])
    async def delete_document(document: str, collection: Reference = "default") -> None:
        await documents.remove((await collections.find(collection)).id, document)

    return router


def document_view(row: AnyRow) -> DocumentView:
    return DocumentView(
        id=row.public_id, title=row.title, url=row.url, text=row.text, author=row.author, source=row.source_name,
        category=row.category, language=row.language, at=row.at.astimezone(UTC), published_at=row.published_at,
        is_date_guess=row.is_date_guess, arrived_at=row.arrived_at, is_copy=row.copy_of is not None, topic=row.topic_id,
    )  # fmt: skip
