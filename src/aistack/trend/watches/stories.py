"""The stories of a collection that a watch matches."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from aistack.stores.records import AnyRow, Records
from aistack.trend.tables import Document
from aistack.trend.topics.ranking import RankedTopic, Ranking, window_before
from aistack.trend.watches.matching import Matcher, subject_of
from aistack.trend.watches.wire import WatchQuery

DOCUMENTS_MAX = 20_000  # that are looked at, newest first
WINDOW = timedelta(hours=24)  # in which a story's state is told
AT_ONCE = 500
EVIDENCE_MAX = 5


@dataclass(frozen=True, slots=True)
class Story:
    """`documents` are those that match, oldest first."""

    ranked: RankedTopic
    group: str
    documents: Sequence[AnyRow]


@dataclass(frozen=True, slots=True)
class Found:
    """`documents` were in the window, `looked_at` of them were looked at, and `matched` match."""

    stories: Sequence[Story]
    documents: int
    looked_at: int
    matched: int


class Stories:
    def __init__(self, records: Records, ranking: Ranking) -> None:
        self._records = records
        self._ranking = ranking

    async def matching(
        self, collection_id: int, query: WatchQuery, since: datetime, *, arrived: datetime | None = None
    ) -> Found:
        """Stories with documents since a time that match, most surprising first.

        With `arrived` only those that have documents which arrived after it.

        Raises ValueError for a watch that cannot be.
        """
        matcher = Matcher(query)
        matches: dict[str, list[tuple[AnyRow, str]]] = {}
        total = looked_at = 0
        table = Document
        columns = (
            table.id, table.public_id, table.title, table.text, table.url, table.language, table.category, table.at,
            table.source_id, table.source_name, table.topic_id, table.arrived_at,
        )  # fmt: skip
        where = [table.collection_id == collection_id, table.at >= since, table.topic_id.is_not(None)]
        if arrived is not None:
            grown = select(table.topic_id).where(table.collection_id == collection_id, table.arrived_at > arrived)
            where.append(table.topic_id.in_(grown.scalar_subquery()))
        async with self._records.read() as connection:
            rows = await connection.stream(select(*columns).where(*where).order_by(table.at.desc(), table.id.desc()))
            async for batch in rows.partitions(AT_ONCE):
                total += len(batch)
                if looked_at >= DOCUMENTS_MAX:
                    continue
                looked_at += len(batch)
                groups = await asyncio.to_thread(_groups, matcher, batch)
                for row, group in zip(batch, groups, strict=True):
                    if group is not None:
                        matches.setdefault(row.topic_id, []).append((row, group))
        ranked = await self._ranking.of(collection_id, list(matches), window_before(WINDOW))
        by_topic = {one.row.id: one for one in ranked}
        stories = [
            Story(by_topic[topic], found[0][1], [row for row, _ in reversed(found)])
            for topic, found in matches.items()
            if topic in by_topic
        ]
        stories = [one for one in stories if _is_wanted(one, query)]
        stories.sort(key=lambda one: (-one.ranked.growth.surprise, -len(one.documents), one.ranked.row.id))
        return Found(stories, total, looked_at, sum(map(len, matches.values())))


def _groups(matcher: Matcher, rows: Sequence[AnyRow]) -> list[str | None]:
    return [matcher.group_of(subject_of(row)) for row in rows]


def _is_wanted(story: Story, query: WatchQuery) -> bool:
    growth = story.ranked.growth
    return growth.surprise >= query.least_surprise and len(story.documents) >= query.documents_min
