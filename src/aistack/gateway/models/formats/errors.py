"""Errors as the clients of OpenAI and Anthropic read them.

The official OpenAI client retries 408, 409, 429 and 5xx unless `x-should-retry` says otherwise, so an error after which
a retry cannot help, or would be charged again, carries `x-should-retry: false`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

JSON_LINE = b"content-type: application/json\r\n"
NO_RETRY = b"x-should-retry: false\r\n"
MESSAGES = b"/v1/messages"
ANTHROPIC_TYPES = {
    400: "invalid_request_error", 401: "authentication_error", 403: "permission_error", 404: "not_found_error",
    413: "request_too_large", 422: "invalid_request_error", 429: "rate_limit_error", 503: "overloaded_error",
    504: "timeout_error", 529: "overloaded_error",
}  # fmt: skip
CODES = {"unauthorized": "invalid_api_key", "rate-limited": "rate_limit_exceeded", "too-large": "request_too_large"}


@dataclass(frozen=True, slots=True)
class CallError:
    """An error in place of an answer. `lines` are header lines; `body` is an upstream's own error, passed on."""

    status: int
    message: str
    code: str | None = None
    param: str | None = None
    type: str = ""
    lines: bytes = b""
    body: bytes = b""

    @property
    def kind(self) -> str:
        """The `type` in OpenAI's form."""
        if self.type:
            return self.type
        if self.status == 429:
            return "rate_limit_error"
        return "server_error" if self.status >= 500 else "invalid_request_error"

    def openai(self) -> bytes:
        """`{"error": {...}}`."""
        if self.body:
            return self.body
        error = {"message": self.message, "type": self.kind, "param": self.param, "code": self.code}
        return json.dumps({"error": error}, ensure_ascii=False).encode()

    def anthropic(self, request_id: str = "") -> bytes:
        """`{"type": "error", "error": {...}}`."""
        kind = ANTHROPIC_TYPES.get(self.status, "api_error" if self.status >= 500 else "invalid_request_error")
        content: dict[str, object] = {"type": "error", "error": {"type": kind, "message": self.message}}
        if request_id:
            content["request_id"] = request_id
        return json.dumps(content, ensure_ascii=False).encode()

    def shaped(self, path: bytes, request_id: str = "") -> bytes:
        """The body of the response for a request of this path."""
        return self.anthropic(request_id) if path.startswith(MESSAGES) else self.openai()


class BadRequest(Exception):
    """The request cannot be sent to any upstream."""

    def __init__(self, error: CallError) -> None:
        super().__init__(error.message)
        self.error = error


def local_reply_body(path: bytes, status: int, code: str, detail: str, request_id: str) -> bytes:
    """A local reply of the data plane, such as 401 or 429, in the form that the path's clients read."""
    return CallError(status, detail, CODES.get(code, code.replace("-", "_"))).shaped(path, request_id)


def invalid(message: str, param: str | None = None, code: str | None = None) -> CallError:
    return CallError(400, message, code, param)


def renamed(error: CallError, names: Mapping[str, str]) -> CallError:
    """The error with the names that another API has for fields of chat completions."""
    for name, there in names.items():
        if error.param is not None and error.param.startswith(name):
            param = there + error.param.removeprefix(name)
            return replace(error, param=param, message=error.message.replace(error.param, param, 1))
    return error


def no_model(name: str, names: list[str]) -> CallError:
    if not names:
        known = "no model is configured; add one under [models] in stack.toml, or PUT /gateway/models/NAME"
    else:
        known = f"available: {', '.join(names[:20])}{', ...' if len(names) > 20 else ''}"
    return CallError(404, f"the model {name!r} does not exist; {known}", "model_not_found", "model")


def out_of_budget(message: str) -> CallError:
    """A budget does not refill within a retry's time."""
    return CallError(429, message, "insufficient_quota", type="insufficient_quota", lines=NO_RETRY)
