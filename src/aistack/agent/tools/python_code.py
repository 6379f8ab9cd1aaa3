"""Runs Python in a sandbox as a tool: without network, files of the host, or anything that outlasts the call."""

from collections.abc import Sequence

from pydantic import Field

from aistack.agent.sandbox.run import CODE_CHARACTERS_MAX, Limits, Outcome, Sandbox, SandboxUnavailable
from aistack.agent.tool_protocol import ToolContext, ToolResult
from aistack.agent.tools.typed_tool import Arguments, TypedTool


class PythonCode(Arguments):
    code: str = Field(
        min_length=1, max_length=CODE_CHARACTERS_MAX, description="complete code; print what you need, or end with it"
    )


class RunPython(TypedTool[PythonCode]):
    """`sandboxes` are tried in their order: the next one if one cannot be used on this machine."""

    name = "run_python"
    description = (
        "Runs Python code in a sandbox without network and files, and gives what it prints and the value of its last "
        "line. Use it for calculations over many numbers, simulations, and texts or data that are in the conversation."
    )
    arguments = PythonCode
    seconds_max = 60.0

    def __init__(self, sandboxes: Sequence[Sandbox], limits: Limits | None = None) -> None:
        self._sandboxes = sandboxes
        self._limits = limits or Limits()

    async def unavailable(self) -> str:
        """Why no sandbox can be used on this machine; empty if one can."""
        reasons = list[str]()
        for sandbox in self._sandboxes:
            reason = await sandbox.unavailable()
            if not reason:
                return ""
            reasons.append(f"{sandbox.name}: {reason}")
        return "; ".join(reasons) or "AGENT_SANDBOX is off"

    async def call(self, arguments: PythonCode, context: ToolContext) -> ToolResult:
        reasons = list[str]()
        for sandbox in self._sandboxes:
            try:
                return _result(await sandbox.run(arguments.code, self._limits), sandbox.name)
            except SandboxUnavailable as unavailable:
                reasons.append(f"{sandbox.name}: {unavailable}")
        return ToolResult("", error=f"there is no sandbox: {'; '.join(reasons)}")


def _result(outcome: Outcome, sandbox: str) -> ToolResult:
    text = "\n".join(one for one in (outcome.output.rstrip("\n"), outcome.value) if one)
    note = "\n(cut off)" if outcome.is_cut else ""
    data = {"sandbox": sandbox, "value": outcome.value, "is_cut": outcome.is_cut}
    if outcome.error:
        return ToolResult(text + note, data, error=outcome.error)
    return ToolResult(text + note or "(no output)", data)
