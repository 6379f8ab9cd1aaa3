"""What to say when a question is beyond the rules: which words were not understood, and what comes close to them."""

from difflib import get_close_matches

from aistack.ai.rules.grammar.question_parser import Reading
from aistack.ai.schema.schema_graph import Knowledge

CLOSE = 0.7
NAMES_SHOWN = 12


def beyond(reading: Reading, knowledge: Knowledge, *, chinese: bool) -> str:
    """A sentence that tells why, and what may help."""
    if reading.too_long:
        return (
            "问题太长，规则无法理解；请说得更简短。"
            if chinese
            else "The question is too long for the rules; say it shorter."
        )
    names = {name for table in knowledge.tables.values() for name in table.names}
    names |= {name for table in knowledge.tables.values() for facts in table.columns.values() for name in facts.names}
    if reading.unknown:
        words = "、".join(reading.unknown) if chinese else ", ".join(f'"{word}"' for word in reading.unknown)
        near = [one for word in reading.unknown for one in get_close_matches(word.lower(), names, 2, CLOSE)]
        if chinese:
            hint = f"是否指：{'、'.join(near)}？" if near else "可以换个说法，在语义层中加入这些词，或者配置一个模型。"
            return f"规则不理解这些词：{words}。{hint}"
        hint = (
            f"Did you mean {' or '.join(near)}?"
            if near
            else "Say it differently, add the words to the semantic layer, or set a model."
        )
        return f"The rules do not understand {words}. {hint}"
    tables = [table.names[0] for table in knowledge.tables.values() if table.names][:NAMES_SHOWN]
    if chinese:
        said = "词都认识，但规则不理解整个问题。可以问数量、总和、平均、最大、最小、分组、筛选和时间范围"
        return f"{said}；有这些表：{'、'.join(tables)}。"
    return (
        "Each word is known, but not what they mean together. The rules answer counts, sums, averages, the most and the"
        f" least, groups, filters and dates; there is {', '.join(tables)}."
    )
