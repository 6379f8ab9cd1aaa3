"""Requests and responses of the ai service."""

from datetime import datetime
from typing import Any, Literal
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, field_validator

from aistack.query.wire import SQL_CHARACTERS_MAX, QueryAnswer

QUESTION_CHARACTERS_MAX = 4_000
HISTORY_MAX = 20

Status = Literal["ready", "need_clarification", "failed"]
Method = Literal["rules", "model", "lesson", ""]
Kind = Literal["time_range", "metric", "dimension", "filter"]
Risk = Literal["low", "medium", "high"]


class Turn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    role: Literal["user", "assistant"] = "user"
    content: str = Field(max_length=QUESTION_CHARACTERS_MAX)


class Context(BaseModel):
    """`history` has the previous turns, oldest first; without it the questions of the session are used."""

    model_config = ConfigDict(extra="forbid")

    session_id: str = Field(default="", max_length=100)
    history: list[Turn] = Field(default=[], max_length=HISTORY_MAX)


class AskRequest(BaseModel):
    """A question about one database. If `execute` is false, the statement is generated but does not run."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"question": "How many orders were paid in 2024?", "connection_id": "shop"}]},
    )

    question: str = Field(min_length=1, max_length=QUESTION_CHARACTERS_MAX)
    connection_id: str = Field(min_length=1, max_length=100)
    context: Context = Context()
    execute: bool = True
    time_zone: str = Field(
        default="", max_length=64, examples=["Asia/Shanghai"],
        description="the IANA time zone of today, this month and so on; the database's if empty",
    )  # fmt: skip

    @field_validator("time_zone")
    @classmethod
    def _is_known(cls, name: str) -> str:
        if name and name not in available_timezones():
            raise ValueError("not an IANA time zone such as Europe/Berlin")
        return name


class Step(BaseModel):
    """A step of the pipeline; `said` is a summary of its outcome."""

    step: Literal[
        "follow_up", "link", "values", "lessons", "knowledge", "rules", "generate", "check", "repair", "run", "vote"
    ]
    said: str
    detail: dict[str, Any] = {}
    elapsed_ms: int = 0


class Reference(BaseModel):
    """A source of the answer: a table, a column, a metric, a lesson, or a passage of the documents."""

    kind: Literal["table", "column", "metric", "lesson", "document"]
    name: str
    about: str = ""


class Lineage(BaseModel):
    source_tables: list[str] = []
    key_columns: list[str] = []
    applied_rules: list[str] = []


class Option(BaseModel):
    """One way to interpret the question, or to complete it."""

    label: str
    question: str = ""
    sql: str = ""


class Clarification(BaseModel):
    """A clarifying question; answer it with `POST /api/ai/clarify`."""

    kind: Kind
    question: str
    options: list[Option]


class AskAnswer(BaseModel):
    """`answer` is a sentence with the numbers; `chart` is a Vega-Lite specification."""

    id: str
    status: Status
    question: str
    method: Method = ""
    sql: str = ""
    explanation: str = ""
    confidence: float = 0.0
    answer: str = ""
    references: list[Reference] = []
    lineage_summary: Lineage = Lineage()
    result: QueryAnswer | None = None
    chart: dict[str, Any] | None = None
    clarification: Clarification | None = None
    error: str = Field(default="", description="why it failed and what may help")
    trace: list[Step] = []


class ClarifyRequest(BaseModel):
    """Either `option`, the number of an offered option from 0, or `answer` in other words."""

    model_config = ConfigDict(extra="forbid")

    question_id: str = Field(min_length=1, max_length=32)
    option: int | None = Field(default=None, ge=0, le=100)
    answer: str = Field(default="", max_length=QUESTION_CHARACTERS_MAX)
    execute: bool = True


class StatementRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    sql: str = Field(min_length=1, max_length=SQL_CHARACTERS_MAX)
    connection_id: str = Field(min_length=1, max_length=100)


class ValidateRequest(StatementRequest):
    run_explain: bool = Field(default=False, description="also have the database plan it; the statement does not run")


class Assessment(BaseModel):
    valid: bool
    errors: list[str] = []
    warnings: list[str] = []
    risk_level: Risk = "low"
    tables: list[str] = []
    plan: list[str] = []


class ExplainRequest(StatementRequest):
    language: Literal["en", "zh"] = "en"


class Explanation(BaseModel):
    """What a statement does, step by step."""

    explanation: str
    steps: list[str]
    lineage_summary: Lineage
    method: Literal["rules", "model"] = "rules"


class Feedback(BaseModel):
    """Whether an answer is right; `sql` is the correct statement, if it is a different one."""

    model_config = ConfigDict(extra="forbid")

    question_id: str = Field(min_length=1, max_length=32)
    right: bool
    sql: str = Field(default="", max_length=SQL_CHARACTERS_MAX)
    comment: str = Field(default="", max_length=2000)


class LessonView(BaseModel):
    id: str
    connection_id: str
    question: str
    sql: str
    right: bool
    comment: str
    principal: str
    created_at: datetime


class QuestionView(BaseModel):
    id: str
    session_id: str
    connection_id: str
    connection: str
    question: str
    status: Status
    method: Method
    sql: str
    confidence: float
    created_at: datetime


class QuestionList(BaseModel):
    total: int
    questions: list[QuestionView]


class NewLayer(BaseModel):
    """A semantic layer in YAML. With `version` it is saved only if that is still the current version."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(max_length=1_000_000)
    about: str = Field(default="", max_length=500)
    version: int | None = Field(default=None, ge=0)


class LayerView(BaseModel):
    connection_id: str
    version: int
    text: str
    about: str
    principal: str
    created_at: datetime | None


class LayerVersionView(BaseModel):
    version: int
    about: str
    principal: str
    created_at: datetime
