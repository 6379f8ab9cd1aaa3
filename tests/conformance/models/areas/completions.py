"""Completions of a text, streamed and not."""

from typing import Any

from openai.types import Completion

from tests.conformance.models.checks import Area
from tests.conformance.models.server import ModelServer, honoured_or_refused, ok, refused, streamed

area = Area("completions")
INVALID: list[tuple[str, Any]] = [
    ("model", ...), ("prompt", ...), ("prompt", 3), ("prompt", {}), ("prompt", [1.5]), ("prompt", [None]),
    ("max_tokens", -1), ("max_tokens", "x"), ("temperature", "x"), ("temperature", 3), ("top_p", 2),
    ("n", -1), ("n", "x"), ("stop", 3), ("logprobs", "x"), ("stream", "x"), ("logit_bias", 3), ("presence_penalty", 9),
    ("seed", "x"), ("echo", "x"),
]  # fmt: skip


@area.check("an answer is a Completion")
async def _(server: ModelServer) -> None:
    body = ok(await server.complete())
    Completion.model_validate(body)
    assert body["object"] == "text_completion" and body["choices"][0]["text"]


@area.check("model is the name that was asked for")
async def _(server: ModelServer) -> None:
    assert ok(await server.complete())["model"] == server.model


@area.check("usage adds up")
async def _(server: ModelServer) -> None:
    usage = ok(await server.complete())["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"] > 1


@area.check("max_tokens cuts the answer")
async def _(server: ModelServer) -> None:
    body = ok(await server.complete(max_tokens=2))
    assert body["usage"]["completion_tokens"] <= 2 and body["choices"][0]["finish_reason"] == "length"


@area.each("a prompt of", (["One, two,"], [1, 2, 3], [[1, 2, 3]], "你好"))
async def _(server: ModelServer, prompt: Any) -> None:
    ok(await server.complete(prompt=prompt))


@area.check("several prompts give several choices, or are refused")
async def _(server: ModelServer) -> None:
    body = honoured_or_refused(await server.complete(prompt=["One,", "Two,"]), "prompt")
    assert body is None or [one["index"] for one in body["choices"]] == [0, 1]


@area.each("is honoured, or refused by name", ({"n": 2}, {"best_of": 2}, {"echo": True}, {"suffix": "end"}))
async def _(server: ModelServer, fields: dict[str, Any]) -> None:
    name = next(iter(fields))
    body = honoured_or_refused(await server.complete(temperature=1, **fields), name)
    if body is not None:
        assert name != "n" or len(body["choices"]) == 2
        assert name != "echo" or body["choices"][0]["text"].startswith("One, two,")


@area.check("a stop string is not in the answer")
async def _(server: ModelServer) -> None:
    found = ok(await server.complete(prompt="1, 2, 3, 4, 5, 6, 7,", stop=["9"], max_tokens=40))["choices"][0]
    assert "9" not in found["text"]


@area.check("logprobs")
async def _(server: ModelServer) -> None:
    body = honoured_or_refused(await server.complete(logprobs=2), "logprobs")
    assert body is None or body["choices"][0]["logprobs"]


@area.check("a seed repeats an answer")
async def _(server: ModelServer) -> None:
    one, two = [ok(await server.complete(seed=3, temperature=1))["choices"][0]["text"] for _ in range(2)]
    assert one == two


@area.check("each chunk of a stream is a Completion")
async def _(server: ModelServer) -> None:
    chunks = streamed(await server.complete(stream=True))
    for chunk in chunks:
        text = [one | {"finish_reason": one.get("finish_reason") or "stop"} for one in chunk["choices"]]
        Completion.model_validate(chunk | {"choices": text})
    assert len({(chunk["id"], chunk["created"], chunk["model"]) for chunk in chunks}) == 1


@area.check("a stream says why it ends, and [DONE]")
async def _(server: ModelServer) -> None:
    answer = await server.complete(stream=True, max_tokens=3)
    finishes = [one.get("finish_reason") for chunk in streamed(answer) for one in chunk["choices"]]
    assert [one for one in finishes if one] == ["length"]
    assert answer.events[-1][1] == "[DONE]"


@area.check("a stream has the text of the whole answer")
async def _(server: ModelServer) -> None:
    whole = ok(await server.complete())["choices"][0]["text"]
    chunks = streamed(await server.complete(stream=True))
    assert "".join(one["text"] for chunk in chunks for one in chunk["choices"]) == whole


@area.check("usage at the end of a stream")
async def _(server: ModelServer) -> None:
    chunks = streamed(await server.complete(stream=True, stream_options={"include_usage": True}))
    assert chunks[-1]["choices"] == [] and chunks[-1]["usage"]["total_tokens"] > 1


@area.each("is refused", INVALID)
async def _(server: ModelServer, case: tuple[str, Any]) -> None:
    refused(await server.complete(**{case[0]: case[1]}), case[0])


@area.check("an unknown model is 404")
async def _(server: ModelServer) -> None:
    assert refused(await server.complete(model="no-such-model"), status=404)["code"] == "model_not_found"
