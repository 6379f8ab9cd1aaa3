"""A forecast under stated shifts, beside the baseline, with what was assumed.

A scenario is arithmetic on the forecast, not a causal model: each shift multiplies the values by one plus its size
times its elasticity, growing linearly over its ramp. The answer lists every assumption; none is
estimated from the series.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aistack.trend.forecasting.forecast import Forecast
from aistack.trend.series.findings import Statement
from aistack.trend.series.statistics import FloatArray


@dataclass(frozen=True, slots=True)
class Shift:
    """`size` is a share (0.1: ten percent more), `elasticity` the change in the indicator for each unit of it.

    It begins at step `start` of the horizon and is complete after `ramp` steps more.
    """

    name: str
    size: float
    elasticity: float = 1.0
    start: int = 0
    ramp: int = 0


@dataclass(frozen=True, slots=True)
class Scenario:
    """All arrays are (horizon,). `factor` is what the baseline is multiplied by; `assumptions` has a statement
    for each shift.
    """

    baseline: Forecast
    values: FloatArray
    lower_80: FloatArray
    upper_80: FloatArray
    lower_95: FloatArray
    upper_95: FloatArray
    factor: FloatArray
    assumptions: tuple[Statement, ...]


def scenario(baseline: Forecast, shifts: Sequence[Shift]) -> Scenario:
    """Raises ValueError for shifts that are no finite numbers, or begin before the horizon."""
    factor = np.ones(baseline.values.size)
    assumptions: list[Statement] = []
    for shift in shifts:
        if not (math.isfinite(shift.size) and math.isfinite(shift.elasticity) and min(shift.start, shift.ramp) >= 0):
            raise ValueError(f"the shift {shift.name!r} needs finite numbers, and a start and a ramp of 0 or more")
        steps = np.arange(factor.size) - shift.start + 1
        grown = np.clip(steps / (shift.ramp + 1), 0.0, 1.0)
        factor = factor * np.maximum(0.0, 1 + shift.size * shift.elasticity * grown)
        parameters = {"name": shift.name, "size": shift.size, "elasticity": shift.elasticity}
        assumptions.append(Statement("assumed_shift", parameters | {"start": shift.start, "ramp": shift.ramp}))
    if (baseline.values < 0).any() and shifts:
        assumptions.append(Statement("shift_of_negative_values"))
    bounds = (baseline.lower_80, baseline.upper_80, baseline.lower_95, baseline.upper_95)
    lower_80, upper_80, lower_95, upper_95 = (_shifted(baseline.values, bound, factor) for bound in bounds)
    values = baseline.values * factor
    return Scenario(baseline, values, lower_80, upper_80, lower_95, upper_95, factor, tuple(assumptions))


def _shifted(middle: FloatArray, bound: FloatArray, factor: FloatArray) -> FloatArray:
    """The bound at the same distance from the shifted middle, wider where the shift enlarges the values."""
    return middle * factor + (bound - middle) * np.maximum(factor, 1.0)
