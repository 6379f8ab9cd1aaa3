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
from aistack.trend.points_wire import StatementView
from aistack.trend.routes.requests import AcceptLanguage, chosen_language
from aistack.trend.routes.sources import Reference
from aistack.trend.series.wording import Language, worded
from aistack.trend.store.explanations import Explanations
from aistack.trend.topics.ranking import METHOD
from aistack.trend.wire import Added, DocumentView, NewDocuments, Resembling, Why


def document_routes(
    documents: DocumentStore, pushes: Pushes, explanations: Explanations, collections: Collections
) -> APIRouter:
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

    @router.get("/{document}/why", dependencies=[needs(COLLECTION, "view")])
    async def explain_document(
        document: str, collection: Reference = "default", language: Language | None = None,
        accept_language: AcceptLanguage = "",
    ) -> Why:  # fmt: skip
        """Why a document is in its topic, or alone, with the documents that resemble it most."""
        row = await documents.find((await collections.find(collection)).id, document)
        found = await explanations.of(row)
        spoken = chosen_language(language, accept_language)
        return Why(
            document=document_view(row), topic=row.topic_id, topic_name=found.topic.name if found.topic else "",
            similarity=found.similarity, similarity_min=found.similarity_min,
            statements=[
                StatementView(code=one.code, text=worded(one, spoken), parameters=dict(one.parameters))
                for one in found.statements
            ],
            nearest=[
                Resembling(
                    document=document_view(one.row), similarity=one.similarity, days=one.days, words=one.words
                )
                for one in found.evidence
            ],
            method=METHOD,
        )  # fmt: skip

    return router


def document_view(row: AnyRow) -> DocumentView:
    return DocumentView(
        id=row.public_id, title=row.title, url=row.url, text=row.text, author=row.author, source=row.source_name,
        category=row.category, language=row.language, at=row.at.astimezone(UTC), published_at=row.published_at,
        is_date_guess=row.is_date_guess, arrived_at=row.arrived_at, is_copy=row.copy_of is not None, topic=row.topic_id,
    )  # fmt: skip
