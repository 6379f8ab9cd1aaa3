"""HTTP in and out of questions."""

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse

from aistack.ai.pipeline import Asking, followed
from aistack.ai.statements.explanation import described
from aistack.ai.statements.lineage import lineage_of
from aistack.ai.statements.review import assessed
from aistack.ai.wire import (
    AskAnswer,
    AskRequest,
    Assessment,
    ClarifyRequest,
    Context,
    ExplainRequest,
    Explanation,
    Feedback,
    LessonView,
    Option,
    QuestionList,
    QuestionView,
    Turn,
    ValidateRequest,
)
from aistack.chassis.errors import InvalidInput, Problem
from aistack.chassis.identity import principal
from aistack.chassis.request_context import request_id
from aistack.stores.records import AnyRow


def question_routes(asking: Asking) -> APIRouter:
    """`/api/ai`."""
    router = APIRouter(prefix="/api/ai", tags=["ai"])

    @router.post("/query", response_model=AskAnswer)
    async def ask(asked: AskRequest, request: Request) -> Response | AskAnswer:
        """A question in words: the statement that answers it, and its result; as an event stream step by step."""
        who = principal.get()
        if "text/event-stream" in request.headers.get("accept", ""):
            events = _events(followed(lambda tell: asking.ask(asked, who, tell)))
            return StreamingResponse(events, media_type="text/event-stream", headers={"cache-control": "no-cache"})
        return await asking.ask(asked, who)

    @router.post("/clarify")
    async def clarify(chosen: ClarifyRequest) -> AskAnswer:
        """Answers a question back: by one of its options, or in other words."""
        who = principal.get()
        row = await asking.questions.one(chosen.question_id, who)
        options = [Option.model_validate(one) for one in row.options]
        if chosen.option is not None and chosen.option >= len(options):
            raise InvalidInput(f"option is {chosen.option}; the question has {len(options)}, counted from 0")
        if chosen.option is not None and options[chosen.option].sql:
            return await asking.chosen(row, options[chosen.option], who, execute=chosen.execute)
        said = options[chosen.option].question if chosen.option is not None else chosen.answer.strip()
        if not said:
            raise InvalidInput("say which option you mean, or answer in words")
        history = [Turn(content=row.question)] if chosen.option is None else []
        context = Context(session_id=row.session, history=history)
        asked = AskRequest(question=said, connection_id=row.connection, context=context, execute=chosen.execute)
        return await asking.ask(asked, who)

    @router.post("/validate")
    async def validate(asked: ValidateRequest) -> Assessment:
        """Whether a statement may run, what speaks against it, and how risky it is; it is not run."""
        known = await asking.knowing.of(asked.connection_id, principal.get())
        return await assessed(asking.databases, known, asked.sql, principal.get(), run_explain=asked.run_explain)

    @router.post("/explain")
    async def explain(asked: ExplainRequest) -> Explanation:
        """What a statement does, in words."""
        known = await asking.knowing.of(asked.connection_id, principal.get())
        text, steps = described(asked.sql, known.dialect, chinese=asked.language == "zh")
        lineage, _ = lineage_of(asked.sql, known, principal.get())
        return Explanation(explanation=text, steps=steps, lineage_summary=lineage)

    @router.post("/feedback", status_code=201)
    async def feedback(given: Feedback) -> LessonView:
        """What was right or wrong; the next question like it is answered with that in mind."""
        who = principal.get()
        row = await asking.questions.one(given.question_id, who)
        sql = given.sql or row.sql
        if not sql:
            raise InvalidInput("that question has no statement; send the one that is right as sql")
        if given.right:
            validity = await asking.databases.validate(row.connection, sql, who)
            if not validity.valid or validity.writes:
                raise InvalidInput(f"that statement may not run: {validity.error or 'it changes data'}")
        lesson = await asking.lessons.keep(row.connection, row.question, sql, given.right, given.comment, who)
        if given.right and given.sql and row.sql and given.sql != row.sql:
            await asking.lessons.keep(row.connection, row.question, row.sql, False, given.comment, who)
        return _lesson(lesson)

    @router.get("/questions")
    async def list_questions(
        connection_id: str = "",
        offset: Annotated[int, Query(ge=0)] = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    ) -> QuestionList:
        """What you asked, the newest first."""
        total, rows = await asking.questions.of(principal.get(), connection_id, offset, limit)
        return QuestionList(total=total, questions=[_question(row) for row in rows])

    @router.get("/connections/{connection_id}/lessons")
    async def list_lessons(connection_id: str) -> list[LessonView]:
        """What was confirmed, and what was said to be wrong."""
        known = await asking.databases.connection(connection_id, principal.get())
        return [_lesson(row) for row in await asking.lessons.all(known.id)]

    @router.delete("/connections/{connection_id}/lessons/{lesson_id}", status_code=204)
    async def forget_lesson(connection_id: str, lesson_id: str) -> None:
        known = await asking.databases.connection(connection_id, principal.get())
        await asking.lessons.remove(known.id, lesson_id)

    return router


async def _events(steps: AsyncIterator[Any]) -> AsyncIterator[str]:
    try:
        async for one in steps:
            kind = "done" if isinstance(one, AskAnswer) else "step"
            yield f"event: {kind}\ndata: {one.model_dump_json()}\n\n"
    except Problem as problem:
        yield f"event: error\ndata: {json.dumps(problem.body(request_id.get()))}\n\n"


def _lesson(row: AnyRow) -> LessonView:
    return LessonView(
        id=row.id, connection_id=row.connection, question=row.question, sql=row.sql, right=row.right,
        comment=row.comment, principal=row.principal, created_at=row.created_at,
    )  # fmt: skip


def _question(row: AnyRow) -> QuestionView:
    return QuestionView(
        id=row.id, session_id=row.session, connection_id=row.connection, connection=row.connection_name,
        question=row.question, status=row.status, method=row.method, sql=row.sql, confidence=row.confidence,
        created_at=row.created_at,
    )  # fmt: skip
