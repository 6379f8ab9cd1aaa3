"""Requests that are not valid: each is refused with 400, and the field at fault is named."""

from typing import Any

from tests.conformance.models.checks import Area
from tests.conformance.models.server import HELLO, ModelServer, refused

area = Area("invalid requests")
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}
CHAT: list[tuple[str, Any]] = [
    ("model", ...), ("model", ""), ("model", 3), ("model", None), ("model", ["a"]),
    ("messages", ...), ("messages", None), ("messages", []), ("messages", "hello"), ("messages", {}), ("messages", [3]),
    ("messages", ["hello"]), ("messages", [None]), ("messages", [[]]),
    ("temperature", "hot"), ("temperature", -1), ("temperature", 2.5), ("temperature", True), ("temperature", [1]),
    ("top_p", "x"), ("top_p", -0.1), ("top_p", 1.5), ("top_p", {}),
    ("max_tokens", "many"), ("max_tokens", -1), ("max_tokens", 1.5), ("max_tokens", True), ("max_tokens", [1]),
    ("max_completion_tokens", -5), ("max_completion_tokens", "x"),
    ("n", -1), ("n", "two"), ("n", 1.5), ("n", 1000),
    ("seed", "x"), ("seed", 1.5), ("seed", []),
    ("stop", 3), ("stop", {}), ("stop", [3]), ("stop", [None]),
    ("stream", "yes"), ("stream", 1), ("stream", []),
    ("stream_options", "x"), ("stream_options", []),
    ("presence_penalty", "x"), ("presence_penalty", 3), ("frequency_penalty", -3), ("frequency_penalty", {}),
    ("logprobs", "yes"), ("logprobs", 3), ("top_logprobs", -1), ("top_logprobs", 100), ("top_logprobs", "x"),
    ("top_logprobs", 1.5),
    ("logit_bias", "x"), ("logit_bias", [1, 2]), ("logit_bias", {"1": 500}), ("logit_bias", {"1": "x"}),
    ("tools", "x"), ("tools", {}), ("tools", [3]), ("tools", [{}]), ("tools", [{"type": "function"}]),
    ("tools", [{"type": "function", "function": {}}]), ("tools", [{"type": "function", "function": {"name": ""}}]),
    ("tools", [{"type": "function", "function": {"name": "a b"}}]),
    ("tools", [{"type": "function", "function": {"name": 3}}]),
    ("tools", [{"type": "banana", "function": {"name": "f"}}]),
    ("tools", [{"type": "function", "function": {"name": "f", "parameters": 3}}]),
    ("tool_choice", "sometimes"), ("tool_choice", 3), ("tool_choice", {"type": "function"}),
    ("tool_choice", "required"),
    ("parallel_tool_calls", "yes"),
    ("response_format", "json"), ("response_format", {}), ("response_format", {"type": "banana"}),
    ("response_format", {"type": "json_schema"}), ("response_format", {"type": "json_schema", "json_schema": {}}),
    ("response_format", {"type": "json_schema", "json_schema": {"name": "x", "schema": 3}}),
    ("response_format", []), ("response_format", {"type": 3}),
    ("modalities", "text"), ("reasoning_effort", 3), ("metadata", "x"), ("user", 3),
]  # fmt: skip
MESSAGES: list[tuple[str, Any]] = [
    ("role", {"content": "hello"}), ("role", {"role": "banana", "content": "hello"}), ("role", {"role": 3}),
    ("role", {"role": None, "content": "x"}),
    ("content", {"role": "user"}), ("content", {"role": "user", "content": None}),
    ("content", {"role": "user", "content": 3}), ("content", {"role": "user", "content": {}}),
    ("content", {"role": "user", "content": [3]}), ("content", {"role": "user", "content": [{}]}),
    ("content", {"role": "user", "content": [{"type": "banana"}]}),
    ("content", {"role": "user", "content": [{"type": "text"}]}),
    ("content", {"role": "user", "content": [{"type": "text", "text": 3}]}),
    ("content", {"role": "system"}), ("tool_call_id", {"role": "tool", "content": "sun"}),
    ("tool_calls", {"role": "assistant", "content": None, "tool_calls": "x"}),
    ("tool_calls", {"role": "assistant", "content": None, "tool_calls": [{}]}),
    ("tool_calls", {"role": "assistant", "content": None, "tool_calls": [{"id": "a", "type": "function"}]}),
]  # fmt: skip


@area.each("chat", CHAT)
async def _(server: ModelServer, case: tuple[str, Any]) -> None:
    name, value = case
    body = {"model": server.model, "messages": HELLO, "max_tokens": 4} | {name: value}
    answer = await server.post("/v1/chat/completions", {key: one for key, one in body.items() if one is not ...})
    refused(answer, name)


@area.each("a message", MESSAGES)
async def _(server: ModelServer, case: tuple[str, Any]) -> None:
    name, message = case
    refused(await server.chat([*HELLO, message]), name, "messages")


@area.check("stream_options without stream")
async def _(server: ModelServer) -> None:
    refused(await server.chat(stream_options={"include_usage": True}), "stream_options", "stream")


@area.check("top_logprobs without logprobs")
async def _(server: ModelServer) -> None:
    refused(await server.chat(top_logprobs=3), "logprobs")


@area.check("a tool_choice that names no tool")
async def _(server: ModelServer) -> None:
    wanted = {"type": "function", "function": {"name": "g"}}
    refused(await server.chat(tools=[TOOL], tool_choice=wanted), "tool_choice", "g")


@area.each("refused before a stream begins", ("temperature", "messages", "tools", "response_format"))
async def _(server: ModelServer, name: str) -> None:
    body = {"model": server.model, "messages": HELLO, "max_tokens": 4, "stream": True} | {name: 3}
    answer = await server.post("/v1/chat/completions", body)
    assert answer.headers["content-type"].startswith("application/json")
    refused(answer, name)
