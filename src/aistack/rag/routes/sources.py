"""Routes of watched sources: folders and URLs."""

from fastapi import APIRouter

from aistack.rag.documents import DocumentStore
from aistack.rag.intake.sources import FOLDER, URL, Sources
from aistack.rag.wire import CollectionName, NewSource, SourceView
from aistack.stores.records import AnyRow


def source_routes(sources: Sources, documents: DocumentStore) -> APIRouter:
    """`/v1/rag/collections/{collection}/sources`."""
    router = APIRouter(prefix="/v1/rag/collections/{collection}/sources", tags=["documents"])

    @router.get("")
    async def list_sources(collection: CollectionName) -> list[SourceView]:
        """The sources of a collection, each with the error of its last check, if any."""
        return [_view(row) for row in await sources.list_sources((await documents.collection(collection)).id)]

    @router.post("", status_code=201)
    async def add_source(collection: CollectionName, new: NewSource) -> SourceView:
        """Watches a folder (inside `RAG_WATCH_FOLDERS`) or a URL, and checks it every `every_seconds`."""
        collection_id = (await documents.collection(collection)).id
        kind, place = (FOLDER, new.folder) if new.folder else (URL, new.url)
        return _view(await sources.add(collection_id, kind, place, new.every_seconds))

    @router.delete("/{source_id}", status_code=204)
    async def remove_source(collection: CollectionName, source_id: int) -> None:
        """Stops watching a source. Its documents stay."""
        await sources.remove((await documents.collection(collection)).id, source_id)

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
