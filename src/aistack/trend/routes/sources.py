"""HTTP endpoints for sources and their crawl."""

from typing import Annotated

from fastapi import APIRouter, Query

from aistack.access.collections import COLLECTION, Collections
from aistack.access.rules import needs
from aistack.chassis.errors import InvalidInput
from aistack.stores.records import AnyRow
from aistack.trend.intake.documents import DocumentStore
from aistack.trend.intake.library import PLACE
from aistack.trend.intake.sources import Sources
from aistack.trend.routes.collections import topics_state
from aistack.trend.wire import CollectionName, CrawlStarted, CrawlStatus, NewSource, SourceView

Reference = Annotated[CollectionName, Query(description="id or name of the collection")]
Named = Annotated[list[str], Query(max_length=1_000, description="only these sources")]


def source_routes(sources: Sources, collections: Collections, documents: DocumentStore) -> APIRouter:
    """`/v1/trend/sources` and `/v1/trend/crawl`."""
    router = APIRouter(prefix="/v1/trend", tags=["trend"])

    @router.get("/sources", dependencies=[needs(COLLECTION, "view")])
    async def list_sources(collection: Reference = "default") -> list[SourceView]:
        return [_view(row) for row in await sources.of((await collections.find(collection)).id)]

    @router.post("/sources", status_code=201, dependencies=[needs(COLLECTION, "edit")])
    async def add_source(new: NewSource, collection: Reference = "default") -> SourceView:
        """Adds a feed, a page or a sitemap, which is read at once and then as often as it changes, or a query.

        A query runs at once and then every `every_seconds` (an hour without), and its rows are points of series.

        A source acts with the rights that the person who added it has at the time.
        """
        row = await collections.find(collection)
        if (new.kind == "page") != bool(new.selector):
            raise InvalidInput(
                "a page needs a selector, a CSS selector that marks its items; feeds and sitemaps have none"
            )
        wanted = {
            "kind": new.kind, "place": _place(new), "selector": new.selector, "category": new.category,
            "zone": new.zone, "every_seconds": new.every_seconds,
            "query": None if new.query is None else new.query.model_dump(),
        }  # fmt: skip
        return _view(await sources.add(row.id, wanted))

    @router.delete("/sources/{source_id}", status_code=204, dependencies=[needs(COLLECTION, "edit")])
    async def remove_source(source_id: str, collection: Reference = "default") -> None:
        """Removes a source and the documents that came from it."""
        await sources.remove((await collections.find(collection)).id, source_id)

    @router.post("/crawl/start", status_code=202, dependencies=[needs(COLLECTION, "edit")])
    async def start_crawl(collection: Reference = "default", source: Named = []) -> CrawlStarted:  # noqa: B006
        """Reads sources now: all of the collection, or the named ones."""
        row = await collections.find(collection)
        return CrawlStarted(due=await sources.read_soon(row.id, source))

    @router.get("/crawl/status", dependencies=[needs(COLLECTION, "view")])
    async def crawl_status(collection: Reference = "default") -> CrawlStatus:
        row = await collections.find(collection)
        rows = await sources.of(row.id)
        return CrawlStatus(
            sources=len(rows),
            due=sources.due_among(rows),
            failing=sum(bool(one.error) and one.due_at is not None for one in rows),
            stopped=sum(one.due_at is None for one in rows),
            last_read_at=max((one.read_at for one in rows if one.read_at is not None), default=None),
            documents=await documents.total(row.id),
            topics=topics_state(row),
        )

    return router


def _place(new: NewSource) -> str:
    """The URL; of a query its connection and series, of documents their collection, which tell it from the others."""
    if new.documents_of is not None:
        return f"{PLACE}{new.documents_of}"
    return new.url if new.query is None else f"query:{new.query.connection_id}/{new.query.series}"


def _view(row: AnyRow) -> SourceView:
    return SourceView(
        id=row.id, owner=row.owner, kind=row.kind, url=row.place, selector=row.selector, title=row.title,
        category=row.category, every_seconds=row.every_seconds, documents=row.items, error=row.error, notes=row.notes,
        read_at=row.read_at, changed_at=row.changed_at, due_at=row.due_at, created_at=row.created_at,
    )  # fmt: skip
