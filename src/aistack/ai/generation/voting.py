"""Which of several statements to believe: those that give the same result vote for each other (self-consistency,
Wang et al. 2023). What the rules read has a vote as well, so a model that differs from them needs more of its own.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from aistack.ai.wire import Kind
from aistack.query.wire import QueryAnswer

DOUBT = 0.35  # what is missing to certainty even when all agree
FAILED = 0.5  # how much a candidate that never worked speaks against the others

Source = Literal["model", "precise", "rules"]
WEIGHTS: dict[Source, float] = {"model": 1.0, "precise": 2.0, "rules": 1.0}


@dataclass(slots=True)
class Candidate:
    """A statement that was written for the question; `result` is None while it was not run, `error` why it cannot."""

    source: Source
    sql: str
    result: QueryAnswer | None = None
    error: str = ""
    explanation: str = ""


def vote(candidates: Sequence[Candidate]) -> tuple[list[list[Candidate]], float]:
    """Groups that agree, the strongest first, and how sure the first is (0 to 1)."""
    groups: dict[Any, list[Candidate]] = {}
    for one in candidates:
        if not one.error:
            groups.setdefault(_mark(one), []).append(one)
    ranked = sorted(groups.values(), key=lambda group: -_weight(group))
    if not ranked:
        return [], 0.0
    failed = FAILED * sum(WEIGHTS[one.source] for one in candidates if one.error)
    total = sum(_weight(group) for group in ranked) + failed
    return ranked, round(_weight(ranked[0]) / (total + DOUBT), 3)


def _weight(group: Sequence[Candidate]) -> float:
    return sum(WEIGHTS[one.source] for one in group)


def _mark(one: Candidate) -> Any:
    """Alike for results with the same rows, in whatever order; for what was not run, by the statement's words."""
    if one.result is None:
        return re.sub(r"\s+", " ", one.sql).strip().lower()
    rows = [tuple(sorted(_plain(cell) for cell in row)) for row in one.result.rows]
    return one.result.truncated, tuple(sorted(rows))


def _plain(cell: Any) -> str:
    try:
        return f"{float(cell):.6g}"
    except (TypeError, ValueError, OverflowError):
        return str(cell)


def difference(one: str, other: str, dialect: str) -> Kind:
    """Wherein two statements differ, so what is to be asked back about."""
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
