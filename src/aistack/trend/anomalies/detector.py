"""Scores the points of a live series one by one, in constant memory and without looking ahead.

Four views of each point are averaged: how far it is from every value, and from every pattern of the last 6 and 19
points, that the series has shown (nearest neighbour distances, as in KNN-CAD: Burnaev and Ishimtsev 2016), and how far
from the values around the same phase of the last seven periods. Each distance becomes a tail probability against its
own past, so that one setting fits every series. Two views speak alone when they are very sure: the mean over an
eighth of a period against past periods, and a value that stands still.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

import numpy as np

from aistack.trend.anomalies.rings import Ring
from aistack.trend.anomalies.tails import Tail
from aistack.trend.series.findings import Method
from aistack.trend.series.statistics import FloatArray

METHOD = Method(
    "nearest neighbours with extreme value tails",
    "Burnaev and Ishimtsev 2016 (KNN-CAD); Siffer et al. 2017 (SPOT); Fisher 1925 (combined probabilities)",
)
CAPACITY = 4096
TAIL_CAPACITY = 2048
SCALES = (1, 6, 19)
WARM_UP = 60
SILENCE = 100
ALARM_SCORE = 0.95
QUARTER_HOUR = 900.0  # seconds: below this step an alarm must be more improbable, so that a week has as few
RARER = 1.6
PERIODS_COMPARED = 7
PHASE_SLACK = 2
LEVEL_POINTS = (6, 48)  # an eighth of a period within these limits
STILL_MIN = 2  # equal values in a row that may be chance
ALONE = 3.0  # a view that speaks alone must be this many times as surprising
VALUE_MAX = 1e150  # squares of differences stay finite
AVERAGED = ("value", "pattern_6", "pattern_19", "season")
VIEWS = (*AVERAGED, "level", "flat")
State = Literal["learning", "normal", "alarm", "acknowledged"]


@dataclass(frozen=True, slots=True)
class PointScore:
    """`score` is 0 (usual) to 1, and 0 for 100 points after a more surprising one: an anomaly is reported once.

    `surprise` is the score before that, as `-log10` of a probability. `views` has each view's own surprise. `alarm` is
    True for a point that starts an alarm or makes it worse (a score of 0.95 or more, higher for steps below 15
    minutes). `expected` is the median of the same phase of past periods,
    or the last value where there are none.
    """

    score: float
    alarm: bool
    state: State
    surprise: float
    expected: float
    views: Mapping[str, float]


class OnlineDetector:
    """One live series with a point every `step_seconds`.

    `period` is the season's length in points, 0 for none; the usual one for the step (see `period_of`) if not given.
    """

    def __init__(self, step_seconds: float, period: int | None = None) -> None:
        if not (0 < step_seconds < math.inf and (period is None or period >= 0)):
            raise ValueError(f"a step of {step_seconds} s with a period of {period} points")
        self.step_seconds = step_seconds
        period = period_of(step_seconds) if period is None else period
        self.period = period if 2 <= period <= CAPACITY // 2 else 0
        self.alarm_score = 1 - (1 - ALARM_SCORE) * min(1.0, step_seconds / QUARTER_HOUR) ** RARER
        self.state_name: State = "learning"
        self._values = Ring(CAPACITY)
        self._seasonal = Ring(min(LEVEL_POINTS[1], max(LEVEL_POINTS[0], self.period // 8)))
        self._tails = {view: Tail(TAIL_CAPACITY, WARM_UP) for view in VIEWS}
        self._seen = self._run = 0
        self._usual_change = 0.0
        self._worst, self._since_worst, self._quiet = 0.0, SILENCE, 0

    def add(self, value: float) -> PointScore:
        """Scores the next point. Raises ValueError for NaN and infinity: leave such points out, or `skip` them."""
        if not np.isfinite(value):
            raise ValueError("a value that is no finite number has no score")
        value = float(np.clip(value, -VALUE_MAX, VALUE_MAX))
        expected, distances = self._distances(value)
        views = {view: self._tails[view].surprise(distances[view]) for view in VIEWS if view in distances}
        averaged = [views[view] for view in AVERAGED if view in views]
        alone = max((views.get("level", 0.0), views.get("flat", 0.0))) / ALONE
        surprise = max(sum(averaged) / max(1, len(averaged)), alone)
        return self._judged(surprise, expected, views)

    def skip(self, steps: int) -> None:
        """Keeps the phase over missing points: repeats the last period, or the last value."""
        for _ in range(min(steps, CAPACITY) if self._values.size else 0):
            past = self._values.values
            self._values.append(float(past[-self.period] if 0 < self.period <= past.size else past[-1]))

    def acknowledge(self) -> None:
        """The alarm is known; it ends by itself after a quiet spell."""
        if self.state_name == "alarm":
            self.state_name = "acknowledged"

    def _distances(self, value: float) -> tuple[float, dict[str, float]]:
        """What is expected, and each view's distance. The value joins the history."""
        past = self._values.values
        expected = last = float(past[-1]) if past.size else value
        distances: dict[str, float] = {}
        if self.period and past.size >= 2 * self.period + PHASE_SLACK:
            middle, distances["season"] = self._from_phase(past, value)
            expected = middle
            self._seasonal.append(value - middle)
            if self._seasonal.size == self._seasonal.capacity:
                distances["level"] = abs(float(self._seasonal.values.mean()))
        self._values.append(value)
        history = self._values.values
        if history.size > 2 * max(SCALES):
            distances |= _nearest(history)
        distances["flat"] = self._standing_still(history, abs(value - last))
        self._seen += 1
        return expected, distances

    def _from_phase(self, past: FloatArray, value: float) -> tuple[float, float]:
        """The median at the same phase of past periods, and the median distance to the nearest value around it."""
        reach = min(PERIODS_COMPARED, (past.size - PHASE_SLACK) // self.period)
        centres = past.size - self.period * np.arange(1, reach + 1)
        slack = np.arange(-PHASE_SLACK, PHASE_SLACK + 1)
        around = past[np.minimum(centres[:, None] + slack, past.size - 1)]
        nearest = np.abs(around - value).min(axis=1)
        return float(np.median(around[:, PHASE_SLACK])), float(np.median(nearest))

    def _standing_still(self, history: FloatArray, change: float) -> float:
        if self._seen % 50 == 0 or self._seen < WARM_UP:
            self._usual_change = float(np.median(np.abs(np.diff(history)))) if history.size > 1 else 0.0
        self._run = self._run + 1 if change <= 0.01 * self._usual_change else 0
        return float(max(0, self._run - STILL_MIN))

    def _judged(self, surprise: float, expected: float, views: dict[str, float]) -> PointScore:
        self._since_worst += 1
        if self._since_worst > SILENCE:
            self._worst = 0.0
        is_new = surprise > self._worst
        if is_new:
            self._worst, self._since_worst = surprise, 0
        score = 1 - 10**-surprise
        alarm = is_new and score >= self.alarm_score
        self._quiet = 0 if score >= self.alarm_score else self._quiet + 1
        if alarm:
            self.state_name = "alarm"
        elif self._seen < WARM_UP:
            self.state_name = "learning"
        elif self._quiet > SILENCE or self.state_name == "learning":
            self.state_name = "normal"
        return PointScore(score if is_new else 0.0, alarm, self.state_name, surprise, expected, views)

    def state(self) -> dict[str, object]:
        """Everything, for JSON: some 150 kB."""
        numbers = [self._seen, self._run, self._usual_change, self._worst, self._since_worst, self._quiet]
        return {
            "version": 1, "step_seconds": self.step_seconds, "period": self.period, "state": self.state_name,
            "numbers": numbers,
            "values": self._values.state(), "seasonal": self._seasonal.state(),
            "tails": {view: tail.state() for view, tail in self._tails.items()},
        }  # fmt: skip

    @classmethod
    def restored(cls, state: Mapping[str, object]) -> "OnlineDetector":
        """The detector that gave `state`. Raises ValueError for anything else."""
        try:
            if state["version"] != 1:
                raise ValueError(f"a detector's state of version {state['version']}")
            detector = cls(float(str(state["step_seconds"])), int(str(state["period"])))
            detector.state_name = cast(State, state["state"])
            numbers = cast(list[float], state["numbers"])
            detector._seen, detector._run, detector._since_worst = int(numbers[0]), int(numbers[1]), int(numbers[4])
            detector._usual_change, detector._worst, detector._quiet = numbers[2], numbers[3], int(numbers[5])
            detector._values, detector._seasonal = Ring.restored(state["values"]), Ring.restored(state["seasonal"])
            tails = cast(dict[str, dict[str, object]], state["tails"])
            detector._tails = {view: Tail.restored(tails[view]) for view in VIEWS}
        except (KeyError, TypeError, IndexError, AttributeError) as error:
            raise ValueError(f"no state of a detector: {error!r}") from error
        return detector


def period_of(step_seconds: float) -> int:
    """The season that data of this step most often has, in points: a day, of daily data a week, of months a year."""
    for season in (86_400, 7 * 86_400, 365.25 * 86_400):
        if 4 <= season / step_seconds <= CAPACITY // 2:
            return round(season / step_seconds)
    return 0


def _nearest(history: FloatArray) -> dict[str, float]:
    """Distances of the last 1, 6 and 19 points to the nearest earlier ones that do not overlap them."""
    longest, size = max(SCALES), history.size
    total = np.zeros(size - longest + 1)
    found: dict[str, float] = {}
    for lag in range(longest):
        difference = history[longest - 1 - lag : size - lag] - history[size - 1 - lag]
        total += difference * difference
        if lag + 1 in SCALES:
            name = "value" if lag == 0 else f"pattern_{lag + 1}"
            found[name] = float(np.sqrt(total[: -(lag + 1)].min()))
    return found
