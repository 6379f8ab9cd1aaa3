"""The keywords that can be enforced, and what their values must be. Each error has the pointer of its keyword."""

import math
from typing import Any, cast

from aistack.inference.backends.grammars.failure import CannotEnforce, escaped
from aistack.inference.backends.grammars.patterns import REPEATS_MAX, BadPattern, Part, pattern_part

Json = dict[str, Any]

NODES_MAX, DEPTH_MAX, VALUES_MAX = 20_000, 64, 10_000
ANNOTATIONS = frozenset(
    ("$schema", "$id", "$comment", "$defs", "definitions", "title", "description", "default", "example", "examples",
     "deprecated", "readOnly", "writeOnly")
)  # fmt: skip
TYPES = ("object", "array", "string", "number", "integer", "boolean", "null")
BY_TYPE = {
    "object": ("properties", "required", "additionalProperties", "patternProperties", "propertyNames", "minProperties",
               "maxProperties"),
    "array": ("items", "prefixItems", "minItems", "maxItems", "uniqueItems"),
    "string": ("minLength", "maxLength", "pattern", "format"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}  # fmt: skip
TYPED = {key: kind for kind, keys in BY_TYPE.items() for key in keys}
COMBINING = ("allOf", "anyOf", "oneOf")
KNOWN = ANNOTATIONS | set(TYPED) | set(COMBINING) | {"type", "const", "enum", "$ref"}
YEAR, MONTH_DAY = (
    "[1-2][0-9]{3}",
    ("((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))"),
)
CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
BYTE = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
LABEL = "[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?"
FORMATS = {
    "date": f"^{YEAR}-{MONTH_DAY}$",
    "time": f"^{CLOCK}$",
    "date-time": f"^{YEAR}-{MONTH_DAY}T{CLOCK}$",
    "duration": "^P([0-9]{1,4}D(T[0-9]{1,4}[HMS])?|T[0-9]{1,4}(H([0-9]{1,4}M)?([0-9]{1,4}S)?|M|S))$",
    "uuid": "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
    "email": rf"^[A-Za-z0-9]+([._+-][A-Za-z0-9]+){{0,4}}@({LABEL}\.){{1,3}}[a-z]{{2,10}}$",
    "hostname": rf"^({LABEL}\.){{0,4}}[a-z]{{2,10}}$",
    "ipv4": rf"^{BYTE}(\.{BYTE}){{3}}$",
    "ipv6": "^[0-9a-f]{1,4}(:[0-9a-f]{1,4}){7}$",
    "uri": rf"^https?://({LABEL}\.){{1,3}}[a-z]{{2,10}}(/[A-Za-z0-9._~-]{{0,40}}){{0,8}}(\?[A-Za-z0-9._~=&-]{{1,80}})?$",
}


def mapping(value: Any, at: str) -> Json:
    """Raises CannotEnforce."""
    if not isinstance(value, dict):
        raise CannotEnforce(at, "it must be an object")
    return cast(Json, value)


def array(value: Any, at: str, *, empty: bool = False) -> list[Any]:
    """Raises CannotEnforce."""
    if not isinstance(value, list) or not (value or empty):
        raise CannotEnforce(at, "it must be an array that is not empty")
    return cast(list[Any], value)


def string_part(schema: Json, at: str) -> Part | None:
    """The content of a string by its pattern or format; None without. Raises CannotEnforce."""
    if "pattern" in schema and "format" in schema:
        raise CannotEnforce(f"{at}/format", "it cannot be enforced beside pattern")
    if "format" in schema:
        return pattern_part(FORMATS[schema["format"]])
    return _pattern(schema["pattern"], f"{at}/pattern") if "pattern" in schema else None


class KeywordCheck:
    """Walks over a whole schema. Raises CannotEnforce for the first keyword, or value, that cannot be enforced."""

    def __init__(self) -> None:
        self._nodes = 0

    def schema(self, given: Any, at: str, depth: int = 0) -> None:
        if isinstance(given, bool):
            return
        schema = mapping(given, at)
        self._count(1, at, depth)
        for key in schema:
            if key not in KNOWN:
                raise CannotEnforce(f"{at}/{escaped(key)}", "it cannot be enforced")
        self._types(schema, at)
        for key in ("const", "enum"):
            if key in schema:
                self._values(schema, key, at, depth)
        if "$ref" in schema and not isinstance(schema["$ref"], str):
            raise CannotEnforce(f"{at}/$ref", "it must be a string")
        self._scalars(schema, at)
        self._parts(schema, at, depth)

    def _parts(self, schema: Json, at: str, depth: int) -> None:
        for key in (*COMBINING, "prefixItems"):
            if key in schema:
                for number, part in enumerate(array(schema[key], f"{at}/{key}")):
                    self.schema(part, f"{at}/{key}/{number}", depth + 1)
        for key in ("properties", "patternProperties", "$defs", "definitions"):
            if key in schema:
                for name, part in mapping(schema[key], f"{at}/{key}").items():
                    self.schema(part, f"{at}/{key}/{escaped(name)}", depth + 1)
                    if key == "patternProperties":
                        _pattern(name, f"{at}/{key}/{escaped(name)}")
        for key in ("items", "additionalProperties", "propertyNames"):
            if key in schema:
                self.schema(schema[key], f"{at}/{key}", depth + 1)
        for number, name in enumerate(array(schema.get("required", []), f"{at}/required", empty=True)):
            if not isinstance(name, str):
                raise CannotEnforce(f"{at}/required/{number}", "it must be a string")

    def _types(self, schema: Json, at: str) -> None:
        given = schema.get("type", [])
        for kind in cast(list[Any], given) if isinstance(given, list) else [given]:
            if kind not in TYPES:
                raise CannotEnforce(f"{at}/type", f"{kind!r} is not a type")

    def _values(self, schema: Json, key: str, at: str, depth: int) -> None:
        values = array(schema["enum"], f"{at}/enum") if key == "enum" else [schema["const"]]
        if len(values) > VALUES_MAX:
            raise CannotEnforce(f"{at}/enum", f"it has more than {VALUES_MAX} values")
        self._count(len(values), at, depth)
        for beside in schema:
            if beside in TYPED or beside in COMBINING or beside == "$ref":
                raise CannotEnforce(f"{at}/{beside}", f"it cannot be enforced beside {key}")

    def _scalars(self, schema: Json, at: str) -> None:
        for key in ("minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"):
            value = schema.get(key, 0)
            if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= REPEATS_MAX:
                raise CannotEnforce(f"{at}/{key}", f"it must be a whole number from 0 to {REPEATS_MAX}")
        for key in BY_TYPE["number"]:
            value = schema.get(key, 1)
            if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
                raise CannotEnforce(
                    f"{at}/{key}", "it must be a number; the boolean form of old drafts is not enforced"
                )
        if not isinstance(schema.get("uniqueItems", False), bool):
            raise CannotEnforce(f"{at}/uniqueItems", "it must be true or false")
        if "format" in schema and schema["format"] not in FORMATS:
            raise CannotEnforce(f"{at}/format", f"only {', '.join(FORMATS)} can be enforced")
        if "pattern" in schema:
            _pattern(schema["pattern"], f"{at}/pattern")

    def _count(self, nodes: int, at: str, depth: int) -> None:
        self._nodes += nodes
        if depth > DEPTH_MAX or self._nodes > NODES_MAX:
            raise CannotEnforce(at, f"the schema has more than {NODES_MAX} parts or is deeper than {DEPTH_MAX}")


def _pattern(given: Any, at: str) -> Part:
    if not isinstance(given, str):
        raise CannotEnforce(at, "it must be a string")
    try:
        return pattern_part(given)
    except BadPattern as error:
        raise CannotEnforce(at, str(error)) from None
