"""What carries messages to a server and back."""

import json
from collections.abc import Mapping
from typing import Any, Protocol

from aistack.agent.json_values import as_object, is_object
from aistack.agent.mcp_client.failures import Refused, ServerFailed

MESSAGE_BYTES_MAX = 4 * 1024 * 1024
METHOD_NOT_FOUND = -32601
ERROR_CHARACTERS_MAX = 500


class Transport(Protocol):
    """`headers` repeat parts of a message, where the transport has headers."""

    async def begin(self) -> None:
        """Called before a handshake, which begins a new connection. Raises ServerFailed."""
        ...

    async def request(self, message: Mapping[str, Any], headers: Mapping[str, str]) -> dict[str, Any]:
        """The result of a request. Raises ServerFailed and ConnectionEnded; cancelling it cancels the request."""
        ...

    async def notify(self, message: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        """Raises ServerFailed and ConnectionEnded."""
        ...

    async def close(self) -> None: ...


def encode(message: Mapping[str, Any]) -> bytes:
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def decode(text: str | bytes) -> dict[str, Any]:
    """A message. Raises ServerFailed."""
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError):
        raise ServerFailed("it sent something that is not valid JSON") from None
    if not is_object(found):
        raise ServerFailed("it sent something that is not a message of JSON-RPC")
    return found


def result_of(message: Mapping[str, Any], status: int = 0) -> dict[str, Any]:
    """The result that a response carries. Raises Refused for an error; `status` is that of HTTP, if it was one, too."""
    error = message.get("error")
    if is_object(error):
        code = error.get("code")
        text = str(error.get("message", ""))[:ERROR_CHARACTERS_MAX]
        raise Refused(f"it answered with error {code}: {text}", code if isinstance(code, int) else 0, status)
    return as_object(message.get("result"))


def is_response(message: Mapping[str, Any], request_id: int) -> bool:
    return message.get("id") == request_id and "method" not in message


def answer_to(message: Mapping[str, Any]) -> dict[str, Any] | None:
    """The response to what the server sent: only pings are answered, other requests are refused. None for the rest."""
    if "method" not in message or message.get("id") is None:
        return None
    answer: dict[str, Any] = {"jsonrpc": "2.0", "id": message["id"]}
    if message["method"] == "ping":
        return answer | {"result": {}}
    return answer | {"error": {"code": METHOD_NOT_FOUND, "message": "this client offers nothing to servers"}}
