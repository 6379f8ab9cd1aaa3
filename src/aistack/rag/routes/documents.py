"""HTTP in and out of the rag service."""

import json
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import ValidationError

from aistack.chassis.errors import InvalidInput, Problem, TooLarge
from aistack.chassis.request_context import request_id
from aistack.rag.answers.answerer import Answering, Said
from aistack.rag.intake.document_writer import Reception
from aistack.rag.intake.job_queue import JobBook
from aistack.rag.intake.sources import Sources
from aistack.rag.intake.uploads import StagedFile, UploadReceiver, stage_text
from aistack.rag.retrieval.retriever import Search
from aistack.rag.settings import RagSettings
from aistack.rag.wire import (
    COLLECTION_PATTERN,
    Answer,
    AnswerRequest,
    ChunkView,
    CollectionView,
    DocumentDetail,
    DocumentList,
    DocumentView,
    ExperienceAnswer,
    ExperienceRequest,
    JobItemView,
    JobView,
    NewCollection,
    NewText,
    NewUrl,
    SearchAnswer,
    SearchRequest,
    StatusView,
)
from aistack.stores.records import AnyRow

JSON_BYTES_MAX = 44 * 1024 * 1024  # ten million characters, each escaped at worst

CollectionName = Annotated[str, Path(pattern=COLLECTION_PATTERN)]

UPLOAD_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"files": {"type": "array", "items": {"type": "string", "format": "binary"}}},
                    "required": ["files"],
                }
            },
            "application/json": {"schema": {"anyOf": [NewText.model_json_schema(), NewUrl.model_json_schema()]}},
        },
    }
}


