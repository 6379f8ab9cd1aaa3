"""What was asked: for the history, for clarifying and for feedback, each one's own."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, insert, select

from aistack.ai.prepared_databases import Known
from aistack.ai.tables import Question
from aistack.ai.wire import AskAnswer
from aistack.chassis.errors import NotFound
from aistack.chassis.identity import Principal
from aistack.stores.records import AnyRow, Records

LOOKED_BACK = 4


class Questions:
    def __init__(self, records: Records, days: int) -> None:
        self._records = records
        self.days = days

    async def keep(self, answer: AskAnswer, said: str, known: Known, who: Principal, session: str) -> None:
        options = [one.model_dump() for one in answer.clarification.options] if answer.clarification else []
        row = {
            "id": answer.id, "session": session, "connection": known.connection.id,
            "connection_name": known.connection.name, "principal": who.id, "question": answer.question or said,
            "status": answer.status, "method": answer.method, "sql": answer.sql, "confidence": answer.confidence,
            "options": options, "created_at": datetime.now(UTC),
        }  # fmt: skip
        async with self._records.write() as connection:
            await connection.execute(insert(Question).values(**row))

    async def one(self, question_id: str, who: Principal) -> AnyRow:
        """Raises NotFound, also for somebody else's."""
        async with self._records.read() as connection:
            row = (await connection.execute(select(Question).where(Question.id == question_id))).first()
        if row is None or (row.principal != who.id and not who.is_administrator):
            raise NotFound(f"you asked no question {question_id}")
        return row

    async def of_session(self, session: str, connection_id: str, who: Principal) -> list[str]:
        """The last questions of a session that were understood, the oldest first."""
        mine = (Question.session == session) & (Question.connection == connection_id) & (Question.principal == who.id)
        query = select(Question.question).where(mine, Question.status != "failed")
        async with self._records.read() as connection:
            rows = await connection.execute(query.order_by(Question.created_at.desc()).limit(LOOKED_BACK))
            return [row.question for row in reversed(rows.all())]

    async def of(self, who: Principal, connection_id: str, offset: int, limit: int) -> tuple[int, Sequence[AnyRow]]:
        """One's own, the newest first, and how many there are."""
        mine = Question.principal == who.id
        if connection_id:
            mine &= (Question.connection == connection_id) | (Question.connection_name == connection_id)
        async with self._records.read() as connection:
            total = await connection.scalar(select(func.count()).select_from(Question).where(mine)) or 0
            query = select(Question).where(mine).order_by(Question.created_at.desc(), Question.id)
            return total, (await connection.execute(query.offset(offset).limit(limit))).all()

    async def forget_old(self) -> None:
        async with self._records.write() as connection:
            await connection.execute(
                delete(Question).where(Question.created_at < datetime.now(UTC) - timedelta(self.days))
            )
