"""The Responses API (Open Responses): a request as one for chat completions."""

import json
from typing import Any

from aistack.gateway.models.formats.chat_deltas import as_dict, as_list, as_text
from aistack.gateway.models.formats.errors import BadRequest, invalid

PASSED = ("model", "stream", "temperature", "top_p", "parallel_tool_calls", "user", "top_logprobs", "service_tier",
          "prompt_cache_key", "safety_identifier", "seed")  # fmt: skip
KINDS: tuple[tuple[str, type | tuple[type, ...], str], ...] = (
    ("instructions", str, "a text"), ("metadata", dict, "an object"), ("reasoning", dict, "an object"),
    ("text", dict, "an object"), ("store", bool, "true or false"), ("previous_response_id", str, "a text"),
    ("tools", list, "a list of tools"),
    ("tool_choice", (str, dict), "a text or an object"),
)  # fmt: skip
NAMES = {"max_tokens": "max_output_tokens", "response_format": "text.format", "messages": "input"}  # there and here
CUSTOM_PARAMETERS = {"type": "object", "properties": {"input": {"type": "string"}}, "required": ["input"]}


def chat_request(given: dict[str, Any]) -> dict[str, Any]:
    """The fields of a chat request. Raises BadRequest for what has no equal there."""
    check_kinds(given)
    if given.get("conversation"):
        message = "conversation is not supported; use previous_response_id, or send the earlier items in input"
        raise BadRequest(invalid(message, "conversation"))
    if given.get("background"):
        raise BadRequest(invalid("background responses are not supported", "background"))
    chat: dict[str, Any] = {name: given[name] for name in PASSED if given.get(name) is not None}
    messages: list[dict[str, Any]] = []
    if instructions := as_text(given.get("instructions")):
        messages.append({"role": "system", "content": instructions})
    entered = given.get("input")
    if isinstance(entered, str):
        messages.append({"role": "user", "content": entered})
    elif isinstance(entered, list):
        for at, item in enumerate(as_list(entered)):  # pyright: ignore[reportUnknownArgumentType] -- JSON
            _add_item(messages, as_dict(item), f"input.{at}")
    else:
        raise BadRequest(invalid("input must be a text or a list of items", "input"))
    chat["messages"] = messages
    if given.get("max_output_tokens") is not None:
        chat["max_tokens"] = given["max_output_tokens"]
    if effort := as_dict(given.get("reasoning")).get("effort"):
        chat["reasoning_effort"] = effort
    text = as_dict(given.get("text"))
    if text.get("verbosity"):
        chat["verbosity"] = text["verbosity"]
    _add_format(chat, as_dict(text.get("format")))
    _add_tools(chat, given)
    return chat


def check_kinds(given: dict[str, Any]) -> None:
    """Raises BadRequest for a field of another type than the API has it."""
    for name, kind, named in KINDS:
        if given.get(name) is not None and not isinstance(given[name], kind):
            raise BadRequest(invalid(f"{name} must be {named}", name, "invalid_value"))


def custom_tools(given: dict[str, Any]) -> frozenset[str]:
    """The names of tools whose input is text. They run as functions with one argument."""
    tools = (as_dict(tool) for tool in as_list(given.get("tools")))
    return frozenset(as_text(tool.get("name")) for tool in tools if tool.get("type") == "custom")


