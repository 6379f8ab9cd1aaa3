"""HTTP endpoints for watches."""

from datetime import UTC, datetime, timedelta

from fastapi import APIRouter

from aistack.access.collections import COLLECTION, Collections
from aistack.access.rules import needs
from aistack.chassis.errors import InvalidInput
from aistack.stores.records import AnyRow
from aistack.trend.routes.sources import Reference
from aistack.trend.watches.stories import EVIDENCE_MAX, Stories, Story
from aistack.trend.watches.watches import Watches
from aistack.trend.watches.wire import Evidence, NewWatch, Preview, StoryView, WatchQuery, WatchView

WEEK = timedelta(days=7)
STORIES_MAX = 50


def watch_routes(watches: Watches, stories: Stories, collections: Collections) -> APIRouter:
    """`/v1/trend/watches`."""
    router = APIRouter(prefix="/v1/trend/watches", tags=["trend"])

    @router.get("", dependencies=[needs(COLLECTION, "view")])
    async def list_watches(collection: Reference = "default") -> list[WatchView]:
        return [_view(row) for row in await watches.of((await collections.find(collection)).id)]

    @router.post("", status_code=201, dependencies=[needs(COLLECTION, "view")])
    async def create_watch(new: NewWatch, collection: Reference = "default") -> WatchView:
        """A watch of your own, to which subscribers can be added."""
        return _view(await watches.add((await collections.find(collection)).id, new))

    @router.post("/preview", dependencies=[needs(COLLECTION, "view")])
    async def preview_watch(query: WatchQuery, collection: Reference = "default") -> Preview:
        """What a watch would have matched in the last week. Nothing is saved."""
        row = await collections.find(collection)
        try:
            found = await stories.matching(row.id, query, datetime.now(UTC) - WEEK)
        except ValueError as error:
            raise InvalidInput(str(error)) from None
        return Preview(
            documents=found.documents, looked_at=found.looked_at, matched=found.matched,
            stories=[story_view(one) for one in found.stories[:STORIES_MAX]],
        )  # fmt: skip

    @router.get("/{watch_id}", dependencies=[needs(COLLECTION, "view")])
    async def show_watch(watch_id: str, collection: Reference = "default") -> WatchView:
        return _view(await watches.find((await collections.find(collection)).id, watch_id))

    @router.put("/{watch_id}", dependencies=[needs(COLLECTION, "view")])
    async def change_watch(watch_id: str, new: NewWatch, collection: Reference = "default") -> WatchView:
        """Changes a watch of yours. Its subscribers use the new one from their next message."""
        return _view(await watches.change((await collections.find(collection)).id, watch_id, new))

    @router.delete("/{watch_id}", status_code=204, dependencies=[needs(COLLECTION, "view")])
    async def delete_watch(watch_id: str, collection: Reference = "default") -> None:
        """Deletes a watch of yours, with its subscribers."""
        await watches.remove((await collections.find(collection)).id, watch_id)

    return router


def story_view(story: Story) -> StoryView:
    row, growth = story.ranked.row, story.ranked.growth
    return StoryView(
        topic=row.id, name=row.name, group=story.group, state=growth.state, surprise=growth.surprise,
        documents=len(story.documents), sources=len({one.source_id or one.source_name for one in story.documents}),
        first_at=row.first_at, last_at=row.last_at,
        evidence=[
            Evidence(id=one.public_id, title=one.title, url=one.url, source=one.source_name, at=one.at)
            for one in reversed(story.documents[-EVIDENCE_MAX:])
        ],
    )  # fmt: skip


def _view(row: AnyRow) -> WatchView:
    return WatchView(
        id=row.id, name=row.name, owner=row.owner, query=WatchQuery(**row.query), created_at=row.created_at,
        changed_at=row.changed_at,
    )  # fmt: skip
