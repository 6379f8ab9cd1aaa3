"""Request and response models of alert rules and alerts."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from aistack.trend.watches.wire import Line, WatchQuery
from aistack.trend.wire import window_of

SeriesNames = Annotated[list[Annotated[str, Field(min_length=1, max_length=200)]], Field(max_length=100)]
AlertState = Literal["normal", "alarm", "acknowledged"]


class TopicLevel(BaseModel):
    """A topic has `documents` or more in the window, or its growth is as surprising as `surprise`, or both if both
    are stated. `query` narrows it to topics that match.
    """

    model_config = ConfigDict(extra="forbid")

    kind: Literal["topic_level"]
    window: str = Field("24h", max_length=8)
    documents: int | None = Field(None, ge=1, le=1_000_000)
    surprise: float | None = Field(None, ge=0.5, le=300)
    query: WatchQuery | None = None

    @model_validator(mode="after")
    def has_a_level(self) -> Self:
        window_of(self.window)
        if self.documents is None and self.surprise is None:
            raise ValueError("topic_level needs documents or surprise")
        return self


class SourceSilent(BaseModel):
    """A source brought nothing new for so many hours: one of `sources` (ids), or any."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["source_silent"]
    hours: float = Field(gt=0, le=24 * 366)
    sources: list[Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]] = Field([], max_length=1_000)


class SeriesAlarm(BaseModel):
    """A live series is in alarm: one of `series` (ids or names), or any."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["series_alarm"]
    series: SeriesNames = []


class SeriesChange(BaseModel):
    """The level or slope of a series changed within `window` before its last point, as far as the points can tell."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["series_change"]
    series: SeriesNames = Field(min_length=1)
    window: str = Field("7d", max_length=8)

    @model_validator(mode="after")
    def has_a_window(self) -> Self:
        window_of(self.window)
        return self


Condition = Annotated[TopicLevel | SourceSilent | SeriesAlarm | SeriesChange, Field(discriminator="kind")]


class NewAlertRule(BaseModel):
    """`subscriber` is one of yours, whose channel gets alarms, outside its quiet hours."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"name": "silence", "condition": {"kind": "source_silent", "hours": 24}}]
        },
    )  # fmt: skip

    name: Line
    condition: Condition
    subscriber: Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")] | None = None


class AlertRuleView(BaseModel):
    """`state` is that of its worst alert."""

    id: str
    name: str
    owner: str
    condition: Condition
    subscriber: str | None
    state: AlertState
    error: str
    checked_at: datetime | None


class AlertView(BaseModel):
    """`value` was measured when it began, and reached `level`."""

    id: str
    rule: str
    rule_name: str
    subject: str
    name: str
    state: AlertState
    value: float
    level: float
    began_at: datetime
    changed_at: datetime
    acknowledged_by: str
