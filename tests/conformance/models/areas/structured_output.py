"""Structured output: an answer fits its schema, or the schema is refused by name; it is never ignored."""

import json
from typing import Any

import jsonschema
import openai
from pydantic import BaseModel

from tests.conformance.models.checks import Area
from tests.conformance.models.server import ModelServer, honoured_or_refused, ok, refused, streamed

area = Area("structured output")
TEXT = [{"role": "user", "content": "Extract: Ann Smith is 34 years old and lives in Rome."}]


def of(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object", "properties": properties, "required": list(properties), "additionalProperties": False,
    }  # fmt: skip


NODE = of(value={"type": "integer"}, next={"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]})
SCHEMAS: dict[str, Any] = {
    "strings": of(name={"type": "string"}, city={"type": "string"}),
    "an integer": of(age={"type": "integer"}),
    "a number": of(age={"type": "number"}),
    "a boolean": of(adult={"type": "boolean"}),
    "null": of(nothing={"type": "null"}),
    "an enum": of(city={"enum": ["Rome", "Paris", "Oslo"]}),
    "an enum of numbers": of(age={"enum": [33, 34, 35]}),
    "const": of(kind={"const": "person"}, name={"type": "string"}),
    "an object in an object": of(person=of(name={"type": "string"}, age={"type": "integer"})),
    "an array": of(names={"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 2}),
    "an array of objects": of(people={"type": "array", "items": of(age={"type": "integer"}), "maxItems": 1}),
    "anyOf": of(age={"anyOf": [{"type": "integer"}, {"type": "null"}]}),
    "several types": of(age={"type": ["integer", "null"]}),
    "$ref": of(one={"$ref": "#/$defs/town"}) | {"$defs": {"town": of(name={"type": "string", "maxLength": 20})}},
    "recursion": NODE | {"$defs": {"node": NODE}},
    "a pattern": of(code={"type": "string", "pattern": "^[A-Z]{3}-[0-9]{2}$"}),
    "lengths": of(name={"type": "string", "minLength": 2, "maxLength": 5}),
    "limits of an integer": of(age={"type": "integer", "minimum": 30, "maximum": 40}),
    "an optional property": {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"],
                             "additionalProperties": False},
    "a date": of(day={"type": "string", "format": "date"}),
    "the root is an array": {"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 3},
    "patternProperties": {"type": "object", "patternProperties": {"^x_": {"type": "integer"}},
                          "additionalProperties": False, "minProperties": 1},
    "allOf": {"allOf": [of(age={"type": "integer"})]},
    "not": of(age={"not": {"type": "string"}}),
    "uniqueItems": of(n={"type": "array", "items": {"enum": [1, 2]}, "uniqueItems": True, "minItems": 2,
                         "maxItems": 2}),
}  # fmt: skip
BROKEN: dict[str, Any] = {
    "a type that is none": {"type": "banana"},
    "a pattern that is none": of(code={"type": "string", "pattern": "([a-z"}),
    "a reference to nowhere": of(one={"$ref": "#/$defs/nowhere"}),
    "properties that are no object": {"type": "object", "properties": [1]},
    "required that is no list": {"type": "object", "properties": {}, "required": "name"},
    "an empty enum": of(city={"enum": []}),
}


def wanted(schema: Any, **more: Any) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema} | more}


def content(answer: Any) -> str:
    return answer["choices"][0]["message"]["content"]


@area.each("fits", SCHEMAS)
async def _(server: ModelServer, schema: Any) -> None:
    answer = await server.chat(TEXT, response_format=wanted(schema, strict=True), max_tokens=200)
    body = honoured_or_refused(answer, "schema")
    if body is not None and body["choices"][0]["finish_reason"] == "stop":
        jsonschema.validate(json.loads(content(body)), schema)


@area.each("a stream fits", {name: SCHEMAS[name] for name in ("strings", "an enum", "an array", "a pattern")})
async def _(server: ModelServer, schema: Any) -> None:
    answer = await server.chat(TEXT, response_format=wanted(schema), max_tokens=200, stream=True)
    choices = [one for chunk in streamed(answer) for one in chunk["choices"]]
    if any(one.get("finish_reason") == "stop" for one in choices):
        jsonschema.validate(json.loads("".join(one["delta"].get("content") or "" for one in choices)), schema)


@area.each("is refused by name:", BROKEN)
async def _(server: ModelServer, schema: Any) -> None:
    refused(await server.chat(response_format=wanted(schema)), "schema", "response_format")


@area.each("is refused before a stream begins:", ("a type that is none", "a pattern that is none"))
async def _(server: ModelServer, name: str) -> None:
    refused(await server.chat(response_format=wanted(BROKEN[name]), stream=True), "schema", "response_format")


@area.check("json_object gives an object")
async def _(server: ModelServer) -> None:
    words = [{"role": "user", "content": 'Answer in JSON with the keys "name" and "age": Ann Smith is 34.'}]
    body = ok(await server.chat(words, response_format={"type": "json_object"}, max_tokens=200))
    if body["choices"][0]["finish_reason"] == "stop":
        assert isinstance(json.loads(content(body)), dict)


@area.check("text is as none")
async def _(server: ModelServer) -> None:
    ok(await server.chat(response_format={"type": "text"}))


@area.check("10 000 branches end within the time")
async def _(server: ModelServer) -> None:
    many = of(city={"enum": [f"city-{number}" for number in range(10_000)]})
    body = honoured_or_refused(await server.chat(response_format=wanted(many), max_tokens=40), "schema", "enum")
    if body is not None and body["choices"][0]["finish_reason"] == "stop":
        jsonschema.validate(json.loads(content(body)), many)


@area.check("the official client parses an answer")
async def _(server: ModelServer) -> None:
    class Person(BaseModel):
        name: str
        age: int

    async with openai.AsyncOpenAI(base_url=f"{server.url}/v1", api_key=server.key, max_retries=0) as client:
        parsed = await client.chat.completions.parse(
            model=server.model, messages=TEXT, response_format=Person, max_tokens=200, temperature=0
        )
    assert isinstance(parsed.choices[0].message.parsed, Person)
