"""Tools as MCP describes them. The order is fixed, so that clients can cache prompts."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from aistack.agent.tool_protocol import Permission, Tool, ToolResult

SCHEMA = "https://json-schema.org/draft/2020-12/schema"
STRUCTURED_CHARACTERS_MAX = 1_000_000


def described(tools: Sequence[Tool]) -> list[dict[str, Any]]:
    return [
        {
            "name": one.name,
            "title": one.name.replace("_", " ").capitalize(),
            "description": one.description,
            "inputSchema": {"type": "object", **one.parameters},
            "annotations": {
                "readOnlyHint": one.permission in (Permission.READ, Permission.SPEND),
                "destructiveHint": one.permission is Permission.WRITE,
                "openWorldHint": one.permission is Permission.SEND,
            },
        }
        for one in sorted(tools, key=lambda one: one.name)
    ]


def call_result(result: ToolResult) -> dict[str, Any]:
    """A result as a CallToolResult. `structuredContent.untrusted` marks text that others wrote."""
    text = result.text
    if result.error:
        text = f"{result.error}\n{text}".rstrip()
    found: dict[str, Any] = {"content": [{"type": "text", "text": text}], "isError": bool(result.error)}
    structured: dict[str, Any] = {"untrusted": result.is_untrusted}
    if result.data is not None:
        structured["data"] = result.data
    if result.citations:
        structured["citations"] = [asdict(one) for one in result.citations]
    if len(structured) > 1 or result.is_untrusted:
        is_small = len(str(structured)) <= STRUCTURED_CHARACTERS_MAX
        found["structuredContent"] = structured if is_small else {"untrusted": result.is_untrusted, "left_out": "data"}
    return found
