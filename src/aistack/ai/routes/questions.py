"""Questions: ask, clarify, list."""

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse

from aistack.access.rules import needs, open_to
from aistack.access.streams import while_held
from aistack.ai.pipeline import Pipeline, stream_steps
from aistack.ai.tables import QUESTION
from aistack.ai.wire import AskAnswer, AskRequest, ClarifyRequest, Context, Option, QuestionList, QuestionView, Turn
from aistack.chassis.errors import InvalidInput, Problem
from aistack.chassis.event_streams import with_comments
from aistack.chassis.identity import principal
from aistack.chassis.request_context import DEADLINE_HEADER, request_id
from aistack.connection.rights import KIND as CONNECTION
from aistack.stores.records import AnyRow

DIGITS_MAX = 10
OFFSET_MAX = 2**31 - 1


def question_routes(pipeline: Pipeline) -> APIRouter:
    """`/api/ai/query`, `/clarify` and `/questions`."""
    router = APIRouter(prefix="/api/ai", tags=["ai"])

    @router.post("/query", response_model=AskAnswer, dependencies=[needs(CONNECTION, "use")])
    async def ask(body: AskRequest, request: Request) -> Response | AskAnswer:
        """Answers a question in words with a statement and its result; with an event stream, step by step."""
        who = principal.get()
        if "text/event-stream" in request.headers.get("accept", ""):
            steps = while_held(
                stream_steps(lambda on_step: pipeline.ask(body, who, on_step)),
                lambda: pipeline.databases.connection(body.connection_id, who),
            )
            events = with_comments(_events(steps))
            return StreamingResponse(events, media_type="text/event-stream", headers={"cache-control": "no-cache"})
        return await pipeline.ask(body, who, seconds_max=_seconds_left(request, pipeline))

    @router.post("/clarify", dependencies=[needs(QUESTION, "use")])
    async def clarify(body: ClarifyRequest, http: Request) -> AskAnswer:
        """Answers a clarifying question with one of its options or in other words."""
        who = principal.get()
        row = await pipeline.history.get(body.question_id, who)
        options = [Option.model_validate(one) for one in row.options]
        if body.option is not None and body.option >= len(options):
            raise InvalidInput(f"option is {body.option}; the question has {len(options)} options, counted from 0")
        if body.option is not None and options[body.option].sql:
            return await pipeline.choose(row, options[body.option], who, execute=body.execute)
        question = options[body.option].question if body.option is not None else body.answer.strip()
        if not question:
            raise InvalidInput("send the number of an option, or an answer in words")
        history = [Turn(content=row.question)] if body.option is None else []
        context = Context(session_id=row.session, history=history)
        request = AskRequest(question=question, connection_id=row.connection, context=context, execute=body.execute)
        return await pipeline.ask(request, who, seconds_max=_seconds_left(http, pipeline))

    @router.get("/questions", dependencies=[open_to("everyone")])
    async def list_questions(
        connection_id: str = "",
        offset: Annotated[int, Query(ge=0, le=OFFSET_MAX)] = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    ) -> QuestionList:
        """Your questions, newest first."""
        total, rows = await pipeline.history.page(principal.get(), connection_id, offset, limit)
        return QuestionList(total=total, questions=[_question(row) for row in rows])

    return router


def _seconds_left(request: Request, pipeline: Pipeline) -> float:
    """How long the gateway waits for an answer that is not streamed: its own timeout, or the caller's if shorter."""
    given = request.headers.get(DEADLINE_HEADER, "")
    allowed = int(given) / 1000 if given.isdecimal() and len(given) < DIGITS_MAX else float("inf")
    return min(allowed, pipeline.settings.silence_seconds_max)


async def _events(steps: AsyncIterator[Any]) -> AsyncIterator[str]:
    try:
        async for one in steps:
            kind = "done" if isinstance(one, AskAnswer) else "step"
            yield f"event: {kind}\ndata: {one.model_dump_json()}\n\n"
    except Problem as problem:
        yield f"event: error\ndata: {json.dumps(problem.body(request_id.get()))}\n\n"


def _question(row: AnyRow) -> QuestionView:
    return QuestionView(
        id=row.id, session_id=row.session, connection_id=row.connection, connection=row.connection_name,
        question=row.question, status=row.status, method=row.method, sql=row.sql, confidence=row.confidence,
        created_at=row.created_at,
    )  # fmt: skip
