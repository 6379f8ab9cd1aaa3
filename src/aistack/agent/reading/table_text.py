"""Tables as text for the model: their columns, how many rows they have, and the first ones."""

import json
from collections.abc import Sequence
from typing import Any

CELL_CHARACTERS_MAX = 200


def table_text(tables: Sequence[dict[str, Any]]) -> tuple[str, dict[str, Any]]:
    """The text, and the details of the reading."""
    texts, left = list[str](), list[str]()
    for one in tables:
        columns = ", ".join(f'"{name}" {kind}' for name, kind in one["columns"])
        shown = len(one["first"])
        which = "all rows" if shown == one["rows"] else f"the first {shown} rows"
        head = f"Table {one['table']} (from {one['source']}): {one['rows']} rows. Columns: {columns}. Here are {which}:"
        names = " | ".join(str(name) for name, _ in one["columns"])
        texts.append("\n".join((head, names, *(" | ".join(map(_cell, row)) for row in one["first"]))))
        if shown < one["rows"]:
            left.append(f"rows {shown + 1} to {one['rows']} of table {one['table']}")
    details: dict[str, Any] = {"method": "table", "tables": [one["table"] for one in tables]}
    if left:
        texts.append("Ask all rows with the tool query_tables, in SQL of DuckDB.")
        details["left_out"] = "; ".join(left) + " (query_tables reads all of them)"
    return "\n\n".join(texts), details


def _cell(value: Any) -> str:
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value)
    return " ".join(text.split())[:CELL_CHARACTERS_MAX]
