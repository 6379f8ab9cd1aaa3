"""The points of what a request names: a series, or the volume of a topic or a term in each hour, day or week."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from aistack.chassis.errors import InvalidInput
from aistack.trend.intake.documents import DocumentStore
from aistack.trend.series.packed import PackedPoints
from aistack.trend.store.series_store import SeriesStore
from aistack.trend.topics.terms import term_of
from aistack.trend.topics.topic_store import TopicStore

Bucket = Literal["hour", "day", "week"]
BUCKET_SECONDS: dict[Bucket, int] = {"hour": 3_600, "day": 86_400, "week": 604_800}
MONDAY = 4 * 86_400  # 1970 began on a Thursday
VOLUME_WINDOW = timedelta(days=28)
HOURLY_UP_TO = timedelta(days=14)
MICROSECOND = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Indicator:
    """`support` says which values are possible, `notes` what was done (a code with parameters each)."""

    id: str
    name: str
    kind: Literal["series", "topic", "term"]
    points: PackedPoints
    support: str
    step_seconds: float | None
    notes: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def to_wire(self) -> dict[str, Any]:
        """What the worker process needs."""
        return {"points": self.points.to_wire(), "step_seconds": self.step_seconds, "notes": self.notes}


class Indicators:
    def __init__(self, store: SeriesStore, topics: TopicStore, documents: DocumentStore) -> None:
        self._store = store
        self._topics = topics
        self._documents = documents

    async def find(
        self, collection_id: int, reference: str, window: timedelta | None = None, bucket: Bucket | None = None
    ) -> Indicator:
        """`topic:ID`, `term:WORD`, or the id or name of a series, over the `window` at its end.

        Raises NotFound, and InvalidInput for a term that says nothing.
        """
        kind, _, rest = reference.partition(":")
        if kind == "topic" and rest:
            row = await self._topics.find(collection_id, rest)
            window = window or VOLUME_WINDOW
            members = await self._topics.members([row.id], datetime.now(UTC) - window - timedelta(days=7))
            times = (one.at for one in members if one.copy_of is None)
            return await self._volume(collection_id, "topic", row.id, row.name, times, window, bucket)
        if kind == "term" and rest:
            return await self._term(collection_id, rest, window or VOLUME_WINDOW, bucket)
        row = await self._store.find(collection_id, rest if kind == "series" and rest else reference)
        since = None
        if window is not None and row.last_at is not None:
            since = row.last_at - window // MICROSECOND + 1
        points = await self._store.read(row.id, since)
        return Indicator(row.id, row.name, "series", points, row.support, row.step_seconds)

    async def _term(self, collection_id: int, written: str, window: timedelta, bucket: Bucket | None) -> Indicator:
        term = term_of(written)
        if not term:
            raise InvalidInput(f"{written} says nothing about a document; use a word or a phrase of two words")
        rows = await self._documents.with_term(collection_id, term, datetime.now(UTC) - window - timedelta(days=7))
        return await self._volume(collection_id, "term", term, written, (row.at for row in rows), window, bucket)

    async def _volume(
        self, collection_id: int, kind: Literal["topic", "term"], key: str, name: str, times: Iterable[datetime],
        window: timedelta, bucket: Bucket | None,
    ) -> Indicator:  # fmt: skip
        """Counts in whole buckets, from the collection's first document on."""
        bucket = bucket or ("hour" if window <= HOURLY_UP_TO else "day")
        size = timedelta(seconds=BUCKET_SECONDS[bucket])
        now = datetime.now(UTC)
        first = await self._documents.first_at(collection_id)
        end = _floored(now, bucket)
        start = max(_floored(now - window, bucket), _floored(first or now, bucket))
        counts = [0] * max(0, (end - start) // size)
        for at in times:
            place = (at - start) // size
            if 0 <= place < len(counts):
                counts[place] += 1
        points = PackedPoints()
        begin = (start - EPOCH) // MICROSECOND
        points.add((begin + number * (size // MICROSECOND), float(count)) for number, count in enumerate(counts))
        notes = [{"code": "last_bucket_left_out", "parameters": {"bucket": bucket}}]
        return Indicator(f"{kind}:{key}", name, kind, points, "counts", size.total_seconds(), notes)


def _floored(at: datetime, bucket: Bucket) -> datetime:
    """The start of the bucket, in UTC; weeks begin on Monday."""
    offset = MONDAY if bucket == "week" else 0
    seconds = int((at - EPOCH).total_seconds()) - offset
    return EPOCH + timedelta(seconds=seconds // BUCKET_SECONDS[bucket] * BUCKET_SECONDS[bucket] + offset)
