"""Routes of collections, documents and ingest jobs."""

import json
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse
from pydantic import ValidationError
from starlette.background import BackgroundTask

from aistack.access.levels import Level
from aistack.access.rules import needs, open_to
from aistack.chassis.errors import InvalidInput, NotFound, Problem, TooLarge
from aistack.chassis.identity import principal
from aistack.rag.collections import COLLECTION
from aistack.rag.file_wire import FileHashes, FileState
from aistack.rag.indexes.rebuild import IndexRebuild
from aistack.rag.intake.document_writer import DocumentWriter
from aistack.rag.intake.job_queue import JobQueue
from aistack.rag.intake.sources import Sources
from aistack.rag.intake.uploads import StagedFile, UploadReceiver, stage_text
from aistack.rag.settings import RagSettings
from aistack.rag.wire import (
    ChunkView,
    CollectionName,
    CollectionView,
    DocumentDetail,
    DocumentList,
    DocumentView,
    JobItemView,
    JobView,
    NewCollection,
    NewText,
    NewUrl,
    StatusView,
)
from aistack.stores.records import AnyRow

VIEW, EDIT, MANAGE = (needs(COLLECTION, level) for level in ("view", "edit", "manage"))
# Files come from anywhere: a browser must neither guess their type nor run what they contain.
FILE_HEADERS = {"content-security-policy": "sandbox; default-src 'none'", "x-content-type-options": "nosniff"}
DocumentSort = Literal[
    "updated_at", "title", "name", "bytes", "pages", "status",
    "-updated_at", "-title", "-name", "-bytes", "-pages", "-status",
]  # fmt: skip
JSON_BYTES_MAX = 44 * 1024 * 1024  # room for a text of ten million escaped characters

UPLOAD_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "files": {"type": "array", "items": {"type": "string", "format": "binary"}},
                        "encoding": {"type": "string", "description": "of text, HTML and XML; found unless given"},
                    },
                    "required": ["files"],
                }
            },
            "application/json": {"schema": {"anyOf": [NewText.model_json_schema(), NewUrl.model_json_schema()]}},
        },
    }
}


def document_routes(
    writer: DocumentWriter, jobs: JobQueue, sources: Sources, rebuild: IndexRebuild, settings: RagSettings
) -> APIRouter:
    """`/v1/rag/collections`, their documents, and `/v1/rag/jobs`."""
    router = APIRouter(prefix="/v1/rag", tags=["documents"])
    documents, collections = writer.documents, writer.collections

    @router.get("/collections", dependencies=[open_to("everyone")])
    async def list_collections() -> list[CollectionView]:
        """The caller's collections and those shared with it."""
        return [_collection(row, level, row.documents) for row, level in await collections.visible()]

    @router.post("/collections", status_code=201, dependencies=[open_to("members")])
    async def create_collection(new: NewCollection) -> CollectionView:
        """Creates a collection. Only its owner sees it until it is shared."""
        return _collection(await collections.create(new.name), "manage", 0)

    @router.delete("/collections/{collection}", status_code=204, dependencies=[MANAGE])
    async def delete_collection(collection: CollectionName) -> None:
        """Deletes a collection with its documents, sources and grants."""
        await writer.delete_collection(await collections.find(collection))

    @router.post("/collections/{collection}/documents", status_code=202, openapi_extra=UPLOAD_BODY, dependencies=[EDIT])
    async def add_documents(collection: CollectionName, request: Request, response: Response) -> JobView:
        """Adds files (multipart, field `files`), or a text or URL (JSON). The returned job shows the progress."""
        row = await collections.find(collection)
        staged = await _staged_files(request, writer, sources, settings)
        try:
            await collections.find(row.public_id)  # the upload may have taken long
        except Problem:
            for one in staged:
                one.discard()
            raise
        job_id = await writer.add(row.id, staged)
        response.headers["location"] = f"/v1/rag/jobs/{job_id}"
        return await _job_view(jobs, job_id, row.name)

    @router.get("/status", dependencies=[open_to("everyone")])
    async def status() -> StatusView:
        """The number of waiting files in the caller's collections, and the state of the embedder and lexical index."""
        visible = collections.access.visible(principal.get(), COLLECTION)
        return StatusView(waiting=await jobs.waiting(visible), embedder=writer.semantic.view(), lexical=rebuild.view())

    @router.get("/jobs/{job_id}", dependencies=[VIEW])
    async def show_job(job_id: str) -> JobView:
        """The progress of a job, for those who may view its collection."""
        missing = NotFound(f"there is no job {job_id}")
        collection_id = await jobs.collection_id(job_id)
        row = None if collection_id is None else await collections.row(collection_id)
        if row is None:
            raise missing
        await collections.check(row, missing)
        return await _job_view(jobs, job_id, row.name)

    @router.get("/collections/{collection}/documents", dependencies=[VIEW])
    async def list_documents(
        collection: CollectionName,
        offset: Annotated[int, Query(ge=0, le=1_000_000_000)] = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        q: Annotated[str, Query(max_length=200, description="part of a name or title")] = "",
        status: Literal["", "pending", "ready", "failed"] = "",
        sort: DocumentSort = "-updated_at",
    ) -> DocumentList:
        """Lists documents, most recently updated first unless `sort` says otherwise."""
        collection_id = (await collections.find(collection)).id
        total, rows = await documents.list_documents(collection_id, offset, limit, q.strip(), status, sort)
        return DocumentList(total=total, documents=[DocumentView(**_document(row)) for row in rows])

    @router.post("/collections/{collection}/documents/states", dependencies=[VIEW])
    async def show_file_states(collection: CollectionName, known: FileHashes) -> list[FileState]:
        """What the collection has of each file, so that only new and changed files need to be sent."""
        return await jobs.file_states((await collections.find(collection)).id, known.files)

    @router.get("/collections/{collection}/documents/{document_id}", dependencies=[VIEW])
    async def show_document(collection: CollectionName, document_id: str) -> DocumentDetail:
        """A document with its text and chunks."""
        row = await documents.document((await collections.find(collection)).id, document_id)
        text, rows = await documents.text_and_chunks(row)
        chunks = [
            ChunkView(start=one.start, end=one.end, page=one.page, heading=one.heading, text=one.text) for one in rows
        ]
        return DocumentDetail(**_document(row), text=text, chunks=chunks)

    @router.get("/collections/{collection}/documents/{document_id}/file", response_class=Response, dependencies=[VIEW])
    async def show_file(collection: CollectionName, document_id: str) -> Response:
        """The original file of a document's current version."""
        row = await documents.document((await collections.find(collection)).id, document_id)
        files = AsyncExitStack()
        try:
            path = await files.enter_async_context(writer.files.local(row.sha256))
        except FileNotFoundError:
            raise NotFound("the original file of this document is not stored; its text is") from None
        name = row.name.rsplit("/", 1)[-1] or "document"
        media_type = row.media_type or "application/octet-stream"
        return FileResponse(path, 200, FILE_HEADERS, media_type, BackgroundTask(files.aclose), name)

    @router.post("/collections/{collection}/documents/{document_id}/reindex", status_code=202, dependencies=[EDIT])
    async def reindex_document(collection: CollectionName, document_id: str) -> JobView:
        """Indexes a document again from its file. Until that is done, its current version is searched."""
        row = await collections.find(collection)
        return await _enqueue_reindex(row, [await documents.document(row.id, document_id)])

    @router.post("/collections/{collection}/reindex", status_code=202, dependencies=[EDIT])
    async def reindex_collection(collection: CollectionName) -> JobView:
        """Indexes all documents again, for example after a change of the chunk size or an upgrade."""
        row = await collections.find(collection)
        return await _enqueue_reindex(row, await documents.all_documents(row.id))

    async def _enqueue_reindex(collection: AnyRow, rows: Sequence[AnyRow]) -> JobView:
        job_id = await jobs.enqueue_reindex(collection.id, rows)
        writer.ingest.wake()
        return await _job_view(jobs, job_id, collection.name)

    @router.delete("/collections/{collection}/documents/{document_id}", status_code=204, dependencies=[EDIT])
    async def delete_document(collection: CollectionName, document_id: str) -> None:
        """Deletes a document, and its chunks and its file unless another document has the same content."""
        await writer.delete_document((await collections.find(collection)).id, document_id)

    return router


