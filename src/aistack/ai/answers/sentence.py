"""The answer in a sentence with the numbers in it, made from the result's own cells."""

from typing import Any

from aistack.query.wire import QueryAnswer

NAMED_MAX = 5


def sentence(result: QueryAnswer, explanation: str, *, chinese: bool) -> str:
    """What the result says; the numbers are the cells', formatted and nothing else."""
    rows = result.rows
    cut = result.truncated != ""
    if not rows:
        return f"没有找到：{explanation}。" if chinese else f"Nothing was found: {explanation}."
    if len(rows) == 1 and len(rows[0]) == 1:
        value = shown(rows[0][0], chinese=chinese)
        return f"{explanation}：{value}。" if chinese else f"{_upper(explanation)}: {value}."
    if len(rows) == 1:
        parts = [
            f"{column.name} {shown(cell, chinese=chinese)}"
            for column, cell in zip(result.columns, rows[0], strict=True)
        ]
        return f"{explanation}：{'，'.join(parts)}。" if chinese else f"{_upper(explanation)}: {', '.join(parts)}."
    some = [": ".join(shown(cell, chinese=chinese) for cell in row[:3]) for row in rows[:NAMED_MAX]]
    count = f"{len(rows):,}" + ("+" if cut else "")
    rest = "……" if chinese else ", ..."
    listed = ("；" if chinese else "; ").join(some) + (rest if len(rows) > NAMED_MAX else "")
    if chinese:
        return f"{explanation}：共 {count} 行。{listed}"
    return f"{_upper(explanation)}: {count} rows. {listed}"


def shown(value: Any, *, chinese: bool) -> str:
    if value is None:
        return "空" if chinese else "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.2f}".rstrip("0").rstrip(".") if abs(value) < 1e15 else repr(value)
    return str(value)


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
