"""The calls of one reply: which run at once, which wait for a person, and which are refused."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aistack.agent.calls.arguments import BadArguments, read_arguments
from aistack.agent.calls.policy import call_digest, reason_to_ask
from aistack.agent.calls.toolbox import REPEATS_MAX, Toolbox, call_tool, result_part
from aistack.agent.conversations.messages import NewPart
from aistack.agent.runs.approvals import Approvals, Asked
from aistack.agent.tool_protocol import Permission, Tool, ToolContext, ToolResult
from aistack.stores.records import AnyRow

INTERRUPTED = "the call was interrupted, and it is not known whether it took effect; do not assume either"
DENIED = "the user denied this call; do not try it again"
REPEATED = "this call was made several times with these arguments already; use its result or answer without it"


@dataclass(frozen=True, slots=True)
class Ready:
    """A call that may run now."""

    part: AnyRow
    tool: Tool
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Round:
    """`refused` are results that say why; `asked` wait for a person."""

    ready: Sequence[Ready]
    refused: Sequence[NewPart]
    asked: Sequence[Asked]


async def sort_calls(
    pending: Sequence[AnyRow], earlier: Sequence[AnyRow], toolbox: Toolbox, approvals: Approvals, session_id: int,
    message_id: int, *, has_read_untrusted: bool,
) -> Round:  # fmt: skip
    """What becomes of calls without a result. `earlier` are the calls of this answer before them."""
    made: dict[str, int] = {}
    for part in earlier:
        key = f"{part.data['name']} {part.data['arguments']}"
        made[key] = made.get(key, 0) + 1
    decided = await approvals.of_message(message_id)
    ready, refused, asked = list[Ready](), list[NewPart](), list[Asked]()
    for part in pending:
        call, tool = part.data, toolbox.get(part.data["name"])
        try:
            if tool is None:
                known = ", ".join(toolbox.names) or "none"
                raise BadArguments(f"there is no tool {call['name']!r}; the tools are: {known}")
            arguments = read_arguments(call["arguments"], tool.parameters)
            if made.get(f"{call['name']} {call['arguments']}", 0) >= REPEATS_MAX:
                raise BadArguments(REPEATED)
        except BadArguments as error:
            refused.append(result_part(call, ToolResult("", error=str(error))))
            continue
        if call.get("started"):
            refused.append(result_part(call, ToolResult("", error=INTERRUPTED)))
            continue
        digest = call_digest(tool.name, arguments)
        reason = reason_to_ask(tool.permission, has_read_untrusted=has_read_untrusted)
        approval = decided.get(call["id"])
        if approval is not None and approval.state in ("denied", "expired"):
            refused.append(result_part(call, ToolResult("", error=DENIED)))
        elif (
            not reason
            or (approval is not None and approval.state == "approved" and approval.digest == digest)
            or await approvals.is_allowed(session_id, digest)
        ):
            ready.append(Ready(part, tool, arguments))
        else:
            asked.append(Asked(call["id"], tool.name, arguments, digest, reason))
    return Round(ready, refused, asked)


async def run_calls(ready: Sequence[Ready], context: ToolContext) -> list[NewPart]:
    """The results, in the order of the calls, which run side by side. Cancelling it cancels all of them."""
    tasks = [
        asyncio.create_task(call_tool(one.tool, one.part.data, one.arguments, context), name=f"agent:{one.tool.name}")
        for one in ready
    ]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()


def must_not_repeat(ready: Sequence[Ready]) -> list[int]:
    """The ids of the parts whose calls have effects."""
    return [one.part.id for one in ready if one.tool.permission is not Permission.READ]
