"""The history of questions: for follow-ups, clarification and feedback. Each principal sees only their own."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, insert, select

from aistack.access.access import Thing, held
from aistack.access.rules import check_level
from aistack.ai.tables import QUESTION, Question
from aistack.ai.wire import AskAnswer
from aistack.chassis.errors import NotFound
from aistack.chassis.identity import Principal
from aistack.connection.rights import as_maker, owner_of, things_of
from aistack.connection.wire import ConnectionView
from aistack.stores.records import AnyRow, Records

SESSION_QUESTIONS_MAX = 4


class QuestionHistory:
    def __init__(self, records: Records, days: int) -> None:
        self._records = records
        self.days = days

    async def save(
        self, answer: AskAnswer, question: str, database: ConnectionView, who: Principal, session: str
    ) -> None:
        """Records a question with its answer."""
        options = [one.model_dump() for one in answer.clarification.options] if answer.clarification else []
        row = {
            "id": answer.id, "session": session, "connection": database.id,
            "connection_name": database.name, "principal": who.id, "owner": owner_of(who),
            "question": answer.question or question,
            "status": answer.status, "method": answer.method, "sql": answer.sql, "confidence": answer.confidence,
            "options": options, "created_at": datetime.now(UTC),
        }  # fmt: skip
        async with self._records.write() as connection:
            await connection.execute(insert(Question).values(**row))

    async def get(self, question_id: str, who: Principal) -> AnyRow:
        """One of the principal's own, for the level that the route needs. Raises NotFound, Forbidden."""
        async with self._records.read() as connection:
            row = (await connection.execute(select(Question).where(Question.id == question_id))).first()
        missing = NotFound(f"you have no question {question_id}")
        if row is None:
            raise missing
        thing = Thing(QUESTION, row.id, owner_of(who) if row.owner == who.id else row.owner)
        check_level(thing, held(as_maker(who), thing, ()), missing, question_id)
        return row

    async def remove(self, question_id: str) -> None:
        async with self._records.write() as connection:
            await connection.execute(delete(Question).where(Question.id == question_id))

    async def session_questions(self, session: str, connection_id: str, who: Principal) -> list[str]:
        """The last questions of a session that were understood, oldest first."""
        mine = (Question.session == session) & (Question.connection == connection_id) & _own(who)
        query = select(Question.question).where(mine, Question.status != "failed")
        async with self._records.read() as connection:
            rows = await connection.execute(query.order_by(Question.created_at.desc()).limit(SESSION_QUESTIONS_MAX))
            return [row.question for row in reversed(rows.all())]

    async def page(self, who: Principal, connection_id: str, offset: int, limit: int) -> tuple[int, Sequence[AnyRow]]:
        """How many questions the principal has asked, and one page of them, newest first."""
        mine = _own(who)
        if connection_id:
            mine &= (Question.connection == connection_id) | (Question.connection_name == connection_id)
        async with self._records.read() as connection:
            total = await connection.scalar(select(func.count()).select_from(Question).where(mine)) or 0
            query = select(Question).where(mine).order_by(Question.created_at.desc(), Question.id)
            return total, (await connection.execute(query.offset(offset).limit(limit))).all()

    async def delete_old(self) -> None:
        """Deletes questions older than `days`."""
        async with self._records.write() as connection:
            await connection.execute(
                delete(Question).where(Question.created_at < datetime.now(UTC) - timedelta(self.days))
            )


def _own(who: Principal) -> ColumnElement[bool]:
    mine = Question.owner.in_((owner_of(who), who.id))
    return mine if who.things is None else mine & Question.connection.in_(things_of(who))
