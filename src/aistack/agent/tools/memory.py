"""Facts that outlast a conversation, as tools: remember and forget. The service keeps them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pydantic import Field

from aistack.agent.tool_protocol import Permission, ToolContext, ToolResult
from aistack.agent.tools.typed_tool import Arguments, TypedTool

FACT_CHARACTERS_MAX = 2_000
FORGOTTEN_MAX = 20


@dataclass(frozen=True, slots=True)
class Fact:
    """What was remembered, when and in which conversation."""

    id: str
    text: str
    at: datetime
    session_id: str = ""


class Memory(Protocol):
    """The facts of one person each."""

    async def remember(self, text: str, context: ToolContext) -> Fact: ...

    async def recall(self, query: str, limit: int, context: ToolContext) -> Sequence[Fact]: ...

    async def forget(self, ids: Sequence[str], context: ToolContext) -> int:
        """How many of them were deleted."""
        ...


class NewFact(Arguments):
    fact: str = Field(min_length=1, max_length=FACT_CHARACTERS_MAX, description="one sentence that stands on its own")


class Remember(TypedTool[NewFact]):
    name = "remember"
    description = "Keeps a fact about the user or their work for later conversations. Only if the user asks to."
    arguments = NewFact
    permission = Permission.WRITE

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def call(self, arguments: NewFact, context: ToolContext) -> ToolResult:
        fact = await self._memory.remember(arguments.fact, context)
        text = f"已记住：{fact.text}" if context.language == "zh" else f"Remembered: {fact.text}"
        return ToolResult(text, {"id": fact.id, "text": fact.text})


class FactQuery(Arguments):
    query: str = Field(min_length=1, max_length=FACT_CHARACTERS_MAX, description="words of the fact")
    ids: list[str] = Field(
        default_factory=list[str],
        max_length=FORGOTTEN_MAX,
        description="ids of facts to delete; empty to list them first",
    )


class Forget(TypedTool[FactQuery]):
    """Lists what matches, and deletes only facts that are named by id."""

    name = "forget"
    description = "Finds remembered facts by their words, and deletes those whose ids are given. Only if the user asks."
    arguments = FactQuery
    permission = Permission.WRITE

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def call(self, arguments: FactQuery, context: ToolContext) -> ToolResult:
        if arguments.ids:
            count = await self._memory.forget(arguments.ids, context)
            text = f"已忘记 {count} 条" if context.language == "zh" else f"Forgot {count} of {len(arguments.ids)}."
            return ToolResult(text, {"forgotten": count})
        found = await self._memory.recall(arguments.query, FORGOTTEN_MAX, context)
        lines = [f"{one.id}: {one.text} ({one.at:%Y-%m-%d})" for one in found]
        none = "没有相关的记忆" if context.language == "zh" else "Nothing like that is remembered."
        return ToolResult("\n".join(lines) or none, [{"id": one.id, "text": one.text} for one in found])
