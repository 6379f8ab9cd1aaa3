"""What holidays do to a daily series: their usual difference from what the seasons say.

The effect is the median remainder of a robust decomposition on such days, like that of holiday dummies in a regression
(Hyndman and Athanasopoulos 2021, section 7.4). It is used only where it stands out from the other days.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aistack.trend.series.decomposition import decomposed
from aistack.trend.series.findings import Method
from aistack.trend.series.statistics import FloatArray, robust_scale

METHOD = Method("median effect of known days", "Hyndman and Athanasopoulos 2021")
DAYS_MIN = 3
CLEAR = 3.0  # standard errors


@dataclass(frozen=True, slots=True)
class KnownDayEffect:
    """`share` is the effect in relation to the expected value where that is what repeats, otherwise `size` counts.

    `count` is of the days from which it was found; `cleaned` (n,) are the values without it.
    """

    size: float
    share: float | None
    count: int
    cleaned: FloatArray

    def applied(self, values: FloatArray, places: Sequence[int]) -> FloatArray:
        """`values` with the effect at some places."""
        changed = values.copy()
        at = np.asarray(places, np.int64)
        changed[at] = changed[at] * (1 + self.share) if self.share is not None else changed[at] + self.size
        return changed


def known_day_effect(values: FloatArray, periods: Sequence[int], places: Sequence[int]) -> KnownDayEffect | None:
    """The effect of the days at `places` in `values` (n,); None where it is not clear, or of fewer than three."""
    if len(places) < DAYS_MIN or len(places) > values.size // 3:
        return None
    at = np.asarray(sorted(places), np.int64)
    others = np.setdiff1d(np.arange(values.size), at)
    filled = values.copy()
    filled[at] = np.interp(at, others, values[others])
    parts = decomposed(filled, periods)
    filled[at] = (filled - parts.remainder)[at]
    parts = decomposed(filled, periods)  # now the seasons say what the days would have been, not their neighbours
    filled[at] = (filled - parts.remainder)[at]
    expected = filled[at]
    rest = values[at] - expected
    size = float(np.median(rest))
    scale = robust_scale(parts.remainder[others]) or float(parts.remainder[others].std())
    if abs(size) <= CLEAR * 1.25 * scale / len(at) ** 0.5:
        return None
    share = None
    if values.min() >= 0 and expected.min() > 0:
        ratios = values[at] / expected - 1
        if robust_scale(ratios) * float(np.median(expected)) <= robust_scale(rest) + 1e-12:
            share = float(np.median(ratios))
    return KnownDayEffect(size, share, len(at), filled)