async def _staged_files(
    request: Request, writer: DocumentWriter, sources: Sources, settings: RagSettings
) -> list[StagedFile]:
    content_type = request.headers.get("content-type", "")
    if not content_type.startswith("application/json"):
        receiver = UploadReceiver(content_type, writer.staging, settings.file_bytes_max, settings.request_files_max)
        return await receiver.receive(request.stream())
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > JSON_BYTES_MAX:
            raise TooLarge(f"the JSON body is larger than {JSON_BYTES_MAX} bytes; upload the text as a file")
    try:
        if "url" in json.loads(body):
            place = NewUrl.model_validate_json(bytes(body))
            fetched = await sources.fetch(place.url, place.title, place.metadata)
            fetched.encode_as(place.encoding)
            return [fetched]
        new = NewText.model_validate_json(bytes(body))
    except (UnicodeDecodeError, json.JSONDecodeError, TypeError, RecursionError):
        raise InvalidInput("the body is not a JSON object") from None
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidInput(f"{'.'.join(map(str, first['loc'])) or 'body'}: {first['msg']}") from None
    return [stage_text(new.title, new.text, new.metadata, writer.staging, new.name)]


async def _job_view(jobs: JobQueue, job_id: str, collection: str) -> JobView:
    job, counts, items = await jobs.show(job_id)
    waiting = counts.get("queued", 0) + counts.get("running", 0)
    return JobView(
        id=job.id,
        collection=collection,
        state="running" if waiting else "done",
        total=sum(counts.values()),
        done=counts.get("done", 0),
        failed=counts.get("failed", 0),
        duplicate=counts.get("duplicate", 0),
        created_at=job.created_at,
        items=[JobItemView(name=one.name, state=one.state, document=one.document_id, error=one.error) for one in items],
    )


def _collection(row: AnyRow, yours: Level, documents: int) -> CollectionView:
    return CollectionView(
        id=row.public_id, name=row.name, owner=row.owner, yours=yours, documents=documents, created_at=row.created_at
    )


def _document(row: AnyRow) -> dict[str, Any]:
    fields = (
        "id", "name", "title", "media_type", "bytes", "pages", "status", "error", "version", "created_at", "updated_at",
    )  # fmt: skip
    return {key: getattr(row, key) for key in fields} | {"metadata": row.about}
