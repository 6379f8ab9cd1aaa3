"""Arguments of calls: read from what a model wrote, and checked against a tool's JSON Schema."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from aistack.agent.json_values import as_list, as_object, is_list, is_object

TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,), "array": (list,),
    "object": (dict,), "null": (type(None),),
}  # fmt: skip
DEPTH_MAX = 32


class BadArguments(Exception):
    """The message says to the model what is wrong."""


def read_arguments(text: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a call. Raises BadArguments if they are not JSON or do not match the schema.

    Of JSON Schema, the keywords are checked with which tools describe their arguments: type, enum, const, required,
    properties, additionalProperties, items, and the limits of numbers, strings and lists.
    """
    try:
        found: Any = json.loads(text or "{}")
    except (ValueError, RecursionError) as error:
        raise BadArguments(f"the arguments are not valid JSON ({error}); send one JSON object") from None
    if not is_object(found):
        raise BadArguments(f"the arguments are {_kind(found)}; send one JSON object")
    check_arguments(found, schema)
    return found


def check_arguments(arguments: Mapping[str, Any], schema: Mapping[str, Any]) -> None:
    """Raises BadArguments if they do not match the schema."""
    _check(arguments, schema, "", 0)


def _check(value: Any, schema: Mapping[str, Any], place: str, depth: int) -> None:
    if depth > DEPTH_MAX:
        raise BadArguments(f"{place or 'the arguments'}: too deeply nested")
    where = place or "the arguments"
    wanted = schema.get("type")
    kinds: Sequence[str] = [wanted] if isinstance(wanted, str) else as_list(wanted)
    if kinds and not any(_is(value, kind) for kind in kinds):
        raise BadArguments(f"{where} must be {' or '.join(kinds)}, not {_kind(value)}")
    if "enum" in schema and value not in schema["enum"]:
        raise BadArguments(f"{where} must be one of {json.dumps(schema['enum'], ensure_ascii=False)}")
    if "const" in schema and value != schema["const"]:
        raise BadArguments(f"{where} must be {json.dumps(schema['const'], ensure_ascii=False)}")
    if is_object(value):
        _check_object(value, schema, place, depth)
    elif is_list(value):
        _check_size(len(value), schema, "minItems", "maxItems", where, "items")
        for at, one in enumerate(value if is_object(schema.get("items")) else ()):
            _check(one, schema["items"], f"{where}[{at}]", depth + 1)
    elif isinstance(value, str):
        _check_size(len(value), schema, "minLength", "maxLength", where, "characters")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        _check_size(value, schema, "minimum", "maximum", where, "")


def _check_object(value: Mapping[str, Any], schema: Mapping[str, Any], place: str, depth: int) -> None:
    properties = as_object(schema.get("properties"))
    missing = [one for one in as_list(schema.get("required")) if one not in value]
    if missing:
        raise BadArguments(f"{place or 'the arguments'}: {', '.join(missing)} missing")
    unknown = [one for one in value if one not in properties]
    others = schema.get("additionalProperties", True)
    if unknown and others is False:
        raise BadArguments(f"{unknown[0]} is not an argument; allowed: {', '.join(properties) or 'none'}")
    for name, one in value.items():
        inner = properties.get(name, as_object(others))
        if is_object(inner):
            _check(one, inner, f"{place}.{name}" if place else name, depth + 1)


def _check_size(size: float, schema: Mapping[str, Any], low: str, high: str, where: str, unit: str) -> None:
    if low in schema and size < schema[low]:
        raise BadArguments(f"{where} must be at least {schema[low]} {unit}".rstrip())
    if high in schema and size > schema[high]:
        raise BadArguments(f"{where} must be at most {schema[high]} {unit}".rstrip())


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, TYPES.get(kind, (object,)))


def _kind(value: Any) -> str:
    return next((name for name in TYPES if _is(value, name)), type(value).__name__)
