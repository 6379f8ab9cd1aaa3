"""Embeddings: floats and base64, one input or many, texts or tokens."""

import base64
import math
import struct
from typing import Any

import openai
from openai.types import CreateEmbeddingResponse

from tests.conformance.models.checks import Area
from tests.conformance.models.server import ModelServer, honoured_or_refused, ok, refused

area = Area("embeddings", needs="embedding")
INVALID: list[tuple[str, Any]] = [
    ("model", ...), ("input", ...), ("input", None), ("input", []), ("input", ""), ("input", 3), ("input", {}),
    ("input", [""]), ("input", ["a", 3]), ("input", [None]), ("input", [["a"]]), ("encoding_format", "banana"),
    ("encoding_format", 3), ("dimensions", 0), ("dimensions", -4), ("dimensions", "x"), ("dimensions", 1.5),
]  # fmt: skip


def cosine(one: list[float], two: list[float]) -> float:
    return sum(a * b for a, b in zip(one, two, strict=True)) / (math.hypot(*one) * math.hypot(*two))


async def vectors(server: ModelServer, **fields: Any) -> list[list[float]]:
    return [one["embedding"] for one in ok(await server.embed(**fields))["data"]]


@area.check("an answer is a CreateEmbeddingResponse")
async def _(server: ModelServer) -> None:
    body = ok(await server.embed())
    CreateEmbeddingResponse.model_validate(body)
    assert body["object"] == "list" and body["data"][0]["object"] == "embedding"


@area.check("model is the name that was asked for")
async def _(server: ModelServer) -> None:
    assert ok(await server.embed())["model"] == server.embedding


@area.check("usage")
async def _(server: ModelServer) -> None:
    usage = ok(await server.embed())["usage"]
    assert usage["prompt_tokens"] == usage["total_tokens"] > 0


@area.check("floats are the default")
async def _(server: ModelServer) -> None:
    (vector,) = await vectors(server)
    assert len(vector) > 8 and all(isinstance(one, float) for one in vector)


@area.check("base64 is the same vector in float32")
async def _(server: ModelServer) -> None:
    (plain,) = await vectors(server, encoding_format="float")
    encoded = ok(await server.embed(encoding_format="base64"))["data"][0]["embedding"]
    data = base64.b64decode(encoded)
    decoded = struct.unpack(f"<{len(data) // 4}f", data)
    assert all(abs(a - b) < 1e-5 for a, b in zip(plain, decoded, strict=True))


@area.check("many inputs in their order")
async def _(server: ModelServer) -> None:
    body = ok(await server.embed(input=["one", "two", "three"]))
    assert [one["index"] for one in body["data"]] == [0, 1, 2]


@area.check("a vector does not depend on its neighbours")
async def _(server: ModelServer) -> None:
    (alone,) = await vectors(server)
    several = await vectors(server, input=["something else that is longer", "a red fox", "x"])
    assert cosine(alone, several[1]) > 0.9999


@area.check("equal inputs have equal vectors")
async def _(server: ModelServer) -> None:
    one, two = await vectors(server, input=["a red fox", "a red fox"])
    assert cosine(one, two) > 0.9999


@area.each("an input of", ([1, 2, 3], [[1, 2, 3], [4, 5]], ["你好", "🙂"], "line\nline"))
async def _(server: ModelServer, given: Any) -> None:
    found = await vectors(server, input=given)
    assert len(found) == (len(given) if isinstance(given, list) and not isinstance(given[0], int) else 1)


@area.check("a hundred inputs")
async def _(server: ModelServer) -> None:
    assert len(await vectors(server, input=[f"text {number}" for number in range(100)])) == 100


@area.check("dimensions are cut, or refused by name")
async def _(server: ModelServer) -> None:
    body = honoured_or_refused(await server.embed(dimensions=64), "dimensions")
    assert body is None or len(body["data"][0]["embedding"]) == 64


@area.check("more dimensions than there are")
async def _(server: ModelServer) -> None:
    refused(await server.embed(dimensions=60_000), "dimensions")


@area.check("user is accepted")
async def _(server: ModelServer) -> None:
    ok(await server.embed(user="u-1"))


@area.check("an input that is too long is refused, or said to be cut")
async def _(server: ModelServer) -> None:
    refused(await server.embed(input="word " * 20_000), "input", "context", "token", "long", "large")


@area.each("is refused", INVALID)
async def _(server: ModelServer, case: tuple[str, Any]) -> None:
    refused(await server.embed(**{case[0]: case[1]}), case[0])


@area.check("an unknown model is 404")
async def _(server: ModelServer) -> None:
    assert refused(await server.embed(model="no-such-model"), status=404)["code"] == "model_not_found"


@area.check("the official client, which asks for base64")
async def _(server: ModelServer) -> None:
    url = f"{server.embedding_url}/v1"
    async with openai.AsyncOpenAI(base_url=url, api_key=server.key, max_retries=0) as client:
        found = await client.embeddings.create(model=server.embedding, input=["a red fox", "b"])
    assert len(found.data) == 2 and isinstance(found.data[0].embedding[0], float)
