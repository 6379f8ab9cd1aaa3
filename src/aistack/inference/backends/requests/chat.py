"""POST /v1/chat/completions: the request, checked, as llama.cpp's server understands it."""

import json
from dataclasses import dataclass
from typing import Any

from aistack.inference.backends.backend import BadRequest, Json
from aistack.inference.backends.requests.fields import (
    SAMPLING,
    array,
    boolean,
    check_known,
    choices,
    include_usage,
    integer,
    mapping,
    only,
    sampling,
    stops,
    text,
)  # fmt: skip
from aistack.inference.backends.requests.json_schemas import check_schema
from aistack.inference.backends.requests.tools import Tools, parse_tools

MESSAGES_MAX, TOKENS_MAX, TOP_LOGPROBS_MAX = 10_000, 1 << 20, 20
ROLES = ("system", "developer", "user", "assistant", "tool")
KNOWN = frozenset(
    (
        "model", "messages", "max_tokens", "max_completion_tokens", "stop", "stream", "stream_options", "tools",
        "tool_choice", "parallel_tool_calls", "response_format", "logprobs", "top_logprobs", "top_k", "seed",
        "logit_bias", "n", "store", "modalities", "verbosity", "reasoning_effort", "chat_template_kwargs", *SAMPLING,
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """`body` is for the engine. With `enforced`, the model writes tool calls as a JSON object.

    `grammar` (GBNF) says the same as the `response_format` of `body`; it is empty without one.
    """

    body: Json
    max_tokens: int | None
    include_usage: bool
    enforced: bool = False
    grammar: str = ""


def chat_request(body: Json, tools_in_template: bool, choices_max: int = 1) -> ChatRequest:
    """Checks a request. Raises BadRequest."""
    check_known(body, KNOWN)
    count = choices(body, choices_max)
    only(body, "store", False)
    only(body, "modalities", ["text"])
    only(body, "verbosity", "medium")
    boolean(body, "stream")
    messages = _messages(body.get("messages"))
    out: Json = {"messages": messages} | sampling(body)
    if count > 1:
        out["n"] = count
    if found := stops(body):
        out["stop"] = found
    if body.get("chat_template_kwargs") is not None:
        out["chat_template_kwargs"] = mapping(body["chat_template_kwargs"], "chat_template_kwargs")
    if body.get("reasoning_effort") is not None:
        _reasoning_effort(body, out)
    _logprobs(body, out)
    grammar = _response_format(body, out)
    tools = parse_tools(body)
    enforced = tools is not None and tools.enforced(tools_in_template)
    if tools is not None and tools.choice != "none":
        if grammar:
            raise BadRequest("response_format cannot be enforced beside tools", "response_format", "unsupported_value")
        if enforced:
            grammar = _enforce(tools, out)
        else:
            out |= {"tools": body["tools"], "tool_choice": "auto", "parallel_tool_calls": tools.parallel}
    return ChatRequest(out, max_tokens(body), include_usage(body), enforced, grammar)


def max_tokens(body: Json) -> int | None:
    """The most tokens of the answer; None when the request does not say. Raises BadRequest."""
    newer = integer(body, "max_completion_tokens", 1, TOKENS_MAX)
    older = integer(body, "max_tokens", 1, TOKENS_MAX)
    return older if newer is None else newer


def _messages(given: Any) -> list[Json]:
    listed = array(given, "messages")
    if not 0 < len(listed) <= MESSAGES_MAX:
        raise BadRequest(f"messages must have 1 to {MESSAGES_MAX} entries", "messages")
    return [_message(mapping(one, f"/messages/{at}"), f"/messages/{at}") for at, one in enumerate(listed)]


def _message(message: Json, at: str) -> Json:
    role = message.get("role")
    if role not in ROLES:
        raise BadRequest(f"{at}/role must be one of {', '.join(ROLES)}", f"{at}/role")
    out: Json = {"role": "system" if role == "developer" else role}
    calls = message.get("tool_calls")
    content = message.get("content")
    if content is None and not (role == "assistant" and calls):
        raise BadRequest(f"{at}/content is missing", f"{at}/content", "missing_required_parameter")
    out["content"] = "" if content is None else _content(content, f"{at}/content")
    if calls is not None:
        if role != "assistant":
            raise BadRequest("only messages of the assistant have tool_calls", f"{at}/tool_calls")
        out["tool_calls"] = [
            _past_call(one, f"{at}/tool_calls/{n}") for n, one in enumerate(array(calls, f"{at}/tool_calls"))
        ]
    if role == "tool":
        out["tool_call_id"] = text(message.get("tool_call_id"), f"{at}/tool_call_id")
    for name in ("reasoning_content", "reasoning"):
        if role == "assistant" and message.get(name) is not None:
            out["reasoning_content"] = text(message[name], f"{at}/{name}")
    if message.get("name") is not None:
        text(message["name"], f"{at}/name")
    return out


def _content(content: Any, at: str) -> str:
    if isinstance(content, str):
        return text(content, at)
    parts: list[str] = []
    for position, one in enumerate(array(content, at)):
        part = mapping(one, f"{at}/{position}")
        if part.get("type") not in ("text", "refusal"):
            raise BadRequest(
                f"{at}/{position}/type: this model takes text only, not {part.get('type')!r}",
                f"{at}/{position}/type",
                "unsupported_value",
            )
        key = str(part["type"])
        parts.append(text(part.get(key), f"{at}/{position}/{key}"))
    return "".join(parts)


def _past_call(given: Any, at: str) -> Json:
    call = mapping(given, at)
    function = mapping(call.get("function"), f"{at}/function")
    arguments = text(function.get("arguments"), f"{at}/function/arguments")
    try:
        mapping(json.loads(arguments or "{}"), f"{at}/function/arguments")
    except ValueError:
        raise BadRequest(f"{at}/function/arguments is not JSON", f"{at}/function/arguments") from None
    name = text(function.get("name"), f"{at}/function/name")
    call_id = text(call.get("id"), f"{at}/id")
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments or "{}"}}


