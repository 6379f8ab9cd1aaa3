"""HTTP endpoints for files: the tus protocol 1.0 for resumable uploads, and forms and plain bodies for small ones."""

import contextlib
from collections.abc import Mapping
from email.utils import format_datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse, Response
from starlette.background import BackgroundTask

from aistack.access.rules import needs, open_to
from aistack.agent.uploads.intake import Intake
from aistack.agent.uploads.multipart import MultipartFiles
from aistack.agent.uploads.names import content_disposition, metadata_name
from aistack.agent.uploads.staging import ALGORITHMS, read_checksum
from aistack.agent.uploads.tables import READY, UPLOAD
from aistack.agent.uploads.upload_store import content_key
from aistack.agent.uploads.wire import UploadedFiles, UploadList, UploadView
from aistack.chassis.errors import InvalidInput, NotFound, Problem, TooLarge
from aistack.stores.records import AnyRow

TUS = "1.0.0"
OFFSET_TYPE = "application/offset+octet-stream"
FORM_OVERHEAD_BYTES = 1 << 20
NUMBER_DIGITS_MAX = 15
# What is sent back was sent by somebody: a browser saves it and runs nothing in it.
CONTENT_HEADERS = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "sandbox; default-src 'none'",
    "cache-control": "private, no-store",
}


def upload_routes(intake: Intake) -> APIRouter:
    """`/upload`."""
    router = APIRouter(prefix="/upload", tags=["uploads"])
    store = intake.store

    @router.options("", dependencies=[open_to("everyone")], status_code=204)
    async def show_protocol() -> Response:
        """What of the tus protocol is supported."""
        return Response(
            status_code=204,
            headers={
                "tus-resumable": TUS, "tus-version": TUS, "tus-max-size": str(intake.settings.upload_bytes_max),
                "tus-extension": "creation,creation-with-upload,checksum,expiration,termination",
                "tus-checksum-algorithm": ",".join(ALGORITHMS),
            },
        )  # fmt: skip

    @router.post("", status_code=201, dependencies=[open_to("members")])
    async def create_upload(
        request: Request, response: Response, name: Annotated[str, Query(max_length=4_000)] = ""
    ) -> UploadedFiles:
        """Uploads files: with `Upload-Length`, begins a resumable upload (tus); otherwise a form, or a plain body.

        A plain body is one file, named by `?name=`.
        """
        headers = request.headers
        if "upload-length" in headers or "upload-defer-length" in headers:
            row = await _begin(intake, request)
            response.headers.update(_progress(row) | {"location": f"/upload/{row.public_id}"})
            return UploadedFiles(files=[upload_view(row)])
        settings, content_type = intake.settings, headers.get("content-type", "")
        is_form = content_type.startswith("multipart/")
        announced = _number(headers, "content-length", optional=True)
        if announced > settings.upload_bytes_max + FORM_OVERHEAD_BYTES * is_form:
            raise TooLarge(f"the file is larger than {settings.upload_bytes_max} bytes")
        if is_form:
            staged = await MultipartFiles(content_type, intake.staging, settings.upload_bytes_max).receive(
                request.stream()
            )
        else:
            given = name or metadata_name(headers.get("upload-metadata", ""))
            staged = [await intake.staging.receive(request.stream(), given, settings.upload_bytes_max)]
        rows: list[AnyRow] = []
        try:
            for one in staged:
                rows.append(await intake.take(one))
        except BaseException:
            for one in staged:
                one.discard()
            for row in rows:  # all of a request, or nothing
                await intake.remove(row.public_id)
            raise
        return UploadedFiles(files=[upload_view(row) for row in rows])

    @router.get("", dependencies=[open_to("everyone")])
    async def list_uploads(
        limit: Annotated[int, Query(ge=1, le=500)] = 50, before: Annotated[int | None, Query(ge=1, le=2**62)] = None
    ) -> UploadList:
        """Your files and those shared with you, newest first."""
        rows = await store.visible(limit, before)
        return UploadList(
            files=[upload_view(row) for row in rows], before=rows[-1].id if len(rows) == limit else None,
            used_bytes=await store.used_bytes(), quota_bytes=intake.settings.upload_quota_bytes,
        )  # fmt: skip

    @router.api_route("/{upload}", methods=["HEAD"], dependencies=[needs(UPLOAD, "view")])
    async def show_offset(upload: str) -> Response:
        """How much of an upload has arrived."""
        return Response(headers=_progress(await store.find(upload)) | {"cache-control": "no-store"})

    @router.patch("/{upload}", status_code=204, dependencies=[needs(UPLOAD, "edit")])
    async def append(upload: str, request: Request) -> Response:
        """Appends bytes at `Upload-Offset`. `Upload-Checksum` covers the bytes of this request."""
        headers = request.headers
        _check_version(headers)
        if headers.get("content-type", "") != OFFSET_TYPE:
            raise Problem(f"send the bytes as {OFFSET_TYPE}", code="invalid-input", status=415)
        row = await store.find(upload)
        offset, checksum = _number(headers, "upload-offset"), read_checksum(headers.get("upload-checksum", ""))
        row = await intake.append(row, offset, request.stream(), checksum)
        return Response(status_code=204, headers=_progress(row))

    @router.get("/{upload}", dependencies=[needs(UPLOAD, "view")])
    async def show_upload(upload: str) -> UploadView:
        return upload_view(await store.find(upload))

    @router.delete("/{upload}", status_code=204, dependencies=[needs(UPLOAD, "manage")])
    async def delete_upload(upload: str) -> Response:
        """Deletes a file, or gives up an upload. Messages keep what was read of it."""
        await intake.remove((await store.find(upload)).public_id)
        return Response(status_code=204, headers={"tus-resumable": TUS})

    @router.get("/{upload}/content", dependencies=[needs(UPLOAD, "view")], response_class=Response)
    async def download(upload: str) -> Response:
        """The file itself, to be saved. Images are as they were written again."""
        row = await store.find(upload)
        if row.state != READY or not row.has_content:
            raise NotFound("the content of this upload is not kept" if row.state == READY else "it is not complete")
        headers = CONTENT_HEADERS | {"content-disposition": content_disposition(row.name)}
        async with contextlib.AsyncExitStack() as held:
            try:
                path = await held.enter_async_context(intake.files.local(content_key(row)))
            except FileNotFoundError:
                raise NotFound("the content of this upload is gone") from None
            closing = BackgroundTask(held.pop_all().aclose)
        media_type = row.media_type if row.kind == "image" else "application/octet-stream"
        return FileResponse(path, media_type=media_type, headers=headers, background=closing)

    return router


