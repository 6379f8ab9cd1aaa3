"""Feedback on answers, and the lessons it leaves."""

from fastapi import APIRouter

from aistack.ai.databases import Databases
from aistack.ai.generation.verified_queries import VerifiedQueries
from aistack.ai.question_history import QuestionHistory
from aistack.ai.wire import Feedback, LessonView
from aistack.chassis.errors import InvalidInput
from aistack.chassis.identity import principal
from aistack.stores.records import AnyRow


def feedback_routes(databases: Databases, history: QuestionHistory, verified: VerifiedQueries) -> APIRouter:
    """`/api/ai/feedback` and `/api/ai/connections/{connection_id}/lessons`."""
    router = APIRouter(prefix="/api/ai", tags=["ai"])

    @router.post("/feedback", status_code=201)
    async def feedback(given: Feedback) -> LessonView:
        """Confirms or rejects an answer; later answers to the same and to similar questions take it into account."""
        who = principal.get()
        row = await history.get(given.question_id, who)
        sql = given.sql or row.sql
        if not sql:
            raise InvalidInput("that question has no statement; send the correct one as sql")
        if given.right:
            validity = await databases.validate(row.connection, sql, who)
            if not validity.valid or validity.writes:
                raise InvalidInput(f"that statement is not allowed: {validity.error or 'it changes data'}")
        lesson = await verified.save(row.connection, row.question, sql, given.right, given.comment, who)
        if given.right and given.sql and row.sql and given.sql != row.sql:
            await verified.save(row.connection, row.question, row.sql, False, given.comment, who)
        return _lesson(lesson)

    @router.get("/connections/{connection_id}/lessons")
    async def list_lessons(connection_id: str) -> list[LessonView]:
        """Confirmed and rejected statements, newest first."""
        connection = await databases.connection(connection_id, principal.get())
        return [_lesson(row) for row in await verified.all(connection.id)]

    @router.delete("/connections/{connection_id}/lessons/{lesson_id}", status_code=204)
    async def forget_lesson(connection_id: str, lesson_id: str) -> None:
        """Deletes a confirmed or rejected statement."""
        connection = await databases.connection(connection_id, principal.get())
        await verified.remove(connection.id, lesson_id)

    return router


def _lesson(row: AnyRow) -> LessonView:
    return LessonView(
        id=row.id, connection_id=row.connection, question=row.question, sql=row.sql, right=row.right,
        comment=row.comment, principal=row.principal, created_at=row.created_at,
    )  # fmt: skip
