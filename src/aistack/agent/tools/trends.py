"""What is rising, by the trend service, as tools. What feeds and pages say is untrusted."""

from pydantic import Field

from aistack.agent.tool_protocol import ToolContext, ToolResult
from aistack.agent.tools.gateway import GatewayAccess
from aistack.agent.tools.typed_tool import Arguments, TypedTool
from aistack.trend.client import TrendClient

_WINDOW = "hours, days or weeks, such as 24h, 7d or 4w"


class TopicQuestion(Arguments):
    window: str = Field("24h", pattern=r"^\d{1,4}[hdw]$", description=_WINDOW)
    category: str = Field("", max_length=64)
    collection: str = Field("default", pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")
    limit: int = Field(10, ge=1, le=50)


class HotTopics(TypedTool[TopicQuestion]):
    name = "hot_topics"
    description = (
        "Lists what is rising in the followed news and feeds: topics whose growth is most surprising. Use it for "
        "questions about trends, news and what is new in a period."
    )
    arguments = TopicQuestion

    def __init__(self, gateway: GatewayAccess) -> None:
        self._gateway = gateway

    async def call(self, arguments: TopicQuestion, context: ToolContext) -> ToolResult:
        found = await self._gateway.client(TrendClient).hot_topics(
            arguments.window, arguments.category, arguments.collection, arguments.limit,
            headers=self._gateway.headers(context.who, "trend"),
        )  # fmt: skip
        lines = [
            f"{number}. {one.name} ({one.state}, {one.count} documents, {one.expected:.1f} expected, "
            f"{one.sources} sources)"
            for number, one in enumerate(found.topics, 1)
        ]
        none = f"{found.documents} documents in {found.window}, and no topic stands out."
        return ToolResult("\n".join(lines) or none, found.model_dump(mode="json"), is_untrusted=bool(lines))


class TermQuestion(Arguments):
    term: str = Field(min_length=1, max_length=100, description="a word, or a phrase of two words")
    window: str = Field("7d", pattern=r"^\d{1,4}[hdw]$", description=_WINDOW)
    collection: str = Field("default", pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")


class TermTrend(TypedTool[TermQuestion]):
    name = "term_trend"
    description = "Shows how often a word or name occurs in the followed news over time, and what it occurs with."
    arguments = TermQuestion

    def __init__(self, gateway: GatewayAccess) -> None:
        self._gateway = gateway

    async def call(self, arguments: TermQuestion, context: ToolContext) -> ToolResult:
        found = await self._gateway.client(TrendClient).term(
            arguments.term, arguments.window, arguments.collection, self._gateway.headers(context.who, "trend")
        )
        text = (
            f"{found.written}: {found.state}, {found.count} documents in {found.window}, "
            f"{found.expected:.1f} expected; by bucket of {found.bucket_seconds} s: {found.volume}; "
            f"with: {', '.join(found.together)}"
        )
        return ToolResult(text, found.model_dump(mode="json"), is_untrusted=True)