async def _begin(intake: Intake, request: Request) -> AnyRow:
    headers = request.headers
    _check_version(headers)
    if "upload-length" not in headers:
        raise InvalidInput("Upload-Defer-Length is not supported; send Upload-Length")
    size, name = _number(headers, "upload-length"), metadata_name(headers.get("upload-metadata", ""))
    row = await intake.begin(name, size)
    if headers.get("content-type", "") == OFFSET_TYPE:
        checksum = read_checksum(headers.get("upload-checksum", ""))
        row = await intake.append(row, 0, request.stream(), checksum)
    return row


def _progress(row: AnyRow) -> dict[str, str]:
    headers = {"tus-resumable": TUS, "upload-offset": str(row.received), "upload-length": str(row.bytes)}
    if row.expires_at is not None and row.received < row.bytes:
        headers["upload-expires"] = format_datetime(row.expires_at, usegmt=True)
    return headers


def _check_version(headers: Mapping[str, str]) -> None:
    version = headers.get("tus-resumable", TUS)
    if version != TUS:
        raise Problem(
            f"version {version[:20]} of the tus protocol is not supported", code="invalid-input", status=412,
            headers={"tus-version": TUS},
        )  # fmt: skip


def _number(headers: Mapping[str, str], name: str, *, optional: bool = False) -> int:
    given = headers.get(name, "")
    if not given and optional:
        return 0
    if not given.isascii() or not given.isdecimal() or len(given) > NUMBER_DIGITS_MAX:
        raise InvalidInput(f"{name.title()} must be a number of bytes, not {given[:40]!r}")
    return int(given)


def upload_view(row: AnyRow) -> UploadView:
    return UploadView(
        id=row.public_id, name=row.name, bytes=row.bytes, received=row.received, state=row.state, kind=row.kind,
        media_type=row.media_type, sha256=row.sha256, has_content=row.has_content, details=row.details,
        error=row.error, owner=row.owner, created_at=row.created_at, expires_at=row.expires_at,
    )  # fmt: skip
