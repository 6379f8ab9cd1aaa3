"""What can be wrong: each condition gives its breaches. A change point in a series will be another `Breaches`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar

from sqlalchemy import select

from aistack.stores.records import Records
from aistack.trend.alerts.wire import SourceSilent, TopicLevel
from aistack.trend.tables import Source
from aistack.trend.topics.ranking import Ranking, window_before
from aistack.trend.watches.stories import Stories
from aistack.trend.wire import window_of


@dataclass(frozen=True, slots=True)
class Breach:
    """`subject` is the id of what is wrong. `value` reached `level`."""

    subject: str
    name: str
    value: float
    level: float


C_contra = TypeVar("C_contra", contravariant=True)


class Breaches(Protocol[C_contra]):
    """What breaches a condition in a collection now."""

    async def __call__(self, collection_id: int, condition: C_contra) -> Sequence[Breach]: ...


class TopicLevels:
    """Topics that reach a level."""

    def __init__(self, ranking: Ranking, stories: Stories) -> None:
        self._ranking = ranking
        self._stories = stories

    async def __call__(self, collection_id: int, condition: TopicLevel) -> Sequence[Breach]:
        """Raises ValueError for a query that cannot be."""
        window = window_before(window_of(condition.window))
        ranked, _ = await self._ranking.hot(collection_id, window, "", condition.documents or 1)
        if condition.query is not None:
            found = await self._stories.matching(collection_id, condition.query, window.since)
            wanted = {one.ranked.row.id for one in found.stories}
            ranked = [one for one in ranked if one.row.id in wanted]
        breaches: list[Breach] = []
        for one in ranked:
            if condition.surprise is not None and one.growth.surprise < condition.surprise:
                continue
            by_count = condition.documents is not None
            value = one.growth.count if by_count else one.growth.surprise
            level = condition.documents if condition.documents is not None else condition.surprise
            breaches.append(Breach(one.row.id, one.row.name, value, level or 0.0))
        return breaches


class SilentSources:
    """Sources without anything new for some hours; `value` is for how many."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def __call__(self, collection_id: int, condition: SourceSilent) -> Sequence[Breach]:
        query = select(Source).where(Source.collection_id == collection_id)
        if condition.sources:
            query = query.where(Source.id.in_(condition.sources))
        now = datetime.now(UTC)
        async with self._records.read() as connection:
            rows = (await connection.execute(query)).all()
        quiet = timedelta(hours=condition.hours)
        return [
            Breach(row.id, row.title or row.place, (now - latest).total_seconds() / 3_600, condition.hours)
            for row in rows
            if now - (latest := row.changed_at or row.created_at) >= quiet
        ]
