"""What became of an attempt that gave no answer, and so whether another one may follow.

- not sent: no byte of the request can have been worked on, so it may be sent elsewhere
- refused: the upstream answered that it did not do the work (429, 500, 503, 529), so it may be sent elsewhere
- uncertain: it was sent, and work may have been done and billed; it is sent again only where that does no harm
- final: the request itself is at fault, and would be everywhere
"""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Any, cast

from pydantic_core import from_json

from aistack.gateway.http1.response_head import ResponseHead
from aistack.gateway.models.formats.errors import CallError
from aistack.gateway.models.table.compiled import Target

PASSED_ON = frozenset((400, 409, 413, 422))
KEY_REFUSED = frozenset((401, 403))
REFUSED = frozenset((429, 500, 503, 529))
MESSAGE_CHARACTERS_MAX = 2000
RETRY_AFTER = re.compile(rb"(?im)^retry-after: ([0-9]{1,6})\r?$")
UNSUPPORTED = re.compile(r"(?i)\b(?:input|content|type)\b.{0,40}\bnot supported\b")
TOO_LARGE = re.compile(r"(?i)\b(?:input|prompt)\b.{0,60}\btoo (?:large|long)\b")
OVERFLOW = "context_length_exceeded"


class Stage(Enum):
    NOT_SENT = "not sent"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an attempt failed. `bars_key` says that the upstream does not accept our key."""

    stage: Stage
    error: CallError
    bars_key: bool = False


def not_sent(target: Target, why: str) -> Failure:
    return Failure(Stage.NOT_SENT, CallError(503, f"{_at(target)} could not be reached: {why}", "upstream_unreachable"))


def lost(target: Target, why: str) -> Failure:
    """The connection broke after the request was sent."""
    return Failure(Stage.UNCERTAIN, CallError(502, f"{_at(target)} {why}", "upstream_failed"))


def too_slow(target: Target, what: str, seconds: float) -> Failure:
    message = f"{_at(target)} gave no {what} within {seconds:g} s"
    return Failure(Stage.UNCERTAIN, CallError(504, message, "upstream_timeout"))


def of_response(target: Target, head: ResponseHead, body: bytes) -> Failure:
    """The failure that an upstream's error response means. Its text is passed on only where it concerns the client."""
    status = head.line.status
    error = _error_in(body)
    message = str(error.get("message") or "")[:MESSAGE_CHARACTERS_MAX]
    code = error.get("code")
    code = code if isinstance(code, str) else None
    retry = RETRY_AFTER.search(head.passed)
    lines = b"retry-after: %b\r\n" % retry[1] if retry else b""
    if status in PASSED_ON:
        passed = CallError(status, message or f"{_at(target)} rejected the request", code or _overflow_in(message))
        param = error.get("param")
        passed = CallError(status, passed.message, passed.code, param if isinstance(param, str) else None)
        return Failure(Stage.FINAL, passed)
    if status in KEY_REFUSED:
        about = f"{_at(target)} does not accept the API key that is set for it; ask the administrator of this stack"
        return Failure(Stage.REFUSED, CallError(502, about, "upstream_key_refused"), bars_key=True)
    if status == 404:
        about = f"{_at(target)} does not have the model {target.model!r}; check the model table"
        return Failure(Stage.REFUSED, CallError(502, about, "upstream_model_not_found"))
    if status in (500, 501) and UNSUPPORTED.search(message):  # as llama.cpp answers an image that it cannot see
        return Failure(Stage.FINAL, CallError(400, message, "unsupported_value"))
    if status == 500 and TOO_LARGE.search(message):
        return Failure(Stage.FINAL, CallError(400, message, OVERFLOW))
    if status in REFUSED:
        about = f"{_at(target)} answered {status}" + (f": {message}" if message else "")
        if status == 429:
            quota = code == "insufficient_quota"
            return Failure(Stage.REFUSED, CallError(429, about, code or "rate_limit_exceeded", lines=lines), quota)
        return Failure(Stage.REFUSED, CallError(503, about, "upstream_overloaded", lines=lines))
    return Failure(Stage.UNCERTAIN, CallError(502, f"{_at(target)} answered {status}", "upstream_failed", lines=lines))


def of_event(target: Target, fields: dict[str, Any]) -> Failure:
    """An upstream sent an error in a stream that had begun with 200."""
    error = fields.get("error")
    content = cast(dict[str, Any], error) if isinstance(error, dict) else {"message": str(error)}
    message = str(content.get("message") or "")[:MESSAGE_CHARACTERS_MAX]
    code, status = content.get("code"), content.get("status")
    status = status if isinstance(status, int) and 400 <= status <= 599 else 502
    text = CallError(status, message or f"{_at(target)} failed", code if isinstance(code, str) else "upstream_failed")
    return Failure(Stage.FINAL if status in PASSED_ON else Stage.UNCERTAIN, text)


def _error_in(body: bytes) -> dict[str, Any]:
    try:
        fields = from_json(body)
    except ValueError:
        return {}
    if not isinstance(fields, dict):
        return {}
    content = cast(dict[str, Any], fields)
    error = content.get("error", content)
    if isinstance(error, dict):
        return cast(dict[str, Any], error)
    return {"message": str(error), "code": None}


def _overflow_in(message: str) -> str | None:
    """The code for a prompt that is too long, from upstreams that say so only in words."""
    lower = message.lower()
    return OVERFLOW if "context" in lower and ("length" in lower or "exceed" in lower) else None


def _at(target: Target) -> str:
    return f"the upstream {target.host or target.sidecar}"
