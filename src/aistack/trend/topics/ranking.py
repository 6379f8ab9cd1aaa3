"""The topics of a window, ranked by how surprising their growth is; and the same for one term."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from aistack.stores.records import AnyRow
from aistack.trend.bursts.growth import Growth, growth_of
from aistack.trend.intake.documents import DocumentStore, bucketed
from aistack.trend.topics.terms import term_of, written_forms
from aistack.trend.topics.topic_store import TopicStore

BUCKETS = 24  # of a window
TOPICS_AT_ONCE = 500
PAST_WINDOWS = 4  # before the window, which say what is to be expected
METHOD = (
    "topics: single-pass clustering (Miranda et al. 2018, arXiv 1809.00540), settled in canonical order; growth: "
    "negative binomial tail against the topic's own past share and the total volume; copies: MinHash (Broder 1997)"
)


@dataclass(frozen=True, slots=True)
class Window:
    """`since` begins the window, `past` what it is compared with."""

    since: datetime
    past: datetime
    bucket_seconds: int

    @property
    def buckets(self) -> int:
        return BUCKETS


@dataclass(frozen=True, slots=True)
class RankedTopic:
    row: AnyRow
    growth: Growth
    volume: list[int]
    sources: int


@dataclass(frozen=True, slots=True)
class TermGrowth:
    term: str
    written: str
    growth: Growth
    volume: list[int]
    sources: int
    together: list[str]


def window_before(length: timedelta) -> Window:
    """The window that ends now."""
    bucket = max(60, int(length.total_seconds()) // BUCKETS)
    now = datetime.now(UTC)
    return Window(
        now - timedelta(seconds=bucket * BUCKETS),
        now - timedelta(seconds=bucket * BUCKETS * (1 + PAST_WINDOWS)),
        bucket,
    )


class Ranking:
    def __init__(self, topics: TopicStore, documents: DocumentStore) -> None:
        self._topics = topics
        self._documents = documents

    async def hot(self, collection_id: int, window: Window, category: str, least: int) -> tuple[list[RankedTopic], int]:
        """Topics with at least `least` documents in the window, most surprising first, and all documents in it."""
        topic_ids = await self._topics.active(collection_id, window.since, category, least)
        totals = await self._documents.counts(collection_id, window.past, window.bucket_seconds)
        ranked = await self._all_ranked(collection_id, topic_ids, totals, window, category)
        ranked = [one for one in ranked if one.growth.count >= least]
        ranked.sort(key=lambda one: (-one.growth.surprise, -one.growth.count, one.row.id))
        return ranked, sum(totals[-window.buckets - 1 :])

    async def of(self, collection_id: int, topic_ids: Sequence[str], window: Window) -> list[RankedTopic]:
        """The named topics of a collection, in no order. Those that are gone are left out."""
        totals = await self._documents.counts(collection_id, window.past, window.bucket_seconds)
        return await self._all_ranked(collection_id, topic_ids, totals, window, "")

    async def one(self, row: AnyRow, window: Window) -> RankedTopic:
        totals = await self._documents.counts(row.collection_id, window.past, window.bucket_seconds)
        return (await self._ranked([row], totals, window, ""))[0]

    async def term(self, collection_id: int, written: str, window: Window) -> TermGrowth | None:
        """How often a term stands in documents; None for a stop word."""
        term = term_of(written)
        if not term:
            return None
        totals = await self._documents.counts(collection_id, window.past, window.bucket_seconds)
        rows = await self._documents.with_term(collection_id, term, window.past)
        counts = bucketed((row.at for row in rows), window.past, window.bucket_seconds)
        recent = [row for row in rows if row.at >= window.since]
        beside = Counter(other for row in recent for other in row.terms if other != term and " " not in other)
        forms = written_forms(row.title for row in recent)
        together = [forms[other] for other, _ in beside.most_common(40) if other in forms][:10]
        sources = len({row.source_id or row.source_name for row in recent})
        growth = growth_of(counts, totals, window.buckets + 1)
        return TermGrowth(term, forms.get(term, written), growth, counts[-window.buckets - 1 :], sources, together)

    async def _all_ranked(
        self, collection_id: int, topic_ids: Sequence[str], totals: Sequence[int], window: Window, category: str
    ) -> list[RankedTopic]:
        ranked: list[RankedTopic] = []
        for at in range(0, len(topic_ids), TOPICS_AT_ONCE):
            rows = await self._topics.with_ids(collection_id, topic_ids[at : at + TOPICS_AT_ONCE])
            ranked += await self._ranked(rows, totals, window, category)
        return ranked

    async def _ranked(
        self, rows: Sequence[AnyRow], totals: Sequence[int], window: Window, category: str
    ) -> list[RankedTopic]:
        members: dict[str, list[AnyRow]] = {}
        for member in await self._topics.members([row.id for row in rows], window.past):
            members.setdefault(member.topic_id, []).append(member)
        ranked: list[RankedTopic] = []
        for row in rows:
            own = [one for one in members.get(row.id, ()) if not category or one.category == category]
            if category and not own:
                continue
            times = (one.at for one in own if one.copy_of is None)
            counts = bucketed(times, window.past, window.bucket_seconds)
            recent = {one.source_id or one.source_name for one in own if one.at >= window.since}
            growth = growth_of(counts, totals, window.buckets + 1)
            ranked.append(RankedTopic(row, growth, counts[-window.buckets - 1 :], len(recent)))
        return ranked
