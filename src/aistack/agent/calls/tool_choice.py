"""Which tools a turn offers to the model: few and distinct ones, as models choose badly among many.

Tools that the conversation has used stay. Then come those that the question points to, by the rules that route
without a model and by the words of the descriptions; the rest in the order of how often they are of use.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from aistack.agent.intents.route import Route, RoutingContext
from aistack.agent.intents.router import route
from aistack.agent.tool_protocol import Tool
from aistack.language.analysis import index_terms, query_terms

TOOLS_MAX = 12
USED, NAMED, ROUTED, ALTERNATIVE, WORD = 1_000.0, 500.0, 300.0, 200.0, 20.0
WORDS_MAX = 5
QUESTION_CHARACTERS_MAX = 4_000
ORDER = (
    "search_documents", "answer_from_documents", "ask_database", "run_python", "fetch_page", "calculator", "run_sql",
    "date_calculator", "remember", "hot_topics", "forecast", "update_plan", "term_trend", "convert_units",
    "query_graph", "write_sql", "forget",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ToolChoice:
    """Why each tool is offered to the model, and why each other one is not, by name."""

    chosen: Mapping[str, str]
    left_out: Mapping[str, str]


def choose_tools(
    tools: Sequence[Tool], question: str, language: str, used: Sequence[str], today: date, limit: int = TOOLS_MAX
) -> ToolChoice:
    """At most `limit` tools for a question. `used` are the names of those that the conversation has called."""
    if len(tools) <= limit:
        return ToolChoice({one.name: "there is room for all" for one in tools}, {})
    text = question[:QUESTION_CHARACTERS_MAX]
    routed = route(text, RoutingContext(language), today) if text.strip() else None
    terms = set(query_terms(text))
    weighed = [(*_weight(one, text, routed, terms, used), one.name) for one in tools]
    weighed.sort(key=lambda one: (-one[0], _place(one[2]), one[2]))
    chosen = {name: why or "of general use" for _, why, name in weighed[:limit]}
    left_out = {
        name: f"{limit} tools fit the question better" + (f" ({why})" if why else "")
        for _, why, name in weighed[limit:]
    }
    return ToolChoice(chosen, left_out)


def _weight(tool: Tool, text: str, routed: Route | None, terms: set[str], used: Sequence[str]) -> tuple[float, str]:
    weight, reasons = 0.0, list[str]()
    if tool.name in used:
        weight += USED
        reasons.append("used in this conversation")
    if tool.name in text:
        weight += NAMED
        reasons.append("named in the question")
    if routed is not None and tool.name == routed.tool:
        weight += ROUTED
        reasons.append("the question reads like it")
    elif routed is not None and tool.name in routed.alternatives:
        weight += ALTERNATIVE
        reasons.append("the question may mean it")
    shared = sorted(terms & set(index_terms(f"{tool.name.replace('_', ' ')} {tool.description}")))[:WORDS_MAX]
    if shared:
        weight += WORD * len(shared)
        reasons.append(f"words in common: {', '.join(shared)}")
    return weight, "; ".join(reasons)


def _place(name: str) -> int:
    return ORDER.index(name) if name in ORDER else len(ORDER)
