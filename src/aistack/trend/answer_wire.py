"""Response models of what is computed from series."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from aistack.trend.points_wire import StatementView

Numbers = list[float | None]


class StepView(BaseModel):
    seconds: float
    months: int
    text: str


class MethodView(BaseModel):
    """What a method was used for, its name, and the papers that describe it."""

    for_: str
    name: str
    paper: str

    model_config = {"populate_by_name": True, "alias_generator": lambda name: name.rstrip("_")}


class QualityView(BaseModel):
    """How far to trust an answer; null for what could not be measured. `skill` is 1 minus the error divided by that of
    the naive forecast, `coverage_80` and `coverage_95` the shares of backtest values inside the intervals,
    `residual_p` the p-value of a test that the residuals are not autocorrelated, `gaps` the steps without a value."""

    points: int
    gaps: int
    skill: float | None
    coverage_80: float | None
    coverage_95: float | None
    residual_p: float | None
    verdict: Literal["good", "weak", "no_better_than_naive", "unknown"]


class Answer(BaseModel):
    """`steps` of the regular series that was used; `statements` say in words what was found and done to the points."""

    indicator: str | None = None
    name: str | None = None
    steps: int
    since: datetime | None
    until: datetime | None
    step: StepView | None
    quality: QualityView
    methods: list[MethodView]
    statements: list[StatementView]


class TrendView(BaseModel):
    """`slope` is a step's. `strength` is 0 to 1."""

    slope: float | None
    direction: Literal["up", "down", "flat"]
    strength: float | None


class SeasonView(BaseModel):
    period: int
    strength: float | None
    length: str


class ChangePointView(BaseModel):
    """`before` and `after` are levels, or slopes a step; `time` is the first of the new ones."""

    time: datetime
    kind: Literal["level", "slope"]
    before: float | None
    after: float | None
    size: float | None
    size_in_sd: float | None
    confidence: float | None


class AnomalyView(BaseModel):
    """`time` is the most unusual point between `since` and `until`; `known_days` are holidays and events there."""

    time: datetime
    since: datetime
    until: datetime
    kind: Literal["spike", "dip", "variance", "flatline"]
    value: float | None
    expected: float | None
    size: float | None
    size_in_sd: float | None
    confidence: float | None
    known_days: list[str] = []


class Components(BaseModel):
    """They add up to the values. Where `observed` is false the value was interpolated."""

    times: list[datetime]
    values: Numbers
    trend: Numbers
    remainder: Numbers
    seasonal: dict[str, Numbers]
    observed: list[bool]


class AnalysisAnswer(Answer):
    trend: TrendView
    seasons: list[SeasonView]
    change_points: list[ChangePointView]
    anomalies: list[AnomalyView]
    components: Components | None = None


class Bands(BaseModel):
    """Forecast values with their 80 % and 95 % intervals."""

    values: Numbers
    lower_80: Numbers
    upper_80: Numbers
    lower_95: Numbers
    upper_95: Numbers


class TriedView(BaseModel):
    """A model that was tried, and its mean absolute error in the backtest."""

    name: str
    paper: str
    error: float | None


class ForecastBase(Answer):
    """`period` is that of the naive forecast: 1 repeats the last value."""

    period: int
    tried: list[TriedView]


class ForecastAnswer(ForecastBase, Bands):
    """`baseline` is the naive forecast."""

    times: list[datetime]
    baseline: Numbers


class OriginView(Bands):
    """A forecast from one point in the past, beside what came."""

    times: list[datetime]
    actual: Numbers
    baseline: Numbers


class BacktestAnswer(ForecastBase):
    horizon: int
    origins: list[OriginView]


class Difference(BaseModel):
    """Between the sums over the horizon; `share` of the baseline's."""

    total: float | None
    share: float | None


class ScenarioAnswer(ForecastBase):
    """The forecast under the stated shifts beside the baseline, which `factor` multiplies."""

    scenario_name: str
    times: list[datetime]
    baseline: Bands
    scenario: Bands
    factor: Numbers
    difference: Difference
    assumptions: list[StatementView]


class ComparedItem(BaseModel):
    """`mean_before` and `mean_after` are those of the window's halves; `share` is that of the total of all items."""

    name: str
    indicator: str
    values: Numbers
    total: float | None
    share: float | None
    mean_before: float | None
    mean_after: float | None
    statements: list[StatementView]


class ComparedPair(BaseModel):
    """`first` leads by `lag_steps`; below 0 it follows."""

    first: str
    second: str
    lag_steps: int
    correlation: float | None


class ComparedPeriod(BaseModel):
    """`change` of the mean is against the first period, `p` how probable such a difference is by chance."""

    since: datetime
    until: datetime
    points: int
    total: float | None
    mean: float | None
    median: float | None
    smallest: float | None
    greatest: float | None
    change: float | None
    p: float | None


class ComparedTerm(BaseModel):
    """How many documents have a term in each of two periods; `surprise` is -log10 of the probability of the change."""

    term: str
    before: int
    after: int
    ratio: float
    surprise: float


class Comparison(BaseModel):
    """`items` over a window, `periods` of one indicator, or the terms that `rose` and `fell` between two periods."""

    step_seconds: float | None = None
    times: list[datetime] = []
    items: list[ComparedItem] = []
    pairs: list[ComparedPair] = []
    periods: list[ComparedPeriod] = []
    documents: list[int] = []
    rose: list[ComparedTerm] = []
    fell: list[ComparedTerm] = []
    methods: list[MethodView]
    statements: list[StatementView]
