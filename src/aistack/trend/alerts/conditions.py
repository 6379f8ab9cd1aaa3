"""What can be wrong: each condition gives its breaches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeVar

from sqlalchemy import or_, select

from aistack.chassis.errors import InvalidInput
from aistack.stores.records import AnyRow, Records
from aistack.trend.alerts.wire import SeriesAlarm, SeriesChange, SourceSilent, TopicLevel
from aistack.trend.series.times import microseconds_of
from aistack.trend.store.computations import Computations
from aistack.trend.store.series_store import SeriesStore
from aistack.trend.tables import Detector, Point, Series, Source
from aistack.trend.topics.ranking import Ranking, window_before
from aistack.trend.watches.stories import Stories
from aistack.trend.wire import window_of

MICROSECOND = timedelta(microseconds=1)
KEPT_MAX = 1_000  # series whose change points are remembered


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


class SeriesAlarms:
    """Live series whose detector is in alarm; the alarm's point has `value`, where `level` was expected."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def __call__(self, collection_id: int, condition: SeriesAlarm) -> Sequence[Breach]:
        query = (
            select(Series.id, Series.name, Point.value, Point.expected)
            .join(Detector, Detector.series_id == Series.id)
            .join(Point, Point.series_id == Series.id)
            .where(Series.collection_id == collection_id, Detector.state_name == "alarm", Point.alarm.is_(True))
            .order_by(Series.id, Point.at)
        )
        if condition.series:
            query = query.where(or_(Series.id.in_(condition.series), Series.name.in_(condition.series)))
        async with self._records.read() as connection:
            rows = (await connection.execute(query)).all()
        latest = {row.id: row for row in rows}
        return [Breach(row.id, row.name, row.value, row.expected or 0.0) for row in latest.values()]


class SeriesChanges:
    """Series with a change point near their end: `value` after it, `level` before it.

    What was found is kept until the series gets points.
    """

    def __init__(self, store: SeriesStore, computations: Computations) -> None:
        self._store = store
        self._computations = computations
        self._found: dict[str, tuple[datetime, list[dict[str, Any]]]] = {}

    async def __call__(self, collection_id: int, condition: SeriesChange) -> Sequence[Breach]:
        """Raises NotFound for a series that is not there."""
        window = window_of(condition.window) // MICROSECOND
        breaches: list[Breach] = []
        for reference in condition.series:
            row = await self._store.find(collection_id, reference)
            recent = [
                one
                for one in await self._changes(row)
                if row.last_at is not None and (microseconds_of(one["time"]) or 0) > row.last_at - window
            ]
            if recent:
                breaches.append(Breach(row.id, row.name, recent[-1]["after"] or 0.0, recent[-1]["before"] or 0.0))
        return breaches

    async def _changes(self, row: AnyRow) -> list[dict[str, Any]]:
        known = self._found.get(row.id)
        if known is not None and known[0] == row.changed_at:
            return known[1]
        while len(self._found) >= KEPT_MAX:
            del self._found[next(iter(self._found))]
        points = await self._store.read(row.id)
        request: dict[str, Any] = {"points": points.to_wire(), "step_seconds": row.step_seconds}
        request |= {"sensitivity": "normal", "components": False, "language": "en"}
        try:
            found = (await self._computations.ask("series", request))["change_points"]
        except InvalidInput:
            found: list[dict[str, Any]] = []  # too few points, so far
        self._found[row.id] = (row.changed_at, found)
        return found
