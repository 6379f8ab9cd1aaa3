"""JSON schemas of the kinds that clients send, with the pointer of what cannot be enforced, "" where all of it can be.

They follow what the JSON Schema documentation, OpenAPI descriptions, pydantic and zod produce.
"""

from typing import Any

Schema = dict[str, Any] | bool


def _object(required: str = "", **properties: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"type": "object", "properties": properties}
    return made | ({"required": required.split()} if required else {})


TEXT: dict[str, Any] = {"type": "string", "maxLength": 12}
NODE = _object("name", name=TEXT, children={"type": "array", "items": {"$ref": "#/$defs/node"}, "maxItems": 2})
# fmt: off
PET = {"oneOf": [_object("kind bark", kind={"const": "dog"}, bark={"type": "boolean"}),
                 _object("kind lives", kind={"const": "cat"}, lives={"type": "integer", "minimum": 1, "maximum": 9})]}
# fmt: on
LIST = {"anyOf": [{"type": "null"}, _object("head tail", head={"enum": [0, 1]}, tail={"$ref": "#"})]}
PYDANTIC = {
    "$defs": {
        "Address": _object("street city", street=TEXT, city={"default": "Paris", "title": "City", **TEXT}),
        "Colour": {"enum": ["red", "green"], "title": "Colour", "type": "string"},
    },
    "title": "Person",
    **_object(
        "name age address",
        name={"title": "Name", **TEXT},
        age={"exclusiveMinimum": 0, "maximum": 130, "title": "Age", "type": "integer"},
        height={"anyOf": [{"minimum": 0, "type": "number"}, {"type": "null"}], "default": None},
        address={"$ref": "#/$defs/Address"},
        colour={"allOf": [{"$ref": "#/$defs/Colour"}], "default": "red"},
    ),
}  # fmt: skip
INVOICE = _object(
    "number date total lines",
    number={"type": "string", "pattern": "^INV-[0-9]{4}$"},
    date={"type": "string", "format": "date"},
    total={"type": "number", "minimum": 0, "maximum": 99999.99},
    lines={"type": "array", "minItems": 1, "maxItems": 2,
           "items": _object("text quantity", text=TEXT, quantity={"type": "integer", "minimum": 1, "maximum": 99})},
)  # fmt: skip

