"""The tools of a turn, and calling one: its arguments are checked, its time is limited, its failures become results."""

import asyncio
import time
from collections.abc import Container, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from aistack.agent.conversations.messages import NewPart
from aistack.agent.tool_protocol import Tool, ToolContext, ToolResult
from aistack.chassis.errors import Problem
from aistack.chassis.telemetry.logs import get_log

TEXT_CHARACTERS_MAX = 200_000  # of a result that is stored
REPEATS_MAX = 3


class Toolbox:
    """Tools by name, in a fixed order, so that prompts can be cached."""

    def __init__(self, tools: Sequence[Tool], allowed: Sequence[str] | None = None) -> None:
        """`allowed` limits them to some names."""
        named = {one.name: one for one in tools if allowed is None or one.name in allowed}
        self._tools = dict(sorted(named.items()))

    def get(self, name: str) -> Tool | None:
        return self._tools.get(name)

    @property
    def names(self) -> list[str]:
        return list(self._tools)

    @property
    def tools(self) -> list[Tool]:
        return list(self._tools.values())

    def described(self, names: Container[str] | None = None) -> list[dict[str, Any]]:
        """The tools in the form of the OpenAI API; all of them, or those with some names."""
        return [
            {
                "type": "function",
                "function": {"name": one.name, "description": one.description, "parameters": dict(one.parameters)},
            }
            for one in self._tools.values()
            if names is None or one.name in names
        ]


async def call_tool(tool: Tool, call: Mapping[str, Any], arguments: Mapping[str, Any], context: ToolContext) -> NewPart:
    """The stored result of a call. Only cancelling it raises."""
    began = time.monotonic()
    result = await call_safely(tool, arguments, context, str(call["id"]))
    return result_part(call, result, time.monotonic() - began)


async def call_safely(tool: Tool, arguments: Mapping[str, Any], context: ToolContext, call_id: str) -> ToolResult:
    """The result of a tool, which is logged; its failures are results, too. Only cancelling it raises."""
    began = time.monotonic()
    result = await _outcome(tool, arguments, context)
    get_log("agent").info(
        "tool.called", tool=tool.name, permission=tool.permission.value, who=context.who.subject, run=context.run_id,
        session=context.session_id, call=call_id, seconds=round(time.monotonic() - began, 3), error=result.error[:200],
    )  # fmt: skip
    return result


async def _outcome(tool: Tool, arguments: Mapping[str, Any], context: ToolContext) -> ToolResult:
    try:
        async with asyncio.timeout(tool.seconds_max):
            return await tool.run(arguments, context)
    except TimeoutError:
        return ToolResult("", error=f"{tool.name} did not finish within {tool.seconds_max:g} s")
    except Problem as problem:
        return ToolResult("", error=problem.detail)
    except Exception as error:
        get_log("agent").exception("tool.failed", tool=tool.name, run=context.run_id)
        return ToolResult("", error=f"{tool.name} failed ({type(error).__name__})")


def result_part(call: Mapping[str, Any], result: ToolResult, seconds: float = 0.0) -> NewPart:
    """A result as a part of the answer."""
    data: dict[str, Any] = {"id": call["id"], "name": call["name"], "seconds": round(seconds, 3)}
    if result.error:
        data["error"] = result.error
    if result.is_untrusted:
        data["is_untrusted"] = True
    if result.data is not None:
        data["data"] = result.data
    if result.citations:
        data["citations"] = [asdict(one) for one in result.citations]
    return NewPart("tool_result", result.text[:TEXT_CHARACTERS_MAX].replace("\x00", ""), data)
