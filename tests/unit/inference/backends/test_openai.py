"""Models behind a URL: the answer carries the public name, and failures say whose they are."""

import asyncio
import json
from typing import Any

import pytest

from aistack.inference.backends.backend import Piece, PredictFailed, Prediction
from aistack.inference.backends.openai import OpenAiBackend
from harness.servers.chat import chat_server

CHUNKS = [
    {"id": "theirs", "choices": [{"index": 0, "delta": {"content": "Hel"}, "finish_reason": None}]},
    {"id": "theirs", "choices": [{"index": 0, "delta": {"content": "lo"}, "finish_reason": None}]},
    {"id": "theirs", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
    {"id": "theirs", "choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}},
]


async def pieces(url: str, **fields: Any) -> list[Piece]:
    body = {"messages": [{"role": "user", "content": "hi"}]} | fields
    backend = OpenAiBackend(url, "theirs")
    await backend.load()
    try:
        return [one async for one in backend.predict(Prediction("CHAT", body, "chatcmpl-1", 7, "ours"))]
    finally:
        await backend.close()


async def streamed(*events: dict[str, Any]) -> list[Piece]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        await reader.readexactly(int(head.split(b"content-length: ")[1].split(b"\r\n")[0]))
        data = b"".join(b"data: %b\n\n" % json.dumps(event).encode() for event in events)
        writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: text/event-stream\r\n\r\n" + data)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        return await pieces(f"http://127.0.0.1:{port}/v1", stream=True)


async def test_an_answer_has_our_name_and_id():
    async with chat_server(lambda messages, model: f"{model} says {messages[0]['content']}") as server:
        (piece,) = await pieces(server.url)
    assert piece.text == "theirs says hi" and piece.finish_reason == "stop"
    assert piece.event is not None and (piece.event["model"], piece.event["id"]) == ("ours", "chatcmpl-1")


async def test_a_stream_ends_with_its_usage():
    found = await streamed(*CHUNKS)
    assert "".join(one.text for one in found) == "Hello"
    assert found[-1].finish_reason == "stop" and found[-1].usage is not None and found[-1].usage.completion == 2
    assert {one.event["id"] for one in found if one.event} == {"chatcmpl-1"}


async def test_a_stream_that_breaks_off_is_a_failure():
    with pytest.raises(PredictFailed, match="before the answer was complete"):
        await streamed(*CHUNKS[:2])


async def test_failures_of_the_server_are_named():
    async with chat_server(lambda messages, model: "FAIL") as server:
        with pytest.raises(PredictFailed) as failed:
            await pieces(server.url)
    assert failed.value.status == 500
    with pytest.raises(PredictFailed, match="did not answer") as failed:
        await pieces("http://127.0.0.1:9/v1")
    assert failed.value.status == 503
