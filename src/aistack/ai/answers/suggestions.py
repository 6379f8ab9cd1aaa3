"""What to tell the user if the rules cannot parse a question: the words they do not know, and close matches."""

from collections.abc import Sequence
from difflib import get_close_matches

from aistack.ai.rules.grammar.question_parser import ParseResult
from aistack.ai.schema.schema_graph import SchemaGraph
from aistack.ai.text.english_nouns import plural_noun

SIMILARITY_MIN = 0.7
MATCHES_MAX = 2
TABLES_MAX = 12
EXAMPLES_MAX = 2


def nearest_questions(tables: Sequence[str], graph: SchemaGraph, *, chinese: bool) -> list[str]:
    """Questions about the best-matching tables that can be answered: their count by a column, a total by month."""
    found: list[str] = []
    for name in tables[:EXAMPLES_MAX]:
        profile = graph.tables[name]
        noun = _called(profile.names, chinese=chinese)
        texts = [one for one in profile.columns.values() if one.kind == "text" and not one.is_key]
        groups = [one for one in texts if one.column.name not in profile.label]
        if noun and groups:
            group = _called(groups[0].names, chinese=chinese)
            found.append(
                f"每个{group}的{noun}数量" if chinese else f"How many {plural_noun(noun)} are there per {group}?"
            )
        elif noun:
            found.append(f"有多少{noun}？" if chinese else f"How many {plural_noun(noun)} are there?")
    return [one for one in found if one]


def _called(names: Sequence[str], *, chinese: bool) -> str:
    """The first name in the language of the question, or else the first of all."""
    return next((one for one in names if one.isascii() != chinese), names[0] if names else "")


def suggestion(parsed: ParseResult, graph: SchemaGraph, tables: Sequence[str] = (), *, chinese: bool) -> str:
    """Why the question was not understood, and what may help; `tables` are those that match it, the best first."""
    text = _reason(parsed, graph, chinese=chinese)
    examples = nearest_questions(tables, graph, chinese=chinese) if not parsed.too_long else []
    if not examples:
        return text
    listed = "”、“".join(examples) if chinese else '", "'.join(examples)
    return f"{text}可以这样问：“{listed}”。" if chinese else f'{text} You can ask, for example: "{listed}".'


def _reason(parsed: ParseResult, graph: SchemaGraph, *, chinese: bool) -> str:
    if parsed.too_long:
        return "问题太长，请精简后再试。" if chinese else "The question is too long. Please shorten it."
    names = {name for table in graph.tables.values() for name in table.names}
    names |= {name for table in graph.tables.values() for profile in table.columns.values() for name in profile.names}
    if parsed.unknown:
        matches = [
            match
            for phrase in parsed.unknown
            for match in get_close_matches(phrase.lower(), names, MATCHES_MAX, SIMILARITY_MIN)
        ]
        if chinese:
            phrases = "、".join(f"“{phrase}”" for phrase in parsed.unknown)
            hint = (
                f"你是不是想问：{'、'.join(matches)}？"
                if matches
                else "请换个说法，将这些词加入语义层，或配置一个模型。"
            )
            return f"无法理解{phrases}。{hint}"
        phrases = ", ".join(f'"{phrase}"' for phrase in parsed.unknown)
        hint = (
            f"Did you mean {' or '.join(matches)}?"
            if matches
            else "Try rephrasing the question, add the words to the semantic layer, or configure a model."
        )
        return f"Could not understand {phrases}. {hint}"
    tables = [table.names[0] for table in graph.tables.values() if table.names][:TABLES_MAX]
    if chinese:
        text = "问题中的词都能识别，但无法理解整个问题。内置规则支持计数、求和、平均、最大、最小、分组、筛选和时间范围"
        return f"{text}。可以查询的表：{'、'.join(tables)}。"
    return (
        "All words were recognized, but not the question as a whole. The rules support counts, sums, averages, highest"
        f" and lowest values, groups, filters and dates. Available tables: {', '.join(tables)}."
    )
