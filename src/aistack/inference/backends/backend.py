"""What the worker asks of a backend, and what a backend answers."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Task = Literal["CHAT", "COMPLETION", "EMBEDDING", "RERANK", "TOKENIZE", "TRANSCRIPTION"]
Json = dict[str, Any]


class PredictFailed(Exception):
    """A request failed; the model serves others. `status` is as in HTTP, `param` names the field at fault."""

    def __init__(self, status: int, code: str, message: str, param: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.param = param


class BadRequest(PredictFailed):
    """The request cannot be served as it is."""

    def __init__(self, message: str, param: str, code: str = "invalid_value") -> None:
        super().__init__(400, code, message, param)


class LoadFailed(Exception):
    """A model cannot be loaded. The message says what to do."""


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """Tokens of a request: `cached` of the prompt's, `reasoning` of the completion's."""

    prompt: int = 0
    completion: int = 0
    cached: int = 0
    reasoning: int = 0

    def as_json(self) -> Json:
        """As in the OpenAI API."""
        return {
            "prompt_tokens": self.prompt,
            "completion_tokens": self.completion,
            "total_tokens": self.prompt + self.completion,
            "prompt_tokens_details": {"cached_tokens": self.cached},
            "completion_tokens_details": {"reasoning_tokens": self.reasoning},
        }


@dataclass(frozen=True, slots=True)
class Prediction:
    """A request to a model: `body` is that of the OpenAI API, `answer` what the answer is to say of itself."""

    task: Task
    body: Json
    id: str
    created: int
    model: str
    adapter: str = ""
    priority: int = 0

    @property
    def streamed(self) -> bool:
        return bool(self.body.get("stream"))


@dataclass(slots=True)
class Piece:
    """A part of an answer: an event of the OpenAI API, and what it holds, for clients without one."""

    event: Json | None = None
    text: str = ""
    reasoning: str = ""
    tokens: int = 0
    finish_reason: str = ""
    usage: TokenUsage | None = None


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes that a model will take, with a line for people; 0 when it is not known."""

    total: int = 0
    described: str = ""


@dataclass(slots=True)
class Limits:
    """How a backend may use the machine. `context` is in tokens, `parallel` counts requests."""

    context: int = 4096
    parallel: int = 16
    threads: int = 0
    answer_tokens: int = 2048
    adapters: dict[str, str] = field(default_factory=dict[str, str])


class Backend(Protocol):
    """A model. `predict` may be called many times at once; closing its iterator frees the place within one step."""

    @property
    def kind(self) -> str: ...

    @property
    def tasks(self) -> frozenset[Task]:
        """What the model can do."""
        ...

    @property
    def alive(self) -> bool:
        """False once the model has crashed: it must be loaded again."""
        ...

    def memory(self) -> Memory:
        """An estimate, without loading. Raises LoadFailed."""
        ...

    async def load(self) -> None:
        """Raises LoadFailed."""
        ...

    async def close(self) -> None: ...

    def predict(self, prediction: Prediction) -> AsyncGenerator[Piece]:
        """The answer; the last piece has `finish_reason` and `usage`. Raises PredictFailed."""
        ...

    async def metrics(self) -> dict[str, str]:
        """Counters of the model itself, `steps` among them: how often it computed."""
        ...
