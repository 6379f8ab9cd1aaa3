"""Whether a JSON value is what a JSON schema describes, by the keywords that most schemas consist of.

It finds answers of upstreams that do not enforce schemas. Keywords that it does not know allow everything.
"""

from collections.abc import Mapping
from typing import Any, cast

from aistack.gateway.models.formats.chat_deltas import as_dict, as_list

Schema = Mapping[str, object]
DEPTH_MAX = 64
TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,), "array": (list,), "string": (str,), "boolean": (bool,), "null": (type(None),),
    "integer": (int,), "number": (int, float),
}  # fmt: skip
STARTS = {"object": "{", "array": "[", "string": '"', "boolean": "tf", "null": "n"}
NUMBER_STARTS = "-0123456789"


def first_characters(schema: Schema) -> str:
    """What the JSON text of a value can begin with."""
    kinds = schema.get("type")
    listed = [kinds] if isinstance(kinds, str) else as_list(kinds)
    return "".join(STARTS.get(str(one), NUMBER_STARTS) for one in listed or TYPES)


def matches(value: Any, schema: object, root: Schema, depth: int = 0) -> bool:
    """Whether the value fits. `root` is the schema that references lead into."""
    if isinstance(schema, bool):
        return schema
    if not isinstance(schema, dict) or depth > DEPTH_MAX:
        return True
    node = cast("Schema", schema)
    reference = node.get("$ref")
    if isinstance(reference, str) and not matches(value, _referenced(reference, root), root, depth + 1):
        return False
    kinds = node.get("type")
    listed = [kinds] if isinstance(kinds, str) else as_list(kinds)
    if listed and not any(_is_of(value, str(one)) for one in listed):
        return False
    if ("enum" in node and value not in as_list(node["enum"])) or ("const" in node and value != node["const"]):
        return False
    for name, enough in (("allOf", all), ("anyOf", any), ("oneOf", any)):
        branches = as_list(node.get(name))
        if branches and not enough(matches(value, one, root, depth + 1) for one in branches):
            return False
    if isinstance(value, dict):
        return _fits_object(cast("dict[str, object]", value), node, root, depth)
    if isinstance(value, list) and "prefixItems" not in node and "items" in node:
        return all(matches(one, node["items"], root, depth + 1) for one in cast("list[object]", value))
    return True


def _fits_object(value: dict[str, object], node: Schema, root: Schema, depth: int) -> bool:
    if any(name not in value for name in as_list(node.get("required"))):
        return False
    known = as_dict(node.get("properties"))
    if any(name in value and not matches(value[name], one, root, depth + 1) for name, one in known.items()):
        return False
    others = node.get("additionalProperties", True)
    if "patternProperties" in node:
        return True
    return all(matches(one, others, root, depth + 1) for name, one in value.items() if name not in known)


def _is_of(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, TYPES.get(kind, (object,)))


def _referenced(reference: str, root: Schema) -> object:
    """The part of the root that a reference leads to; True, which allows everything, for one that leads elsewhere."""
    if reference == "#":
        return root
    if not reference.startswith("#/"):
        return True
    found: object = root
    for step in reference[2:].split("/"):
        found = as_dict(found).get(step.replace("~1", "/").replace("~0", "~"), True)
    return found
