"""Self-consistency (Wang et al. 2023): candidates with the same result vote for each other.

The statement from the rules has a vote too, so a model that disagrees with the rules needs more votes of its own.
"""

import re
from collections.abc import Sequence
from typing import Any

from aistack.ai.generation.candidates import Candidate, Source

DOUBT = 0.35  # missing to certainty even if all agree
FAILED_WEIGHT = 0.5  # of a failed candidate, against all others

WEIGHTS: dict[Source, float] = {"model": 1.0, "precise": 2.0, "rules": 1.0}


def vote(candidates: Sequence[Candidate]) -> tuple[list[list[Candidate]], float]:
    """Groups of candidates that agree, the strongest first, and the confidence in the first (0 to 1)."""
    groups: dict[Any, list[Candidate]] = {}
    for one in candidates:
        if not one.error:
            groups.setdefault(_result_key(one), []).append(one)
    ranked = sorted(groups.values(), key=lambda group: -_weight(group))
    if not ranked:
        return [], 0.0
    failed = FAILED_WEIGHT * sum(WEIGHTS[one.source] for one in candidates if one.error)
    total = sum(_weight(group) for group in ranked) + failed
    return ranked, round(_weight(ranked[0]) / (total + DOUBT), 3)


def _weight(group: Sequence[Candidate]) -> float:
    return sum(WEIGHTS[one.source] for one in group)


def _result_key(one: Candidate) -> Any:
    """Equal for results with the same rows in any order; without a result, for statements with the same text."""
    if one.result is None:
        return re.sub(r"\s+", " ", one.sql).strip().lower()
    rows = [tuple(sorted(_cell_key(cell) for cell in row)) for row in one.result.rows]
    return one.result.truncated, tuple(sorted(rows))


def _cell_key(cell: Any) -> str:
    try:
        return f"{float(cell):.6g}"
    except (TypeError, ValueError, OverflowError):
        return str(cell)
