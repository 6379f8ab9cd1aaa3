"""POST /v1/completions, /v1/embeddings, /v1/rerank and /tokenize: the requests, checked."""

from dataclasses import dataclass
from typing import Any

from aistack.inference.backends.backend import BadRequest, Json
from aistack.inference.backends.requests.chat import max_tokens
from aistack.inference.backends.requests.fields import (
    SAMPLING,
    array,
    boolean,
    check_known,
    choices,
    include_usage,
    integer,
    only,
    sampling,
    stops,
    text,
)  # fmt: skip

INPUTS_MAX, TOKENS_MAX = 2048, 1 << 20
LOGPROBS_MAX = 5
COMPLETION_FIELDS = frozenset(
    (
        "model", "prompt", "max_tokens", "stop", "stream", "stream_options", "top_k", "seed", "logit_bias", "n",
        "best_of", "echo", "suffix", "logprobs", *SAMPLING,
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    """`body` is for the engine."""

    body: Json
    max_tokens: int | None
    include_usage: bool


@dataclass(frozen=True, slots=True)
class EmbeddingRequest:
    """Texts, or token ids, to embed; `dimensions` cuts the vectors."""

    inputs: tuple[str | list[int], ...]
    base64: bool
    dimensions: int | None


@dataclass(frozen=True, slots=True)
class RerankRequest:
    """Documents to order by a query; `top` keeps so many."""

    query: str
    documents: tuple[str, ...]
    top: int
    return_documents: bool


def completion_request(body: Json, choices_max: int = 1) -> CompletionRequest:
    """Raises BadRequest."""
    check_known(body, COMPLETION_FIELDS)
    count = choices(body, choices_max)
    only(body, "best_of", 1)
    only(body, "echo", False)
    only(body, "suffix", "")
    boolean(body, "stream")
    out: Json = {"prompt": _prompt(body.get("prompt"))} | sampling(body)
    if count > 1:
        out["n"] = count
    if found := stops(body):
        out["stop"] = found
    if (wanted := integer(body, "logprobs", 0, LOGPROBS_MAX)) is not None:
        out["logprobs"] = wanted
    return CompletionRequest(out, max_tokens(body), include_usage(body))


def embedding_request(body: Json) -> EmbeddingRequest:
    """Raises BadRequest."""
    check_known(body, ("model", "input", "encoding_format", "dimensions"))
    only(body, "encoding_format", "float", "base64")
    given = body.get("input")
    inputs: list[str | list[int]]
    if isinstance(given, str):
        inputs = [text(given, "input")]
    else:
        listed = array(given, "input")
        if listed and all(isinstance(one, int) for one in listed):
            inputs = [_token_ids(listed, "input")]
        else:
            inputs = [
                text(one, f"/input/{at}") if isinstance(one, str) else _token_ids(one, f"/input/{at}")
                for at, one in enumerate(listed)
            ]
    if not 0 < len(inputs) <= INPUTS_MAX:
        raise BadRequest(f"input must have 1 to {INPUTS_MAX} entries", "input")
    if any(not one for one in inputs):
        raise BadRequest("input has an empty entry", "input")
    dimensions = integer(body, "dimensions", 1, 1 << 16)
    return EmbeddingRequest(tuple(inputs), body.get("encoding_format") == "base64", dimensions)


def input_type(body: Json) -> tuple[str, Json]:
    """What is embedded, "query" or "passage", and the body without it. Raises BadRequest."""
    kind = body.get("input_type") or "passage"
    if kind not in ("query", "passage"):
        raise BadRequest("input_type must be query or passage", "input_type")
    return str(kind), {key: value for key, value in body.items() if key != "input_type"}


def rerank_request(body: Json) -> RerankRequest:
    """Raises BadRequest."""
    check_known(body, ("model", "query", "documents", "top_n", "return_documents"))
    listed = array(body.get("documents"), "documents")
    if not 0 < len(listed) <= INPUTS_MAX:
        raise BadRequest(f"documents must have 1 to {INPUTS_MAX} entries", "documents")
    documents = tuple(
        text(one["text"] if isinstance(one, dict) and "text" in one else one, f"/documents/{at}")
        for at, one in enumerate(listed)
    )
    top = integer(body, "top_n", 1, INPUTS_MAX) or len(documents)
    return RerankRequest(text(body.get("query"), "query"), documents, top, boolean(body, "return_documents"))


def tokenize_request(body: Json) -> str | list[Json]:
    """The text, or the messages, to tokenize. Raises BadRequest."""
    check_known(body, ("model", "input", "prompt", "text", "content", "messages", "tools", "add_special_tokens"))
    if body.get("messages") is not None:
        return array(body["messages"], "messages")
    given = next((body[name] for name in ("input", "prompt", "text", "content") if body.get(name) is not None), None)
    return text(given, "input")


def _prompt(given: Any) -> str | list[int]:
    """One prompt: a string, or token ids."""
    return text(given, "prompt") if isinstance(given, str) else _token_ids(given, "prompt")


def _token_ids(given: Any, at: str) -> list[int]:
    listed = array(given, at)
    if not 0 < len(listed) <= TOKENS_MAX:
        raise BadRequest(f"{at} must have 1 to {TOKENS_MAX} token ids", at)
    for one in listed:
        if isinstance(one, bool) or not isinstance(one, int) or not 0 <= one < 1 << 31:
            raise BadRequest(f"{at} must be a string or an array of token ids", at)
    return listed