def _add_item(messages: list[dict[str, Any]], item: dict[str, Any], place: str) -> None:
    kind = item.get("type") or ("message" if "role" in item else None)
    if kind == "message":
        role = as_text(item.get("role"))
        if role not in ("user", "assistant", "system", "developer"):
            raise BadRequest(invalid(f"{place}.role must be user, assistant, system or developer", place))
        content = _content(item.get("content"), place)
        last = messages[-1] if messages else {}
        if role == last.get("role") == "assistant" and last["content"] is None and "tool_calls" not in last:
            last["content"] = content  # after its reasoning
            return
        messages.append({"role": "system" if role == "developer" else role, "content": content})
    elif kind in ("function_call", "custom_tool_call"):
        arguments = as_text(item.get("arguments"))
        if kind == "custom_tool_call":
            arguments = json.dumps({"input": as_text(item.get("input"))}, ensure_ascii=False)
        function = {"name": as_text(item.get("name")), "arguments": arguments}
        call = {"id": as_text(item.get("call_id")), "type": "function", "function": function}
        last = messages[-1] if messages else {}
        if last.get("role") == "assistant":
            last.setdefault("tool_calls", []).append(call)
        else:
            messages.append({"role": "assistant", "content": None, "tool_calls": [call]})
    elif kind in ("function_call_output", "custom_tool_call_output"):
        output = item.get("output")
        text = output if isinstance(output, str) else _plain(output)
        messages.append({"role": "tool", "tool_call_id": as_text(item.get("call_id")), "content": text})
    elif kind == "reasoning":
        text = _plain(item.get("content")) or _plain(item.get("summary"))
        if text:
            messages.append({"role": "assistant", "content": None, "reasoning_content": text})
    else:
        raise BadRequest(invalid(f"{place}: items of the type {kind!r} are not supported", place))


def _content(given: object, place: str) -> str | list[dict[str, Any]]:
    if isinstance(given, str):
        return given
    if not isinstance(given, list):
        raise BadRequest(invalid(f"{place}.content must be a text or a list of parts", f"{place}.content"))
    parts: list[dict[str, Any]] = []
    for at, item in enumerate(as_list(given)):  # pyright: ignore[reportUnknownArgumentType] -- JSON
        part = as_dict(item)
        kind = part.get("type")
        if kind in ("input_text", "output_text", "text"):
            parts.append({"type": "text", "text": as_text(part.get("text"))})
        elif kind == "refusal":
            parts.append({"type": "text", "text": as_text(part.get("refusal"))})
        elif kind == "input_image":
            image = {"url": as_text(part.get("image_url"))}
            if part.get("detail"):
                image["detail"] = as_text(part["detail"])
            parts.append({"type": "image_url", "image_url": image})
        elif kind == "input_audio":
            parts.append({"type": "input_audio", "input_audio": as_dict(part.get("input_audio"))})
        else:
            where = f"{place}.content.{at}"
            raise BadRequest(invalid(f"{where}: parts of the type {kind!r} are not supported", where))
    if all(part["type"] == "text" for part in parts):
        return "\n".join(part["text"] for part in parts)
    return parts


def _plain(given: object) -> str:
    return "\n".join(text for part in as_list(given) if (text := as_text(as_dict(part).get("text"))))


def _add_format(chat: dict[str, Any], wanted: dict[str, Any]) -> None:
    kind = wanted.get("type")
    if kind == "json_schema":
        schema = {name: wanted[name] for name in ("name", "schema", "strict", "description") if name in wanted}
        chat["response_format"] = {"type": "json_schema", "json_schema": schema}
    elif kind is not None:
        chat["response_format"] = {"type": kind}


def _add_tools(chat: dict[str, Any], given: dict[str, Any]) -> None:
    tools: list[dict[str, Any]] = []
    for at, item in enumerate(as_list(given.get("tools"))):
        tool = as_dict(item)
        kind = tool.get("type")
        if kind == "function":
            names = ("name", "description", "parameters", "strict")
            if not as_text(tool.get("name")):
                raise BadRequest(invalid(f"tools.{at}.name must be the name of a function", f"tools.{at}.name"))
            function = {name: tool[name] for name in names if tool.get(name) is not None}
        elif kind == "custom":
            function = {"name": tool.get("name"), "parameters": CUSTOM_PARAMETERS}
            if tool.get("description"):
                function["description"] = tool["description"]
        else:
            where = f"tools.{at}"
            raise BadRequest(invalid(f"{where}: tools of the type {kind!r} are not supported", where))
        tools.append({"type": "function", "function": function})
    choice = given.get("tool_choice")
    if not tools:
        if choice not in (None, "auto", "none"):
            chat["tool_choice"] = choice  # is refused, as it needs tools
        return
    chat["tools"] = tools
    if isinstance(choice, str):
        chat["tool_choice"] = choice
    elif name := as_text(as_dict(choice).get("name")):
        chat["tool_choice"] = {"type": "function", "function": {"name": name}}
