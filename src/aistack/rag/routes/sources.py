"""HTTP in and out of sources: folders and URLs that are looked at again and again."""

from typing import Annotated

from fastapi import APIRouter, Path

from aistack.rag.documents import Library
from aistack.rag.intake.sources import FOLDER, URL, Sources
from aistack.rag.wire import COLLECTION_PATTERN, NewSource, SourceView
from aistack.stores.records import AnyRow

CollectionName = Annotated[str, Path(pattern=COLLECTION_PATTERN)]


def source_routes(sources: Sources, library: Library) -> APIRouter:
    router = APIRouter(prefix="/v1/rag/collections/{collection}/sources", tags=["documents"])

    @router.get("")
    async def list_sources(collection: CollectionName) -> list[SourceView]:
        """With what went wrong when they were last looked at."""
        return [_view(row) for row in await sources.of((await library.collection(collection)).id)]

    @router.post("", status_code=201)
    async def add_source(collection: CollectionName, new: NewSource) -> SourceView:
        """Watches a folder (inside `RAG_WATCH_FOLDERS`), or fetches a URL anew, every so often."""
        collection_id = (await library.collection(collection)).id
        kind, place = (FOLDER, new.folder) if new.folder else (URL, new.url)
        return _view(await sources.add(collection_id, kind, place, new.every_seconds))

    @router.delete("/{source_id}", status_code=204)
    async def remove_source(collection: CollectionName, source_id: int) -> None:
        """Looks there no more. The documents that it brought stay."""
        await sources.remove((await library.collection(collection)).id, source_id)

    return router


def _view(row: AnyRow) -> SourceView:
    return SourceView(
        id=row.id,
        kind=row.kind,
        place=row.place,
        every_seconds=row.every_seconds,
        looked_at=row.looked_at,
        error=row.error,
    )
