"""Verified queries: questions with statements that people confirmed as right, or rejected as wrong.

A question that was confirmed word for word is answered by its statement; similar ones are few-shot examples for the
model. A statement that was rejected is never used again for the same question.
"""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, insert, select

from aistack.ai.tables import Lesson
from aistack.chassis.errors import NotFound
from aistack.chassis.identity import Principal
from aistack.language.analysis import query_terms
from aistack.stores.records import AnyRow, Records

KEPT_MAX = 5_000  # of one connection; the oldest are deleted first
READ_MAX = 2_000
SIMILARITY_MIN = 0.35
EXAMPLES_MAX = 4
SPACE = re.compile(r"[\s?？。.!！,，]+")


@dataclass(frozen=True, slots=True)
class FewShotExample:
    """A verified query, and how similar its question is: 1.0 if it has the same words."""

    id: str
    question: str
    sql: str
    similarity: float


class VerifiedQueries:
    def __init__(self, records: Records) -> None:
        self._records = records

    async def save(
        self, connection_id: str, question: str, sql: str, right: bool, comment: str, who: Principal
    ) -> AnyRow:
        """Replaces what the same person stored for this question and statement before."""
        same = (Lesson.connection == connection_id) & (Lesson.question == question) & (Lesson.sql == sql)
        values = {
            "id": uuid.uuid4().hex, "connection": connection_id, "question": question, "sql": sql, "right": right,
            "trusted": who.is_administrator,
            "comment": comment, "principal": who.id, "created_at": datetime.now(UTC),
        }  # fmt: skip
        async with self._records.write() as connection:
            await connection.execute(delete(Lesson).where(same, Lesson.principal == who.id))
            row = (await connection.execute(insert(Lesson).values(**values).returning(Lesson))).one()
            oldest = (
                select(Lesson.id)
                .where(Lesson.connection == connection_id)
                .order_by(Lesson.created_at.desc())
                .offset(KEPT_MAX)
            )
            excess = (await connection.execute(oldest)).scalars().all()
            if excess:
                await connection.execute(delete(Lesson).where(Lesson.id.in_(excess)))
            return row

    async def all(self, connection_id: str) -> Sequence[AnyRow]:
        """Those of a connection, newest first."""
        query = (
            select(Lesson).where(Lesson.connection == connection_id).order_by(Lesson.created_at.desc()).limit(READ_MAX)
        )
        async with self._records.read() as connection:
            return (await connection.execute(query)).all()

    async def remove(self, connection_id: str, lesson_id: str) -> None:
        """Raises NotFound."""
        mine = (Lesson.id == lesson_id) & (Lesson.connection == connection_id)
        async with self._records.write() as connection:
            if not (await connection.execute(delete(Lesson).where(mine))).rowcount:
                raise NotFound(f"there is no lesson {lesson_id}")

    async def similar(self, connection_id: str, question: str, who: Principal) -> tuple[list[FewShotExample], set[str]]:
        """Verified queries with similar questions, most similar first, and statements rejected for this question.

        Only those of administrators and one's own count: nobody else can change the answers somebody gets.
        """
        terms, key = set(query_terms(question)), question_key(question)
        found: list[FewShotExample] = []
        confirmed: dict[str, datetime] = {}
        rejected: dict[str, datetime] = {}
        for row in await self.all(connection_id):
            if not row.trusted and row.principal != who.id:
                continue
            is_same = question_key(row.question) == key
            if is_same:
                latest = confirmed if row.right else rejected
                latest[row.sql] = max(latest.get(row.sql, row.created_at), row.created_at)
            if row.right:
                others = set(query_terms(row.question))
                similarity = 1.0 if is_same else 0.99 * len(terms & others) / (len(terms | others) or 1)
                if similarity >= SIMILARITY_MIN:
                    found.append(FewShotExample(row.id, row.question, row.sql, similarity))
        wrong = {sql for sql, at in rejected.items() if sql not in confirmed or confirmed[sql] < at}
        kept = [one for one in found if one.sql not in wrong]
        return sorted(kept, key=lambda one: -one.similarity)[:EXAMPLES_MAX], wrong


def question_key(question: str) -> str:
    """Equal for questions that differ only in case, spaces and punctuation."""
    return SPACE.sub(" ", question).strip().lower()
