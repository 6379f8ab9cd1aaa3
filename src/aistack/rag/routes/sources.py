"""Routes of watched sources: folders and URLs."""

from typing import Annotated

from fastapi import APIRouter, Path

from aistack.access.rules import needs
from aistack.rag.collections import COLLECTION, Collections
from aistack.rag.intake.sources import FOLDER, URL, Sources, public_id
from aistack.rag.intake_wire import NewSource, SourceView
from aistack.rag.wire import CollectionName
from aistack.stores.records import AnyRow

SourceId = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")]


def source_routes(sources: Sources, collections: Collections) -> APIRouter:
    """`/v1/rag/collections/{collection}/sources`."""
    router = APIRouter(prefix="/v1/rag/collections/{collection}/sources", tags=["documents"])

    @router.get("", dependencies=[needs(COLLECTION, "view")])
    async def list_sources(collection: CollectionName) -> list[SourceView]:
        """The sources of a collection, each with the error of its last check, if any."""
        return [_view(row) for row in await sources.list_sources((await collections.find(collection)).id)]

    @router.post("", status_code=201, dependencies=[needs(COLLECTION, "edit")])
    async def add_source(collection: CollectionName, new: NewSource) -> SourceView:
        """Watches a folder (inside `RAG_WATCH_FOLDERS`) or a URL, and checks it every `every_seconds`.

        Only administrators watch folders. A source acts with the rights that the person who added it has at the time.
        """
        collection_id = (await collections.find(collection)).id
        kind, place = (FOLDER, new.folder) if new.folder else (URL, new.url)
        return _view(await sources.add(collection_id, kind, place, new.every_seconds, new.encoding))

    @router.delete("/{source_id}", status_code=204, dependencies=[needs(COLLECTION, "edit")])
    async def remove_source(collection: CollectionName, source_id: SourceId) -> None:
        """Stops watching a source. Its documents stay."""
        await sources.remove((await collections.find(collection)).id, source_id)

    return router


def _view(row: AnyRow) -> SourceView:
    return SourceView(
        id=public_id(row),
        owner=row.owner,
        kind=row.kind,
        place=row.place,
        every_seconds=row.every_seconds,
        encoding=row.encoding,
        looked_at=row.looked_at,
        error=row.error,
    )
