"""What a tool is to the agent: its name, description and parameters for the model, and what it may do for whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from aistack.chassis.identity import Principal


class Permission(StrEnum):
    """What calling a tool does beyond computing: `send` lets data leave the stack."""

    READ = "read"
    SPEND = "spend"
    WRITE = "write"
    SEND = "send"


@dataclass(frozen=True, slots=True)
class Citation:
    """A passage that a result relies on. `place` is its URL, document id or table, `score` in 0..1 where known."""

    title: str
    place: str = ""
    passage: str = ""
    page: int | None = None
    score: float | None = None


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a call gave: `text` for the model, `data` (JSON) for the console.

    `is_untrusted` marks text that others wrote, such as documents and pages. `error` says why there is no result.
    """

    text: str
    data: Any = None
    citations: Sequence[Citation] = ()
    is_untrusted: bool = False
    error: str = ""


@dataclass
class ToolContext:
    """On whose behalf a tool runs, and in which conversation. `language` is "zh" or "en"."""

    who: Principal
    session_id: str
    run_id: str
    language: str


class Tool(Protocol):
    """A tool. `parameters` is a JSON Schema (2020-12) of an object, `seconds_max` the time limit of one call."""

    @property
    def name(self) -> str: ...

    @property
    def description(self) -> str: ...

    @property
    def parameters(self) -> Mapping[str, Any]: ...

    @property
    def permission(self) -> Permission: ...

    @property
    def seconds_max(self) -> float: ...

    async def run(self, arguments: Mapping[str, Any], context: ToolContext) -> ToolResult:
        """Calls it with arguments that match `parameters`."""
        ...
