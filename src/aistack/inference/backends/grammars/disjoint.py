"""oneOf: whether a value that is made for one branch can match another one too."""

import json
from itertools import combinations
from typing import Any, cast

from aistack.inference.backends.grammars.failure import CannotEnforce
from aistack.inference.backends.grammars.keywords import TYPED, Json
from aistack.inference.backends.grammars.merging import Resolve, flattened, types_of


def check_disjoint(branches: list[Any], at: str, resolve: Resolve) -> None:
    """Raises CannotEnforce unless no value that a grammar makes matches two branches."""
    flat = [flattened(one, f"{at}/{number}", resolve) for number, one in enumerate(branches)]
    for (one_at, one), (other_at, other) in combinations(enumerate(flat), 2):
        if one is False or other is False:
            continue
        if one is True or other is True or not _apart(one, other, resolve, 0):
            raise CannotEnforce(at, f"its branches {one_at} and {other_at} may match together; use anyOf")


def _apart(one: Json, other: Json, resolve: Resolve, depth: int) -> bool:
    values = [_values(schema) for schema in (one, other)]
    if values[0] is not None and values[1] is not None:
        return not values[0] & values[1]
    if not _kinds(one) & _kinds(other):
        return True
    if depth or _kinds(one) & _kinds(other) != {"object"}:
        return False
    first, second = one.get("properties", {}), other.get("properties", {})
    shared = set(one.get("required", [])) & set(other.get("required", [])) & set(first) & set(second)
    for name in shared:
        parts = [flattened(schema[name], "", resolve) for schema in (first, second)]
        if all(isinstance(part, dict) for part in parts) and _apart(parts[0], parts[1], resolve, depth + 1):
            return True
    closed = all(
        schema.get("properties") and not schema.get("additionalProperties") and "patternProperties" not in schema
        for schema in (one, other)
    )
    lacks_one = set(other.get("required", [])) - set(first)
    lacks_other = set(one.get("required", [])) - set(second)
    return bool(closed and lacks_one and lacks_other)


def _values(schema: Json) -> set[str] | None:
    for key in ("const", "enum"):
        if key in schema:
            return {_canonical(one) for one in (schema["enum"] if key == "enum" else [schema["const"]])}
    return None


def _kinds(schema: Json) -> set[str]:
    """The types of the values that a grammar makes of a schema."""
    found = _values(schema)
    if found is not None:
        kinds = {"n": "null", "t": "boolean", "f": "boolean", '"': "string", "[": "array", "{": "object"}
        return {kinds.get(one[0], "number") for one in found}
    for key in ("anyOf", "oneOf"):
        if key in schema:
            parts = [cast(Json, part) if isinstance(part, dict) else Json() for part in schema[key]]
            return {kind for part in parts for kind in _kinds(part)}
    about = {TYPED[key] for key in schema if key in TYPED}
    kinds = set(types_of(schema)) if "type" in schema or not about else about
    return {"number" if kind == "integer" else kind for kind in kinds}


def _canonical(value: Any) -> str:
    """Equal values have equal texts: 1.0 is 1."""
    return json.dumps(int(value) if isinstance(value, float) and value.is_integer() else value, sort_keys=True)
