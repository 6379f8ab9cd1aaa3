"""Requests of the Responses API, and what the agent makes of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from aistack.agent.conversations.messages import NewPart
from aistack.agent.json_values import as_object, is_list, is_object
from aistack.agent.wire import Body, Line
from aistack.chassis.errors import InvalidInput

LABEL = "aistack"
DEFAULT_MODELS = ("", "agent", LABEL)
ITEMS_MAX = 1_000
TEXTS = ("input_text", "output_text", "text")
ROLES = {"user": "user", "assistant": "assistant", "system": "system", "developer": "system"}
NOT_TAKEN = ("max_output_tokens", "max_tool_calls", "top_p", "prompt")


class ResponseRequest(BaseModel):
    """As in OpenAI's API. The agent has its own tools; `tools` can limit them, as those of the MCP server `aistack`.

    `previous_response_id` continues its conversation from there, and `conversation` the one with this session id.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"input": "What sold best in May?"}]})

    input: Body | Annotated[list[dict[str, Any]], Field(max_length=ITEMS_MAX)] = ""
    model: Line = ""
    instructions: str | None = Field(None, max_length=100_000)
    previous_response_id: Annotated[str, Field(max_length=64)] | None = None
    conversation: Annotated[str, Field(max_length=64)] | dict[str, Any] | None = None
    stream: bool = False
    background: bool = False
    store: bool = True
    temperature: float | None = Field(None, ge=0, le=2)
    metadata: dict[str, str] | None = None
    tools: list[dict[str, Any]] | None = Field(None, max_length=100)
    tool_choice: Any = "auto"
    text: dict[str, Any] | None = None
    max_output_tokens: int | None = None
    max_tool_calls: int | None = None
    top_p: float | None = None
    prompt: Any = None
    truncation: Literal["auto", "disabled"] | None = None
    parallel_tool_calls: bool | None = None
    reasoning: dict[str, Any] | None = None
    include: list[str] | None = None
    user: str | None = None
    safety_identifier: str | None = None
    prompt_cache_key: str | None = None
    service_tier: str | None = None
    stream_options: dict[str, Any] | None = None

    @property
    def session_id(self) -> str | None:
        """Of `conversation`."""
        given = self.conversation
        return str(given.get("id", "")) if is_object(given) else None if given is None else str(given)

    @property
    def model_name(self) -> str:
        return "" if self.model in DEFAULT_MODELS else self.model


@dataclass(frozen=True, slots=True)
class Read:
    """What a request's input says: earlier messages, the new one, or decisions on calls by the approval's id."""

    earlier: Sequence[tuple[str, Sequence[NewPart]]]
    message: Sequence[NewPart]
    decisions: Mapping[str, bool]


def read_input(request: ResponseRequest) -> Read:
    """Raises InvalidInput for what the agent cannot take."""
    for name in NOT_TAKEN:
        if getattr(request, name) is not None:
            raise InvalidInput(f"{name} is not taken here; the settings of the agent service limit what it may use")
    if as_object(as_object(request.text).get("format")).get("type", "text") != "text":
        raise InvalidInput("text.format: the agent answers with text only")
    given = request.input
    items: list[dict[str, Any]] = [{"role": "user", "content": given}] if isinstance(given, str) else given
    messages: list[tuple[str, Sequence[NewPart]]] = []
    decisions: dict[str, bool] = {}
    for at, item in enumerate(items):
        kind = item.get("type", "message")
        if kind == "mcp_approval_response" and isinstance(item.get("approve"), bool):
            decisions[str(item.get("approval_request_id"))] = item["approve"]
        elif kind == "message" and item.get("role") in ROLES:
            messages.append((ROLES[item["role"]], _parts(item.get("content"), at)))
        elif kind not in ("reasoning", "mcp_call", "mcp_list_tools", "mcp_approval_request"):  # of answers, echoed
            raise InvalidInput(f"input[{at}] has a type, role or fields that the agent does not take: {str(kind)[:40]}")
    if decisions and messages:
        raise InvalidInput("send approvals and messages in two requests; a message leaves calls that wait behind")
    if decisions:
        return Read((), (), decisions)
    if not messages or messages[-1][0] != "user" or not messages[-1][1]:
        raise InvalidInput("input must end with a message of the user that is not empty")
    return Read(messages[:-1], messages[-1][1], {})


def allowed_tools(request: ResponseRequest) -> list[str] | None:
    """The names of the tools that may be used; None for all. Raises InvalidInput."""
    if request.tool_choice == "none":
        return []
    if request.tool_choice not in ("auto", None):
        raise InvalidInput("tool_choice must be auto or none; the agent chooses its tools")
    if not request.tools:
        return None
    names: list[str] = []
    for one in request.tools:
        if one.get("type") != "mcp" or one.get("server_label") != LABEL or one.get("server_url"):
            raise InvalidInput(
                f'the agent has its own tools; limit them with {{"type": "mcp", "server_label": "{LABEL}", '
                '"allowed_tools": [...]}. Add other MCP servers at /v1/agent/mcp-servers'
            )
        given = one.get("allowed_tools")
        given = given.get("tool_names") if is_object(given) else given
        if given is None:
            return None
        if not is_list(given):
            raise InvalidInput("allowed_tools must be a list of names")
        names += map(str, given)
    return names


def _parts(content: Any, at: int) -> list[NewPart]:
    if isinstance(content, str):
        content = [{"type": "input_text", "text": content}]
    if not is_list(content):
        raise InvalidInput(f"input[{at}].content must be a text or a list")
    parts: list[NewPart] = []
    for one in content:
        kind = as_object(one).get("type")
        text = as_object(one).get("text")
        if kind not in TEXTS or not isinstance(text, str) or "\x00" in text:
            raise InvalidInput(f"input[{at}].content takes input_text only; upload files with POST /upload")
        if text.strip():
            parts.append(NewPart("text", text))
    return parts
