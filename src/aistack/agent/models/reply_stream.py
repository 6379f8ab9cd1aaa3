"""Streamed replies with tool calls, over the OpenAI wire format."""

import asyncio
import json
import secrets
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from aistack.agent.json_values import as_list, as_object, is_object
from aistack.llm.chat import ANSWER_CHARACTERS_MAX, LINE_CHARACTERS_MAX, ChatFailed, ChatModel

CALLS_MAX = 64
ARGUMENT_CHARACTERS_MAX = 200_000
FAILURE_CHARACTERS_MAX = 500


@dataclass(frozen=True, slots=True)
class TextDelta:
    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    text: str


@dataclass(frozen=True, slots=True)
class CallDelta:
    """A piece of a tool call. `name` is in its first piece only."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one reply, as the server counted them."""

    prompt: int
    completion: int


Delta = TextDelta | ReasoningDelta | CallDelta | Usage


async def stream_reply(
    model: ChatModel, messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]], **options: Any
) -> AsyncGenerator[Delta]:
    """The pieces of one reply. Raises ChatFailed, also after some pieces if the reply is incomplete."""
    body: dict[str, Any] = {"messages": list(messages), "stream": True, **options}
    body["stream_options"] = {"include_usage": True}
    if tools:
        body["tools"] = list(tools)
    calls, total, is_complete = _Calls(), 0, False
    try:
        async with asyncio.timeout(model.seconds_max), model.send(body) as response:
            async for line in response.aiter_lines():
                if not line.startswith("data:") or len(line) > LINE_CHARACTERS_MAX:
                    continue
                data = line[5:].strip()
                if data == "[DONE]":
                    is_complete = True
                    break
                chunk = _decoded(data)
                if "error" in chunk:
                    raise ChatFailed(f"the model failed while answering: {_message(chunk['error'])}")
                choice = _first(chunk.get("choices"))
                for one in (*_deltas(choice, calls), *_usage(chunk.get("usage"))):
                    total += len(one.text) if isinstance(one, TextDelta | ReasoningDelta) else 0
                    yield one
                is_complete = is_complete or choice.get("finish_reason") is not None
                if total > ANSWER_CHARACTERS_MAX or calls.is_too_much:
                    is_complete = True
                    break
    except httpx.HTTPError as error:
        raise ChatFailed(f"the model failed while answering ({type(error).__name__}: {error})") from None
    except TimeoutError:
        raise ChatFailed(f"the model did not complete its reply within {model.seconds_max:g} s") from None
    if not is_complete:
        raise ChatFailed("the model ended the stream before its reply was complete")


class _Calls:
    """The tool calls of one reply. Servers number them, or tell them apart by their ids, or send each in one piece."""

    def __init__(self) -> None:
        self._ids: dict[int, str] = {}
        self._characters = 0

    @property
    def is_too_much(self) -> bool:
        return len(self._ids) > CALLS_MAX or self._characters > ARGUMENT_CHARACTERS_MAX

    def piece(self, given: Mapping[str, Any]) -> CallDelta | None:
        function = as_object(given.get("function"))
        name, arguments = function.get("name"), function.get("arguments")
        name = name if isinstance(name, str) else ""
        if is_object(arguments):  # some servers send the object itself
            arguments = json.dumps(arguments, ensure_ascii=False)
        arguments = arguments if isinstance(arguments, str) else ""
        index = given.get("index")
        if not isinstance(index, int):
            index = len(self._ids) if name or not self._ids else len(self._ids) - 1
        is_new = index not in self._ids
        if is_new:
            self._ids[index] = f"call_{secrets.token_hex(8)}"
        self._characters += len(arguments)
        if not is_new and not arguments:
            return None
        return CallDelta(self._ids[index], name if is_new else "", arguments)


def _deltas(choice: Mapping[str, Any], calls: _Calls) -> list[Delta]:
    delta = as_object(choice.get("delta"))
    found: list[Delta] = []
    reasoning = delta.get("reasoning_content") or delta.get("reasoning")
    if isinstance(reasoning, str) and reasoning:
        found.append(ReasoningDelta(reasoning))
    if isinstance(delta.get("content"), str) and delta["content"]:
        found.append(TextDelta(delta["content"]))
    pieces = [calls.piece(as_object(one)) for one in as_list(delta.get("tool_calls"))]
    found += [one for one in pieces if one is not None]
    return found


def _usage(given: Any) -> list[Delta]:
    usage = as_object(given)
    prompt, completion = usage.get("prompt_tokens"), usage.get("completion_tokens")
    if not isinstance(prompt, int) or not isinstance(completion, int):
        return []
    return [Usage(max(0, prompt), max(0, completion))]


def _first(choices: Any) -> dict[str, Any]:
    return as_object(next(iter(as_list(choices)), None))


def _decoded(data: str) -> dict[str, Any]:
    try:
        return as_object(json.loads(data))
    except ValueError:
        return {}


def _message(error: Any) -> str:
    said = error.get("message", "") if is_object(error) else error
    return str(said)[:FAILURE_CHARACTERS_MAX]
