"""A client for chat models with an OpenAI-compatible API: complete answers and streams."""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Literal, TypedDict

import httpx

CONNECT_SECONDS_MAX = 5.0
ANSWER_SECONDS_MAX = 120.0
ANSWER_CHARACTERS_MAX = 200_000
LINE_CHARACTERS_MAX = 1_000_000
REASON_CHARACTERS_MAX = 500


class Message(TypedDict):
    """A chat message."""

    role: Literal["system", "user", "assistant"]
    content: str


class ChatFailed(Exception):
    """The model gave no usable answer. The message says why; `status` is that of an error response, otherwise 0."""

    def __init__(self, why: str, status: int = 0) -> None:
        super().__init__(why)
        self.status = status


class ChatModel:
    """A model of an OpenAI-compatible server. `url` is its base URL (`.../v1`) or that of its chat completions.

    An answer must be complete within `seconds_max`, even if the stream makes steady progress. Until then silence is
    fine: a model without a graphics card may read a long prompt for a minute.
    """

    def __init__(
        self, url: str, model: str, key: str, seconds_max: float = ANSWER_SECONDS_MAX,
        headers: Callable[[], Mapping[str, str]] = dict[str, str],
    ) -> None:  # fmt: skip
        """`headers` are added to each request. Raises ChatFailed if `model` is empty."""
        if not model:
            raise ChatFailed(f"no model is set for {url}; set chat_model")
        base = url.rstrip("/")
        self._url = base if base.endswith("/chat/completions") else f"{base}/chat/completions"
        self.model = model
        self.seconds_max = seconds_max
        self._headers = headers
        authorization = {"authorization": f"Bearer {key}"} if key else {}
        timeout = httpx.Timeout(seconds_max, connect=CONNECT_SECONDS_MAX)
        self._http = httpx.AsyncClient(headers=authorization, timeout=timeout, trust_env=False)

    async def resolve(self) -> str:
        """The model's name; empty while there is none."""
        return self.model

    async def complete(self, messages: Sequence[Message], tokens_max: int, temperature: float = 0) -> str:
        """The complete answer. Raises ChatFailed, also if it is empty."""
        request = self._request(messages, tokens_max, stream=False, temperature=temperature)
        try:
            async with asyncio.timeout(self.seconds_max), request as response:
                body = await response.aread()
        except TimeoutError:
            raise self._timed_out() from None
        try:
            text = json.loads(body)["choices"][0]["message"]["content"]
        except (ValueError, KeyError, IndexError, TypeError):
            raise ChatFailed(f"the model at {self._url} sent an invalid response: {body[:200]!r}") from None
        if not isinstance(text, str) or not text.strip():
            raise ChatFailed(f"the model at {self._url} sent an empty answer")
        return text[:ANSWER_CHARACTERS_MAX]

    async def stream(self, messages: Sequence[Message], tokens_max: int, temperature: float = 0) -> AsyncIterator[str]:
        """The answer piece by piece. Raises ChatFailed, also after some pieces if the answer is incomplete."""
        total, ended = 0, False
        request = self._request(messages, tokens_max, stream=True, temperature=temperature)
        deadline = asyncio.get_running_loop().time() + self.seconds_max
        async with AsyncExitStack() as exit_stack:
            try:
                async with asyncio.timeout_at(deadline):
                    response = await exit_stack.enter_async_context(request)
                lines = response.aiter_lines()
                while not ended and total <= ANSWER_CHARACTERS_MAX:
                    async with asyncio.timeout_at(deadline):
                        line = await anext(lines, None)
                    if line is None:
                        break
                    if not line.startswith("data:") or len(line) > LINE_CHARACTERS_MAX:
                        continue
                    data = line[5:].strip()
                    piece, ended = ("", True) if data == "[DONE]" else _piece(data)
                    total += len(piece)
                    if piece:
                        yield piece
            except httpx.HTTPError as error:
                raise ChatFailed(
                    f"the model at {self._url} failed while answering ({type(error).__name__}: {error})"
                ) from None
            except TimeoutError:
                raise self._timed_out() from None
        if not ended:
            raise ChatFailed(f"the model at {self._url} ended the stream before the answer was complete")

    def _timed_out(self) -> ChatFailed:
        return ChatFailed(f"the model at {self._url} did not complete its answer within {self.seconds_max:g} s")

    async def close(self) -> None:
        await self._http.aclose()

    @asynccontextmanager
    async def _request(
        self, messages: Sequence[Message], tokens_max: int, *, stream: bool, temperature: float = 0
    ) -> AsyncGenerator[httpx.Response]:
        body = {"messages": list(messages), "max_tokens": tokens_max, "temperature": temperature, "stream": stream}
        async with self.send(body) as response:
            yield response

    @asynccontextmanager
    async def send(self, body: Mapping[str, Any]) -> AsyncGenerator[httpx.Response]:
        """The successful response to a request of the API; the model is added to its body. Raises ChatFailed."""
        if self._http.is_closed:  # a reload set another model
            raise ChatFailed(f"the model at {self._url} is no longer in use")
        try:
            async with self._http.stream(
                "POST", self._url, json={"model": self.model, **body}, headers=dict(self._headers())
            ) as response:
                if not response.is_success:
                    detail = _reason(await response.aread())
                    raise ChatFailed(
                        f"the model at {self._url} answered with status {response.status_code}: {detail}",
                        response.status_code,
                    )
                yield response
        except httpx.HTTPError as error:
            raise ChatFailed(f"the model at {self._url} did not answer ({type(error).__name__}: {error})") from None
        except UnicodeEncodeError:
            raise ChatFailed("the text or the model's name is not valid Unicode") from None


def _reason(body: bytes) -> str:
    """What an error response says: the message of the OpenAI API, the detail of a problem document, or its text."""
    with contextlib.suppress(ValueError, KeyError, TypeError):
        decoded: dict[str, Any] = json.loads(body)
        return str(decoded["detail"] if "detail" in decoded else decoded["error"]["message"])[:REASON_CHARACTERS_MAX]
    return body[:REASON_CHARACTERS_MAX].decode("utf-8", "replace")


def _piece(data: str) -> tuple[str, bool]:
    """The text of one event, and whether it ends the answer."""
    try:
        choice: dict[str, Any] = json.loads(data)["choices"][0]
        delta: dict[str, Any] = choice.get("delta") or {}
        text = delta.get("content")
        return (text if isinstance(text, str) else ""), choice.get("finish_reason") is not None
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return "", False
