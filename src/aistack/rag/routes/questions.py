"""Routes for search, answers and experience."""

import json
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from aistack.access.rules import needed_level, needs
from aistack.access.streams import while_held
from aistack.chassis.errors import Problem
from aistack.chassis.event_streams import with_comments
from aistack.chassis.request_context import request_id
from aistack.rag.answers.answerer import Answerer
from aistack.rag.answers.citations import CitedSentence
from aistack.rag.collections import COLLECTION, Collections
from aistack.rag.retrieval.retriever import Search
from aistack.rag.wire import Answer, AnswerRequest, ExperienceAnswer, ExperienceRequest, SearchAnswer, SearchRequest


def question_routes(answerer: Answerer, collections: Collections) -> APIRouter:
    """`/v1/rag/search`, `/v1/rag/answer` and `/v1/rag/experience`."""
    router = APIRouter(prefix="/v1/rag", tags=["questions"])
    retriever = answerer.retriever

    async def among(request: SearchRequest | AnswerRequest) -> list[int]:
        return await collections.find_ids(request.collections or request.collection)

    @router.post("/search", dependencies=[needs(COLLECTION, "view")])
    async def search(request: SearchRequest) -> SearchAnswer:
        """The best matching chunks, by words (BM25), meaning, graph, or a combination of them."""
        options = request.model_dump(exclude={"collection", "collections"})
        mode, hits = await retriever.search(Search(collection_ids=await among(request), **options))
        return SearchAnswer(mode=mode, hits=hits)

    @router.post("/answer", response_model=Answer, dependencies=[needs(COLLECTION, "use")])
    async def answer(request: AnswerRequest) -> Any:
        """An answer with citations. With `stream`, server-sent events: `citation` and `sentence`, then `done`."""
        collection_ids = await among(request)
        if not request.stream:
            return await answerer.answer(request, collection_ids)
        level = needed_level()
        parts = while_held(
            answerer.stream(request, collection_ids), lambda: collections.check_still_held(collection_ids, level)
        )
        events = with_comments(_events(parts))
        return StreamingResponse(events, media_type="text/event-stream", headers={"cache-control": "no-store"})

    @router.post("/experience", dependencies=[needs(COLLECTION, "edit")])
    async def experience(request: ExperienceRequest) -> ExperienceAnswer:
        """Searches again with terms of a query's result, and records the new chunks for similar queries."""
        collection_id = (await collections.find(request.collection)).id
        feedback = retriever.feedback
        query = await feedback.expanded_query(collection_id, request.query, request.execution_result)
        _, before = await retriever.search(Search(request.query, [collection_id], request.top_k))
        _, hits = await retriever.search(Search(query, [collection_id], request.top_k))
        known = {hit.row for hit in before}
        new = [hit.row for hit in hits if hit.row not in known]
        await feedback.record(collection_id, request.query, request.execution_result, new)
        return ExperienceAnswer(query=query, hits=hits)

    return router


async def _events(parts: AsyncIterator[CitedSentence | Answer]) -> AsyncIterator[str]:
    try:
        async for one in parts:
            if isinstance(one, Answer):
                yield f"event: done\ndata: {one.model_dump_json(exclude={'sentences', 'citations'})}\n\n"
                continue
            sentence, citations = one
            for citation in citations:
                yield f"event: citation\ndata: {citation.model_dump_json()}\n\n"
            yield f"event: sentence\ndata: {sentence.model_dump_json()}\n\n"
    except Problem as problem:
        yield f"event: error\ndata: {json.dumps(problem.body(request_id.get()))}\n\n"
