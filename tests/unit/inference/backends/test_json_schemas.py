"""Schemas that a grammar enforces completely pass; every other one is refused with a pointer to its keyword."""

from typing import Any

import pytest

from aistack.inference.backends.backend import BadRequest
from aistack.inference.backends.requests.json_schemas import check_schema

TREE = {"type": "object", "properties": {"children": {"type": "array", "items": {"$ref": "#/$defs/tree"}}}}


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": "string"},
        {"type": "string", "minLength": 1, "maxLength": 10},
        {"type": "string", "pattern": "^[a-z]+(-[a-z0-9]{2,4})*$"},
        {"type": "string", "pattern": "^(yes|no|\\d+\\.\\d)$"},
        {"type": "string", "format": "uuid"},
        {"type": ["string", "null"]},
        {"type": "integer", "minimum": 0, "exclusiveMaximum": 10},
        {"type": "number"},
        {"const": {"a": 1}},
        {"enum": [1, "two", None]},
        {"type": "string", "enum": ["a", "b"]},
        {"anyOf": [{"type": "null"}, {"type": "boolean"}]},
        {"type": "array", "items": {"type": "integer"}, "minItems": 1},
        {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}]},
        {"type": "object", "properties": {"a": True}, "required": ["a"], "additionalProperties": False},
        {"type": "object", "additionalProperties": {"type": "integer"}},
        {"title": "Tree", "$defs": {"tree": TREE}, "$ref": "#/$defs/tree"},
    ],
)
def test_what_can_be_enforced_passes(schema: Any):
    check_schema(schema, "/s")


@pytest.mark.parametrize(
    ("schema", "pointer"),
    [
        ({"type": "object", "patternProperties": {}}, "/s/patternProperties"),
        ({"type": "object", "propertyNames": {}}, "/s/propertyNames"),
        ({"type": "object", "minProperties": 1}, "/s/minProperties"),
        ({"type": "object", "dependentRequired": {}}, "/s/dependentRequired"),
        ({"type": "object", "unevaluatedProperties": False}, "/s/unevaluatedProperties"),
        ({"properties": {"a": {}}}, "/s/type"),
        ({"type": "object", "required": ["a"]}, "/s/required/0"),
        ({"type": "object", "properties": {"a~b": {"type": "money"}}}, "/s/properties/a~0b/type"),
        ({"allOf": [{"type": "string"}]}, "/s/allOf"),
        ({"not": {"type": "string"}}, "/s/not"),
        ({"if": {}, "then": {}}, "/s/if"),
        ({"anyOf": [{"type": "string"}], "maxLength": 3}, "/s/maxLength"),
        ({"$ref": "#/$defs/a", "$defs": {"a": {}}, "minimum": 1}, "/s/minimum"),
        ({"$ref": "https://example.com/schema"}, "/s/$ref"),
        ({"$ref": "#/$defs/missing"}, "/s/$ref"),
        ({"type": "number", "multipleOf": 2}, "/s/multipleOf"),
        ({"type": "number", "minimum": 0}, "/s/minimum"),
        ({"type": "integer", "minimum": 0.5}, "/s/minimum"),
        ({"type": "array", "uniqueItems": True}, "/s/uniqueItems"),
        ({"type": "array", "contains": {}}, "/s/contains"),
        ({"type": "array", "items": {"type": "string", "format": "email"}}, "/s/items/format"),
        ({"type": "array", "maxItems": 10**9}, "/s/maxItems"),
        ({"type": "string", "pattern": "a"}, "/s/pattern"),
        ({"type": "string", "pattern": "^(?=a)a$"}, "/s/pattern"),
        ({"type": "string", "pattern": "^(a)\\1$"}, "/s/pattern"),
        ({"type": "string", "pattern": "^\\bword$"}, "/s/pattern"),
        ({"type": "string", "pattern": "^(a$"}, "/s/pattern"),
        ({"type": "string", "pattern": "^a$", "maxLength": 1}, "/s/maxLength"),
        ({"type": ["string", "money"]}, "/s/type"),
        ({"type": ["string", "null"], "maxLength": 1}, "/s/maxLength"),
        ({"enum": []}, "/s/enum"),
        (
            {"$defs": {"a": {"type": "string", "contentEncoding": "base64"}}, "$ref": "#/$defs/a"},
            "/s/$defs/a/contentEncoding",
        ),
        ([], "/s"),
        (None, "/s"),
    ],
)
def test_what_cannot_be_enforced_is_named(schema: Any, pointer: str):
    with pytest.raises(BadRequest) as refused:
        check_schema(schema, "/s")
    assert (refused.value.status, refused.value.param) == (400, pointer)


def test_depth_and_size_are_bounded():
    deep: Any = {}
    for _ in range(500):
        deep = {"type": "array", "items": deep}
    with pytest.raises(BadRequest, match="deeper"):
        check_schema(deep, "/s")
    with pytest.raises(BadRequest, match="more than 1000 values"):
        check_schema({"enum": list(range(30_000))}, "/s")
    wide = {"type": "object", "properties": {f"p{n}": {"enum": list(range(900))} for n in range(30)}}
    with pytest.raises(BadRequest, match="parts"):
        check_schema(wide, "/s")
