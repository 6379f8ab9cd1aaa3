"""Chat completions that are not streamed: their content, and the fields that a request may have."""

import asyncio
import time
from typing import Any

from openai.types.chat import ChatCompletion

from tests.conformance.models.checks import Area
from tests.conformance.models.server import HELLO, ModelServer, honoured_or_refused, ok, refused

area = Area("chat")
NULLABLE = (
    "temperature", "top_p", "stop", "seed", "tools", "tool_choice", "n", "logprobs", "top_logprobs", "user",
    "response_format", "stream_options", "max_tokens", "logit_bias", "presence_penalty", "frequency_penalty",
)  # fmt: skip
HINTS: dict[str, Any] = {
    "user": "u-1", "safety_identifier": "s-1", "metadata": {"a": "b"}, "service_tier": "auto", "store": False,
    "prompt_cache_key": "k", "parallel_tool_calls": True, "modalities": ["text"], "verbosity": "low",
    "reasoning_effort": "low", "prediction": {"type": "content", "content": "Hello"}, "temperature": 0.7, "top_p": 0.9,
    "presence_penalty": 0.5, "frequency_penalty": -0.5, "logit_bias": {"15": -50}, "seed": 7, "stream": False,
    "stream_options": None, "tool_choice": "none", "prompt_cache_retention": "24h",
}  # fmt: skip


def choice(answer: dict[str, Any]) -> dict[str, Any]:
    assert len(answer["choices"]) == 1
    return answer["choices"][0]


@area.check("an answer is a ChatCompletion")
async def _(server: ModelServer) -> None:
    ChatCompletion.model_validate(ok(await server.chat()), strict=False)


@area.check("its object is chat.completion")
async def _(server: ModelServer) -> None:
    assert ok(await server.chat())["object"] == "chat.completion"


@area.check("two answers have different ids")
async def _(server: ModelServer) -> None:
    one, two = ok(await server.chat()), ok(await server.chat())
    assert isinstance(one["id"], str) and one["id"] and one["id"] != two["id"]


@area.check("created is the time in seconds")
async def _(server: ModelServer) -> None:
    created = ok(await server.chat())["created"]
    assert isinstance(created, int) and abs(created - time.time()) < 300


@area.check("model is the name that was asked for")
async def _(server: ModelServer) -> None:
    assert ok(await server.chat())["model"] == server.model


@area.check("the choice has index 0 and the role assistant")
async def _(server: ModelServer) -> None:
    found = choice(ok(await server.chat()))
    assert (found["index"], found["message"]["role"]) == (0, "assistant")
    assert isinstance(found["message"]["content"], str) and found["message"]["content"]


@area.check("the media type is application/json")
async def _(server: ModelServer) -> None:
    assert (await server.chat()).headers["content-type"].startswith("application/json")


@area.check("usage adds up")
async def _(server: ModelServer) -> None:
    usage = ok(await server.chat())["usage"]
    assert usage["prompt_tokens"] > 0 and usage["completion_tokens"] > 0
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]


@area.check("a longer prompt has more tokens")
async def _(server: ModelServer) -> None:
    short = ok(await server.chat())["usage"]["prompt_tokens"]
    long = ok(await server.chat([{"role": "user", "content": "Say hello. " * 20}]))["usage"]["prompt_tokens"]
    assert long >= short + 20


@area.each("the answer is cut at", ("max_tokens", "max_completion_tokens"))
async def _(server: ModelServer, name: str) -> None:
    body = ok(await server.chat([{"role": "user", "content": "Count to 50."}], **{"max_tokens": ...} | {name: 3}))
    assert choice(body)["finish_reason"] == "length"
    assert body["usage"]["completion_tokens"] <= 3


@area.check("one token is enough")
async def _(server: ModelServer) -> None:
    body = ok(await server.chat(max_tokens=1))
    assert body["usage"]["completion_tokens"] == 1 and choice(body)["finish_reason"] in ("length", "stop")


@area.check("an answer that ends by itself has finish_reason stop")
async def _(server: ModelServer) -> None:
    words = [{"role": "user", "content": "Reply with one word: yes."}]
    assert choice(ok(await server.chat(words, max_tokens=200)))["finish_reason"] == "stop"


@area.each("a message of the role", ("system", "developer"))
async def _(server: ModelServer, role: str) -> None:
    ok(await server.chat([{"role": role, "content": "Be brief."}, *HELLO]))


@area.check("earlier turns")
async def _(server: ModelServer) -> None:
    turns = [*HELLO, {"role": "assistant", "content": "Hello!"}, {"role": "user", "content": "And again?"}]
    first, later = ok(await server.chat())["usage"], ok(await server.chat(turns))["usage"]
    assert later["prompt_tokens"] > first["prompt_tokens"]


