"""Streamed chat completions: the order of chunks, what each has, usage, and the end."""

import json
from typing import Any

from openai.types.chat import ChatCompletionChunk

from tests.conformance.models.checks import Area
from tests.conformance.models.server import ModelServer, honoured_or_refused, ok, refused, streamed

area = Area("streams")
COUNT = [{"role": "user", "content": "Count: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10. Repeat it."}]


async def chunks_of(server: ModelServer, **fields: Any) -> list[Any]:
    return streamed(await server.chat(fields.pop("messages", None), stream=True, **fields))


def text_of(chunks: list[Any]) -> str:
    return "".join(one["delta"].get("content") or "" for chunk in chunks for one in chunk["choices"])


@area.check("the media type is text/event-stream")
async def _(server: ModelServer) -> None:
    streamed(await server.chat(stream=True))


@area.check("each chunk is a ChatCompletionChunk")
async def _(server: ModelServer) -> None:
    for chunk in await chunks_of(server):
        ChatCompletionChunk.model_validate(chunk)


@area.each("is the same in all chunks", ("id", "created", "model", "object"))
async def _(server: ModelServer, name: str) -> None:
    assert len({chunk[name] for chunk in await chunks_of(server, max_tokens=48)}) == 1


@area.check("object is chat.completion.chunk")
async def _(server: ModelServer) -> None:
    assert {chunk["object"] for chunk in await chunks_of(server)} == {"chat.completion.chunk"}


@area.check("model is the name that was asked for")
async def _(server: ModelServer) -> None:
    assert {chunk["model"] for chunk in await chunks_of(server)} == {server.model}


@area.check("the first delta has the role")
async def _(server: ModelServer) -> None:
    first = (await chunks_of(server))[0]["choices"][0]
    assert first["delta"]["role"] == "assistant" and first["finish_reason"] is None


@area.check("exactly one chunk has a finish_reason, after all text")
async def _(server: ModelServer) -> None:
    chunks = await chunks_of(server)
    finishes = [at for at, one in enumerate(chunks) if one["choices"] and one["choices"][0].get("finish_reason")]
    assert len(finishes) == 1
    assert not text_of(chunks[finishes[0] + 1 :])


@area.check("[DONE] comes last")
async def _(server: ModelServer) -> None:
    answer = await server.chat(stream=True)
    assert [data for _, data in answer.events].count("[DONE]") == 1
    assert answer.events[-1][1] == "[DONE]"


@area.check("events have no names")
async def _(server: ModelServer) -> None:
    assert {name for name, _ in (await server.chat(stream=True)).events} == {""}


@area.check("several chunks arrive for several tokens")
async def _(server: ModelServer) -> None:
    assert len(await chunks_of(server, messages=COUNT, max_tokens=20)) > 8


@area.check("the text is that of the whole answer")
async def _(server: ModelServer) -> None:
    whole = ok(await server.chat(COUNT, seed=5))["choices"][0]["message"]["content"]
    assert text_of(await chunks_of(server, messages=COUNT, seed=5)) == whole


@area.check("without include_usage no chunk has usage")
async def _(server: ModelServer) -> None:
    assert not any(chunk.get("usage") for chunk in await chunks_of(server))


@area.check("with include_usage the last chunk has usage and no choices")
async def _(server: ModelServer) -> None:
    last = (await chunks_of(server, stream_options={"include_usage": True}))[-1]
    assert last["choices"] == []
    usage = last["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"] > 1


@area.check("with include_usage all other chunks have usage null")
async def _(server: ModelServer) -> None:
    *others, _ = await chunks_of(server, stream_options={"include_usage": True})
    assert others and all("usage" in chunk and chunk["usage"] is None for chunk in others)


@area.check("include_usage false is as without")
async def _(server: ModelServer) -> None:
    assert not any(chunk.get("usage") for chunk in await chunks_of(server, stream_options={"include_usage": False}))


@area.check("include_obfuscation is accepted")
async def _(server: ModelServer) -> None:
    await chunks_of(server, stream_options={"include_obfuscation": False})


@area.check("usage is that of the whole answer")
async def _(server: ModelServer) -> None:
    whole = ok(await server.chat(COUNT))["usage"]
    usage = (await chunks_of(server, messages=COUNT, stream_options={"include_usage": True}))[-1]["usage"]
    assert all(usage[name] == whole[name] for name in ("prompt_tokens", "completion_tokens", "total_tokens"))


@area.check("a cut answer ends with length")
async def _(server: ModelServer) -> None:
    chunks = await chunks_of(server, messages=COUNT, max_tokens=3)
    assert [one for chunk in chunks for c in chunk["choices"] if (one := c.get("finish_reason"))] == ["length"]


@area.each("a stop string never passes", ("4", "3, 4", ["5", "4,"]))
async def _(server: ModelServer, stop: Any) -> None:
    text = text_of(await chunks_of(server, messages=COUNT, stop=stop, max_tokens=60))
    assert not any(one in text for one in ([stop] if isinstance(stop, str) else stop))


@area.check("logprobs")
async def _(server: ModelServer) -> None:
    chunks = await chunks_of(server, logprobs=True, top_logprobs=2, max_tokens=5)
    tokens = [
        token
        for chunk in chunks
        for one in chunk["choices"]
        for token in (one.get("logprobs") or {}).get("content") or []
    ]
    assert tokens and all(len(token["top_logprobs"]) == 2 for token in tokens)


@area.check("n = 2 streams two choices, or is refused by name")
async def _(server: ModelServer) -> None:
    answer = await server.chat(stream=True, n=2, temperature=1)
    if answer.status == 400:
        honoured_or_refused(answer, "n")
    else:
        assert {one["index"] for chunk in streamed(answer) for one in chunk["choices"]} == {0, 1}


@area.each("characters are never split", ("Repeat: 你好世界你好世界", "Repeat: 🙂🙃🙂🙃", "Repeat: ñandú über straße"))
async def _(server: ModelServer, text: str) -> None:
    chunks = await chunks_of(server, messages=[{"role": "user", "content": text}], max_tokens=24)
    assert "\ufffd" not in text_of(chunks)


@area.check("one token")
async def _(server: ModelServer) -> None:
    chunks = await chunks_of(server, max_tokens=1, stream_options={"include_usage": True})
    assert chunks[-1]["usage"]["completion_tokens"] == 1


@area.check("the response is not cached")
async def _(server: ModelServer) -> None:
    assert "no-" in (await server.chat(stream=True)).headers.get("cache-control", "")


@area.check("an unknown model is a plain 404")
async def _(server: ModelServer) -> None:
    answer = await server.chat(stream=True, model="no-such-model")
    refused(answer, status=404)
    assert not answer.events


@area.check("a prompt that is too long is a plain 400")
async def _(server: ModelServer) -> None:
    long = [{"role": "user", "content": "word " * (server.context * 2)}]
    error = refused(await server.chat(long, stream=True))
    assert error["code"] == "context_length_exceeded"


@area.check("events are single lines of JSON")
async def _(server: ModelServer) -> None:
    for block in (await server.chat(stream=True)).body.decode().strip().split("\n\n"):
        assert block.startswith("data: ") and "\n" not in block
        assert block == "data: [DONE]" or isinstance(json.loads(block[6:]), dict)