SCHEMAS: dict[str, tuple[Schema, str]] = {
    "empty": ({}, ""),
    "true": (True, ""),
    "flat": (_object("name age", name=TEXT, age={"type": "integer", "minimum": 1, "maximum": 120}), ""),
    "nested": (_object("a", a=_object("b", b=_object("c", c={"type": "boolean"}))), ""),
    "optional only": (_object(a={"const": 1}, b={"const": 2}, c={"type": "null"}), ""),
    "pydantic": (PYDANTIC, ""),
    "invoice": (INVOICE, ""),
    "nullable by types": (_object("a", a={"type": ["string", "null"], "maxLength": 8}), ""),
    "no type": ({"properties": {"a": {"enum": ["x"]}}, "required": ["a"], "minLength": 2, "maxLength": 9}, ""),
    "tree": ({"$defs": {"node": NODE}, "$ref": "#/$defs/node"}, ""),
    "list by its own root": (LIST, ""),
    "mutual references": ({"$defs": {"a": _object(b={"$ref": "#/$defs/b"}), "b": _object(a={"$ref": "#/$defs/a"})},
                           "$ref": "#/$defs/a"}, ""),
    "endless reference": ({"$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}, {"type": "null"}]}}, "$ref": "#/$defs/a"},
                          "/$defs/a"),
    "foreign reference": ({"$ref": "https://example.com/schema.json"}, "/$ref"),
    "missing reference": (_object(a={"$ref": "#/$defs/none"}), "/properties/a/$ref"),
    "any of objects": ({"anyOf": [_object("a", a=TEXT), _object("b", b={"type": "integer"})]}, ""),
    "any of required": ({**_object(a={"const": 1}, b={"const": 2}),
                         "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}, ""),
    "discriminated union": (PET, ""),
    "one of types": ({"oneOf": [{"type": "integer"}, {"type": "boolean"}, TEXT]}, ""),
    "overlapping one of": ({"oneOf": [{"type": "integer", "minimum": 0}, {"type": "integer", "maximum": 5}]}, "/oneOf"),
    "all of": ({"allOf": [_object("a", a={"type": "integer", "minimum": 3}), _object("b", b=TEXT),
                          {"properties": {"a": {"maximum": 4}}}]}, ""),
    "all of closed": ({"allOf": [{**_object("a", a=TEXT), "additionalProperties": False}, _object("b", b=TEXT)]},
                      "/allOf/1"),
    "contradiction": (_object(a={"allOf": [{"type": "string"}, {"type": "integer"}]}), "/properties/a"),
    "forbidden item": ({"type": "array", "items": {"anyOf": [False]}}, "/items/anyOf"),
    "not": ({"not": {"type": "null"}}, "/not"),
    "if then": ({**_object(a=TEXT), "if": {"required": ["a"]}, "then": {"required": ["b"]}}, "/if"),
    "dependent required": ({**_object(a=TEXT), "dependentRequired": {"a": ["b"]}}, "/dependentRequired"),
    "unevaluated": ({**_object(a=TEXT), "unevaluatedProperties": False}, "/unevaluatedProperties"),
    "pattern properties": ({"type": "object", "patternProperties": {"^x-[a-z]{2}$": {"type": "integer", "maximum": 9}},
                            "additionalProperties": False, "maxProperties": 3, "minProperties": 1}, ""),
    "pattern properties beside one": ({"type": "object", "properties": {"id": {"const": 1}}, "required": ["id"],
                                       "patternProperties": {"^n_": {"type": "boolean"}}}, ""),
    "two patterns": ({"type": "object", "patternProperties": {"^a": {"type": "string"}, "b$": {"type": "integer"}}},
                     "/patternProperties/b$"),
    "property names": ({"type": "object", "propertyNames": {"pattern": "^[a-z]{3}$"}, "maxProperties": 2,
                        "additionalProperties": {"enum": [1, 2]}}, ""),
    "property names of an enum": ({"type": "object", "propertyNames": {"enum": ["a", "b"]},
                                   "additionalProperties": {"type": "boolean"}, "minProperties": 1, "maxProperties": 4},
                                  ""),
    "map": ({"type": "object", "additionalProperties": {"type": "number", "minimum": -1.5, "maximum": 1.5},
             "maxProperties": 3}, ""),
    "open object": ({**_object("ab", ab={"const": 1}), "additionalProperties": {"type": "boolean"}, "maxProperties": 3},
                    ""),
    "many properties required": ({"type": "object", "minProperties": 3}, "/minProperties"),
    "formats": (_object("a b c d e f g", a={"type": "string", "format": "date-time"},
                        b={"type": "string", "format": "uuid"}, c={"type": "string", "format": "email"},
                        d={"type": "string", "format": "ipv4"},
                        e={"type": "string", "format": "uri"}, f={"type": "string", "format": "time"},
                        g={"type": "string", "format": "duration"}), ""),
    "unknown format": (_object(a={"type": "string", "format": "iri-reference"}), "/properties/a/format"),
    "bounds": (_object("a b c d", a={"type": "integer", "exclusiveMinimum": -20, "exclusiveMaximum": -3},
                       b={"type": "number", "exclusiveMinimum": 0, "maximum": 0.25},
                       c={"type": "integer", "minimum": 995, "maximum": 1010},
                       d={"type": "number", "minimum": -2.5, "exclusiveMaximum": 3}), ""),
    "multiples": ({"type": "integer", "minimum": 0, "maximum": 100, "multipleOf": 15}, ""),
    "fractional multiples": ({"type": "number", "multipleOf": 0.01}, "/multipleOf"),
    "lengths": ({"type": "string", "minLength": 3, "maxLength": 5}, ""),
    "unicode pattern": ({"type": "string", "pattern": "^[\u4e00-\u9fa5]{2,4}(\u7701|\u5e02)$"}, ""),
    "escapes in a pattern": ({"type": "string", "pattern": "^\"[a-z]\\\\\\u0041\\.\\d+\"$"}, ""),
    "open pattern": ({"type": "string", "pattern": "[0-9]{2}", "minLength": 2}, ""),
    "look-ahead": ({"type": "string", "pattern": "^(?=.*[0-9]).+$"}, "/pattern"),
    "back reference": ({"type": "string", "pattern": "^(a|b)\\1$"}, "/pattern"),
    "unicode property": ({"type": "string", "pattern": "^\\p{L}+$"}, "/pattern"),
    "unique items of an enum": ({"type": "array", "items": {"enum": ["a", "b", "c"]}, "uniqueItems": True,
                                 "minItems": 2}, ""),
    "unique items": ({"type": "array", "items": {"type": "string"}, "uniqueItems": True}, "/uniqueItems"),
    "contains": ({"type": "array", "contains": {"const": 1}}, "/contains"),
    "tuple": ({"type": "array", "prefixItems": [{"const": 1}, TEXT], "items": False, "minItems": 2}, ""),
    "tuple with more": ({"type": "array", "prefixItems": [{"const": 1}], "items": {"type": "boolean"}, "minItems": 2,
                         "maxItems": 4}, ""),
    "constants": ({"enum": [{"a": [1, "\u00e9\"\\"]}, None, True, -1.5, "\n"]}, ""),
    "10 000 values": ({"enum": [f"{number * 7919:x}-{number}" for number in range(10_000)]}, ""),
    "10 000 numbers": (_object("n", n={"type": "integer", "enum": list(range(0, 50_000, 5))}), ""),
    "10 001 values": ({"enum": list(range(10_001))}, "/enum"),
    "1 000 branches": ({"anyOf": [_object(f"p{n}", **{f"p{n}": {"const": n}}) for n in range(1000)]}, ""),
    "old draft": ({"type": "integer", "minimum": 0, "exclusiveMinimum": True}, "/exclusiveMinimum"),
}  # fmt: skip
