"""Usage: the tokens of a call, read from an upstream's answer or estimated, and what they cost.

Where an upstream gave numbers they count, zeros included. An estimate is made only when there are none.
"""

import math
from dataclasses import dataclass
from typing import Any, Literal, cast

from aistack.gateway.models.table.compiled import Prices

Source = Literal["upstream", "drained", "estimated", "cache"]
BYTES_PER_TOKEN = 4  # of UTF-8: about four letters of English, or one and a third characters of Chinese
TOKENS_PER_MESSAGE = 4
TOKENS_MAX = 2**40


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens. Cached and cache-write tokens are part of the prompt's, reasoning tokens of the completion's."""

    prompt: int = 0
    completion: int = 0
    cached: int = 0
    cache_write: int = 0
    reasoning: int = 0

    @property
    def total(self) -> int:
        return self.prompt + self.completion

    def cost(self, prices: Prices) -> int | None:
        """Nano-dollars; None when a price that counts is unknown."""
        price, out = prices.input, prices.output
        if (price is None and self.prompt) or (out is None and self.completion):
            return None
        price, out = price or 0.0, out or 0.0
        cached = price if prices.cached_input is None else prices.cached_input
        write = price if prices.cache_write is None else prices.cache_write
        reasoning = out if prices.reasoning is None else prices.reasoning
        plain = max(0, self.prompt - self.cached - self.cache_write)
        spoken = max(0, self.completion - self.reasoning)
        sums = plain * price + self.cached * cached + self.cache_write * write + spoken * out
        return math.ceil(sums + self.reasoning * reasoning)


def read_usage(given: object) -> Usage | None:
    """The usage object of an answer in OpenAI's form; None when it is not one."""
    if not isinstance(given, dict):
        return None
    fields = cast("dict[str, Any]", given)
    if "input_tokens" in fields:  # as transcriptions have it
        return Usage(_count(fields["input_tokens"]), _count(fields.get("output_tokens")))
    if "prompt_tokens" not in fields and "total_tokens" not in fields and "completion_tokens" not in fields:
        return None
    prompt = _count(fields.get("prompt_tokens"))
    completion = _count(fields.get("completion_tokens"))
    if "prompt_tokens" not in fields:
        prompt = max(0, _count(fields.get("total_tokens")) - completion)
    of_prompt, of_completion = fields.get("prompt_tokens_details"), fields.get("completion_tokens_details")
    return Usage(
        prompt,
        completion,
        _detail(of_prompt, "cached_tokens") or _count(fields.get("prompt_cache_hit_tokens")),
        _detail(of_prompt, "cache_write_tokens"),
        _detail(of_completion, "reasoning_tokens"),
    )


def estimated_prompt(body: dict[str, Any]) -> int:
    """About how many tokens the prompt of a request has: messages, a prompt, or an input."""
    for name in ("messages", "prompt", "input", "query"):
        given = body.get(name)
        if given is not None:
            tokens = _tokens(given) + (_tokens(body["tools"]) if body.get("tools") else 0)
            tokens += _tokens(body["documents"]) if body.get("documents") else 0
            return max(1, tokens)
    return 1


def estimated_completion(length: int, pieces: int) -> int:
    """About how many tokens a text of `length` bytes has that came in `pieces`, most often one a token."""
    return max(length // BYTES_PER_TOKEN, min(pieces, length))


def _tokens(given: object) -> int:
    if isinstance(given, str):
        return (len(given) if given.isascii() else len(given.encode("utf-8", "replace"))) // BYTES_PER_TOKEN + 1
    if isinstance(given, int):
        return 1  # a token's number, as embeddings accept
    if isinstance(given, list):
        items = cast("list[object]", given)
        if items and all(isinstance(item, int) for item in items):
            return len(items)
        return sum(_tokens(item) for item in items)
    if isinstance(given, dict):
        table = cast("dict[str, object]", given)
        if table.get("type") in ("image_url", "input_image", "input_audio", "file"):
            return 256  # what is in it cannot be told from its bytes
        return TOKENS_PER_MESSAGE + sum(_tokens(value) for value in table.values())
    return 0


def _detail(given: object, name: str) -> int:
    return _count(cast("dict[str, object]", given).get(name)) if isinstance(given, dict) else 0


def _count(given: object) -> int:
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given <= TOKENS_MAX:
        return 0
    return int(given)
