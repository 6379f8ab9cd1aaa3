"""Request and response models of the agent service."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from aistack.access.levels import Level

TEXT_CHARACTERS_MAX = 5_000_000
ID_PATTERN = r"^[0-9a-f]{12}$"
MESSAGE_PATTERN = r"^[0-9a-f]{16}$"

SessionId = Annotated[str, Field(pattern=ID_PATTERN)]
MessageId = Annotated[str, Field(pattern=MESSAGE_PATTERN)]
Line = Annotated[str, Field(max_length=256, pattern=r"^[^\x00-\x1f\x7f]*$")]
Body = Annotated[str, Field(max_length=TEXT_CHARACTERS_MAX, pattern=r"^[^\x00]*$")]
RunState = Literal["queued", "running", "waiting", "done", "stopped", "failed"]
MessageState = Literal["complete", "streaming", "waiting", "stopped", "failed"]
PartKind = Literal["text", "reasoning", "attachment", "tool_call", "tool_result", "error"]


class Given(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Budget(Given):
    """Limits of one run, at most those of the service."""

    steps: int | None = Field(None, ge=1, le=1_000)
    tokens: int | None = Field(None, ge=1, le=1_000_000_000)
    cost_usd: float | None = Field(None, gt=0, le=1_000_000)
    seconds: float | None = Field(None, gt=0, le=86_400)


class Attachment(Given):
    """A text that belongs to the message, such as a long paste or the contents of a file."""

    name: Line = "attachment"
    text: Body


class ChatRequest(Given):
    """A message. Without `session_id` it begins a session.

    `edit_of` replaces an earlier message of yours: the new one becomes a branch beside it. `retry_of` generates an
    answer again, beside the one that is named; send no message with it. `tools` limits which tools may be used.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"message": "What sold best in May?"}]})

    session_id: SessionId | None = None
    message: Body = ""
    attachments: list[Attachment] = Field(default=[], max_length=20)
    stream: bool = True
    tools: list[Annotated[str, Field(max_length=128)]] | None = Field(None, max_length=100)
    model: Line = ""
    edit_of: MessageId | None = None
    retry_of: MessageId | None = None
    temperature: float = Field(0.0, ge=0, le=2)
    temporary: bool = Field(False, description="begins a temporary session; only without session_id")
    budget: Budget = Field(default_factory=lambda: Budget.model_validate({}))


class NewSession(Given):
    title: Line = ""
    folder: Annotated[str, Field(max_length=128)] = ""
    model: Line = ""
    instructions: str = Field("", max_length=100_000)
    uses_memory: bool = True
    is_temporary: bool = Field(False, description="in no list, search or export, without memory, and deleted soon")


class SessionChange(Given):
    """What is left out stays. `leaf` shows the branch with this message, down to its newest one."""

    title: Line | None = None
    folder: Annotated[str, Field(max_length=128)] | None = None
    model: Line | None = None
    instructions: str | None = Field(None, max_length=100_000)
    is_pinned: bool | None = None
    is_archived: bool | None = None
    uses_memory: bool | None = None
    leaf: MessageId | None = None


class SessionView(BaseModel):
    """`run` is the run in progress, if there is one."""

    id: str
    title: str
    folder: str
    owner: str
    yours: Level
    model: str
    instructions: str
    is_pinned: bool
    is_archived: bool
    uses_memory: bool
    is_temporary: bool
    leaf: str | None
    run: str | None
    created_at: datetime
    changed_at: datetime


class SessionList(BaseModel):
    """`next` continues the list."""

    sessions: list[SessionView]
    next: str | None


class PartView(BaseModel):
    kind: PartKind
    text: str = ""
    data: dict[str, Any] = {}


class MessageView(BaseModel):
    """`siblings` are the messages that can stand in this place, itself included, oldest first."""

    id: str
    parent: str | None
    role: Literal["user", "assistant", "system"]
    model: str
    state: MessageState
    run: str | None
    parts: list[PartView]
    usage: dict[str, Any]
    siblings: list[str]
    created_at: datetime


class MessagePage(BaseModel):
    """Messages of one branch, oldest first. `before` in the next request continues to older ones."""

    messages: list[MessageView]
    before: str | None


class NewBranch(Given):
    """A message with another text beside an existing one, without an answer of the model."""

    edit_of: MessageId
    text: Body


class RunView(BaseModel):
    id: str
    session_id: str
    message_id: str
    state: RunState
    usage: dict[str, Any]
    error: str
    created_at: datetime
    ended_at: datetime | None


class ChatAnswer(BaseModel):
    """The answer, when it is not streamed."""

    session_id: str
    run: RunView
    message: MessageView


class ApprovalView(BaseModel):
    """A call that waits for a decision. `digest` is of the tool and its arguments; a decision repeats it."""

    id: str
    session_id: str
    run_id: str
    tool: str
    arguments: dict[str, Any]
    digest: str
    reason: str
    state: Literal["pending", "approved", "denied", "expired"]
    decided_by: str
    created_at: datetime


class Decision(Given):
    """`always` approves the same call for a while, in this session."""

    decision: Literal["approve", "always", "deny"]
    digest: str = Field(max_length=64)


class Decided(BaseModel):
    """`run` goes on with the answer, once no other call of the same answer waits."""

    approval: ApprovalView
    run: RunView | None


class SearchHit(BaseModel):
    session_id: str
    title: str
    message_id: str
    role: str
    excerpt: str
    created_at: datetime


class ExportedMessage(BaseModel):
    id: str
    parent: str | None = None
    role: Literal["user", "assistant", "system"]
    model: str = ""
    state: MessageState = "complete"
    parts: list[PartView]
    usage: dict[str, Any] = {}
    created_at: datetime


class ExportedSession(BaseModel):
    title: str = ""
    folder: str = ""
    model: str = ""
    instructions: str = ""
    is_pinned: bool = False
    is_archived: bool = False
    leaf: str | None = None
    created_at: datetime
    messages: list[ExportedMessage]


class Export(BaseModel):
    """Sessions with all their branches; `POST /v1/agent/import` takes it back."""

    format: Literal["aistack-chat"] = "aistack-chat"
    version: Literal[1] = 1
    sessions: list[ExportedSession]


class Imported(BaseModel):
    """`skipped` says what could not be read, and why."""

    sessions: list[str]
    messages: int
    skipped: list[str]


class ToolView(BaseModel):
    """`off` says why a tool cannot be used here; it has no description then."""

    name: str
    description: str = ""
    parameters: dict[str, Any] = {}
    permission: str = ""
    off: str = ""


class FactText(Given):
    text: Annotated[str, Field(min_length=1, max_length=2_000, pattern=r"^[^\x00]*[^\x00\s][^\x00]*$")]


class FactView(BaseModel):
    """Something that is remembered about you. `session_id` is the conversation that it comes from."""

    id: str
    text: str
    source: Literal["user", "assistant"]
    session_id: str | None
    created_at: datetime
    changed_at: datetime


class Kept(BaseModel):
    """One kind of data: how many of yours there are, and for how long they are kept."""

    kind: str
    count: int
    hours: int | None = Field(description="null if it is kept until you delete it")
    setting: str