def _reasoning_effort(body: Json, out: Json) -> None:
    effort = body["reasoning_effort"]
    if effort not in ("none", "minimal", "low", "medium", "high"):
        raise BadRequest("reasoning_effort must be none, minimal, low, medium or high", "reasoning_effort")
    held: Json = out.get("chat_template_kwargs", {})
    out["chat_template_kwargs"] = {"enable_thinking": effort != "none", "reasoning_effort": effort} | held


def _logprobs(body: Json, out: Json) -> None:
    wanted = boolean(body, "logprobs")
    top = integer(body, "top_logprobs", 0, TOP_LOGPROBS_MAX)
    if top and not wanted:
        raise BadRequest("top_logprobs needs logprobs = true", "top_logprobs")
    if wanted:
        out |= {"logprobs": True, "top_logprobs": top or 0}


def _response_format(body: Json, out: Json) -> str:
    """The grammar of the answer; empty when any text will do."""
    given = body.get("response_format")
    if given is None:
        return ""
    wanted = mapping(given, "response_format")
    kind = wanted.get("type")
    if kind == "text":
        return ""
    if kind == "json_object":
        out["response_format"] = {"type": "json_object"}
        return check_schema({"type": "object"}, "/response_format")
    if kind != "json_schema":
        raise BadRequest("/response_format/type must be text, json_object or json_schema", "/response_format/type")
    held = mapping(wanted.get("json_schema"), "/response_format/json_schema")
    schema = held.get("schema")
    grammar = check_schema(schema, "/response_format/json_schema/schema")
    out["response_format"] = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}
    return grammar


def _enforce(tools: Tools, out: Json) -> str:
    """Makes the model write its calls as JSON. Returns the grammar."""
    schema = tools.schema()
    grammar = check_schema(schema, "tools")
    out["response_format"] = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}
    messages: list[Json] = out["messages"]
    first = messages[0]
    if first["role"] == "system":
        messages[0] = first | {"content": f"{first['content']}\n\n{tools.instructions()}"}
    else:
        messages.insert(0, {"role": "system", "content": tools.instructions()})
    for at, message in enumerate(messages):
        if "tool_calls" in message:
            calls = [
                {"name": one["function"]["name"], "arguments": json.loads(one["function"]["arguments"])}
                for one in message["tool_calls"]
            ]
            messages[at] = {"role": "assistant", "content": json.dumps({"tool_calls": calls}, ensure_ascii=False)}
        elif message["role"] == "tool":
            messages[at] = {"role": "user", "content": f"Result of {message['tool_call_id']}: {message['content']}"}
    return grammar
