"""What every answer about a series carries: the method with its paper, the quality, and statements.

A statement is a code with parameters, so that it can be worded in any language. The codes are listed in docs/trend.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Verdict = Literal["good", "weak", "no_better_than_naive", "unknown"]
Parameter = float | int | str


@dataclass(frozen=True, slots=True)
class Method:
    """A method's name and the paper that describes it."""

    name: str
    paper: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence as a code and the values that go into it."""

    code: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict[str, Parameter])


@dataclass(frozen=True, slots=True)
class Quality:
    """How far an answer can be trusted. None where it could not be measured.

    `skill` is 1 minus the mean absolute error divided by that of the seasonal naive in the same backtest (without
    seasons: of the last value or the mean, whichever did better): 0 is no better, 1 is perfect. `coverage_80` and
    `coverage_95` are the shares of backtest values inside the intervals.
    `residual_p` is the p-value of a Ljung-Box test for autocorrelation left in the residuals: small is bad.
    `gaps` counts steps of the grid without a value.
    """

    points: int
    gaps: int = 0
    skill: float | None = None
    coverage_80: float | None = None
    coverage_95: float | None = None
    residual_p: float | None = None
    verdict: Verdict = "unknown"
