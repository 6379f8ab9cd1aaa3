"""The base of the agent's tools: arguments are checked before the call, and failures become results."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from aistack.agent.computation.numbers import ArithmeticProblem
from aistack.agent.tool_protocol import Permission, ToolContext, ToolResult
from aistack.chassis.errors import Problem

ERRORS_SHOWN = 3


class Arguments(BaseModel):
    """The arguments of a tool. Unknown ones are refused, so that a misspelt name has no silent effect."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


A = TypeVar("A", bound=Arguments)


class TypedTool(ABC, Generic[A]):
    """A tool whose arguments are a pydantic model. Subclasses set the variables and implement `call`."""

    name: str
    description: str
    arguments: type[A]
    permission: Permission = Permission.READ
    seconds_max: float = 30.0

    @property
    def parameters(self) -> Mapping[str, Any]:
        return self.arguments.model_json_schema()

    async def run(self, arguments: Mapping[str, Any], context: ToolContext) -> ToolResult:
        """Checks the arguments and calls the tool. Problems of either come back as the result's `error`."""
        try:
            checked = self.arguments.model_validate(dict(arguments))
        except ValidationError as error:
            return ToolResult("", error=_explained(self.name, error))
        try:
            return await self.call(checked, context)
        except ArithmeticProblem as problem:
            return ToolResult("", error=str(problem))
        except Problem as problem:
            return ToolResult("", error=problem.detail)

    @abstractmethod
    async def call(self, arguments: A, context: ToolContext) -> ToolResult:
        """Does the work. Raises Problem or ArithmeticProblem."""


def _explained(name: str, error: ValidationError) -> str:
    found = [
        f"{'.'.join(map(str, one['loc'])) or 'arguments'}: {one['msg']}" for one in error.errors(include_url=False)
    ]
    return f"the arguments of {name} are not valid: {'; '.join(found[:ERRORS_SHOWN])}"