@area.check("content in parts is the same as their text")
async def _(server: ModelServer) -> None:
    parts = [{"role": "user", "content": [{"type": "text", "text": "Say "}, {"type": "text", "text": "hello."}]}]
    ok(await server.chat(parts))


@area.check("the content of an assistant in parts")
async def _(server: ModelServer) -> None:
    held = {"role": "assistant", "content": [{"type": "text", "text": "Hello!"}]}
    ok(await server.chat([*HELLO, held, {"role": "user", "content": "Again."}]))


@area.check("the name of a participant")
async def _(server: ModelServer) -> None:
    ok(await server.chat([{"role": "user", "content": "Say hello.", "name": "ann"}]))


@area.check("empty content")
async def _(server: ModelServer) -> None:
    ok(await server.chat([{"role": "user", "content": ""}]))


@area.each("text", ("你好，世界", "Привет", "🙂👩‍👩‍👧", "a\u0000b", "line\nline\ttab", '"quoted" \\ back'))
async def _(server: ModelServer, text: str) -> None:
    ok(await server.chat([{"role": "user", "content": text}]))


@area.check("temperature 0 and a seed repeat an answer")
async def _(server: ModelServer) -> None:
    answers = [await server.chat(seed=1, max_tokens=16) for _ in range(2)]
    one, two = (choice(ok(answer))["message"]["content"] for answer in answers)
    assert one == two


@area.each("a stop string is not in the answer", ("4", ["4", "nothing"], ["x", "y", "z", "4"]))
async def _(server: ModelServer, stop: Any) -> None:
    words = [{"role": "user", "content": "Count: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10. Repeat it."}]
    found = choice(ok(await server.chat(words, stop=stop, max_tokens=60)))
    assert "4" not in found["message"]["content"] and found["finish_reason"] == "stop"


@area.check("logprobs")
async def _(server: ModelServer) -> None:
    body = ok(await server.chat(logprobs=True, max_tokens=4))
    tokens = choice(body)["logprobs"]["content"]
    assert 1 <= len(tokens) <= 4
    for token in tokens:
        assert isinstance(token["token"], str) and token["logprob"] <= 0 and token["top_logprobs"] == []


@area.check("top_logprobs")
async def _(server: ModelServer) -> None:
    tokens = choice(ok(await server.chat(logprobs=True, top_logprobs=3, max_tokens=4)))["logprobs"]["content"]
    assert tokens and all(len(token["top_logprobs"]) == 3 for token in tokens)
    assert all(isinstance(one["bytes"], list) for token in tokens for one in token["top_logprobs"])


@area.check("without logprobs there are none")
async def _(server: ModelServer) -> None:
    assert choice(ok(await server.chat())).get("logprobs") is None


@area.check("logit_bias of -100 forbids a token")
async def _(server: ModelServer) -> None:
    first = choice(ok(await server.chat(max_tokens=1, logprobs=True)))["logprobs"]["content"][0]
    assert isinstance(first.get("token"), str) and isinstance(first.get("bytes"), list)


@area.check("n = 2 gives two choices, or is refused by name")
async def _(server: ModelServer) -> None:
    body = honoured_or_refused(await server.chat(n=2, temperature=1), "n")
    assert body is None or [one["index"] for one in body["choices"]] == [0, 1]


@area.each("is accepted as null", NULLABLE)
async def _(server: ModelServer, name: str) -> None:
    ok(await server.chat(**{name: None}))


@area.each("is accepted, or refused by name", HINTS)
async def _(server: ModelServer, value: Any) -> None:
    name = next(key for key, one in HINTS.items() if one is value)
    honoured_or_refused(await server.chat(**{name: value}), name)


@area.check("an image is seen, or refused by its place")
async def _(server: ModelServer) -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
    message = {"role": "user", "content": [{"type": "text", "text": "What is it?"}, image]}
    honoured_or_refused(await server.chat([message]), "image", "content")


@area.check("audio is heard, or refused by its place")
async def _(server: ModelServer) -> None:
    sound = {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}
    honoured_or_refused(await server.chat([{"role": "user", "content": [sound]}]), "audio", "content")


@area.check("many requests at once get each their own answer")
async def _(server: ModelServer) -> None:
    answers = await asyncio.gather(*(server.chat(max_tokens=4) for _ in range(8)))
    assert len({ok(answer)["id"] for answer in answers}) == 8


@area.check("an unknown model is 404 model_not_found")
async def _(server: ModelServer) -> None:
    error = refused(await server.chat(model="no-such-model"), status=404)
    assert error["code"] == "model_not_found"


@area.check("n = 0 answers no choices of nothing")
async def _(server: ModelServer) -> None:
    refused(await server.chat(n=0), "n")
