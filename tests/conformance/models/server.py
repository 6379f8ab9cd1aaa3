"""The server under test, and what it answers."""

import json
from dataclasses import dataclass, field
from typing import Any

import httpx

SECONDS = 120.0
CONTEXT_DEFAULT = 4096
HELLO = [{"role": "user", "content": "Say hello."}]


@dataclass
class Answer:
    """A response: `json` of a whole one, `events` of a stream, each with its name and its data."""

    status: int
    headers: httpx.Headers
    body: bytes
    events: list[tuple[str, Any]] = field(default_factory=list)
    comments: int = 0

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> dict[str, Any]:
        """The error in OpenAI's or Anthropic's form."""
        error = self.json["error"]
        assert isinstance(error, dict), f"error is not an object: {error!r}"
        assert isinstance(error.get("message"), str) and error["message"], "the error has no message"
        assert isinstance(error.get("type"), str) and error["type"], "the error has no type"
        return error

    @property
    def data(self) -> list[Any]:
        """The data of a stream's events, without `[DONE]`."""
        return [data for _, data in self.events if data != "[DONE]"]


class ModelServer:
    """A base URL (without `/v1`), the name of a chat model there, and that of an embedding model, if it has one."""

    def __init__(
        self, url: str, model: str, embedding: str = "", embedding_url: str = "", key: str = "none", context: int = 0
    ) -> None:
        self.url, self.model, self.embedding, self.key = url.rstrip("/"), model, embedding, key
        self.embedding_url = (embedding_url or url).rstrip("/")
        self.context = context
        limits = httpx.Limits(max_connections=64)
        self.http = httpx.AsyncClient(timeout=SECONDS, limits=limits, headers={"authorization": f"Bearer {key}"})

    async def close(self) -> None:
        await self.http.aclose()

    async def learn_context(self) -> None:
        """Takes the model's context from the list of models, unless it was given."""
        models = (await self.http.get(f"{self.url}/v1/models")).json().get("data", [])
        said = next((one for one in models if one.get("id") == self.model), {})
        self.context = self.context or said.get("context_length") or said.get("max_model_len") or CONTEXT_DEFAULT

    async def send(self, method: str, path: str, **how: Any) -> Answer:
        url = (self.embedding_url if path.startswith("/v1/embeddings") else self.url) + path
        answer = await self.http.request(method, url, **how)
        found = Answer(answer.status_code, answer.headers, answer.content)
        if answer.headers.get("content-type", "").startswith("text/event-stream"):
            _read_events(found)
        return found

    async def post(self, path: str, body: Any, **how: Any) -> Answer:
        return await self.send("POST", path, json=body, **how)

    async def chat(self, messages: Any = None, **fields: Any) -> Answer:
        """A chat completion, of few tokens and greedy unless `fields` say otherwise; `...` leaves a field out."""
        body = {"model": self.model, "messages": HELLO if messages is None else messages}
        body |= {"max_tokens": 12, "temperature": 0} | fields
        return await self.post("/v1/chat/completions", _without_gaps(body))

    async def complete(self, **fields: Any) -> Answer:
        body = {"model": self.model, "prompt": "One, two,", "max_tokens": 8, "temperature": 0} | fields
        return await self.post("/v1/completions", _without_gaps(body))

    async def embed(self, **fields: Any) -> Answer:
        body = {"model": self.embedding, "input": "a red fox"} | fields
        return await self.post("/v1/embeddings", _without_gaps(body))

    async def respond(self, **fields: Any) -> Answer:
        body = {"model": self.model, "input": "Say hello.", "max_output_tokens": 24, "temperature": 0} | fields
        return await self.post("/v1/responses", _without_gaps(body))

    async def message(self, messages: Any = None, headers: dict[str, str] | None = None, **fields: Any) -> Answer:
        body = {"model": self.model, "messages": HELLO if messages is None else messages, "max_tokens": 12}
        lines = {"anthropic-version": "2023-06-01", "x-api-key": self.key} | (headers or {})
        return await self.post("/v1/messages", _without_gaps(body | fields), headers=lines)


def ok(answer: Answer) -> Any:
    """The content of an answer that has to be there."""
    assert answer.status == 200, f"{answer.status}: {answer.body[:300]!r}"
    return answer.json


def streamed(answer: Answer) -> list[Any]:
    """The data of a stream that has to be there."""
    assert answer.status == 200, f"{answer.status}: {answer.body[:300]!r}"
    assert answer.headers["content-type"].startswith("text/event-stream"), answer.headers["content-type"]
    return answer.data


def refused(answer: Answer, *names: str, status: int = 400) -> dict[str, Any]:
    """The error of a request that has to be refused; one of `names` must be in its param or message."""
    assert answer.status == status, f"{answer.status} instead of {status}: {answer.body[:300]!r}"
    error = answer.error
    said = f"{error.get('param')} {error['message']}"
    assert not names or any(name in said for name in names), f"{said!r} does not name {' or '.join(names)}"
    return error


def honoured_or_refused(answer: Answer, *names: str) -> Any:
    """The content, or None when the server refuses the field by its name: it must not ignore it."""
    if answer.status == 400:
        refused(answer, *names)
        return None
    return ok(answer)


def _without_gaps(body: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if value is not ...}


def _read_events(found: Answer) -> None:
    for block in found.body.decode("utf-8").replace("\r\n", "\n").split("\n\n"):
        name, data = "", []
        for line in block.split("\n"):
            if line.startswith("event:"):
                name = line[6:].strip()
            elif line.startswith("data:"):
                data.append(line[5:].removeprefix(" "))
            elif line.startswith(":"):
                found.comments += 1
        if data:
            text = "\n".join(data)
            found.events.append((name, text if text == "[DONE]" else json.loads(text)))
