"""The revisions of the Model Context Protocol, and the headers with which the stateless one repeats the body."""

import base64
import binascii

STATELESS = "2026-07-28"
WITH_HANDSHAKE = ("2025-03-26", "2025-06-18", "2025-11-25")  # oldest first
META = "io.modelcontextprotocol/"

VERSION_HEADER, METHOD_HEADER, NAME_HEADER = "mcp-protocol-version", "mcp-method", "mcp-name"
NAMED_BY = {
    "tools/call": "name", "prompts/get": "name", "resources/read": "uri", "tasks/get": "taskId",
    "tasks/update": "taskId", "tasks/cancel": "taskId",
}  # fmt: skip
MARK, END = "=?base64?", "?="


def decoded(value: str | None) -> str | None:
    """A header's value, which is in base64 if it is not plain ASCII; None if that is malformed."""
    if value is None or not (value.startswith(MARK) and value.endswith(END)):
        return value
    inner = value[len(MARK) : -len(END)]
    try:
        found = base64.b64decode(inner, validate=True)
        return found.decode() if base64.b64encode(found).decode() == inner else None
    except (binascii.Error, UnicodeDecodeError):
        return None


def encoded(value: str) -> str:
    """A value as `decoded` reads it."""
    is_plain = value.isascii() and value.isprintable() and value == value.strip() and not value.startswith(MARK)
    return value if is_plain else f"{MARK}{base64.b64encode(value.encode()).decode()}{END}"
