"""Chooses the tool for a message without a model."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from aistack.agent.intents.calculations import expression_of, is_arithmetic
from aistack.agent.intents.conversions import conversion_of
from aistack.agent.intents.date_questions import date_question_of
from aistack.agent.intents.route import Route, RoutingContext, note
from aistack.agent.intents.sql_statements import statement_of
from aistack.agent.intents.subjects import scores

MESSAGE_CHARACTERS_MAX = 4_000
DECIDED_BY = 1.0  # a subject is an alternative if its weight is at most this below the chosen one's
DATABASE_MIN = 2.5

_WINDOW = re.compile(
    r"(?:last|past|过去|最近|近) ?(\d+|an?|two|three|four|one|[一二两三四五六七]) ?(?:个)?(hours?|days?|weeks?|months?|小时|天|日|周|星期|月)",
    re.I,
)
_PERIODS = (("24h", r"today|right now|24 hours|今天|现在|当前"), ("48h", "yesterday|昨天"), ("7d", "week|周|星期"),
            ("4w", "month|月"), ("366d", "year|年"))  # fmt: skip
_COUNTS = (
    {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4}
    | {c: n for n, c in enumerate("一二三四五六七", 1)}
    | {"两": 2}
)
_TERM = [
    r"how (?:is|are|has|have) [\"“]?(.+?)[\"”]? (?:trending|been trending|doing in the (?:news|feeds))",
    r"(?:how often|how many times) (?:is|was|were|has|have)? ?[\"“]?(.+?)[\"”]? (?:been )?mentioned.*",
    r"(?:is|has) (?:the )?interest in (.+?) (?:growing|rising|falling|increasing|grown|declining|increased).*",
    r"(?:the )?trend (?:of|for) (?:the )?(?:term|word|topic|keyword) [\"“]?(.+?)[\"”]?(?: (?:over|in|during|since).*)?",
    r"[“\"「](.+?)[”\"」](?:的)?(?:热度|关注度|话题|趋势|走势).*",
    r".*?提到[“\"]?(.+?)[”\"]?的?(?:次数|频率).*",
    r"(?!.*(?:哪些|什么|话题))(.+?)(?:的)?(?:热度|关注度)(?:在|是否|走势|如何|怎么样|上升|下降).*",
    r".*?[“\"「](.+?)[”\"」](?:的)?(?:话题|热度|关注)?(?:趋势|走势|热度).*",
]
_BUSINESS_TREND = re.compile(r"销售|订单|收入|销量|sales|revenue|orders", re.I)


def route(message: str, context: RoutingContext, today: date) -> Route:
    """The tool for a message, with its arguments. Always gives one, and says how sure that is."""
    text = " ".join(message.split())[:MESSAGE_CHARACTERS_MAX]
    return _exact(message[:MESSAGE_CHARACTERS_MAX], text, context, today) or _by_words(text, context)


def _exact(message: str, text: str, context: RoutingContext, today: date) -> Route | None:
    statement = statement_of(message)
    if statement is not None and context.has_database:
        return _certain("run_sql", _on(context, {"sql": statement}), _shown(statement), context)
    expression = expression_of(text) or (text.rstrip("=?？ ") if is_arithmetic(text) else None)
    if expression is not None:
        return _certain("calculator", {"expression": expression}, _shown(expression), context)
    conversion = conversion_of(text)
    if conversion is not None:
        shown = f"{conversion['value']} {conversion['source']} → {conversion['target']}"
        return _certain("convert_units", conversion, shown, context)
    dates = date_question_of(text, today)
    if dates is not None:
        shown = ", ".join(f"{name} {value}" for name, value in dates.items())
        return _certain("date_calculator", dates, shown, context)
    return None


def _by_words(text: str, context: RoutingContext) -> Route:
    weights = scores(text, context)
    order = sorted(weights, key=lambda name: -weights[name][0])
    best = _best(order, weights)
    words = weights[best][1] if best in weights else ""
    tool, arguments = _call(best, text, context)
    others = [_call(name, text, context)[0] for name in order if name != best
              and weights[name][0] >= weights.get(best, (0.0, ""))[0] - DECIDED_BY and weights[name][0] > 0]  # fmt: skip
    alternatives = [one for one in dict.fromkeys(others) if one != tool]
    because = words or ("没有其他线索" if context.language == "zh" else "nothing more specific")
    return Route(tool, arguments, False, note(tool, False, because, alternatives, context.language), alternatives)


def _best(order: list[str], weights: Mapping[str, tuple[float, str]]) -> str:
    documents = weights.get("documents", (0.0, ""))[0] + weights.get("search", (0.0, ""))[0]
    if weights.get("trends", (0.0, ""))[0] >= max(2.0, weights.get("database", (0.0, ""))[0]):
        return "trends"
    if weights.get("database", (0.0, ""))[0] >= max(DATABASE_MIN, documents):
        return "database"
    if weights.get("search", (0.0, ""))[0] > 0:
        return "search"
    return "documents" if "documents" in weights else order[0] if order else "documents"


def _call(subject: str, text: str, context: RoutingContext) -> tuple[str, Mapping[str, Any]]:
    if subject == "database":
        return "ask_database", _on(context, {"question": text})
    if subject == "search":
        return "search_documents", {"query": text}
    if subject == "trends":
        window = _window(text)
        term = _term(text)
        if term:
            return "term_trend", {"term": term, "window": window if window != "24h" else "7d"}
        return "hot_topics", {"window": window}
    return "answer_from_documents", {"question": text}


def _term(text: str) -> str:
    for pattern in _TERM:
        found = re.fullmatch(pattern, text.rstrip("?？.。"), re.I)
        if found and len(found[1]) <= 40 and not _BUSINESS_TREND.search(found[1]):
            return re.sub(r"^(?:过去|最近|近|这|本)\S{0,4}?(?:月|周|天|年)", "", found[1].strip(' "“”的'))
    return ""


def _window(text: str) -> str:
    found = _WINDOW.search(text)
    if found:
        number = int(found[1]) if found[1].isdigit() else _COUNTS[found[1].lower()]
        unit = found[2].lower()
        if unit.startswith(("hour", "小时")):
            return f"{number}h"
        days = number * (
            7 if unit.startswith(("week", "周", "星期")) else 30 if unit.startswith(("month", "月")) else 1
        )
        return f"{min(days, 366)}d" if days else "24h"
    return next((window for window, words in _PERIODS if re.search(words, text, re.I)), "24h")


def _certain(tool: str, arguments: Mapping[str, Any], because: str, context: RoutingContext) -> Route:
    return Route(tool, arguments, True, note(tool, True, because, (), context.language))


def _on(context: RoutingContext, arguments: dict[str, Any]) -> dict[str, Any]:
    return arguments | ({"connection": context.connection} if context.connection else {})


def _shown(text: str) -> str:
    return text if len(text) <= 80 else text[:80] + "…"
