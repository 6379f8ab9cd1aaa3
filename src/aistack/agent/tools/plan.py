"""The plan of a long task as a tool. The service keeps it, and the user can change it, too."""

from collections.abc import Sequence
from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from aistack.agent.tool_protocol import ToolContext, ToolResult
from aistack.agent.tools.typed_tool import Arguments, TypedTool

STEPS_MAX = 50
TITLE_CHARACTERS_MAX = 300


class Plans(Protocol):
    async def replace(self, session_id: str, steps: Sequence[dict[str, Any]]) -> None:
        """Raises NotFound if the session was deleted."""
        ...


class PlanStep(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    title: str = Field(min_length=1, max_length=TITLE_CHARACTERS_MAX)
    state: Literal["open", "active", "done", "dropped"] = "open"


class NewPlan(Arguments):
    steps: list[PlanStep] = Field(max_length=STEPS_MAX, description="the whole plan, in order")


class UpdatePlan(TypedTool[NewPlan]):
    name = "update_plan"
    description = (
        "Writes the plan of a task that takes several steps, and shows it to the user. Send the whole plan each time, "
        "with the state of each step. Use it only for tasks of at least three steps."
    )
    arguments = NewPlan

    def __init__(self, plans: Plans) -> None:
        self._plans = plans

    async def call(self, arguments: NewPlan, context: ToolContext) -> ToolResult:
        steps = [one.model_dump() for one in arguments.steps]
        await self._plans.replace(context.session_id, steps)
        done = sum(one.state == "done" for one in arguments.steps)
        return ToolResult(f"{done} of {len(steps)} steps are done.", {"plan": steps})
