"""Anthropic's Messages API: a request as one for chat completions."""

import json
from typing import Any

from aistack.gateway.models.formats.chat_deltas import as_dict, as_list, as_text
from aistack.gateway.models.formats.errors import BadRequest, invalid

PASSED = ("temperature", "top_p", "top_k", "stream", "model")
KINDS: tuple[tuple[str, type | tuple[type, ...], str], ...] = (
    ("system", (str, list), "a text or a list of blocks"), ("tools", list, "a list of tools"),
    ("tool_choice", dict, "an object"), ("stop_sequences", list, "a list of texts"),
    ("metadata", dict, "an object"), ("thinking", dict, "an object"),
)  # fmt: skip
NAMES = {"stop": "stop_sequences"}  # of chat completions' checks, and here
EFFORTS = ((4096, "low"), (16384, "medium"))
CHOICES = {"auto": "auto", "any": "required", "none": "none"}


def chat_request(given: dict[str, Any], *, counting: bool = False) -> dict[str, Any]:
    """The fields of a chat request. Raises BadRequest for what has no equal there.

    With `counting`, only tokens are to be counted, so the length of an answer is not needed.
    """
    for name, kind, named in KINDS:
        if given.get(name) is not None and not isinstance(given[name], kind):
            raise BadRequest(invalid(f"{name} must be {named}", name))
    chat: dict[str, Any] = {name: given[name] for name in PASSED if given.get(name) is not None}
    limit = given.get("max_tokens")
    if limit is not None or not counting:
        if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
            raise BadRequest(invalid("max_tokens must be there, and be a positive integer", "max_tokens"))
        chat["max_tokens"] = limit
    messages: list[dict[str, Any]] = []
    if system := _system(given.get("system")):
        messages.append({"role": "system", "content": system})
    if not isinstance(given.get("messages"), list):
        raise BadRequest(invalid("messages must be a list of messages", "messages"))
    for at, message in enumerate(as_list(given["messages"])):
        messages += _messages(as_dict(message), f"messages.{at}")
    chat["messages"] = messages
    if given.get("stop_sequences"):
        chat["stop"] = given["stop_sequences"]
    _add_tools(chat, given)
    thinking = as_dict(given.get("thinking"))
    if thinking.get("type") == "enabled":
        tokens = thinking.get("budget_tokens")
        size = tokens if isinstance(tokens, int) else 0
        chat["reasoning_effort"] = next((effort for most, effort in EFFORTS if size <= most), "high")
    if user := as_text(as_dict(given.get("metadata")).get("user_id")):
        chat["user"] = user
    return chat


def _system(given: object) -> str:
    if isinstance(given, str):
        return given
    return "\n\n".join(as_text(as_dict(block).get("text")) for block in as_list(given))


def _messages(message: dict[str, Any], place: str) -> list[dict[str, Any]]:
    role, content = message.get("role"), message.get("content")
    if role not in ("user", "assistant", "system"):
        raise BadRequest(invalid(f"{place}.role must be user or assistant", place))
    if isinstance(content, str):
        return [{"role": role, "content": content}]
    if not isinstance(content, list):
        raise BadRequest(invalid(f"{place}.content must be a text or a list of blocks", place))
    blocks = [as_dict(block) for block in as_list(content)]  # pyright: ignore[reportUnknownArgumentType] -- JSON
    return _assistant(blocks, place) if role == "assistant" else _user(blocks, role, place)


def _assistant(blocks: list[dict[str, Any]], place: str) -> list[dict[str, Any]]:
    message: dict[str, Any] = {"role": "assistant", "content": None}
    texts: list[str] = []
    calls: list[dict[str, Any]] = []
    for at, block in enumerate(blocks):
        kind = block.get("type")
        if kind == "text":
            texts.append(as_text(block.get("text")))
        elif kind == "tool_use":
            arguments = json.dumps(block.get("input") or {}, ensure_ascii=False)
            function = {"name": as_text(block.get("name")), "arguments": arguments}
            calls.append({"id": as_text(block.get("id")), "type": "function", "function": function})
        elif kind == "thinking":
            message["reasoning_content"] = as_text(block.get("thinking"))
        elif kind != "redacted_thinking":
            raise _unknown(kind, f"{place}.content.{at}")
    if texts:
        message["content"] = "".join(texts)
    if calls:
        message["tool_calls"] = calls
    return [message]


def _user(blocks: list[dict[str, Any]], role: str, place: str) -> list[dict[str, Any]]:
    """Results of tools come first, as chat completions want them right after the calls."""
    results: list[dict[str, Any]] = []
    parts: list[dict[str, Any]] = []
    for at, block in enumerate(blocks):
        kind = block.get("type")
        if kind == "tool_result":
            content = block.get("content")
            inner = [as_dict(one) for one in as_list(content)]
            text = content if isinstance(content, str) else "".join(as_text(one.get("text")) for one in inner)
            if block.get("is_error"):
                text = f"error: {text}"
            results.append({"role": "tool", "tool_call_id": as_text(block.get("tool_use_id")), "content": text})
            parts += [_image(one) for one in inner if one.get("type") == "image"]
        elif kind == "text":
            parts.append({"type": "text", "text": as_text(block.get("text"))})
        elif kind == "image":
            parts.append(_image(block))
        else:
            raise _unknown(kind, f"{place}.content.{at}")
    if not parts:
        return results
    if all(part["type"] == "text" for part in parts):
        return [*results, {"role": role, "content": "\n".join(part["text"] for part in parts)}]
    return [*results, {"role": role, "content": parts}]


def _image(block: dict[str, Any]) -> dict[str, Any]:
    source = as_dict(block.get("source"))
    url = as_text(source.get("url"))
    if source.get("type") == "base64":
        url = f"data:{as_text(source.get('media_type'))};base64,{as_text(source.get('data'))}"
    return {"type": "image_url", "image_url": {"url": url}}


def _add_tools(chat: dict[str, Any], given: dict[str, Any]) -> None:
    tools: list[dict[str, Any]] = []
    for at, item in enumerate(as_list(given.get("tools"))):
        tool = as_dict(item)
        if tool.get("type", "custom") != "custom":
            raise _unknown(tool.get("type"), f"tools.{at}")
        if not as_text(tool.get("name")) or not isinstance(tool.get("input_schema"), dict):
            raise BadRequest(invalid(f"tools.{at} must have a name and an input_schema", f"tools.{at}"))
        function = {"name": tool["name"], "parameters": tool["input_schema"]}
        if tool.get("description"):
            function["description"] = as_text(tool["description"])
        tools.append({"type": "function", "function": function})
    if not tools:
        return
    chat["tools"] = tools
    choice = as_dict(given.get("tool_choice"))
    kind = as_text(choice.get("type"))
    if kind == "tool":
        chat["tool_choice"] = {"type": "function", "function": {"name": as_text(choice.get("name"))}}
    elif kind in CHOICES:
        chat["tool_choice"] = CHOICES[kind]
    elif choice:
        raise BadRequest(invalid("tool_choice.type must be auto, any, none or tool", "tool_choice"))
    if choice.get("disable_parallel_tool_use"):
        chat["parallel_tool_calls"] = False


def _unknown(kind: object, place: str) -> BadRequest:
    return BadRequest(invalid(f"{place}: {kind!r} is not supported here", place))
