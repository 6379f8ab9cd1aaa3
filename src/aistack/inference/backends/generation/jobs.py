"""What a source of tokens is asked for, and what it gives."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from aistack.inference.backends.backend import Json


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is chosen. Temperature 0 takes the most probable one; `top_k` 0 considers all.

    Repetition counts the prompt too; frequency and presence count the answer only. `logprobs` is how many alternatives
    to report, None for no probabilities at all.
    """

    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    min_p: float = 0.0
    repetition_penalty: float = 1.0
    frequency_penalty: float = 0.0
    presence_penalty: float = 0.0
    logit_bias: tuple[tuple[int, float], ...] = ()
    seed: int | None = None
    logprobs: int | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """One answer to compute: it ends at a token of `stop_ids` or after `max_tokens`. `grammar` is llguidance's, and
    `schema` the JSON schema that it was made from."""

    prompt: list[int]
    max_tokens: int
    sampling: Sampling
    stop_ids: tuple[int, ...] = ()
    adapter: str = ""
    grammar: str = ""
    schema: Json | None = None
    priority: int = 0


class Token(NamedTuple):
    """A token of an answer. `finish` is set on the last: stop (a stop token, which is no text) or length.

    `logprob` is the model's own, before penalties and temperature; `top` are the best (id, logprob). `cached` is how
    many tokens of the prompt were not computed, as another request had begun with them.
    """

    id: int
    finish: str = ""
    cached: int = 0
    logprob: float | None = None
    top: tuple[tuple[int, float], ...] = ()


class TokenSource(Protocol):
    """Computes answers, many at once."""

    @property
    def alive(self) -> bool: ...

    def generate(self, job: Job) -> AsyncGenerator[list[Token]]:
        """The tokens as they come, several at once when the reader is slower. Closing it ends the computation within
        one step. Raises PredictFailed."""
        ...

    async def close(self) -> None: ...
