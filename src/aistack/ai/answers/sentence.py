"""The answer as a sentence, with numbers taken from the result's cells."""

from collections.abc import Sequence
from typing import Any

from aistack.ai.answers.typography import spaced
from aistack.ai.generation.candidates import Headline
from aistack.query.wire import QueryAnswer

LISTED_MAX = 5


def answer_sentence(result: QueryAnswer, explanation: str, *, chinese: bool, headline: Headline | None = None) -> str:
    """What the result says; `explanation` is what it shows, `headline` what its rows have the most or the least of."""
    rows = result.rows
    if not rows:
        return f"没有符合条件的结果：{explanation}。" if chinese else f"No results: {explanation}."
    if headline is not None and len(rows) <= LISTED_MAX:
        return _headline(rows, headline, chinese=chinese)
    if len(rows) == 1 and len(rows[0]) == 1:
        value = format_cell(rows[0][0], chinese=chinese)
        return f"{explanation}：{value}。" if chinese else f"{_capitalized(explanation)}: {value}."
    if len(rows) == 1:
        parts = [
            f"{column.name} {format_cell(cell, chinese=chinese)}"
            for column, cell in zip(result.columns, rows[0], strict=True)
        ]
        return (
            f"{explanation}：{'，'.join(parts)}。" if chinese else f"{_capitalized(explanation)}: {', '.join(parts)}."
        )
    listed = [": ".join(format_cell(cell, chinese=chinese) for cell in row[:3]) for row in rows[:LISTED_MAX]]
    count = f"{len(rows):,}" + ("+" if result.truncated else "")
    rest = ("……" if chinese else ", ...") if len(rows) > LISTED_MAX else ""
    text = ("；" if chinese else "; ").join(listed) + rest
    if chinese:
        return f"{explanation}：共 {count} 行。{text}"
    return f"{_capitalized(explanation)}: {count} rows. {text}"


def format_cell(value: Any, *, chinese: bool) -> str:
    """A cell for people: thousands separated, at most two decimals."""
    if value is None:
        return "无" if chinese else "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.2f}".rstrip("0").rstrip(".") if abs(value) < 1e15 else repr(value)
    return str(value)


def _headline(rows: Sequence[Sequence[Any]], headline: Headline, *, chinese: bool) -> str:
    """ "USA has the most customers: 13." and "美国的客户最多：13。" """
    names = [" ".join(str(cell) for cell in (row[:-1] if headline.has_value else row)) for row in rows]
    value = format_cell(rows[0][-1], chinese=chinese) if headline.has_value else ""
    if chinese:
        value = f"：{'均为 ' if len(names) > 1 else ''}{value}" if value else ""
        return spaced(f"{'、'.join(names)}的{headline.phrase}{value}。")
    listed = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
    value = f": {value}{' each' if len(names) > 1 else ''}" if value else ""
    return f"{listed} {'have' if len(names) > 1 else 'has'} {headline.phrase}{value}."


def _capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]
