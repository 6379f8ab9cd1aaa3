"""Errors that a request can end with, and their representation as problem documents (RFC 9457).

Problem
├── InvalidInput   400  the request is malformed
├── Forbidden      403  the caller lacks the permission
├── NotFound       404
├── Conflict       409  the request conflicts with the current state
├── TooLarge       413
├── Unavailable    503  temporarily unavailable; try again later
├── StorageFull    507  the disk has no space left
└── GatewayFailed  502  the gateway, or a service behind it, did not answer correctly
"""

import errno
from collections.abc import Mapping
from http import HTTPStatus

FULL = ("database or disk is full", "No space left on device", "Disk quota exceeded")
PROBLEM_MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:ai-stack:problem:"


class Problem(Exception):
    """An error with a stable `code`, an HTTP `status` and a `detail`: what happened, to what, and what to do."""

    code = "internal"
    status = 500

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or type(self).code
        self.status = status or type(self).status
        self.headers = dict(headers or {})

    def body(self, request_id: str = "") -> dict[str, object]:
        """The members of the problem document."""
        return problem_body(self.code, self.status, self.detail, request_id)


class InvalidInput(Problem):
    code = "invalid-input"
    status = 400


class Forbidden(Problem):
    code = "forbidden"
    status = 403


class NotFound(Problem):
    code = "not-found"
    status = 404


class Conflict(Problem):
    code = "conflict"
    status = 409


class TooLarge(Problem):
    code = "too-large"
    status = 413


class Unavailable(Problem):
    code = "unavailable"
    status = 503


class StorageFull(Problem):
    code = "storage-full"
    status = 507


def storage_problem(error: BaseException | None) -> Problem | None:
    """The problem when an error or one of its causes is a full or read-only disk; None for other errors."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        number = error.errno if isinstance(error, OSError) else None
        text = (
            str(error) if type(error).__module__.split(".")[0] in ("sqlite3", "_pyo3_object_store", "obstore") else ""
        )
        if number in (errno.ENOSPC, errno.EDQUOT) or any(words in text for words in FULL):
            return StorageFull(
                "the disk is full and nothing was stored; free up disk space, then send the request again"
            )
        if number == errno.EROFS or "readonly database" in text or "Read-only file system" in text:
            return Unavailable("the data folder is read-only and nothing was stored; mount it read-write")
        error = error.__cause__ or error.__context__
    return None


class GatewayFailed(Problem):
    code = "gateway-failed"
    status = 502


def problem_body(code: str, status: int, detail: str, request_id: str = "") -> dict[str, object]:
    """A problem document; `type` is stable, `title` is the reason phrase of the status."""
    body: dict[str, object] = {
        "type": TYPE_PREFIX + code,
        "title": _phrase(status),
        "status": status,
        "detail": detail,
    }
    if request_id:
        body["request_id"] = request_id
    return body


def _phrase(status: int) -> str:
    """The reason phrase; protocols have statuses that HTTP does not know."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Client Error"
