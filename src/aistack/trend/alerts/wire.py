"""Request and response models of alert rules and alerts."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from aistack.trend.watches.wire import Line, WatchQuery
from aistack.trend.wire import window_of

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


Condition = Annotated[TopicLevel | SourceSilent, Field(discriminator="kind")]


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
