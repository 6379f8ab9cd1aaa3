"""A StreamPredictRequest to its responses: read, sent to the model, and answered in the protocol's fields."""

import json
import secrets
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, cast

from aistack.chassis.telemetry.logs import get_log
from aistack.inference.backends.backend import BadRequest, Json, Piece, PredictFailed, Prediction, Task
from aistack.inference.protocol import ai_service_pb2 as pb
from aistack.inference.worker.models import WorkerModels

TASKS: dict[int, Task] = {
    1: "CHAT", 2: "COMPLETION", 3: "EMBEDDING", 4: "RERANK", 5: "TOKENIZE", 6: "TRANSCRIPTION",
}  # fmt: skip
PREFIXES = {"CHAT": "chatcmpl-", "COMPLETION": "cmpl-", "RERANK": "rerank-"}
BODY_BYTES_MAX = 64 << 20
GENERATE_TOKENS = 512
compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(slots=True)
class Counters:
    """Of all predictions of a worker."""

    running: int = 0
    served: int = 0
    failed: int = 0
    cancelled: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0


async def responses(
    request: pb.StreamPredictRequest, models: WorkerModels, counters: Counters
) -> AsyncGenerator[pb.StreamPredictResponse]:
    """The responses to a request; a failure is the last one, with `error`. Closing the iterator stops the model."""
    trace_id = request.metadata.trace_id or secrets.token_hex(16)
    progress = _Progress(trace_id, bare=request.task == 0)
    counters.running += 1
    done = False
    try:
        prediction = _prediction(request, trace_id, models)
        async with models.use(prediction.model) as backend, aclosing(backend.predict(prediction)) as pieces:
            async for piece in pieces:
                if piece.usage is not None:
                    counters.prompt_tokens += piece.usage.prompt
                    counters.completion_tokens += piece.usage.completion
                done = bool(piece.finish_reason)
                yield progress.response(piece)
        if not progress.ended:
            yield progress.end()
        counters.served += 1
        done = True
    except PredictFailed as error:
        done = True
        counters.failed += 1
        yield progress.failure(error)
    except MemoryError:
        done = True
        counters.failed += 1
        yield progress.failure(PredictFailed(503, "out_of_memory", "the worker ran out of memory for this request"))
    except Exception as error:
        done = True
        counters.failed += 1
        get_log("worker").exception("prediction.failed", trace_id=trace_id, model=request.model_id)
        yield progress.failure(PredictFailed(500, "server_error", f"the worker failed ({type(error).__name__})"))
    finally:
        counters.running -= 1
        counters.cancelled += not done


class _Progress:
    """What the responses of one prediction have in common: their index, and the times."""

    def __init__(self, trace_id: str, *, bare: bool) -> None:
        self._trace_id = trace_id
        self._bare = bare
        self._begun = time.monotonic()
        self._first = 0.0
        self.ended = False
        self._index = self._tokens = 0

    def response(self, piece: Piece) -> pb.StreamPredictResponse:
        now = time.monotonic()
        self._tokens += piece.tokens
        if not self._first and (piece.tokens or piece.event is not None):
            self._first = now
        after = now - self._first
        made = pb.StreamPredictResponse(
            trace_id=self._trace_id,
            chunk=piece.text,
            reasoning=piece.reasoning,
            index=self._index,
            tokens=piece.tokens,
            end_of_stream=bool(piece.finish_reason) and piece.usage is not None,
            ttft_ms=(self._first - self._begun) * 1000 if self._first else 0,
            tokens_per_sec=(self._tokens - 1) / after if self._tokens > 1 and after > 0 else 0,
            finish_reason=piece.finish_reason,
        )
        if piece.event is not None and not self._bare:
            made.event = compact(piece.event).encode("utf-8", "replace")
        if piece.usage is not None:
            usage = piece.usage
            made.usage.prompt_tokens, made.usage.completion_tokens = usage.prompt, usage.completion
            made.usage.cached_tokens, made.usage.reasoning_tokens = usage.cached, usage.reasoning
        self._index += 1
        self.ended = made.end_of_stream
        return made

    def end(self) -> pb.StreamPredictResponse:
        """The last response of a model that did not say how many tokens it used."""
        return pb.StreamPredictResponse(trace_id=self._trace_id, index=self._index, end_of_stream=True)

    def failure(self, error: PredictFailed) -> pb.StreamPredictResponse:
        described = pb.PredictError(status=error.status, code=error.code, message=error.message, param=error.param)
        return pb.StreamPredictResponse(
            trace_id=self._trace_id, index=self._index, end_of_stream=True, finish_reason="error", error=described
        )


def _prediction(request: pb.StreamPredictRequest, trace_id: str, models: WorkerModels) -> Prediction:
    """Raises PredictFailed."""
    task = TASKS.get(request.task, "COMPLETION")
    body = _body(request)
    name = request.model_id or (str(body.get("model") or "") if request.task else "")
    model = models.get(name).spec.name
    made = f"{PREFIXES.get(task, '')}{secrets.token_hex(12)}"
    return Prediction(task, body, made, int(time.time()), model, request.adapter, request.priority)


def _body(request: pb.StreamPredictRequest) -> Json:
    if not request.task:
        return _generate(request)
    if len(request.body) > BODY_BYTES_MAX:
        raise PredictFailed(413, "request_too_large", f"the request is larger than {BODY_BYTES_MAX >> 20} MB")
    try:
        body: Any = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"the body is not JSON: {error}", "body", "invalid_json") from None
    if not isinstance(body, dict):
        raise BadRequest("the body must be a JSON object", "body", "invalid_type")
    return cast(Json, body)


def _generate(request: pb.StreamPredictRequest) -> Json:
    """A request without a body as one for /v1/completions; 0 means the default, but greedy for the temperature."""
    given = request.generation
    body: Json = {
        "prompt": request.prompt,
        "stream": True,
        "max_tokens": given.max_new_tokens or GENERATE_TOKENS,
        "temperature": given.temperature,
    }
    for name in ("top_p", "top_k", "min_p", "repetition_penalty", "frequency_penalty", "presence_penalty"):
        if value := getattr(given, name):
            body[name] = value
    if given.stop:
        body["stop"] = list(given.stop)
    if given.HasField("seed"):
        body["seed"] = given.seed & ((1 << 62) - 1)
    return body
