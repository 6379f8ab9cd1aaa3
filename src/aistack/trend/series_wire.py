"""Request and response models of series and what is computed from them."""

import re
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

Language = Literal["en", "zh"]
Bucket = Literal["hour", "day", "week"]
Support = Literal["any", "non_negative", "counts"]
Sensitivity = Literal["low", "normal", "high"]
SPAN = re.compile(r"(\d{1,5})([hdwmy])")
SPAN_DAYS = {"h": 1 / 24, "d": 1.0, "w": 7.0, "m": 30.436875, "y": 365.2425}
SPAN_DAYS_MAX = 300 * 366
INLINE_POINTS_MAX = 100_000
INDICATORS_MAX = 10

Time = Annotated[str, Field(max_length=64)] | int | float
PointPair = tuple[Time, float | int | str | None]
Reference = Annotated[
    str, Field(min_length=1, max_length=200, description="id or name of a series, topic:ID or term:WORD")
]
Span = Annotated[str, Field(max_length=8, description="such as 24h, 30d, 8w, 18m (months) or 5y")]
Share = Annotated[float, Field(ge=-1, le=100, allow_inf_nan=False)]


class NewQuery(BaseModel):
    """A statement that returns points: a time, and one or more values in a row. It may only read.

    The columns are the first one and all others, if none are named. `series` is the name of the series; with several
    columns of values, each is a series with the column's name after it.
    """

    model_config = ConfigDict(extra="forbid")

    connection_id: str = Field(min_length=1, max_length=100, description="id or name")
    sql: str = Field(min_length=1, max_length=100_000)
    params: dict[str, str | int | float | bool | None] = Field(
        default_factory=dict[str, str | int | float | bool | None], max_length=100
    )
    series: str = Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")
    time_column: str = Field("", max_length=200)
    value_columns: list[str] = Field(default_factory=list[str], max_length=50)


class Given(BaseModel):
    """Points to work on: `points` given here, or an `indicator` of the collection, of which `window` is the end.

    `bucket` is for the volume of a topic or term: documents an hour, day or week.
    """

    model_config = ConfigDict(extra="forbid")

    indicator: Reference | None = None
    points: list[PointPair] | None = Field(None, max_length=INLINE_POINTS_MAX)
    window: Span | None = None
    bucket: Bucket | None = None
    step_seconds: float | None = Field(None, ge=0.001, le=4e8, allow_inf_nan=False)
    language: Language | None = None

    @model_validator(mode="after")
    def is_one_of_both(self) -> "Given":
        if (self.indicator is None) == (self.points is None):
            raise ValueError("give either an indicator or points")
        return self


class AnalysisRequest(Given):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"points": [["2026-03-01", 10.0], ["2026-03-02", 12.5], ["2026-03-03", 11.0]]}]
        },
    )

    sensitivity: Sensitivity = "normal"
    components: bool = Field(False, description="include trend, seasons and remainder, up to 5000 steps")


class ForecastRequest(Given):
    """`horizon` is in steps; one season if it is not given. `support` says which values are possible."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"points": [["2026-01", 10], ["2026-02", 12], ["2026-03", 13]], "horizon": 2}]},
    )

    horizon: int | None = Field(None, ge=1, le=10_000)
    support: Support | None = None


class BacktestRequest(ForecastRequest):
    """`window` is the end of the series that is forecast and compared with what came."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"points": [["2026-01", 10], ["2026-02", 12], ["2026-03", 13]], "window": "1m"}]
        },
    )

    window: Span | None = Field(...)  # type: ignore[reportGeneralTypeIssues]  # required here


class OtherShift(BaseModel):
    """Something of your own that changes: by `size` (0.1: 10 % more)."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    size: Share
    elasticity: float = Field(1.0, ge=-100, le=100, allow_inf_nan=False)


class ScenarioRequest(ForecastRequest):
    """Shares by which demand and supply change, and how strong a policy is; each times its elasticity.

    The change begins at step `start` of the forecast and is complete `ramp` steps later.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "points": [["2026-01", 10], ["2026-02", 12], ["2026-03", 13]],
                    "scenario_name": "subsidy ends",
                    "demand_shift": -0.1,
                    "policy_intensity": 0.2,
                    "policy_elasticity": -0.5,
                }
            ]
        },
    )

    scenario_name: str = Field(min_length=1, max_length=200)
    demand_shift: Share = 0.0
    demand_elasticity: float = Field(1.0, ge=-100, le=100, allow_inf_nan=False)
    policy_intensity: Share = 0.0
    policy_elasticity: float = Field(1.0, ge=-100, le=100, allow_inf_nan=False)
    supply_shift: Share = 0.0
    supply_elasticity: float = Field(1.0, ge=-100, le=100, allow_inf_nan=False)
    other_shifts: list[OtherShift] = Field(default_factory=list[OtherShift], max_length=20)
    start: int = Field(0, ge=0, le=10_000)
    ramp: int = Field(0, ge=0, le=10_000)

    def shifts(self) -> list[dict[str, Any]]:
        """Those that are not 0."""
        named = [
            ("demand", self.demand_shift, self.demand_elasticity),
            ("policy", self.policy_intensity, self.policy_elasticity),
            ("supply", self.supply_shift, self.supply_elasticity),
            *((one.name, one.size, one.elasticity) for one in self.other_shifts),
        ]
        return [
            {"name": name, "size": size, "elasticity": elasticity, "start": self.start, "ramp": self.ramp}
            for name, size, elasticity in named
            if size
        ]


class Period(BaseModel):
    model_config = ConfigDict(extra="forbid")

    since: AwareDatetime
    until: AwareDatetime

    @model_validator(mode="after")
    def is_in_order(self) -> "Period":
        if self.since >= self.until:
            raise ValueError("since must be before until")
        return self


class CompareRequest(BaseModel):
    """Several indicators over a window, one indicator in several periods, or all terms in two periods."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"indicators": ["term:battery", "term:hydrogen"], "window": "28d"}]},
    )

    indicators: list[Reference] = Field(default_factory=list[str], max_length=INDICATORS_MAX)
    periods: list[Period] = Field(default_factory=list[Period], max_length=12)
    window: Span | None = None
    bucket: Bucket | None = None
    language: Language | None = None


def span_of(text: str) -> timedelta:
    """Raises ValueError."""
    found = SPAN.fullmatch(text)
    days = int(found[1]) * SPAN_DAYS[found[2]] if found else 0.0
    if not 0 < days <= SPAN_DAYS_MAX:
        raise ValueError(
            f"a window is hours, days, weeks, months or years, such as 24h, 30d, 8w, 18m or 5y, not {text!r}"
        )
    return timedelta(days=days)
