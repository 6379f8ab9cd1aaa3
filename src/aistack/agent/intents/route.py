"""A route: which tool, with what, how sure, and what to tell the reader."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Route:
    """`is_certain`: the whole message was understood. Otherwise words decided, and `note` warns of it.

    `alternatives` are the other tools that the words may mean, likeliest first.
    """

    tool: str
    arguments: Mapping[str, Any]
    is_certain: bool
    note: str
    alternatives: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class RoutingContext:
    """What there is to route to. `table_words` are words of the tables and columns, in lower case."""

    language: str = "en"
    has_database: bool = True
    has_documents: bool = True
    has_trends: bool = True
    connection: str = ""
    table_words: frozenset[str] = field(default_factory=frozenset[str])


NAMES: Mapping[str, tuple[str, str]] = {
    "calculator": ("a calculation", "计算"),
    "convert_units": ("a unit conversion", "单位换算"),
    "date_calculator": ("a question about dates", "日期计算"),
    "run_sql": ("SQL", "SQL 语句"),
    "ask_database": ("a question to the database", "数据库提问"),
    "hot_topics": ("a question about trends", "热点趋势"),
    "term_trend": ("the trend of a term", "词语热度"),
    "answer_from_documents": ("a question to the documents", "文档问答"),
    "search_documents": ("a search in the documents", "文档搜索"),
}


def note(tool: str, is_certain: bool, because: str, alternatives: Sequence[str], language: str) -> str:
    """One sentence that tells how the message was routed."""
    zh = language == "zh"
    name = NAMES[tool][zh]
    if is_certain:
        return f"未使用模型，按{name}处理：{because}" if zh else f"Answered without a model, as {name}: {because}."
    others = [NAMES[one][zh] for one in alternatives]
    if zh:
        other = f"如果你指的是{'或'.join(others)}，请换个说法。" if others else "如果理解有误，请换个说法。"
        return f"未使用模型，仅凭措辞（{because}）判断为{name}，可能有误。{other}"
    other = f"If you meant {' or '.join(others)}, say so." if others else "If that is wrong, put it another way."
    return f"No model was used: the words ({because}) point to {name}, which may be wrong. {other}"
