"""Verified queries: questions with statements that people confirmed as right, or rejected as wrong.

A question that was confirmed word for word is answered by its statement; similar ones are few-shot examples for the
model. A statement that was rejected is never used again for the same question.
"""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from sqlalchemy import ColumnElement, delete, insert, select

from aistack.access.levels import at_least
from aistack.ai.tables import Lesson
from aistack.chassis.errors import NotFound
from aistack.chassis.identity import Principal
from aistack.connection.rights import owner_of
from aistack.connection.wire import ConnectionView
from aistack.language.analysis import query_terms
from aistack.stores.records import AnyRow, Records

KEPT_MAX = 1_000  # of one person for one connection; the oldest are deleted first
READ_MAX = 2_000  # of a person's own, and of the editors'
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
        self, database: ConnectionView, question: str, sql: str, right: bool, comment: str, who: Principal,
        *, is_written: bool,
    ) -> AnyRow:  # fmt: skip
        """Replaces what the same person stored for this question and statement before.

        `is_written` says that the statement may be a person's own instead of a generated one.
        """
        owner = owner_of(who)
        same = (Lesson.connection == database.id) & (Lesson.question == question) & (Lesson.sql == sql)
        values = {
            "id": uuid.uuid4().hex, "connection": database.id, "question": question, "sql": sql, "right": right,
            "trusted": curates(database) and not who.read_only, "rules": rules_key(database, who),
            "written": is_written, "comment": comment, "principal": who.id, "owner": owner,
            "created_at": datetime.now(UTC),
        }  # fmt: skip
        async with self._records.write() as connection:
            await connection.execute(delete(Lesson).where(same, Lesson.owner.in_((owner, who.id))))
            row = (await connection.execute(insert(Lesson).values(**values).returning(Lesson))).one()
            oldest = (
                select(Lesson.id)
                .where(Lesson.connection == database.id, Lesson.owner == owner)
                .order_by(Lesson.created_at.desc())
                .offset(KEPT_MAX)
            )
            excess = (await connection.execute(oldest)).scalars().all()
            if excess:
                await connection.execute(delete(Lesson).where(Lesson.id.in_(excess)))
            return row

    async def all(self, connection_id: str) -> Sequence[AnyRow]:
        """Those of a connection, newest first."""
        these = Lesson.connection == connection_id
        found = [*await self._newest(these & Lesson.trusted), *await self._newest(these & ~Lesson.trusted)]
        return sorted(found, key=lambda row: row.created_at, reverse=True)

    async def of(self, database: ConnectionView, who: Principal) -> Sequence[AnyRow]:
        """Those that a principal may see: its own, and all of a connection that it curates."""
        if curates(database):
            return await self.all(database.id)
        return await self._newest((Lesson.connection == database.id) & _own(who))

    async def remove(self, database: ConnectionView, lesson_id: str, who: Principal) -> None:
        """Deletes one that the principal may see. Raises NotFound."""
        seen = (Lesson.id == lesson_id) & (Lesson.connection == database.id)
        if not curates(database):
            seen &= _own(who)
        async with self._records.write() as connection:
            if not (await connection.execute(delete(Lesson).where(seen))).rowcount:
                raise NotFound(f"there is no lesson {lesson_id}")

    async def delete(self, lesson_id: str) -> None:
        async with self._records.write() as connection:
            await connection.execute(delete(Lesson).where(Lesson.id == lesson_id))

    async def connections(self) -> Sequence[str]:
        """The connections that there are lessons for."""
        async with self._records.read() as connection:
            return list(await connection.scalars(select(Lesson.connection).distinct()))

    async def forget(self, connection_id: str) -> None:
        """Deletes the lessons of a connection that is gone."""
        async with self._records.write() as connection:
            await connection.execute(delete(Lesson).where(Lesson.connection == connection_id))

    async def _newest(self, where: ColumnElement[bool]) -> Sequence[AnyRow]:
        query = select(Lesson).where(where).order_by(Lesson.created_at.desc()).limit(READ_MAX)
        async with self._records.read() as connection:
            return (await connection.execute(query)).all()

    async def similar(
        self, database: ConnectionView, question: str, who: Principal
    ) -> tuple[list[FewShotExample], set[str]]:
        """Verified queries with similar questions, most similar first, and statements rejected for this question.

        Only one's own and those of the connection's editors count: nobody else can change the answers somebody gets.
        An editor who sees more of the data does not teach others with it, because the words may show it. Statements of
        one's own count while one may run SQL.
        """
        these, own = Lesson.connection == database.id, _own(who)
        taught = Lesson.trusted & Lesson.rules.in_(("", rules_key(database, who))) & ~own
        if "run" not in database.rights:
            own &= ~Lesson.written
        terms, key = set(query_terms(question)), question_key(question)
        found: list[FewShotExample] = []
        confirmed: dict[str, datetime] = {}
        rejected: dict[str, datetime] = {}
        for row in [*await self._newest(these & own), *await self._newest(these & taught)]:
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


def curates(database: ConnectionView) -> bool:
    """Whether its lessons teach everyone, and it may see and delete those of others: an editor who may run SQL."""
    return at_least(database.yours, "edit") and "run" in database.rights


def question_key(question: str) -> str:
    """Equal for questions that differ only in case, spaces and punctuation."""
    return SPACE.sub(" ", question).strip().lower()


def rules_key(database: ConnectionView, who: Principal) -> str:
    """Equal for principals who see the same data of a connection."""
    rules = database.rules.against(who)
    by_caller = any("{" in one.where for one in rules.filters)  # such as {caller.groups}
    text = rules.model_dump_json() + (owner_of(who) if by_caller else "")
    return sha256(text.encode()).hexdigest()


def _own(who: Principal) -> ColumnElement[bool]:
    return Lesson.owner.in_((owner_of(who), who.id))
