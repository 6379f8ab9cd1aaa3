"""Request and response models of calendars."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from aistack.trend.wire import zone_of

Country = Annotated[str, Field(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,10})?$")]
EVENT_DAYS_MAX = 400


class CalendarSettings(BaseModel):
    """Countries as ISO 3166 codes, a part of one as `DE-BY`. `zone` is that in which days begin; UTC without."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"countries": ["CN"], "zone": ""}]})

    countries: list[Country] = Field(default=[], max_length=10)
    zone: str = Field("", max_length=64)

    @field_validator("zone")
    @classmethod
    def is_a_zone(cls, zone: str) -> str:
        return zone_of(zone)


class NewEvent(BaseModel):
    """Something that explains numbers on its days: a sale, a release, an outage. Without `last` it has one day."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"name": "Spring sale", "first": "2026-03-01"}]}
    )

    name: str = Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")
    first: date
    last: date | None = None

    @model_validator(mode="after")
    def is_a_period(self) -> "NewEvent":
        last = self.last or self.first
        if not 0 <= (last - self.first).days <= EVENT_DAYS_MAX:
            raise ValueError(f"an event lasts from its first to its last day, {EVENT_DAYS_MAX} days at most")
        return self


class EventView(BaseModel):
    id: str
    name: str
    first: date
    last: date


class CalendarView(BaseModel):
    countries: list[str]
    zone: str
    events: list[EventView]


class DayView(BaseModel):
    """A holiday, a work day that makes up for one, or an event. `country` is empty for events."""

    day: date
    name: str
    kind: Literal["holiday", "work_day", "event"]
    country: str
