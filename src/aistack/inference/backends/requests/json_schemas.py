"""JSON schemas that a grammar can enforce completely; any other is refused, with a pointer to the keyword at fault.

What may be used is what llama.cpp's converter turns into a grammar without dropping anything. A keyword beside another
that makes the converter overlook it is refused too.
"""

import re
from typing import Any, cast

from aistack.inference.backends.backend import BadRequest, Json
from aistack.inference.backends.requests.fields import mapping

NODES_MAX, DEPTH_MAX = 20_000, 64
ENUM_MAX = 1000  # each value is an alternative that the grammar tries at every token
REPEATS_MAX = 1000
ANNOTATIONS = frozenset(
    ("$schema", "$id", "$comment", "$defs", "definitions", "title", "description", "default", "examples", "deprecated",
     "readOnly", "writeOnly")
)  # fmt: skip
BY_TYPE = {
    "object": {"properties", "required", "additionalProperties"},
    "array": {"items", "prefixItems", "minItems", "maxItems"},
    "string": {"minLength", "maxLength", "pattern", "format"},
    "integer": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"},
    "number": set[str](),
    "boolean": set[str](),
    "null": set[str](),
}
ALONE = ("$ref", "anyOf", "oneOf", "const", "enum")
FORMATS = ("date", "time", "date-time", "uuid")
COUNTS = ("minItems", "maxItems", "minLength", "maxLength")
# Literals, classes, groups, alternatives and repetition; no look-around, no back references, no word boundaries.
PATTERN_PART = re.compile(r"\\[dws.\-+*?()\[\]{}|^$/\\]|\[\^?(?:\\[dws\-\]\\^./]|[^\]\\\[])+\]|\((?!\?)|[^\\\[\](]")


def check_schema(schema: Any, pointer: str) -> None:
    """Raises BadRequest, whose `param` is a JSON pointer into the request."""
    _Check(mapping(schema, pointer), pointer).run()


