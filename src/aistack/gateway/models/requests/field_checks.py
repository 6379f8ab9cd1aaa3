"""The fields of requests: their types and ranges as OpenAI documents them, whatever upstream gets them.

Upstreams differ in what they reject, ignore or crash on, so what is wrong everywhere is refused here. Unknown fields
pass, as upstreams may know them.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from aistack.gateway.models.formats.errors import BadRequest, invalid
from aistack.gateway.models.requests.schema_checks import schema_fault

Check = Callable[[object], str]  # why a value is wrong; empty if it is not
N_MAX, TOP_LOGPROBS_MAX, TOOLS_MAX = 128, 20, 512
ROLES = frozenset(("system", "developer", "user", "assistant", "tool", "function"))
PARTS = frozenset(("text", "image_url", "input_audio", "file", "refusal", "thinking", "image", "video", "audio"))
FORMATS = frozenset(("text", "json_object", "json_schema", "structural_tag", "grammar", "regex"))
CHOICES = frozenset(("none", "auto", "required", "any"))
TOOL_NAME = re.compile(r"[A-Za-z0-9_.:-]{1,128}")


def _number(low: float, high: float) -> Check:
    why = f"must be a number from {low:g} to {high:g}"

    def check(value: object) -> str:
        good = isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
        return "" if good else why

    return check


def _integer(low: int, high: int) -> Check:
    why = f"must be a whole number from {low} to {high}"

    def check(value: object) -> str:
        good = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
        return "" if good else why

    return check


def _kind(kind: type, name: str) -> Check:
    why = f"must be {name}"
    return lambda value: "" if isinstance(value, kind) else why


def _stop(value: object) -> str:
    listed = cast("list[object]", value) if isinstance(value, list) else [value]
    return "" if all(isinstance(one, str) for one in listed) else "must be a text or a list of texts"


def _logit_bias(value: object) -> str:
    if not isinstance(value, dict):
        return "must be an object of token numbers and their biases"
    biases = cast("dict[str, object]", value).values()
    return next((why for one in biases if (why := BIAS(one))), "")


def _logprobs(value: object) -> str:
    return "" if isinstance(value, bool) else "must be true or false"


BIAS = _number(-100, 100)
TEXT, FLAG, OBJECT, LIST = (
    _kind(str, "a text"), _kind(bool, "true or false"), _kind(dict, "an object"), _kind(list, "a list"),
)  # fmt: skip
BOTH: Mapping[str, Check] = {
    "temperature": _number(0, 2), "top_p": _number(0, 1), "presence_penalty": _number(-2, 2),
    "frequency_penalty": _number(-2, 2), "max_tokens": _integer(0, 2**40), "n": _integer(1, N_MAX),
    "seed": _integer(-(2**63), 2**64), "top_k": _integer(-1, 2**40), "stop": _stop, "logit_bias": _logit_bias,
    "user": TEXT, "stream": FLAG, "stream_options": OBJECT,
}  # fmt: skip
CHAT_FIELDS: Mapping[str, Check] = {
    **BOTH, "max_completion_tokens": _integer(0, 2**40), "logprobs": _logprobs,
    "top_logprobs": _integer(0, TOP_LOGPROBS_MAX), "parallel_tool_calls": FLAG, "modalities": LIST,
    "reasoning_effort": TEXT, "metadata": OBJECT, "store": FLAG, "prediction": OBJECT,
}  # fmt: skip
COMPLETION_FIELDS: Mapping[str, Check] = {
    **BOTH, "logprobs": _integer(0, TOP_LOGPROBS_MAX), "echo": FLAG, "best_of": _integer(1, N_MAX),
}  # fmt: skip
EMBEDDING_FIELDS: Mapping[str, Check] = {"dimensions": _integer(1, 2**20), "user": TEXT}


def check_chat(fields: Mapping[str, Any]) -> None:
    """Raises BadRequest."""
    _check(fields, CHAT_FIELDS)
    messages = fields.get("messages")
    if not isinstance(messages, list) or not messages:
        raise _wrong("messages", "must be a list of at least one message")
    for at, message in enumerate(cast("list[object]", messages)):
        _check_message(message, at)
    if fields.get("top_logprobs") and not fields.get("logprobs"):
        raise _wrong("top_logprobs", "needs logprobs to be true")
    if fields.get("stream_options") and not fields.get("stream"):
        raise _wrong("stream_options", "needs stream to be true")
    if fields.get("response_format") is not None:
        _check_format(fields["response_format"])
    if fields.get("tools") is not None or fields.get("tool_choice") is not None:
        _check_tools(fields.get("tools"), fields.get("tool_choice"))


def check_completion(fields: Mapping[str, Any]) -> None:
    """Raises BadRequest."""
    _check(fields, COMPLETION_FIELDS)
    prompt = fields.get("prompt")
    if not isinstance(prompt, str) and not (isinstance(prompt, list) and _are_inputs(cast("list[object]", prompt))):
        raise _wrong("prompt", "must be a text, a list of texts, or tokens")


def check_embedding(fields: Mapping[str, Any]) -> None:
    """Raises BadRequest."""
    _check(fields, EMBEDDING_FIELDS)
    given: object = fields.get("input")
    listed: list[object] = cast("list[object]", given) if isinstance(given, list) else [given]
    if isinstance(given, int) or not _are_inputs(listed) or any(one in ("", []) for one in listed):
        raise _wrong("input", "must be a text, a list of texts, or tokens, and none may be empty")
    if fields.get("encoding_format") not in (None, "float", "base64"):
        raise _wrong("encoding_format", "must be float or base64")


def _are_inputs(given: list[object]) -> bool:
    """Whether these are texts, token numbers, or lists of them; not a mixture."""
    if not given:
        return False
    if isinstance(given[0], list):
        lists = [cast("list[object]", one) if isinstance(one, list) else [] for one in given]
        return all(one and _are_tokens(one) for one in lists)
    return _are_tokens(given) or all(isinstance(one, str) for one in given)


def _are_tokens(given: Iterable[object]) -> bool:
    return all(isinstance(one, int) and not isinstance(one, bool) and one >= 0 for one in given)


def _check(fields: Mapping[str, Any], checks: Mapping[str, Check]) -> None:
    for name, value in fields.items():
        check = checks.get(name)
        if check is not None and value is not None and (why := check(value)):
            raise _wrong(name, why)


def _check_message(given: object, number: int) -> None:
    at = f"messages[{number}]"
    if not isinstance(given, dict):
        raise _wrong(at, "must be an object")
    message = cast("dict[str, object]", given)
    role, content = message.get("role"), message.get("content")
    if role not in ROLES:
        raise _wrong(f"{at}.role", f"must be one of {', '.join(sorted(ROLES))}")
    if isinstance(content, list):
        for place, part in enumerate(cast("list[object]", content)):
            _check_part(part, f"{at}.content[{place}]")
    elif not isinstance(content, str) and (content is not None or role != "assistant"):
        raise _wrong(f"{at}.content", "must be a text or a list of parts")
    if role == "tool" and not isinstance(message.get("tool_call_id"), str):
        raise _wrong(f"{at}.tool_call_id", "must be the id of a tool call")
    calls = message.get("tool_calls")
    if calls is not None:
        _check_calls(calls, f"{at}.tool_calls")


def _check_part(given: object, at: str) -> None:
    part = cast("dict[str, object]", given) if isinstance(given, dict) else {}
    kind = part.get("type")
    if not isinstance(kind, str) or not (kind in PARTS or kind.endswith("_url")):
        raise _wrong(f"{at}.type", f"must be text, image_url, input_audio or file, not {kind!r}")
    if kind == "text" and not isinstance(part.get("text"), str):
        raise _wrong(f"{at}.text", "must be a text")


def _check_calls(given: object, at: str) -> None:
    if not isinstance(given, list):
        raise _wrong(at, "must be a list")
    for number, one in enumerate(cast("list[object]", given)):
        call = cast("dict[str, object]", one) if isinstance(one, dict) else {}
        held = call.get("function", call.get("custom"))
        function = cast("dict[str, object]", held) if isinstance(held, dict) else {}
        text = function.get("arguments", function.get("input"))
        if not isinstance(call.get("id"), str) or not isinstance(function.get("name"), str):
            raise _wrong(f"{at}[{number}]", "must have an id, and a function with a name and arguments")
        if not isinstance(text, str):
            raise _wrong(f"{at}[{number}].function.arguments", "must be JSON in a text")


def _check_format(given: object) -> None:
    wanted = cast("dict[str, object]", given) if isinstance(given, dict) else {}
    kind = wanted.get("type")
    if kind not in FORMATS:
        raise _wrong("response_format.type", "must be text, json_object or json_schema")
    if kind != "json_schema":
        return
    held = wanted.get("json_schema")
    schema = cast("dict[str, object]", held).get("schema") if isinstance(held, dict) else None
    at = "response_format.json_schema.schema"
    if not isinstance(schema, dict):
        raise _wrong(at, "must be a JSON schema")
    if fault := schema_fault(cast("dict[str, object]", schema)):
        raise BadRequest(invalid(f"{at}{fault[0]} {fault[1]}", at + fault[0], "unsupported_schema"))


def _check_tools(given: object, choice: object) -> None:
    if given is not None and not isinstance(given, list):
        raise _wrong("tools", "must be a list of tools")
    tools = cast("list[object]", given or [])
    if len(tools) > TOOLS_MAX:
        raise _wrong("tools", f"has {len(tools)} entries; {TOOLS_MAX} are allowed")
    names = {_tool_name(tool, f"tools[{at}]") for at, tool in enumerate(tools)}
    if isinstance(choice, dict):
        held = cast("dict[str, object]", choice).get("function")
        kind = cast("dict[str, object]", choice).get("type")
        name = cast("dict[str, object]", held).get("name") if isinstance(held, dict) else None
        if kind in ("function", None) and name not in names:
            raise _wrong("tool_choice", f"names no tool of this request: {name!r}")
    elif choice is not None and choice not in CHOICES:
        raise _wrong("tool_choice", "must be none, auto, required, or a function by its name")
    elif choice in ("required", "any") and not tools:
        raise _wrong("tool_choice", "needs tools")


def _tool_name(given: object, at: str) -> str:
    tool = cast("dict[str, object]", given) if isinstance(given, dict) else {}
    kind = tool.get("type")
    if not isinstance(kind, str):
        raise _wrong(f"{at}.type", "must be function")
    if kind != "function" and "function" not in tool:
        return ""  # a kind of the upstream's own
    held = tool.get("function")
    function = cast("dict[str, object]", held) if isinstance(held, dict) else {}
    name, parameters = function.get("name"), function.get("parameters")
    if kind not in ("function", "builtin_function"):
        raise _wrong(f"{at}.type", "must be function")
    if not isinstance(name, str) or not TOOL_NAME.fullmatch(name):
        raise _wrong(f"{at}.function.name", "must be letters, digits, _ and -")
    if parameters is not None and not isinstance(parameters, dict):
        raise _wrong(f"{at}.function.parameters", "must be a JSON schema")
    return name


def _wrong(param: str, why: str) -> BadRequest:
    return BadRequest(invalid(f"{param} {why}", param, "invalid_value"))
