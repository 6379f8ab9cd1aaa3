"""The memory of the tools: the facts of the person for whom a tool runs, where the session may use them."""

from collections.abc import Sequence

from aistack.agent.conversations.sessions import SessionStore
from aistack.agent.memory.facts import FactStore
from aistack.agent.tool_protocol import ToolContext
from aistack.agent.tools.memory import Fact
from aistack.chassis.errors import Forbidden
from aistack.stores.records import AnyRow


class ToolMemory:
    def __init__(self, facts: FactStore, sessions: SessionStore) -> None:
        self._facts = facts
        self._sessions = sessions

    async def remember(self, text: str, context: ToolContext) -> Fact:
        """Raises Forbidden if memory is off in the session."""
        await self._check(context)
        return _fact(await self._facts.add(context.who.subject, text, context.session_id, "assistant"))

    async def recall(self, query: str, limit: int, context: ToolContext) -> Sequence[Fact]:
        """Raises Forbidden if memory is off in the session."""
        await self._check(context)
        return [_fact(one) for one in await self._facts.find(context.who.subject, query, limit)]

    async def forget(self, ids: Sequence[str], context: ToolContext) -> int:
        return await self._facts.remove(context.who.subject, ids)

    async def _check(self, context: ToolContext) -> None:
        if not await self._sessions.uses_memory(context.session_id):
            raise Forbidden("memory is off in this conversation")


def _fact(row: AnyRow) -> Fact:
    return Fact(row.public_id, row.text, row.changed_at, row.session_id)