class _Check:
    def __init__(self, root: Json, pointer: str) -> None:
        self._root = root
        self._pointer = pointer
        self._nodes = 0

    def run(self) -> None:
        self._schema(self._root, self._pointer, 0)
        for key in ("$defs", "definitions"):
            for name, part in mapping(self._root.get(key, {}), f"{self._pointer}/{key}").items():
                self._schema(part, f"{self._pointer}/{key}/{_escaped(name)}", 1)

    def _schema(self, given: Any, at: str, depth: int) -> None:
        if given is True:
            return
        schema = mapping(given, at)
        self._count(at, depth)
        keys = set(schema) - ANNOTATIONS
        alone = next((key for key in ALONE if key in keys), "")
        if alone:
            self._check_beside(schema, keys - {alone}, at, alone)
            self._alone(schema, alone, at, depth)
            return
        kind = schema.get("type")
        if isinstance(kind, list):
            self._types(cast(list[Any], kind), keys, at)
            return
        if kind is None and keys & BY_TYPE["object"]:
            raise _refused(f"{at}/type", 'the schema needs "type": "object" beside its properties')
        if kind is None:
            self._refuse_first(schema, keys, at)
            return
        if kind not in BY_TYPE:
            raise _refused(f"{at}/type", f"{kind!r} is not a type")
        self._refuse_first(schema, keys - {"type"} - BY_TYPE[kind], at)
        {"object": self._object, "array": self._array, "string": self._string}.get(kind, self._plain)(schema, at, depth)

    def _count(self, at: str, depth: int) -> None:
        self._nodes += 1
        if depth > DEPTH_MAX or self._nodes > NODES_MAX:
            raise _refused(at, f"the schema has more than {NODES_MAX} parts or is deeper than {DEPTH_MAX}")

    def _check_beside(self, schema: Json, others: set[str], at: str, alone: str) -> None:
        allowed = {"type"} if alone in ("const", "enum") else set[str]()
        self._refuse_first(schema, others - allowed, at, f"cannot be enforced beside {alone}")

    def _alone(self, schema: Json, key: str, at: str, depth: int) -> None:
        value = schema[key]
        if key == "$ref":
            self._reference(value, f"{at}/$ref")
        elif key in ("anyOf", "oneOf"):
            parts = _list(value, f"{at}/{key}")
            for number, part in enumerate(parts):
                self._schema(part, f"{at}/{key}/{number}", depth + 1)
        elif key == "enum":
            if len(_list(value, f"{at}/enum")) > ENUM_MAX:
                raise _refused(f"{at}/enum", f"it has more than {ENUM_MAX} values")
            self._nodes += len(value)
            self._count(at, depth)

    def _reference(self, value: Any, at: str) -> None:
        if not isinstance(value, str) or not value.startswith("#/"):
            raise _refused(at, "only references within the schema (#/...) can be enforced")
        found: Any = self._root
        for part in value[2:].split("/"):
            name = part.replace("~1", "/").replace("~0", "~")
            if not isinstance(found, dict) or name not in found:
                raise _refused(at, f"{value} is not in the schema")
            found = cast(Json, found)[name]

    def _types(self, kinds: list[Any], keys: set[str], at: str) -> None:
        for kind in kinds:
            if kind not in BY_TYPE:
                raise _refused(f"{at}/type", f"{kind!r} is not a type")
        for key in keys - {"type"}:
            raise _refused(f"{at}/{_escaped(key)}", "it cannot be enforced beside a list of types; use anyOf")

    def _object(self, schema: Json, at: str, depth: int) -> None:
        properties = mapping(schema.get("properties", {}), f"{at}/properties")
        for name, part in properties.items():
            self._schema(part, f"{at}/properties/{_escaped(name)}", depth + 1)
        for number, name in enumerate(_list(schema.get("required", []), f"{at}/required", empty=True)):
            if name not in properties:
                raise _refused(f"{at}/required/{number}", f"{name!r} is required, but is not among the properties")
        extra = schema.get("additionalProperties", False)
        if not isinstance(extra, bool):
            self._schema(extra, f"{at}/additionalProperties", depth + 1)

    def _array(self, schema: Json, at: str, depth: int) -> None:
        self._counts(schema, at)
        if "items" in schema and "prefixItems" in schema:
            raise _refused(f"{at}/items", "it cannot be enforced beside prefixItems")
        if "prefixItems" in schema:
            for key in ("minItems", "maxItems"):
                if key in schema:
                    raise _refused(f"{at}/{key}", "it cannot be enforced beside prefixItems")
            for number, part in enumerate(_list(schema["prefixItems"], f"{at}/prefixItems")):
                self._schema(part, f"{at}/prefixItems/{number}", depth + 1)
        elif "items" in schema:
            self._schema(schema["items"], f"{at}/items", depth + 1)

    def _string(self, schema: Json, at: str, depth: int) -> None:
        self._counts(schema, at)
        present = [key for key in ("pattern", "format", "minLength", "maxLength") if key in schema]
        if len(present) > 1 and present[0] in ("pattern", "format"):
            raise _refused(f"{at}/{present[1]}", f"it cannot be enforced beside {present[0]}")
        if "format" in schema and schema["format"] not in FORMATS:
            raise _refused(f"{at}/format", f"only {', '.join(FORMATS)} can be enforced")
        if "pattern" in schema:
            _check_pattern(schema["pattern"], f"{at}/pattern")

    def _plain(self, schema: Json, at: str, depth: int) -> None:
        for key in BY_TYPE["integer"] & set(schema):
            value = schema[key]
            if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 1 << 62:
                raise _refused(f"{at}/{key}", "it must be a whole number")

    def _counts(self, schema: Json, at: str) -> None:
        for key in COUNTS:
            value = schema.get(key, 0)
            if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= REPEATS_MAX:
                raise _refused(f"{at}/{key}", f"it must be a whole number from 0 to {REPEATS_MAX}")

    def _refuse_first(self, schema: Json, keys: set[str], at: str, why: str = "it cannot be enforced") -> None:
        for key in schema:
            if key in keys:
                raise _refused(f"{at}/{_escaped(key)}", why)


def _check_pattern(pattern: Any, at: str) -> None:
    if not isinstance(pattern, str) or not pattern.startswith("^") or not pattern.endswith("$") or len(pattern) > 1000:
        raise _refused(at, "only a pattern from ^ to $, of at most 1000 characters, can be enforced")
    inner, position = pattern[1:-1], 0
    while position < len(inner):
        part = PATTERN_PART.match(inner, position)
        if part is None or part.group() in ("^", "$"):
            raise _refused(
                at,
                f"what begins at its character {position + 2} ({inner[position : position + 8]!r}) cannot be enforced",
            )
        position = part.end()
    try:
        re.compile(pattern)
    except re.error as error:
        raise _refused(at, f"it is not a regular expression: {error}") from None


def _list(value: Any, at: str, *, empty: bool = False) -> list[Any]:
    if not isinstance(value, list) or not (value or empty):
        raise _refused(at, "it must be an array that is not empty")
    return cast(list[Any], value)


def _refused(pointer: str, why: str) -> BadRequest:
    return BadRequest(f"the JSON schema cannot be enforced, {pointer}: {why}", pointer, "unsupported_schema")


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
