"""Feedback on answers, and the lessons it leaves."""

from fastapi import APIRouter

from aistack.access.rules import needs
from aistack.ai.databases import Databases
from aistack.ai.generation.verified_queries import VerifiedQueries
from aistack.ai.question_history import QuestionHistory
from aistack.ai.tables import LESSON, QUESTION
from aistack.ai.wire import Feedback, LessonView
from aistack.chassis.errors import Forbidden, InvalidInput
from aistack.chassis.identity import principal
from aistack.connection.rights import KIND as CONNECTION
from aistack.stores.records import AnyRow


def feedback_routes(databases: Databases, history: QuestionHistory, verified: VerifiedQueries) -> APIRouter:
    """`/api/ai/feedback` and `/api/ai/connections/{connection_id}/lessons`."""
    router = APIRouter(prefix="/api/ai", tags=["ai"])

    @router.post("/feedback", status_code=201, dependencies=[needs(QUESTION, "edit")])
    async def feedback(given: Feedback) -> LessonView:
        """Confirms or rejects an answer; later answers to the same and to similar questions take it into account.

        Sending another statement needs the right to run SQL on the connection.
        """
        who = principal.get()
        row = await history.get(given.question_id, who)
        database = await databases.connection(row.connection, who)
        if given.sql and given.sql != row.sql and "run" not in database.rights:
            raise Forbidden(
                f"you may ask {database.name}, but not send SQL; leave out sql to confirm or reject the answer"
            )
        sql = given.sql or row.sql
        if not sql:
            raise InvalidInput("that question has no statement; send the correct one as sql")
        if given.right:
            validity = await databases.validate(row.connection, sql, who)
            if not validity.valid or validity.writes:
                raise InvalidInput(f"that statement is not allowed: {validity.error or 'it changes data'}")
        is_written = sql != row.sql or row.method == "lesson"
        lesson = await verified.save(
            database, row.question, sql, given.right, given.comment, who, is_written=is_written
        )
        if given.right and given.sql and row.sql and given.sql != row.sql:
            await verified.save(database, row.question, row.sql, False, given.comment, who, is_written=False)
        return _lesson(lesson)

    @router.get("/connections/{connection_id}/lessons", dependencies=[needs(CONNECTION, "use")])
    async def list_lessons(connection_id: str) -> list[LessonView]:
        """Your confirmed and rejected statements, newest first; all of a connection that you may edit and query."""
        who = principal.get()
        return [_lesson(row) for row in await verified.of(await databases.connection(connection_id, who), who)]

    @router.delete(
        "/connections/{connection_id}/lessons/{lesson_id}", status_code=204, dependencies=[needs(LESSON, "edit")]
    )
    async def forget_lesson(connection_id: str, lesson_id: str) -> None:
        """Deletes a confirmed or rejected statement of yours, or of a connection that you may edit and query."""
        who = principal.get()
        database = await databases.connection(connection_id, who)
        if who.read_only:
            raise Forbidden("this key is read-only and deletes nothing")
        await verified.remove(database, lesson_id, who)

    return router


def _lesson(row: AnyRow) -> LessonView:
    return LessonView(
        id=row.id, connection_id=row.connection, question=row.question, sql=row.sql, right=row.right,
        comment=row.comment, principal=row.principal, created_at=row.created_at,
    )  # fmt: skip
