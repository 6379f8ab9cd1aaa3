"""Whether a JSON schema is one at all. What of it can be enforced is for the upstream to say."""

import re
from collections.abc import Iterator
from typing import cast

from aistack.gateway.models.formats.chat_deltas import as_dict, as_list

TYPES = frozenset(("null", "boolean", "object", "array", "number", "integer", "string"))
MAPS = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
SCHEMAS = ("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames")
DEPTH_MAX, NODES_MAX, PATTERN_CHARACTERS_MAX = 64, 20_000, 1000
OTHER_DIALECT = re.compile(r"\\[pPck]|\(\?<[^=!]|\\u")  # ECMA 262 has them, Python writes them otherwise
Schema = dict[str, object]


def schema_fault(schema: Schema) -> tuple[str, str] | None:
    """The JSON pointer to what is wrong with a schema, and why; None for nothing."""
    waiting: list[tuple[object, str, int]] = [(schema, "", 0)]
    seen = 0
    while waiting:
        given, at, depth = waiting.pop()
        seen += 1
        if depth > DEPTH_MAX or seen > NODES_MAX:
            return at, f"is too large: more than {NODES_MAX} schemas, or {DEPTH_MAX} within each other"
        if isinstance(given, bool):
            continue
        if not isinstance(given, dict):
            return at, "must be a JSON schema"
        node = cast("Schema", given)
        fault = _fault_of(node, schema)
        if fault is not None:
            return f"{at}/{fault[0]}", fault[1]
        waiting += [(inner, f"{at}/{place}", depth + 1) for inner, place in _inner(node)]
    return None


def _fault_of(node: Schema, root: Schema) -> tuple[str, str] | None:
    kinds = node.get("type")
    listed = cast("list[object]", kinds) if isinstance(kinds, list) else [kinds]
    if kinds is not None and not all(isinstance(one, str) and one in TYPES for one in listed):
        return "type", f"must be one of {', '.join(sorted(TYPES))}"
    for name in MAPS:
        if name in node and not isinstance(node[name], dict):
            return name, "must be an object"
    for name in LISTS:
        if name in node and not (isinstance(node[name], list) and node[name]):
            return name, "must be a list of at least one schema"
    required, values, pattern = node.get("required"), node.get("enum"), node.get("pattern")
    if required is not None and not isinstance(required, list):
        return "required", "must be a list of names"
    if values is not None and not (isinstance(values, list) and values):
        return "enum", "must be a list of at least one value"
    if pattern is not None and not _is_pattern(pattern):
        return "pattern", "must be a regular expression"
    reference = node.get("$ref")
    if reference is not None and not _leads_somewhere(reference, root):
        return "$ref", "must lead to a part of this schema"
    return None


def _inner(node: Schema) -> Iterator[tuple[object, str]]:
    for name in MAPS:
        for key, inner in cast("dict[str, object]", node.get(name) or {}).items():
            yield inner, f"{name}/{key}"
    for name in LISTS:
        for number, inner in enumerate(cast("list[object]", node.get(name) or [])):
            yield inner, f"{name}/{number}"
    for name in SCHEMAS:
        if name not in node:
            continue
        inner = node[name]
        if name == "items" and isinstance(inner, list):  # of draft 4 to 7
            for number, one in enumerate(cast("list[object]", inner)):
                yield one, f"items/{number}"
        else:
            yield inner, name


def _is_pattern(pattern: object) -> bool:
    if not isinstance(pattern, str):
        return False
    if len(pattern) > PATTERN_CHARACTERS_MAX or OTHER_DIALECT.search(pattern):
        return True
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return False
    return True


def _leads_somewhere(reference: object, root: Schema) -> bool:
    if not isinstance(reference, str):
        return False
    if not reference.startswith("#/"):
        return True  # the root itself, an anchor, or another document
    found: object = root
    for step in reference[2:].split("/"):
        key = step.replace("~1", "/").replace("~0", "~")
        items = as_list(found)
        if items:
            found = items[int(key)] if key.isdecimal() and int(key) < len(items) else None
        else:
            found = as_dict(found).get(key)
        if found is None:
            return False
    return True