def document_routes(reception: Reception, jobs: JobBook, sources: Sources, settings: RagSettings) -> APIRouter:
    """Collections, documents, jobs."""
    router = APIRouter(prefix="/v1/rag", tags=["documents"])
    library = reception.library

    @router.get("/collections")
    async def list_collections() -> list[CollectionView]:
        rows = await library.collections()
        return [CollectionView(name=row.name, documents=row.documents, created_at=row.created_at) for row in rows]

    @router.post("/collections", status_code=201)
    async def create_collection(new: NewCollection) -> CollectionView:
        row = await library.create_collection(new.name)
        return CollectionView(name=row.name, documents=0, created_at=row.created_at)

    @router.delete("/collections/{collection}", status_code=204)
    async def delete_collection(collection: CollectionName) -> None:
        await reception.delete_collection(collection)

    @router.post("/collections/{collection}/documents", status_code=202, openapi_extra=UPLOAD_BODY)
    async def add_documents(collection: CollectionName, request: Request, response: Response) -> JobView:
        """Upload files (multipart, field `files`), or give a text or a URL (JSON). The returned job shows progress."""
        await library.collection(collection)
        job_id = await reception.accept(collection, await _received(request, reception, sources, settings))
        response.headers["location"] = f"/v1/rag/jobs/{job_id}"
        return await _job_view(jobs, job_id)

    @router.get("/status")
    async def status() -> StatusView:
        """What waits, and which embedder serves."""
        return StatusView(waiting=await jobs.waiting(), embedder=reception.semantic.view())

    @router.get("/jobs/{job_id}")
    async def show_job(job_id: str) -> JobView:
        return await _job_view(jobs, job_id)

    @router.get("/collections/{collection}/documents")
    async def list_documents(
        collection: CollectionName,
        offset: Annotated[int, Query(ge=0, le=1_000_000_000)] = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> DocumentList:
        """Newest first."""
        collection_id = (await library.collection(collection)).id
        total, rows = await library.list_documents(collection_id, offset, limit)
        return DocumentList(total=total, documents=[DocumentView(**_document(row)) for row in rows])

    @router.get("/collections/{collection}/documents/{document_id}")
    async def show_document(collection: CollectionName, document_id: str) -> DocumentDetail:
        """The document with its text and chunks."""
        row = await library.document((await library.collection(collection)).id, document_id)
        text, held = await library.text_and_chunks(row)
        pieces = [
            ChunkView(start=one.start, end=one.end, page=one.page, heading=one.heading, text=one.text) for one in held
        ]
        return DocumentDetail(**_document(row), text=text, chunks=pieces)

    @router.post("/collections/{collection}/documents/{document_id}/reindex", status_code=202)
    async def reindex_document(collection: CollectionName, document_id: str) -> JobView:
        """Reads the document anew from its file; until that is done, the old reading is searched."""
        collection_id = (await library.collection(collection)).id
        return await _reopened(collection_id, [await library.document(collection_id, document_id)])

    @router.post("/collections/{collection}/reindex", status_code=202)
    async def reindex_collection(collection: CollectionName) -> JobView:
        """Reads every document anew, after a change of chunk size or of the service itself."""
        collection_id = (await library.collection(collection)).id
        return await _reopened(collection_id, await library.every_document(collection_id))

    async def _reopened(collection_id: int, documents: Sequence[AnyRow]) -> JobView:
        job_id = await jobs.reopen(collection_id, documents)
        reception.ingest.wake()
        return await _job_view(jobs, job_id)

    @router.delete("/collections/{collection}/documents/{document_id}", status_code=204)
    async def delete_document(collection: CollectionName, document_id: str) -> None:
        """Removes the document, its chunks and, when no other document has the same content, its file."""
        await reception.delete_document(collection, document_id)

    return router


def question_routes(answering: Answering) -> APIRouter:
    """Search, answers, experience."""
    router = APIRouter(prefix="/v1/rag", tags=["questions"])
    retrieval = answering.retrieval

    @router.post("/search")
    async def search(request: SearchRequest) -> SearchAnswer:
        """The chunks that match best: by their words (BM25), by meaning, by what they are linked to, or by all."""
        mode, hits = await retrieval.search(Search(**request.model_dump()))
        return SearchAnswer(mode=mode, hits=hits)

    @router.post("/answer", response_model=Answer)
    async def answer(request: AnswerRequest) -> Any:
        """An answer with citations. With `stream`, server-sent events: `citation` and `sentence`, then `done`."""
        if not request.stream:
            return await answering.answer(request)
        await retrieval.collection_id(request.collection)
        events = _events(answering.stream(request))
        return StreamingResponse(events, media_type="text/event-stream", headers={"cache-control": "no-store"})

    @router.post("/experience")
    async def experience(request: ExperienceRequest) -> ExperienceAnswer:
        """Searches again in the light of what came of a search, and remembers it for questions like this one."""
        collection_id = await retrieval.collection_id(request.collection)
        kept = retrieval.experiences
        query = await kept.in_light_of(collection_id, request.query, request.execution_result)
        _, before = await retrieval.search(Search(request.query, request.collection, request.top_k))
        _, hits = await retrieval.search(Search(query, request.collection, request.top_k))
        known = {hit.chunk for hit in before}
        new = [hit.chunk for hit in hits if hit.chunk not in known]
        await kept.keep(collection_id, request.query, request.execution_result, new)
        return ExperienceAnswer(query=query, hits=hits)

    return router


async def _events(said: AsyncIterator[Said | Answer]) -> AsyncIterator[str]:
    try:
        async for one in said:
            if isinstance(one, Answer):
                yield f"event: done\ndata: {one.model_dump_json(exclude={'sentences', 'citations'})}\n\n"
                continue
            sentence, citations = one
            for citation in citations:
                yield f"event: citation\ndata: {citation.model_dump_json()}\n\n"
            yield f"event: sentence\ndata: {sentence.model_dump_json()}\n\n"
    except Problem as problem:
        yield f"event: error\ndata: {json.dumps(problem.body(request_id.get()))}\n\n"


async def _received(
    request: Request, reception: Reception, sources: Sources, settings: RagSettings
) -> list[StagedFile]:
    content_type = request.headers.get("content-type", "")
    if not content_type.startswith("application/json"):
        receiver = UploadReceiver(content_type, reception.staging, settings.file_bytes_max, settings.request_files_max)
        return await receiver.receive(request.stream())
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > JSON_BYTES_MAX:
            raise TooLarge(f"the JSON body is larger than {JSON_BYTES_MAX} bytes; upload the text as a file")
    try:
        if "url" in json.loads(body):
            place = NewUrl.model_validate_json(bytes(body))
            return [await sources.fetch(place.url, place.title, place.metadata)]
        new = NewText.model_validate_json(bytes(body))
    except (UnicodeDecodeError, json.JSONDecodeError, TypeError, RecursionError):
        raise InvalidInput("the body is no JSON object") from None
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidInput(f"{'.'.join(map(str, first['loc'])) or 'body'}: {first['msg']}") from None
    return [stage_text(new.title, new.text, new.metadata, reception.staging)]


async def _job_view(jobs: JobBook, job_id: str) -> JobView:
    job, counts, items = await jobs.show(job_id)
    waiting = counts.get("queued", 0) + counts.get("running", 0)
    return JobView(
        id=job.id,
        collection=job.collection,
        state="running" if waiting else "done",
        total=sum(counts.values()),
        done=counts.get("done", 0),
        failed=counts.get("failed", 0),
        duplicate=counts.get("duplicate", 0),
        created_at=job.created_at,
        items=[JobItemView(name=one.name, state=one.state, document=one.document_id, error=one.error) for one in items],
    )


def _document(row: AnyRow) -> dict[str, Any]:
    fields = (
        "id", "name", "title", "media_type", "bytes", "pages", "status", "error", "version", "created_at", "updated_at",
    )  # fmt: skip
    return {key: getattr(row, key) for key in fields} | {"metadata": row.about}
