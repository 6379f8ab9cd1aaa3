"""No input that can be made up from the OpenAPI documents makes a service fail: never status 500."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.services.sql import sql_services
from harness.sql.shop import make_sqlite

pytestmark = pytest.mark.heavy

BIG = (2**31, 2**63, 27003655770214376669184, -(2**70))
TEXTS = ("", "shop", "\x00", "a" * 5000, "数", "'; --", "\ud7ff", "null", "%00", "{caller.id}", "9" * 40)
VALUES = (*BIG, *TEXTS, 0, -1, 1, 1.5, 1e308, True, None, [], {}, [[]], {"a": {"b": []}}, ["x"] * 50)
METHODS = ("get", "post", "put", "patch", "delete")
ENDLESS = ("/events", "/stream")


def resolved(schema: dict, document: dict) -> dict:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def value(schema: dict, document: dict, pick: random.Random, depth: int = 0) -> Any:
    """A value that the schema allows, or at times any other."""
    schema = resolved(schema, document)
    if depth > 5 or pick.random() < 0.15:
        return pick.choice(VALUES)
    for choices in ("anyOf", "oneOf", "allOf"):
        if choices in schema:
            return value(pick.choice(schema[choices]), document, pick, depth + 1)
    if "enum" in schema or "const" in schema:
        return pick.choice(schema.get("enum", [schema.get("const")]))
    match schema.get("type"):
        case "integer":
            return pick.choice((schema.get("minimum", 0), schema.get("maximum", 7), 3, *BIG))
        case "number":
            return pick.choice((schema.get("minimum", 0), 1.5, 1e308))
        case "boolean":
            return pick.choice((True, False))
        case "array":
            return [value(schema.get("items", {}), document, pick, depth + 1) for _ in range(pick.choice((0, 1, 3)))]
        case "object":
            properties = schema.get("properties", {})
            needed = schema.get("required", [])
            return {
                name: value(one, document, pick, depth + 1)
                for name, one in properties.items()
                if name in needed or pick.random() < 0.5
            }
        case _:
            return pick.choice(("shop", "SELECT 1", *TEXTS))


def requests(document: dict, pick: random.Random, each: int) -> Iterator[tuple[str, str, dict, Any]]:
    for path, operations in document["paths"].items():
        for method in METHODS:
            operation = operations.get(method)
            if operation is None or path.endswith(ENDLESS) or not path.startswith("/api"):
                continue
            for _ in range(each):
                url, query = path, {}
                for one in operation.get("parameters", ()):
                    given = value(one["schema"], document, pick)
                    if one["in"] == "path":
                        text = "".join(c for c in str(given) if c.isalnum())[:100] or "shop"
                        url = url.replace("{" + one["name"] + "}", text)
                    elif one["in"] == "query" and given is not None:
                        query[one["name"]] = str(given)[:2000]
                content = operation.get("requestBody", {}).get("content", {}).get("application/json")
                body = value(content["schema"], document, pick) if content else None
                yield method, url, query, body


async def send(tmp_path: Path, seed: int, each: int) -> int:
    pick, count = random.Random(seed), 0
    async with sql_services(tmp_path / "data") as services:
        for service in (services.connection, services.query, services.ai):
            document = service.openapi()
            for method, url, query, body in requests(document, pick, each):
                if not any(one["name"] == "shop" for one in (await services.http.get("/api/connections")).json()):
                    path = tmp_path / f"{count}.sqlite"
                    await services.connect(engine="sqlite", path=str(make_sqlite(path)))
                answer = await services.http.request(method, url, params=query, json=body)
                count += 1
                assert answer.status_code != 500, (method, url, query, body, answer.text)
    return count


async def test_made_up_requests_are_answered(tmp_path: Path):
    assert await send(tmp_path, 20, 1) > 40


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(5))
async def test_many_made_up_requests_are_answered(tmp_path: Path, seed: int):
    assert await send(tmp_path, seed, 40) > 1500


async def test_integers_that_reach_a_database_are_bounded(tmp_path: Path):
    async with sql_services(tmp_path / "data") as services:
        for service in (services.connection, services.query, services.ai):
            document = service.openapi()
            for path, operations in document["paths"].items():
                for method, operation in operations.items():
                    for one in operation.get("parameters", ()):
                        schemas = one["schema"].get("anyOf", [one["schema"]])
                        for schema in schemas:
                            bounded = schema.get("type") != "integer" or schema.get("maximum", 2**64) < 2**64
                            assert bounded, (method, path, one["name"])
