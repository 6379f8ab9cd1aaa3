"""HTTP endpoints for collections."""

import time
from datetime import UTC, datetime

from fastapi import APIRouter

from aistack.access.collections import COLLECTION, Collections
from aistack.access.rules import needs, open_to
from aistack.stores.records import AnyRow
from aistack.trend.intake.collection_removal import remove_collection
from aistack.trend.wire import CollectionView, NewCollection, TopicsState


def collection_routes(collections: Collections) -> APIRouter:
    """`/v1/trend/collections`."""
    router = APIRouter(prefix="/v1/trend/collections", tags=["trend"])

    @router.get("", dependencies=[open_to("everyone")])
    async def list_collections() -> list[CollectionView]:
        """Your collections, and those that are shared with you."""
        return [
            CollectionView(id=row.public_id, name=row.name, owner=row.owner, yours=level, created_at=row.created_at)
            for row, level in await collections.visible()
        ]

    @router.post("", status_code=201, dependencies=[open_to("members")])
    async def create_collection(new: NewCollection) -> CollectionView:
        """A collection of your own: sources, their documents, and the topics in them."""
        row = await collections.create(new.name)
        return CollectionView(
            id=row.public_id, name=row.name, owner=row.owner, yours="manage", created_at=row.created_at
        )

    @router.delete("/{collection}", status_code=204, dependencies=[needs(COLLECTION, "manage")])
    async def delete_collection(collection: str) -> None:
        """Deletes a collection with everything in it."""
        await remove_collection(collections, await collections.find(collection))

    return router


def topics_state(row: AnyRow) -> TopicsState:
    """Of a collection."""
    is_current = row.settled_at >= row.changed_at
    waits = not is_current and row.settle_after > time.time()
    return TopicsState(
        is_current=is_current,
        settled_at=datetime.fromtimestamp(row.settled_at, UTC) if row.settled_at else None,
        retry_at=datetime.fromtimestamp(row.settle_after, UTC) if waits else None,
        documents=row.settled_documents, failures=row.settle_failures, error=row.settle_error,
    )  # fmt: skip
