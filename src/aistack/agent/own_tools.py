"""Opens the service's own tools, as its settings and the machine allow."""

from contextlib import AsyncExitStack

from aistack.agent.calls.tool_registry import Offer, ToolRegistry
from aistack.agent.sandbox.bubblewrap import BubblewrapSandbox
from aistack.agent.sandbox.monty import MontySandbox
from aistack.agent.sandbox.run import Sandbox
from aistack.agent.settings import AgentSettings
from aistack.agent.tool_protocol import Tool
from aistack.agent.tools.calculator import Calculator, UnitConverter
from aistack.agent.tools.databases import AskDatabase, RunSql, WriteSql
from aistack.agent.tools.dates import DateCalculator
from aistack.agent.tools.documents import AnswerFromDocuments, QueryGraph, SearchDocuments
from aistack.agent.tools.gateway import GatewayAccess
from aistack.agent.tools.memory import Forget, Memory, Remember
from aistack.agent.tools.plan import Plans, UpdatePlan
from aistack.agent.tools.python_code import RunPython
from aistack.agent.tools.trends import Forecast, HotTopics, TermTrend
from aistack.agent.tools.web_page import FetchPage
from aistack.chassis.identity import Principal
from aistack.chassis.web.public_web import PublicWeb


class PythonSource:
    """Offers Python where a sandbox works."""

    def __init__(self, tool: RunPython) -> None:
        self._tool = tool

    async def offer(self, who: Principal) -> Offer:
        reason = await self._tool.unavailable()
        return Offer(off={self._tool.name: reason}) if reason else Offer((self._tool,))


def open_tools(settings: AgentSettings, held: AsyncExitStack, memory: Memory, plans: Plans) -> ToolRegistry:
    """The tools; what they hold open is closed with `held`."""
    own: list[Tool] = [Calculator(), UnitConverter(), DateCalculator()]
    own += (Remember(memory), Forget(memory), UpdatePlan(plans))
    own.append(FetchPage(PublicWeb("AGENT_FETCH_PRIVATE", allow_private=settings.fetch_private)))
    if settings.gateway_url:
        secret = settings.secret if settings.identity else ""
        gateway = GatewayAccess(settings.gateway_url, settings.api_key, secret, settings.service)
        held.push_async_callback(gateway.close)
        own += (SearchDocuments(gateway), AnswerFromDocuments(gateway), QueryGraph(gateway), AskDatabase(gateway))
        own += (RunSql(gateway), WriteSql(gateway), HotTopics(gateway), TermTrend(gateway), Forecast(gateway))
    registry = ToolRegistry(own)
    sandboxes = list[Sandbox]()
    if settings.sandbox in ("auto", "bubblewrap"):
        sandboxes.append(BubblewrapSandbox())
    if settings.sandbox in ("auto", "monty"):
        monty = MontySandbox()
        held.push_async_callback(monty.close)
        sandboxes.append(monty)
    registry.add(PythonSource(RunPython(sandboxes)))
    return registry
