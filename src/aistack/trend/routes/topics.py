"""HTTP endpoints for topics and terms."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from aistack.access.collections import COLLECTION, Collections
from aistack.access.rules import needs
from aistack.chassis.errors import InvalidInput
from aistack.trend.intake.documents import DocumentStore
from aistack.trend.routes.collections import topics_state
from aistack.trend.routes.documents import document_view
from aistack.trend.routes.sources import Reference
from aistack.trend.topics.ranking import METHOD, RankedTopic, Ranking, Window, window_before
from aistack.trend.topics.topic_store import TopicStore
from aistack.trend.wire import HotTopics, SourceShare, TermSeries, TopicDetail, TopicView, window_of

WindowText = Annotated[str, Query(alias="window", description="such as 24h, 7d or 4w", max_length=8)]
NEWEST = 20


def topic_routes(ranking: Ranking, topics: TopicStore, documents: DocumentStore, collections: Collections) -> APIRouter:
    """`/v1/trend/hot-topics`, `/v1/trend/topics` and `/v1/trend/terms`."""
    router = APIRouter(prefix="/v1/trend", tags=["trend"])

    @router.get("/hot-topics", dependencies=[needs(COLLECTION, "view")])
    async def hot_topics(
        window: WindowText = "24h",
        category: Annotated[str, Query(max_length=64)] = "",
        collection: Reference = "default",
        limit: Annotated[int, Query(ge=1, le=200)] = 20,
        documents_min: Annotated[int, Query(ge=1, le=1_000)] = 2,
    ) -> HotTopics:
        """What grows most surprisingly, given its own past and the volume of everything."""
        row = await collections.find(collection)
        span = window_named(window)
        ranked, total = await ranking.hot(row.id, span, category, documents_min)
        shown = ranked[:limit]
        return HotTopics(
            window=window, bucket_seconds=span.bucket_seconds, since=span.since, documents=total,
            alone=max(0, total - sum(one.growth.count for one in shown)), topics=[topic_view(one) for one in shown],
            state=topics_state(row), method=METHOD,
        )  # fmt: skip

    @router.get("/topics/{topic}", dependencies=[needs(COLLECTION, "view")])
    async def show_topic(topic: str, window: WindowText = "7d", collection: Reference = "default") -> TopicDetail:
        """A topic: its volume, who had it first and who followed, and its newest documents."""
        row = await topics.find((await collections.find(collection)).id, topic)
        ranked = await ranking.one(row, window_named(window))
        members = await topics.members([row.id], row.first_at)
        spread: dict[str, SourceShare] = {}
        for member in members:
            known = spread.get(member.source_name)
            count = known.documents + 1 if known else 1
            first_at = known.first_at if known else member.at
            spread[member.source_name] = SourceShare(source=member.source_name, first_at=first_at, documents=count)
        newest = await documents.page(row.collection_id, topic=row.id, limit=NEWEST)
        return TopicDetail(
            topic=topic_view(ranked),
            spread=sorted(spread.values(), key=lambda one: one.first_at),
            newest=[document_view(one) for one in newest],
        )

    @router.get("/terms/{term}", dependencies=[needs(COLLECTION, "view")])
    async def show_term(
        term: Annotated[str, Path(max_length=100)], window: WindowText = "7d", collection: Reference = "default"
    ) -> TermSeries:
        """A word or a phrase of two words: how many documents have it, and what stands beside it."""
        row = await collections.find(collection)
        span = window_named(window)
        found = await ranking.term(row.id, term, span)
        if found is None:
            raise InvalidInput(f"{term} says nothing about a document; use a word or a phrase of two words")
        return TermSeries(
            term=found.term, written=found.written, window=window, bucket_seconds=span.bucket_seconds,
            since=span.since, volume=found.volume, count=found.growth.count, expected=found.growth.expected,
            surprise=found.growth.surprise, state=found.growth.state, sources=found.sources, together=found.together,
        )  # fmt: skip

    return router


def window_named(text: str) -> Window:
    try:
        return window_before(window_of(text))
    except ValueError as error:
        raise InvalidInput(str(error)) from None


def topic_view(ranked: RankedTopic) -> TopicView:
    row, growth = ranked.row, ranked.growth
    return TopicView(
        id=row.id, name=row.name, key_terms=row.key_terms, state=growth.state, count=growth.count,
        expected=growth.expected, surprise=growth.surprise, sources=ranked.sources, is_one_source=ranked.sources == 1,
        documents=row.documents, first_at=row.first_at, last_at=row.last_at, volume=ranked.volume,
    )  # fmt: skip
