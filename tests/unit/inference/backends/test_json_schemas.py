"""A schema becomes a grammar that enforces all of it, or it is refused with a pointer to the keyword at fault."""

from typing import Any

import pytest

from aistack.inference.backends.backend import BadRequest
from aistack.inference.backends.grammars.schema import schema_grammar
from aistack.inference.backends.requests.json_schemas import check_schema
from aistack.inference.backends.requests.tools import parse_tools
from harness.samples.json_schemas import SCHEMAS

ENFORCED = [name for name, (_, pointer) in SCHEMAS.items() if not pointer]
REFUSED = [name for name, (_, pointer) in SCHEMAS.items() if pointer]


@pytest.mark.parametrize("name", ENFORCED)
def test_what_can_be_enforced_has_a_grammar_without_loose_ends(name: str):
    lines = check_schema(SCHEMAS[name][0], "/s").splitlines()
    rules = {line.partition(" ::= ")[0] for line in lines}
    assert lines[0].startswith("root ::= ") and len(rules) == len(lines)
    assert all(line.partition(" ::= ")[2] for line in lines)


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_enforced_is_named(name: str):
    schema, pointer = SCHEMAS[name]
    with pytest.raises(BadRequest) as refused:
        check_schema(schema, "/s")
    assert (refused.value.status, refused.value.code) == (400, "unsupported_schema")
    assert refused.value.param == f"/s{pointer}"


@pytest.mark.parametrize(
    ("schema", "pointer"),
    [
        ([], "/s"),
        (None, "/s"),
        (False, "/s"),
        ({"type": "money"}, "/s/type"),
        ({"type": "object", "properties": {"a~/b": {"type": "money"}}}, "/s/properties/a~0~1b/type"),
        ({"type": "object", "required": ["a"], "additionalProperties": False}, "/s/required/0"),
        ({"enum": []}, "/s/enum"),
        ({"const": 1, "maxLength": 3}, "/s/maxLength"),
        ({"const": float("nan")}, "/s/const"),
        ({"type": "integer", "enum": ["a"]}, "/s/enum"),
        ({"type": "array", "maxItems": 10**9}, "/s/maxItems"),
        ({"type": "array", "minItems": 3, "maxItems": 2}, "/s/maxItems"),
        ({"type": "integer", "minimum": 5, "maximum": 4}, "/s/minimum"),
        ({"type": "string", "pattern": "^(a$"}, "/s/pattern"),
        ({"type": "string", "pattern": "^a{1,5000}$"}, "/s/pattern"),
        ({"type": "string", "pattern": "^\\bword$"}, "/s/pattern"),
        ({"type": "string", "pattern": "^a+$", "maxLength": 3}, "/s/maxLength"),
        ({"$defs": {"a": {"type": "string", "contentEncoding": "base64"}}, "$ref": "#/$defs/a"},
         "/s/$defs/a/contentEncoding"),
    ],
)  # fmt: skip
def test_wrong_and_contradictory_values_are_named(schema: Any, pointer: str):
    with pytest.raises(BadRequest) as refused:
        check_schema(schema, "/s")
    assert refused.value.param == pointer


def test_depth_and_size_are_bounded():
    deep: Any = {}
    for _ in range(500):
        deep = {"type": "array", "items": deep}
    with pytest.raises(BadRequest, match="deeper"):
        check_schema(deep, "/s")
    wide = {"type": "object", "properties": {f"p{n}": {"enum": list(range(900))} for n in range(30)}}
    with pytest.raises(BadRequest, match="parts"):
        check_schema(wide, "/s")
    spread: Any = {"allOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/b"}]}
    loop = {"type": "object", "properties": {"x": spread}}
    with pytest.raises(BadRequest):
        check_schema(spread | {"$defs": {"a": loop, "b": loop | {"required": ["x"]}}}, "/s")


def test_a_schema_is_compiled_once():
    schema = {"enum": [f"value {number}" for number in range(100)]}
    assert schema_grammar(schema) is schema_grammar(dict(schema))


def test_references_of_tools_stay_within_their_tool():
    parameters = {
        "$defs": {"place": {"type": "object", "properties": {"in": {"$ref": "#/$defs/place"}, "name": {"const": "x"}}}},
        "type": "object",
        "properties": {"at": {"$ref": "#/$defs/place"}, "again": {"$ref": "#"}},
    }
    tools = [{"type": "function", "function": {"name": name, "parameters": parameters}} for name in ("a", "b")]
    found = parse_tools({"tools": tools, "tool_choice": "required"})
    assert found is not None
    schema = found.schema()
    assert schema["$defs"]["tool_1"]["properties"]["again"] == {"$ref": "#/$defs/tool_1"}
    assert check_schema(schema, "tools")
