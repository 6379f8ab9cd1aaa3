"""How two statements differ, and so what to ask the user."""

import re
from typing import Any

from aistack.ai.wire import Kind


def difference(one: str, other: str, dialect: str) -> Kind:
    """The first clause in which they differ: aggregates, groups, dates, or other conditions."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        a, b = sqlglot.parse_one(one, read=dialect), sqlglot.parse_one(other, read=dialect)
    except SqlglotError:
        return "filter"

    def parts(tree: Any, *kinds: Any) -> set[str]:
        return {re.sub(r"\b\w+\.", "", found.sql()) for kind in kinds for found in tree.find_all(kind)}

    if parts(a, exp.AggFunc) != parts(b, exp.AggFunc):
        return "metric"
    if parts(a, exp.Group) != parts(b, exp.Group):
        return "dimension"
    dates = {text for tree in (a, b) for text in parts(tree, exp.Literal) if re.match(r"'?\d{4}-\d\d", text)}
    return "time_range" if dates and parts(a, exp.Where) != parts(b, exp.Where) else "filter"
