"""allOf, and keywords beside $ref, anyOf and oneOf: several schemas as one that means the same, or less."""

from collections.abc import Callable
from typing import Any, cast

from aistack.inference.backends.grammars.failure import CannotEnforce
from aistack.inference.backends.grammars.keywords import ANNOTATIONS, COMBINING, DEPTH_MAX, TYPED, TYPES, Json

LOWEST = ("minimum", "exclusiveMinimum", "minItems", "minLength", "minProperties")
HIGHEST = ("maximum", "exclusiveMaximum", "maxItems", "maxLength", "maxProperties")
SAME_OR_NONE = ("pattern", "format", "multipleOf", "prefixItems", "propertyNames", "patternProperties")

Resolve = Callable[[str, str], Any]


def without_annotations(schema: Json) -> Json:
    return {key: value for key, value in schema.items() if key not in ANNOTATIONS}


def flattened(given: Any, at: str, resolve: Resolve, depth: int = 0) -> Any:
    """The schema without $ref and allOf at its top; alternatives take in what is beside them. Raises CannotEnforce."""
    if depth > DEPTH_MAX:
        raise CannotEnforce(at, "its references never end")
    if isinstance(given, bool):
        return given
    schema = without_annotations(given)
    parts: list[tuple[Any, str]] = []
    if "$ref" in schema:
        parts.append((resolve(schema.pop("$ref"), f"{at}/$ref"), f"{at}/$ref"))
    parts += [(part, f"{at}/allOf/{number}") for number, part in enumerate(schema.pop("allOf", []))]
    for part, place in parts:
        schema = merged(schema, flattened(part, place, resolve, depth + 1), place)
        if isinstance(schema, bool):
            return schema
    for key in ("anyOf", "oneOf"):
        if key in schema and len(schema) > 1:
            beside = {name: value for name, value in schema.items() if name != key}
            found = [_beside(beside, part, f"{at}/{key}/{n}", resolve, depth) for n, part in enumerate(schema[key])]
            possible = [one for one in found if one is not False]
            if not possible:
                raise CannotEnforce(f"{at}/{key}", "nothing can match it")
            return {key: possible}
    return schema


def merged(one: Json, other: Any, at: str) -> Any:
    """Both at once; False if nothing can match both. Raises CannotEnforce."""
    if other is True or other == {}:
        return one
    if other is False or not one:
        return other
    first, second = _narrowed(one), _narrowed(cast(Json, other))
    for schema in (first, second):
        for key in ("const", "enum"):
            if key in schema:
                return _constants(schema, second if schema is first else first, key, at)
    for key in COMBINING:
        if key in first and key in second:
            raise CannotEnforce(f"{at}/{key}", "it cannot be enforced beside another one")
    out = first | second
    kinds = _kinds(first, second)
    if not kinds:
        return False
    if "type" in first or "type" in second:
        out["type"] = kinds if len(kinds) > 1 else kinds[0]
    for key in first.keys() & second.keys() - {"type"}:
        out[key] = _both(key, first[key], second[key], at)
    _check_closed(first, second, at)
    return out


def _beside(beside: Json, part: Any, at: str, resolve: Resolve, depth: int) -> Any:
    return merged(beside, flattened(part, at, resolve, depth + 1), at)


def _narrowed(schema: Json) -> Json:
    """The schema with the type that its keywords are about, if that is clear."""
    about = {TYPED[key] for key in schema if key in TYPED}
    return schema | {"type": about.pop()} if "type" not in schema and len(about) == 1 else schema


def _kinds(first: Json, second: Json) -> list[str]:
    one, other = (types_of(schema) for schema in (first, second))
    found = [kind for kind in one if kind in other]
    pairs = ((one, other), (other, one))
    if "integer" not in found and any("integer" in a and "number" in b for a, b in pairs):
        found.append("integer")
    return found


def types_of(schema: Json) -> list[str]:
    """The types a schema allows."""
    given = schema.get("type", [kind for kind in TYPES if kind != "integer"])
    return cast(list[str], given) if isinstance(given, list) else [str(given)]


def _constants(constant: Json, other: Json, key: str, at: str) -> Any:
    """Values that are also allowed by another schema, where that is a list of values or of types."""
    if set(other) - {"type", "const", "enum"}:
        raise CannotEnforce(at, f"it cannot be enforced: {key} of one part stands beside keywords of another one")
    values: list[Any] = constant["enum"] if key == "enum" else [constant["const"]]
    for limit in (constant, other):
        if "type" in limit:
            values = [one for one in values if is_of_type(one, types_of(limit))]
    for name in ("const", "enum"):
        if name in other:
            allowed = other["enum"] if name == "enum" else [other["const"]]
            values = [one for one in values if any(type(one) is type(same) and one == same for same in allowed)]
    return {"enum": values} if values else False


def is_of_type(value: Any, kinds: list[str]) -> bool:
    """Whether a constant has one of these types."""
    if isinstance(value, bool) or value is None:
        return ("null" if value is None else "boolean") in kinds
    if isinstance(value, int | float):
        return "number" in kinds or ("integer" in kinds and value == int(value))
    return {str: "string", list: "array", dict: "object"}[type(value)] in kinds


def _both(key: str, one: Any, other: Any, at: str) -> Any:
    if one == other and type(one) is type(other):
        return one
    if key in LOWEST:
        return max(one, other)
    if key in HIGHEST:
        return min(one, other)
    if key == "required":
        return list(dict.fromkeys([*one, *other]))
    if key == "uniqueItems":
        return one or other
    if key == "properties":
        shared: Json = {name: {"allOf": [one[name], other[name]]} for name in one.keys() & other.keys()}
        return one | other | shared
    if key in ("items", "additionalProperties"):
        return {"allOf": [one, other]}
    assert key in SAME_OR_NONE, key
    raise CannotEnforce(f"{at}/{key}", "it cannot be enforced beside another one")


def _check_closed(first: Json, second: Json, at: str) -> None:
    """A closed object forbids the other's properties: they are refused here if that would matter."""
    for one, other in ((first, second), (second, first)):
        limits = [key for key in ("additionalProperties", "patternProperties", "propertyNames") if key in one]
        if not limits or (one.get("additionalProperties") is True and limits == ["additionalProperties"]):
            continue
        for name in other.get("properties", {}):
            if name not in one.get("properties", {}):
                why = f"it cannot be enforced: {limits[0]} of one part is about {name!r} of another one"
                raise CannotEnforce(at, why)
