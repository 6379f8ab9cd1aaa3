"""Terms whose share of the documents differs between two periods.

The size of evidence is the log-likelihood ratio of Dunning 1993, "Accurate Methods for the Statistics of Surprise and
Coincidence"; of all terms that are tested, those are reported that Benjamini and Hochberg 1995 let pass. Uses no numpy.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from aistack.trend.bursts.growth import discoveries

FALSE_DISCOVERIES = 0.05
COUNT_MIN = 3
METHOD = ("log-likelihood ratio, false discovery rate of 5 %", "Dunning 1993; Benjamini and Hochberg 1995")


@dataclass(frozen=True, slots=True)
class TermChange:
    """Documents with the term; `ratio` is of their shares of all documents."""

    term: str
    before: int
    after: int
    ratio: float
    surprise: float


def term_changes(
    before: Mapping[str, int], after: Mapping[str, int], before_total: int, after_total: int
) -> list[TermChange]:
    """The terms that changed, the most surprising first. Terms in fewer than three documents are not tested."""
    if not (before_total and after_total):
        return []
    tested = [term for term in before.keys() | after.keys() if before.get(term, 0) + after.get(term, 0) >= COUNT_MIN]
    found = [_change(term, before.get(term, 0), after.get(term, 0), before_total, after_total) for term in tested]
    found.sort(key=lambda one: (-one.surprise, one.term))
    kept = discoveries([10**-one.surprise for one in found], FALSE_DISCOVERIES)
    return [one for one, is_kept in zip(found, kept, strict=True) if is_kept]


def _change(term: str, before: int, after: int, before_total: int, after_total: int) -> TermChange:
    pooled = (before + after) / (before_total + after_total)
    ratio = 2 * (
        _log_likelihood(before, before_total, before / before_total)
        + _log_likelihood(after, after_total, after / after_total)
        - _log_likelihood(before, before_total, pooled)
        - _log_likelihood(after, after_total, pooled)
    )
    chance = math.erfc(math.sqrt(max(0.0, ratio) / 2))  # chi-square with one degree of freedom
    surprise = -math.log10(chance) if chance > 1e-300 else 300.0
    shares = ((after + 0.5) / (after_total + 1)) / ((before + 0.5) / (before_total + 1))
    return TermChange(term, before, after, round(shares, 3), round(surprise, 2))


def _log_likelihood(count: int, total: int, share: float) -> float:
    rest = total - count
    return (count * math.log(share) if count else 0.0) + (rest * math.log1p(-share) if rest and share < 1 else 0.0)
