"""A model behind any URL with the OpenAI API: vLLM, SGLang, llama-server, Ollama, or a provider."""

import json
from collections.abc import AsyncGenerator, Mapping
from typing import Any, cast

import httpx

from aistack.inference.backends.backend import (
    BadRequest,
    Json,
    LoadFailed,
    Memory,
    Piece,
    PredictFailed,
    Prediction,
    Task,
    TokenUsage,
)

PATHS: dict[Task, str] = {
    "CHAT": "/chat/completions",
    "COMPLETION": "/completions",
    "EMBEDDING": "/embeddings",
    "RERANK": "/rerank",
    "TOKENIZE": "/tokenize",
}
CONNECT_SECONDS, SILENT_SECONDS = 5.0, 300.0
ERROR_BYTES_MAX = 64 << 10
LINE_CHARACTERS_MAX = 16 << 20


class OpenAiBackend:
    """`url` is the base URL (`.../v1`); `model` is the name there, the public one if it is empty."""

    def __init__(self, url: str, model: str, key: str = "") -> None:
        self._url = url.rstrip("/")
        self._model = model
        self._key = key
        self._http: httpx.AsyncClient | None = None
        self._running = self._events = 0

    @property
    def kind(self) -> str:
        return "openai"

    @property
    def tasks(self) -> frozenset[Task]:
        return frozenset(PATHS)

    @property
    def alive(self) -> bool:
        return self._http is not None

    def memory(self) -> Memory:
        return Memory(0, f"is served by {self._url}")

    async def load(self) -> None:
        headers = {"authorization": f"Bearer {self._key}"} if self._key else {}
        timeout = httpx.Timeout(SILENT_SECONDS, connect=CONNECT_SECONDS)
        try:
            self._http = httpx.AsyncClient(headers=headers, timeout=timeout, trust_env=False)
        except (httpx.InvalidURL, ValueError) as error:
            raise LoadFailed(f"{self._url} is not a usable URL: {error}") from None

    async def close(self) -> None:
        http, self._http = self._http, None
        if http is not None:
            await http.aclose()

    async def metrics(self) -> dict[str, str]:
        return {"running": str(self._running), "steps": str(self._events)}

    async def predict(self, prediction: Prediction) -> AsyncGenerator[Piece]:
        path = PATHS.get(prediction.task)
        if path is None or self._http is None:
            raise BadRequest(f"{prediction.model} cannot do {prediction.task.lower()}", "model", "unsupported_task")
        body = prediction.body | {"model": self._model or prediction.model}
        options: Json = prediction.body.get("stream_options") or {}
        asked_usage = bool(options.get("include_usage"))
        if prediction.streamed:
            body["stream_options"] = options | {"include_usage": True}
        self._running += 1
        try:
            async with self._http.stream("POST", self._url + path, json=body) as response:
                if not response.is_success:
                    raise await _refusal(response, prediction)
                if not prediction.streamed:
                    yield _whole(json.loads(await response.aread()), prediction)
                    return
                async for piece in self._streamed(response, prediction, asked_usage):
                    yield piece
        except httpx.HTTPError as error:
            status = 503 if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout) else 502
            text = f"{self._url} did not answer ({type(error).__name__}: {error})"
            raise PredictFailed(status, "upstream_failed", text) from None
        except ValueError as error:
            raise PredictFailed(502, "upstream_failed", f"{self._url} sent an invalid answer: {error}") from None
        finally:
            self._running -= 1

    async def _streamed(
        self, response: httpx.Response, prediction: Prediction, asked_usage: bool
    ) -> AsyncGenerator[Piece]:
        finish, usage, last = "", None, None
        async for line in response.aiter_lines():
            if not line.startswith("data:") or len(line) > LINE_CHARACTERS_MAX:
                continue
            data = line[5:].strip()
            if data == "[DONE]":
                break
            event = _named(json.loads(data), prediction)
            if "error" in event:
                raise PredictFailed(502, "upstream_failed", str(cast(Json, event["error"]).get("message", "")))
            self._events += 1
            usage = _usage(event) or usage
            choices: list[Json] = event.get("choices") or []
            if not asked_usage:
                event.pop("usage", None)
                if not choices:
                    continue
            choice: Json = choices[0] if choices else {}
            finish = choice.get("finish_reason") or finish
            delta: Json = choice.get("delta") or {}
            if last is not None:
                yield last
            text = str(delta.get("content") or choice.get("text") or "")
            reasoning = str(delta.get("reasoning_content") or delta.get("reasoning") or "")
            last = Piece(event, text, reasoning, tokens=int(bool(text or reasoning)))
        if last is None or not finish:
            raise PredictFailed(502, "upstream_failed", f"{self._url} ended the stream before the answer was complete")
        last.finish_reason, last.usage = finish, usage
        yield last


def _whole(event: Json, prediction: Prediction) -> Piece:
    event = _named(event, prediction)
    choices: list[Json] = event.get("choices") or [{}]
    message: Json = choices[0].get("message") or {}
    text = str(message.get("content") or choices[0].get("text") or "")
    reason = str(choices[0].get("finish_reason") or "stop")
    return Piece(event, text, str(message.get("reasoning_content") or ""), finish_reason=reason, usage=_usage(event))


def _named(event: Any, prediction: Prediction) -> Json:
    if not isinstance(event, dict):
        raise ValueError("not a JSON object")
    found = cast(Json, event) | {"model": prediction.model}
    if "choices" in found:
        found |= {"id": prediction.id, "created": prediction.created}
    return found


def _usage(event: Mapping[str, Any]) -> TokenUsage | None:
    given: Json | None = event.get("usage")
    if not given:
        return None
    prompt: Json = given.get("prompt_tokens_details") or {}
    completion: Json = given.get("completion_tokens_details") or {}
    return TokenUsage(
        int(given.get("prompt_tokens") or 0),
        int(given.get("completion_tokens") or 0),
        int(prompt.get("cached_tokens") or 0),
        int(completion.get("reasoning_tokens") or 0),
    )


async def _refusal(response: httpx.Response, prediction: Prediction) -> PredictFailed:
    content = (await response.aread())[:ERROR_BYTES_MAX]
    try:
        error: Json = json.loads(content)["error"]
        text, code, param = str(error["message"]), str(error.get("code") or ""), str(error.get("param") or "")
    except (ValueError, KeyError, TypeError, AttributeError):
        text, code, param = content[:300].decode("utf-8", "replace"), "", ""
    if response.status_code in (401, 403):
        return PredictFailed(502, "upstream_failed", f"the server of {prediction.model} refused the worker's key")
    return PredictFailed(response.status_code, code or "upstream_failed", text, param)
