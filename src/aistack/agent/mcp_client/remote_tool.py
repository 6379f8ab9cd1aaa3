"""A tool of another server as a tool of the agent. Calling it sends data out, and what it answers is not trusted."""

import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

from aistack.agent.json_values import as_list, as_object, is_object
from aistack.agent.mcp_revisions import encoded
from aistack.agent.tool_protocol import Permission, ToolContext, ToolResult
from aistack.chassis.errors import GatewayFailed

MARK = "__"  # between the names of server and tool
NAME_CHARACTERS_MAX = 64
TEXT_CHARACTERS_MAX = 100_000
DATA_CHARACTERS_MAX = 100_000
ERROR_CHARACTERS_MAX = 1_000
DEPTH_MAX = 8
CALL_SECONDS_MAX = 120.0

Call = Callable[[str, Mapping[str, Any], Mapping[str, str], ToolContext], Awaitable[Mapping[str, Any]]]


class RemoteTool:
    """`pinned` is the tool as a person accepted it. `reads`: it changes nothing, a person says."""

    seconds_max = CALL_SECONDS_MAX

    def __init__(self, server: str, pinned: Mapping[str, Any], call: Call, *, reads: bool) -> None:
        self.name = tool_name(server, pinned["name"])
        self.description = f"({server}) {pinned['description']}"
        self.parameters: Mapping[str, Any] = pinned["parameters"]
        self.permission = Permission.SEND if reads else Permission.WRITE
        self._tool: str = pinned["name"]
        self._call = call

    async def run(self, arguments: Mapping[str, Any], context: ToolContext) -> ToolResult:
        headers = dict(_parameter_headers(self.parameters, arguments, 0))
        try:
            return _tool_result(await self._call(self._tool, arguments, headers, context))
        except GatewayFailed as failed:  # with words of the server
            return ToolResult("", error=failed.detail, is_untrusted=True)


def tool_name(server: str, tool: str) -> str:
    """A name that models take: letters, digits, _ and -, at most 64."""
    full = f"{server}{MARK}{tool}"
    name = re.sub(r"[^A-Za-z0-9_-]", "_", full)
    if name == full and len(name) <= NAME_CHARACTERS_MAX:
        return name
    mark = hashlib.sha256(full.encode()).hexdigest()[:6]
    return f"{name[: NAME_CHARACTERS_MAX - 7]}-{mark}"


def _parameter_headers(schema: Mapping[str, Any], given: Mapping[str, Any], depth: int) -> Iterator[tuple[str, str]]:
    """The arguments that the schema wants repeated in headers (`x-mcp-header`)."""
    for name, one in as_object(schema.get("properties")).items():
        value, wanted = given.get(name), as_object(one)
        header = wanted.get("x-mcp-header")
        if is_object(value) and depth < DEPTH_MAX:
            yield from _parameter_headers(wanted, value, depth + 1)
        elif isinstance(header, str) and re.fullmatch(r"[A-Za-z0-9-]{1,64}", header):
            if isinstance(value, bool):
                yield f"mcp-param-{header}", str(value).lower()
            elif isinstance(value, str | int | float):
                yield f"mcp-param-{header}", encoded(str(value))


def _tool_result(answer: Mapping[str, Any]) -> ToolResult:
    text = "\n".join(filter(None, map(_text_of, as_list(answer.get("content")))))
    structured = answer.get("structuredContent")
    if structured is not None and not text:
        text = json.dumps(structured, ensure_ascii=False)
    if len(text) > TEXT_CHARACTERS_MAX:
        text = f"{text[:TEXT_CHARACTERS_MAX]}\n(cut off: {len(text)} characters in all)"
    if answer.get("isError") is True:
        return ToolResult("", error=text[:ERROR_CHARACTERS_MAX] or "the tool failed", is_untrusted=True)
    is_small = structured is not None and len(json.dumps(structured)) <= DATA_CHARACTERS_MAX
    data = {"structured": structured} if is_small and "\x00" not in str(structured) else None
    return ToolResult(text, data, is_untrusted=True)


def _text_of(block: Any) -> str:
    if not is_object(block):
        return ""
    kind = block.get("type")
    if kind == "text":
        return str(block.get("text", ""))
    if kind == "resource":
        resource = as_object(block.get("resource"))
        return str(resource.get("text") or f"({resource.get('uri', 'a resource')}: not a text)")
    if kind == "resource_link":
        return f"({block.get('name', 'link')}: {block.get('uri', '')})"
    return f"({str(kind)[:20]}, {str(block.get('mimeType', 'unknown type'))[:80]}: not shown)"
