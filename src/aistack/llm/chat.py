"""Chat with a model over the OpenAI wire format: whole answers, and answers as they are written."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Literal, TypedDict

import httpx

CONNECT_SECONDS_MAX = 5.0
SILENT_SECONDS_MAX = 60.0
ANSWER_SECONDS_MAX = 120.0
ANSWER_CHARACTERS_MAX = 200_000
LINE_CHARACTERS_MAX = 1_000_000


class Message(TypedDict):
    role: Literal["system", "user", "assistant"]
    content: str


class ChatFailed(Exception):
    """The model gave no answer that can be used; the message says whose fault it is."""


class ChatModel:
    """One model behind an OpenAI-compatible server. `url` is its base (`.../v1`) or its chat completions' address.

    An answer must be whole after `seconds_max`, however steadily it comes.
    """

    def __init__(self, url: str, model: str, key: str, seconds_max: float = ANSWER_SECONDS_MAX) -> None:
        """Raises ChatFailed when no model is named."""
        if not model:
            raise ChatFailed(f"which model of {url} to ask is not said; set chat_model")
        base = url.rstrip("/")
        self._url = base if base.endswith("/chat/completions") else f"{base}/chat/completions"
        self.model = model
        self.seconds_max = seconds_max
        headers = {"authorization": f"Bearer {key}"} if key else {}
        timeout = httpx.Timeout(SILENT_SECONDS_MAX, connect=CONNECT_SECONDS_MAX)
        self._http = httpx.AsyncClient(headers=headers, timeout=timeout, trust_env=False)

    async def complete(self, messages: Sequence[Message], tokens_max: int, temperature: float = 0) -> str:
        """The whole answer. Raises ChatFailed, also for an empty one."""
        asked = self._asked(messages, tokens_max, stream=False, temperature=temperature)
        try:
            async with asyncio.timeout(self.seconds_max), asked as answer:
                body = await answer.aread()
        except TimeoutError:
            raise self._too_slow() from None
        try:
            text = json.loads(body)["choices"][0]["message"]["content"]
        except (ValueError, KeyError, IndexError, TypeError):
            raise ChatFailed(f"the model at {self._url} sent no answer: {body[:200]!r}") from None
        if not isinstance(text, str) or not text.strip():
            raise ChatFailed(f"the model at {self._url} answered nothing")
        return text[:ANSWER_CHARACTERS_MAX]

    async def stream(self, messages: Sequence[Message], tokens_max: int) -> AsyncIterator[str]:
        """Pieces of the answer. Raises ChatFailed, also in the middle: when the model breaks off before its end."""
        total, ended = 0, False
        deadline = asyncio.get_running_loop().time() + self.seconds_max
        async with AsyncExitStack() as held:
            try:
                async with asyncio.timeout_at(deadline):
                    answer = await held.enter_async_context(self._asked(messages, tokens_max, stream=True))
                lines = answer.aiter_lines()
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
                raise ChatFailed(f"the model at {self._url} broke off ({type(error).__name__}: {error})") from None
            except TimeoutError:
                raise self._too_slow() from None
        if not ended:
            raise ChatFailed(f"the model at {self._url} stopped half way")

    def _too_slow(self) -> ChatFailed:
        return ChatFailed(f"the model at {self._url} was not done after {self.seconds_max:g} s")

    async def close(self) -> None:
        await self._http.aclose()

    @asynccontextmanager
    async def _asked(
        self, messages: Sequence[Message], tokens_max: int, *, stream: bool, temperature: float = 0
    ) -> AsyncGenerator[httpx.Response]:
        if self._http.is_closed:  # another model was set meanwhile
            raise ChatFailed(f"the model at {self._url} is not asked any more")
        body = {"model": self.model, "messages": list(messages), "max_tokens": tokens_max, "temperature": temperature}
        try:
            async with self._http.stream("POST", self._url, json=body | {"stream": stream}) as answer:
                if not answer.is_success:
                    said = (await answer.aread())[:200].decode("utf-8", "replace")
                    raise ChatFailed(f"the model at {self._url} answered {answer.status_code}: {said}")
                yield answer
        except httpx.HTTPError as error:
            raise ChatFailed(f"the model at {self._url} did not answer ({type(error).__name__}: {error})") from None


def _piece(data: str) -> tuple[str, bool]:
    """The text of one event, and whether the model says that it is done."""
    try:
        choice: dict[str, Any] = json.loads(data)["choices"][0]
        delta: dict[str, Any] = choice.get("delta") or {}
        text = delta.get("content")
        return (text if isinstance(text, str) else ""), choice.get("finish_reason") is not None
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return "", False
