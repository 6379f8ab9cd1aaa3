"""What people confirmed: questions with the statements that are right for them, found again by their words.

A question that was confirmed word for word is answered by its statement; like ones are shown to the model. What was
said to be wrong is never offered again for the same question.
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

KEPT_MAX = 5_000  # of one connection; the oldest go first
READ_MAX = 2_000
ALIKE_MIN = 0.35
SHOWN_MAX = 4
SPACE = re.compile(r"[\s?？。.!！,，]+")


@dataclass(frozen=True, slots=True)
class Alike:
    """A lesson, and how alike its question is: 1.0 is the same words."""

    id: str
    question: str
    sql: str
    alike: float


class Lessons:
    def __init__(self, records: Records) -> None:
        self._records = records

    async def keep(
        self, connection_id: str, question: str, sql: str, right: bool, comment: str, who: Principal
    ) -> AnyRow:
        """In the place of what the same person said of the same question and statement before."""
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
            gone = (await connection.execute(oldest)).scalars().all()
            if gone:
                await connection.execute(delete(Lesson).where(Lesson.id.in_(gone)))
            return row

    async def all(self, connection_id: str) -> Sequence[AnyRow]:
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

    async def alike(self, connection_id: str, question: str, who: Principal) -> tuple[list[Alike], set[str]]:
        """Right statements of like questions, the most alike first; and the wrong ones of this very question.

        Those that administrators taught, and one's own: nobody else can change what somebody is answered.
        """
        asked, same = set(query_terms(question)), plain(question)
        found: list[Alike] = []
        right: dict[str, datetime] = {}
        wrong: dict[str, datetime] = {}
        for row in await self.all(connection_id):
            if not row.trusted and row.principal != who.id:
                continue
            is_same = plain(row.question) == same
            if is_same:
                kept = right if row.right else wrong
                kept[row.sql] = max(kept.get(row.sql, row.created_at), row.created_at)
            if row.right:
                terms = set(query_terms(row.question))
                alike = 1.0 if is_same else 0.99 * len(asked & terms) / (len(asked | terms) or 1)
                if alike >= ALIKE_MIN:
                    found.append(Alike(row.id, row.question, row.sql, alike))
        refused = {sql for sql, at in wrong.items() if sql not in right or right[sql] < at}
        kept_lessons = [one for one in found if one.sql not in refused]
        return sorted(kept_lessons, key=lambda one: -one.alike)[:SHOWN_MAX], refused


def plain(question: str) -> str:
    return SPACE.sub(" ", question).strip().lower()
