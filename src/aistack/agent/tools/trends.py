"""What is rising, by the trend service, as tools. What feeds and pages say is untrusted."""

from typing import Any, Self

from pydantic import Field, model_validator

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


class ForecastQuestion(Arguments):
    series: str = Field(
        "", max_length=200, description="name or id of a stored series, or term:WORD for how often feeds mention a word"
    )
    points: list[tuple[str, float]] = Field(
        [], max_length=5_000, description="the values so far as [time, value], such as [2026-01, 10]; instead of series"
    )
    horizon: int = Field(12, ge=1, le=1_000, description="how many steps to forecast")
    collection: str = Field("default", pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")

    @model_validator(mode="after")
    def is_one_of_both(self) -> Self:
        if bool(self.series) == bool(self.points):
            raise ValueError("give either series or points")
        return self


class Forecast(TypedTool[ForecastQuestion]):
    name = "forecast"
    description = (
        "Forecasts a series of numbers over time, with intervals, and says whether that is better than repeating the "
        "last values. Use it for questions about the future development of figures that are known or stored."
    )
    arguments = ForecastQuestion
    seconds_max = 120.0

    def __init__(self, gateway: GatewayAccess) -> None:
        self._gateway = gateway

    async def call(self, arguments: ForecastQuestion, context: ToolContext) -> ToolResult:
        request: dict[str, Any] = {"horizon": arguments.horizon, "language": context.language}
        request |= {"indicator": arguments.series} if arguments.series else {"points": arguments.points}
        found = await self._gateway.client(TrendClient).forecast(
            request, arguments.collection, self._gateway.headers(context.who, "trend")
        )
        lines = [
            f"{at.isoformat()}: {value} (80 %: {low} to {high})"
            for at, value, low, high in zip(found.times, found.values, found.lower_80, found.upper_80, strict=True)
            if value is not None
        ]
        lines.append(f"quality: {found.quality.verdict}, from {found.quality.points} points")
        lines += [one.text for one in found.statements]
        chart = {"x": [one.isoformat() for one in found.times], "y": found.values, "title": found.name or ""}
        data = found.model_dump(mode="json") | {"chart": chart}
        return ToolResult("\n".join(lines), data, is_untrusted=bool(arguments.series))
