"""Request and response models of reports."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from aistack.trend.delivery.wire import Schedule
from aistack.trend.watches.wire import Line, WatchQuery
from aistack.trend.wire import Category, CollectionName, State, window_of

ReportType = Literal["industry", "topic", "investment", "custom"]
Section = Literal["changes", "volume", "topics", "growth", "sources", "documents"]
SECTIONS: dict[str, tuple[Section, ...]] = {
    "industry": ("changes", "volume", "growth", "topics", "sources"),
    "topic": ("changes", "volume", "sources", "documents"),
    "investment": ("changes", "growth", "topics", "sources"),
    "custom": ("changes", "volume", "growth", "topics", "sources", "documents"),
}


class ReportRequest(BaseModel):
    """`topic` is the id of one, for a report on it; `query` narrows any report as a watch does.

    `by_model`: let the stack's language model write the summary; the default is to do so when there is one.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"report_type": "industry", "window": "7d", "language": "en"}]},
    )

    report_type: ReportType
    collection: CollectionName = "default"
    window: str = Field("7d", max_length=8)
    language: Literal["en", "zh"] = "en"
    title: Line | None = None
    category: Category = ""
    topic: Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")] | None = None
    query: WatchQuery | None = None
    sections: list[Section] | None = Field(None, max_length=6)
    topics_max: int = Field(10, ge=1, le=50)
    by_model: bool | None = None

    @model_validator(mode="after")
    def is_complete(self) -> Self:
        window_of(self.window)
        if self.report_type == "topic" and self.topic is None and self.query is None:
            raise ValueError("a report on a topic needs topic, the id of one, or query")
        if self.topic is not None and self.report_type != "topic":
            raise ValueError("topic is for reports of the type topic")
        return self

    @property
    def shown(self) -> tuple[Section, ...]:
        return tuple(self.sections) if self.sections is not None else SECTIONS[self.report_type]


class EvidenceLink(BaseModel):
    """A document that a finding rests on."""

    id: str
    title: str
    source: str
    url: str
    at: datetime


class Finding(BaseModel):
    """One statement with its evidence. `kind` says which of them it is, and `topic` which topic it is of."""

    kind: str
    text: str
    topic: str | None = None
    evidence: list[EvidenceLink] = []


class TopicRow(BaseModel):
    id: str
    name: str
    state: State
    count: int
    expected: float
    surprise: float
    sources: int
    first_at: datetime
    volume: list[int]


class SourceRow(BaseModel):
    source: str
    documents: int
    first: int


class ChangedTopic(BaseModel):
    """`before` and `now` are its numbers of documents, `moved` how many places it rose."""

    id: str
    name: str
    before: int | None
    now: int | None
    state_before: State | None = None
    state_now: State | None = None
    moved: int | None = None


class Changes(BaseModel):
    """What changed since an earlier report of the same scope."""

    since: str
    created_at: datetime
    documents_before: int
    documents: int
    appeared: list[ChangedTopic]
    disappeared: list[ChangedTopic]
    changed: list[ChangedTopic]


class Content(BaseModel):
    """All that a report says, in the order in which it is shown."""

    title: str
    report_type: ReportType
    language: Literal["en", "zh"]
    since: datetime
    until: datetime
    bucket_seconds: int
    summary: str
    summary_by: str
    findings: list[Finding]
    documents: int
    documents_before: float
    volume: list[int]
    topics: list[TopicRow]
    sources: list[SourceRow]
    newest: list[EvidenceLink]
    changes: Changes | None
    sections: list[Section]
    method: list[str]
    limits: list[str]


class ReportView(BaseModel):
    """A report in a list. `previous` is the one that it is compared with."""

    id: str
    title: str
    owner: str
    report_type: ReportType
    window: str
    language: str
    previous: str | None
    created_at: datetime


class ReportDetail(ReportView):
    content: Content
    inputs: dict[str, object]


class NewReportSchedule(BaseModel):
    """`subscriber` is one of yours, whose channel gets the findings of each report."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "weekly", "report": {"report_type": "industry"},
                    "schedule": {"mode": "daily", "times": ["08:00"], "days": [1]},
                }
            ]
        },
    )  # fmt: skip

    name: Line
    report: ReportRequest
    schedule: Schedule = Schedule(mode="daily", days=[1])
    zone: str = Field("UTC", max_length=64)
    subscriber: Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")] | None = None

    @model_validator(mode="after")
    def is_not_immediate(self) -> Self:
        if self.schedule.mode == "immediate":
            raise ValueError("a report is hourly or daily; immediate is for stories")
        return self


class ReportScheduleView(BaseModel):
    id: str
    name: str
    owner: str
    report: ReportRequest
    schedule: Schedule
    zone: str
    subscriber: str | None
    last_report: str | None
    error: str
    due_at: datetime | None
