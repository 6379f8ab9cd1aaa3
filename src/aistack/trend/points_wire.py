"""Request and response models of series and their points."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from aistack.trend.series_wire import Support, Time

LIVE_POINTS_MAX = 1_000


class StatementView(BaseModel):
    """A sentence, and its code and values for other languages and programs."""

    code: str
    text: str
    parameters: dict[str, float | int | str]


class SeriesView(BaseModel):
    """`state` is that of the live detector: learning, normal, alarm or acknowledged; null without live points."""

    id: str
    name: str
    unit: str
    support: Support
    step_seconds: float | None
    points: int
    first_at: datetime | None
    last_at: datetime | None
    source: str | None
    state: str | None = None
    created_at: datetime
    changed_at: datetime


class PushedSeriesView(BaseModel):
    """`given` points, of which `added` are at new times; the others replaced values. `removed` counts the oldest
    points, which went because a series keeps so many. `statements` say what was left out or folded."""

    id: str
    name: str
    given: int
    added: int
    removed: int
    statements: list[StatementView]


class LivePoint(BaseModel):
    """Without a time it is now."""

    model_config = ConfigDict(extra="forbid")

    time: Time | None = None
    value: float = Field(allow_inf_nan=False, ge=-1e100, le=1e100)


class LivePointsRequest(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"points": [{"time": "2026-03-01T10:00:00Z", "value": 12.5}]}]},
    )

    points: list[LivePoint] = Field(min_length=1, max_length=LIVE_POINTS_MAX)


class PointView(BaseModel):
    """`score` is 0 (usual) to 1, null for points that were not scored as they came. `note`: scored now, known (scored
    before), or late (older than the last scored point, so not scored)."""

    time: datetime
    value: float
    score: float | None
    alarm: bool
    expected: float | None
    note: Literal["", "scored", "known", "late"] = ""


class ScoredPoints(BaseModel):
    series: str
    state: str
    points: list[PointView]
    method: str
