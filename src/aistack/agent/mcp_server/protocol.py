"""JSON-RPC 2.0 as MCP uses it: messages, errors with their HTTP status, and the revisions of the protocol."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from aistack.agent.json_values import is_object
from aistack.agent.mcp_revisions import META, STATELESS

ASSUMED = "2025-03-26"  # where a message names none (transports, 2025-06-18)

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS, INTERNAL_ERROR = -32700, -32600, -32601, -32602, -32603
HEADER_MISMATCH, MISSING_CAPABILITY, UNSUPPORTED_VERSION = -32020, -32021, -32022
STATUS = {
    PARSE_ERROR: 400, INVALID_REQUEST: 400, INVALID_PARAMS: 400, METHOD_NOT_FOUND: 404, HEADER_MISMATCH: 400,
    MISSING_CAPABILITY: 400, UNSUPPORTED_VERSION: 400,
}  # fmt: skip

TASKS = META + "tasks"


class RpcError(Exception):
    """An error as the message's answer."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data

    def body(self, message_id: Any) -> dict[str, Any]:
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.data is not None:
            error["data"] = self.data
        return {"jsonrpc": "2.0", "id": message_id, "error": error}


@dataclass(frozen=True, slots=True)
class Message:
    """A request; a notification if `id` is None."""

    id: str | int | None
    method: str
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def meta(self) -> Mapping[str, Any]:
        meta = self.params.get("_meta")
        return meta if is_object(meta) else {}


@dataclass(frozen=True, slots=True)
class Client:
    """Who speaks: the revision, and what the client says it can do (with the handshake, only if it has a session).

    `outgoing` are requests to the client that go before the answer.
    """

    version: str
    capabilities: Mapping[str, Any] = field(default_factory=dict[str, Any])
    outgoing: asyncio.Queue[dict[str, Any]] | None = None

    @property
    def is_stateless(self) -> bool:
        return self.version == STATELESS

    @property
    def takes_forms(self) -> bool:
        """Whether it can ask its user something (elicitation in form mode)."""
        modes = self.capabilities.get("elicitation")
        return is_object(modes) and (not modes or "form" in modes)

    @property
    def takes_tasks(self) -> bool:
        extensions = self.capabilities.get("extensions")
        return is_object(extensions) and TASKS in extensions


def read_json(body: bytes) -> Any:
    """Raises RpcError."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise RpcError(PARSE_ERROR, "the body is not valid JSON") from None


def is_reply(found: Any) -> TypeGuard[dict[str, Any]]:
    """Whether a body is the client's response to a request of the server."""
    return is_object(found) and "method" not in found and ("result" in found or "error" in found)


def read_message(found: Any) -> Message:
    """Raises RpcError for anything but one request or notification."""
    if not is_object(found) or found.get("jsonrpc") != "2.0" or not isinstance(found.get("method"), str):
        raise RpcError(INVALID_REQUEST, "send one JSON-RPC 2.0 request or notification in a body")
    message_id, params = found.get("id"), found.get("params", {})
    is_id = isinstance(message_id, str | int) and not isinstance(message_id, bool)
    if "id" in found and not is_id:
        raise RpcError(INVALID_REQUEST, "id must be a string or an integer")
    if not is_object(params):
        raise RpcError(INVALID_REQUEST, "params must be an object")
    return Message(message_id if is_id else None, found["method"], params)
