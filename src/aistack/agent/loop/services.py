"""What every turn needs."""

from collections.abc import Callable
from dataclasses import dataclass

from aistack.agent.calls.tool_registry import ToolRegistry
from aistack.agent.conversations.messages import MessageStore
from aistack.agent.conversations.plans import PlanStore
from aistack.agent.conversations.sessions import SessionStore
from aistack.agent.conversations.summaries import SummaryStore
from aistack.agent.memory.facts import FactStore
from aistack.agent.runs.approvals import Approvals
from aistack.agent.runs.run_store import RunStore
from aistack.agent.settings import AgentSettings
from aistack.llm.chat import ChatModel

Models = Callable[[str], ChatModel | None]


@dataclass
class Services:
    """`models` gives the model of a name, the default one for an empty name."""

    settings: AgentSettings
    store: RunStore
    sessions: SessionStore
    messages: MessageStore
    approvals: Approvals
    models: Models
    tools: ToolRegistry
    facts: FactStore
    plans: PlanStore
    summaries: SummaryStore
