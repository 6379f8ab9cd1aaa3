"""Tool calls that are enforced: the tools become a JSON schema, and what the model writes becomes tool calls.

It serves where a model's own template cannot: when a call is required, strict, or the template has no tools.
"""

import json
import secrets
from dataclasses import dataclass
from typing import Any, cast

from aistack.inference.backends.backend import BadRequest, Json, PredictFailed
from aistack.inference.backends.requests.fields import array, boolean, mapping, text
from aistack.inference.backends.requests.json_schemas import check_schema

TOOLS_MAX, CALLS_MAX = 128, 8
NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
PREAMBLE = "You can call these tools. Answer with a JSON object of the form"
CALL_FORM = '{"tool_calls": [{"name": TOOL, "arguments": {...}}]}'
ANSWER_FORM = '{"answer": TEXT}'


@dataclass(frozen=True, slots=True)
class Tools:
    """The tools of a request. `choice` is none, auto, required, or a tool's name after `function:`."""

    listed: tuple[Json, ...]
    choice: str
    parallel: bool

    @property
    def strict(self) -> bool:
        return any(tool.get("strict") for tool in self.listed)

    def enforced(self, has_template: bool) -> bool:
        """Whether a schema must enforce the choice, since the model's own template does not."""
        return (
            bool(self.listed) and self.choice != "none" and (self.choice != "auto" or self.strict or not has_template)
        )

    def schema(self) -> Json:
        """The JSON schema of an answer. Raises BadRequest."""
        named = self.choice.removeprefix("function:")
        allowed = [tool for tool in self.listed if not self.choice.startswith("function:") or tool["name"] == named]
        calls: list[Json] = []
        definitions: Json = {}
        for tool in allowed:
            parameters: Json = tool.get("parameters") or {"type": "object", "properties": {}}
            index = self.listed.index(tool)
            check_schema(parameters, f"/tools/{index}/function/parameters")
            if '"$ref"' in json.dumps(parameters):
                definitions[f"tool_{index}"] = _moved(parameters, f"#/$defs/tool_{index}")
                parameters = {"$ref": f"#/$defs/tool_{index}"}
            calls.append(
                {
                    "type": "object",
                    "properties": {"name": {"const": tool["name"]}, "arguments": parameters},
                    "required": ["name", "arguments"],
                    "additionalProperties": False,
                }
            )
        items: Json = {"anyOf": calls} if len(calls) > 1 else calls[0]
        single = not self.parallel or self.choice.startswith("function:")
        listed: Json = {"type": "array", "items": items, "minItems": 1, "maxItems": 1 if single else CALLS_MAX}
        call = _object("tool_calls", listed)
        schema = call if self.choice != "auto" else {"anyOf": [call, _object("answer", {"type": "string"})]}
        return schema | ({"$defs": definitions} if definitions else {})

    def instructions(self) -> str:
        """What the model is told of its tools."""
        form = CALL_FORM if self.choice != "auto" else f"{CALL_FORM}, or {ANSWER_FORM} when no tool fits"
        tools = "\n".join(json.dumps(tool, ensure_ascii=False) for tool in self.listed)
        return f"{PREAMBLE} {form}.\n{tools}"


def parse_tools(body: Json) -> Tools | None:
    """The tools of a request, None without any. Raises BadRequest."""
    given = body.get("tools")
    parallel = body.get("parallel_tool_calls") is not False
    boolean(body, "parallel_tool_calls")
    if not given:
        if given is not None:
            array(given, "tools")
        if body.get("tool_choice") not in (None, "none", "auto"):
            raise BadRequest("tool_choice needs tools", "tool_choice")
        return None
    listed = array(given, "tools")
    if len(listed) > TOOLS_MAX:
        raise BadRequest(f"tools has {len(listed)} entries, more than {TOOLS_MAX}", "tools")
    tools = tuple(_tool(one, at) for at, one in enumerate(listed))
    names = [tool["name"] for tool in tools]
    if len(set(names)) != len(names):
        raise BadRequest("two tools have the same name", "tools")
    return Tools(tools, _choice(body.get("tool_choice"), names), parallel)


def tool_calls_of(written: str) -> tuple[str, list[Json]]:
    """The answer's text and its tool calls, from what a model wrote by the schema.

    Raises PredictFailed if it is not complete, as when `max_tokens` cut it off.
    """
    try:
        found = cast(Json, json.loads(written))
        if "answer" in found:
            return str(found["answer"]), []
        calls = [made_call(one, at) for at, one in enumerate(found["tool_calls"])]
    except (ValueError, KeyError, TypeError):
        raise PredictFailed(
            400,
            "tool_call_incomplete",
            "max_tokens ended the answer within a tool call; allow more tokens",
            "max_tokens",
        ) from None
    return "", calls


def made_call(one: Json, at: int) -> Json:
    """A call as the OpenAI API has it, of a tool's name and its arguments."""
    arguments = json.dumps(one["arguments"], ensure_ascii=False)
    function = {"name": one["name"], "arguments": arguments}
    return {"index": at, "id": f"call_{secrets.token_hex(12)}", "type": "function", "function": function}


def _tool(given: Any, at: int) -> Json:
    tool = mapping(given, f"/tools/{at}")
    if tool.get("type") != "function":
        raise BadRequest(f'/tools/{at}/type must be "function"', f"/tools/{at}/type", "unsupported_value")
    function = mapping(tool.get("function"), f"/tools/{at}/function")
    name = text(function.get("name"), f"/tools/{at}/function/name")
    if not 0 < len(name) <= 64 or not set(name) <= NAME_CHARACTERS:
        raise BadRequest("a tool's name has 1 to 64 letters, digits, _ and -", f"/tools/{at}/function/name")
    if function.get("parameters") is not None:
        mapping(function["parameters"], f"/tools/{at}/function/parameters")
    return function


def _choice(given: Any, names: list[str]) -> str:
    if given is None:
        return "auto"
    if given in ("none", "auto", "required"):
        return str(given)
    choice = mapping(given, "tool_choice")
    name = mapping(choice.get("function"), "tool_choice/function").get("name")
    if choice.get("type") != "function" or name not in names:
        raise BadRequest(f"tool_choice names {name!r}, which is not among the tools", "/tool_choice/function/name")
    return f"function:{name}"


def _moved(schema: Any, place: str) -> Any:
    """A schema at another place: its references begin at the root, so they get the place's name in front."""
    if isinstance(schema, list):
        return [_moved(one, place) for one in cast(list[Any], schema)]
    if not isinstance(schema, dict):
        return schema
    out: Json = {}
    for key, value in cast(Json, schema).items():
        reference = key == "$ref" and isinstance(value, str) and value.startswith("#")
        kept = value if key in ("const", "enum", "default", "examples") else _moved(value, place)
        out[key] = f"{place}{value[1:]}" if reference else kept
    return out


def _object(name: str, schema: Json) -> Json:
    return {"type": "object", "properties": {name: schema}, "required": [name], "additionalProperties": False}
