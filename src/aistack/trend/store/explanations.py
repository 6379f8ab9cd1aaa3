"""Why a document is in its topic, or alone, with the documents that show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from aistack.stores.records import AnyRow, Records
from aistack.trend.series.findings import Statement
from aistack.trend.store.computations import Computations
from aistack.trend.tables import Document, Topic
from aistack.trend.topics.settling import SENT, line_of

AROUND_MAX = 750  # documents before it, and as many after it
MEMBERS_MAX = 300


@dataclass(frozen=True, slots=True)
class Evidence:
    """A document that resembles the one in question."""

    row: AnyRow
    similarity: float
    days: float
    words: list[str]


@dataclass(frozen=True, slots=True)
class Explanation:
    """`similarity` is that with the topic's other documents together, None without any."""

    document: AnyRow
    topic: AnyRow | None
    similarity: float | None
    similarity_min: float
    statements: list[Statement]
    evidence: list[Evidence]


class Explanations:
    """`days` is the window in which topics are found."""

    def __init__(self, records: Records, computations: Computations, days: int) -> None:
        self._records = records
        self._computations = computations
        self._days = days

    async def of(self, document: AnyRow) -> Explanation:
        """Raises Unavailable if the worker fails."""
        lines = [line_of(row) for row in await self._around(document)]
        request = {"lines": lines, "key": document.id, "texts": [document.title, document.text]}
        found = await self._computations.ask("explain", request)
        keys = [one["key"] for one in found["nearest"]]
        if document.copy_of is not None:
            keys.append(document.copy_of)
        async with self._records.read() as connection:
            rows = (await connection.execute(select(Document).where(Document.id.in_(keys)))).all()
            topic = (await connection.execute(select(Topic).where(Topic.id == document.topic_id))).one_or_none()
        known = {row.id: row for row in rows}
        evidence = [
            Evidence(known[one["key"]], one["similarity"], one["days"], one["words"])
            for one in found["nearest"]
            if one["key"] in known
        ]
        statements = self._statements(document, topic, found, known, evidence)
        return Explanation(document, topic, found["similarity"], found["similarity_min"], statements, evidence)

    async def _around(self, document: AnyRow) -> Sequence[AnyRow]:
        """The document, its topic's and those nearest in time."""
        known: dict[int, AnyRow] = {}
        in_collection = select(*SENT).where(Document.collection_id == document.collection_id)
        queries = [
            in_collection.where(Document.id == document.id),
            in_collection.where(Document.at <= document.at).order_by(Document.at.desc()).limit(AROUND_MAX),
            in_collection.where(Document.at > document.at).order_by(Document.at).limit(AROUND_MAX),
        ]
        if document.topic_id is not None:
            members = in_collection.where(Document.topic_id == document.topic_id)
            queries.append(members.order_by(Document.at.desc()).limit(MEMBERS_MAX))
        async with self._records.read() as connection:
            for query in queries:
                known.update({row.id: row for row in await connection.execute(query)})
        return list(known.values())

    def _statements(
        self, document: AnyRow, topic: AnyRow | None, found: dict[str, Any], known: dict[int, AnyRow],
        evidence: list[Evidence],
    ) -> list[Statement]:  # fmt: skip
        needed, similarity = found["similarity_min"], found["similarity"]
        made: list[Statement] = []
        nearest = evidence[0] if evidence else None
        if document.copy_of in known:
            made.append(Statement("is_copy", {"title": known[document.copy_of].title}))
        elif topic is None:
            is_old = document.at < datetime.now(UTC) - timedelta(days=self._days)
            made.append(Statement("before_window", {"days": self._days}) if is_old else Statement("not_settled"))
        elif not found["words"]:
            made.append(Statement("says_nothing"))
        elif similarity is not None:
            code = "joined" if similarity >= needed else "joined_through_others"
            made.append(Statement(code, {"similarity": similarity, "needed": needed}))
            beside = next((one for one in evidence if one.row.topic_id == topic.id and one.words), None)
            if beside is not None:
                words = ", ".join(beside.words)
                made.append(Statement("shared_words", {"title": beside.row.title, "words": words}))
        elif nearest is None:
            made.append(Statement("shares_no_words"))
        else:
            code = "alone" if nearest.similarity < needed else "alone_near_another"
            said = {"title": nearest.row.title, "similarity": nearest.similarity, "needed": needed}
            made.append(Statement(code, said))
        made.append(Statement("compared_with", {"count": found["documents"] - 1}))
        return made
