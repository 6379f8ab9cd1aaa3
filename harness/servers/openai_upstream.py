"""A scripted server of the OpenAI API: chat, completions, embeddings and rerank, streamed and not, well-behaved or not.

It follows the API's documented shapes: with `stream_options.include_usage`, chunks carry `usage: null` and a last chunk
has the usage and no choices; a stream ends with `[DONE]`; embeddings are floats, or little-endian float32 in base64. A
`Script` says in which way the next answers differ. It is checked with the official client in the tests.
"""

import asyncio
import base64
import json
import ssl
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

USAGE = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}


@dataclass
class Script:
    """How an answer goes. `gate` is waited for before the first token, `gate_after` pieces wait for `later`."""

    text: tuple[str, ...] = ("Hel", "lo")
    usage: dict | None = field(default_factory=lambda: dict(USAGE))
    usage_with_choices: bool = False
    finish: str = "stop"
    status: int = 200
    error: dict | None = None
    headers: dict[str, str] = field(default_factory=dict)
    gate: asyncio.Event | None = None
    later: asyncio.Event | None = None
    gate_after: int = 1
    reset_after: int | None = None  # pieces, then the connection is reset; 0 before anything is sent
    close_after: int | None = None  # the same, but closed as if all were said, without the end of the body
    error_after: int | None = None  # pieces, then an error event
    done: bool = True
    ticking: bool = False  # each chunk says when it was made itself, as llama.cpp's do
    bare: bool = False  # chunks have no usage but the one that gives it
    usage_again: int = 0  # how often the last event is repeated
    usage_after_done: bool = False
    tool_calls: list[dict] | None = None
    reasoning: str = ""
    model: str = ""  # the name that it answers with; empty for the one it was asked for


@dataclass
class Received:
    """A request as it arrived. `left` is set when the client closed before the answer was complete."""

    path: str
    headers: dict[str, str]
    body: dict
    left: asyncio.Event = field(default_factory=asyncio.Event)


class OpenAIUpstream:
    """`scripts` are taken in order, one an answer; the last one stays. `received` are the requests."""

    def __init__(self) -> None:
        self.url = ""
        self.received: list[Received] = []
        self.scripts: list[Script] = [Script()]
        self.answer: Callable[[dict], Script] | None = None

    def script(self, *scripts: Script) -> None:
        self.scripts = list(scripts)

    def _next(self, body: dict) -> Script:
        if self.answer is not None:
            return self.answer(body)
        return self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._serve_one(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        start, *lines = head.rstrip("\r\n").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        raw = await reader.readexactly(int(headers.get("content-length", "0")))
        request = Received(start.split(" ")[1], headers, _decoded(raw, headers))
        self.received.append(request)
        script = self._next(request.body)
        answering = asyncio.ensure_future(self._answer(writer, request, script))
        watching = asyncio.ensure_future(reader.read(1))
        await asyncio.wait((answering, watching), return_when=asyncio.FIRST_COMPLETED)
        if not answering.done():
            request.left.set()
            answering.cancel()
            return False
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        return answering.result()

    async def _answer(self, writer: asyncio.StreamWriter, request: Received, script: Script) -> bool:
        if script.reset_after == 0:
            writer.transport.abort()
            return False
        stream = bool(request.body.get("stream"))
        if script.gate is not None and not stream:
            await script.gate.wait()
        if script.status != 200:
            body = json.dumps(script.error or {"error": {"message": "scripted", "type": "x", "code": None}}).encode()
            writer.write(_head(script.status, "application/json", len(body), script.headers) + body)
        elif request.path.endswith("/embeddings"):
            body = json.dumps(_embeddings(request.body, script)).encode()
            writer.write(_head(200, "application/json", len(body), script.headers) + body)
        elif request.path.endswith("/rerank"):
            results = [{"index": at, "relevance_score": 1 / (at + 1)} for at in range(len(request.body["documents"]))]
            body = json.dumps({"model": request.body["model"], "results": results, "usage": script.usage}).encode()
            writer.write(_head(200, "application/json", len(body), script.headers) + body)
        elif request.path.endswith("/audio/transcriptions"):
            usage = {"type": "tokens", "input_tokens": 14, "output_tokens": 4, "total_tokens": 18}
            body = json.dumps({"text": "".join(script.text), "usage": usage}).encode()
            writer.write(_head(200, "application/json", len(body), script.headers) + body)
        elif request.path.endswith("/tokenize"):
            body = json.dumps({"tokens": [1, 2, 3], "count": 3}).encode()
            writer.write(_head(200, "application/json", len(body), script.headers) + body)
        elif stream:
            return await self._stream(writer, request, script)
        else:
            body = json.dumps(_completion(request, script)).encode()
            head = _head(200, "application/json", len(body), script.headers)
            if script.reset_after is not None:
                writer.write(head + body[: len(body) // 2])
                await writer.drain()
                writer.transport.abort()
                return False
            writer.write(head + body)
        await writer.drain()
        return True

    async def _stream(self, writer: asyncio.StreamWriter, request: Received, script: Script) -> bool:
        writer.write(_head(200, "text/event-stream", None, script.headers))
        if script.gate is not None:
            await writer.drain()
            await script.gate.wait()
        include = bool((request.body.get("stream_options") or {}).get("include_usage"))
        for number, event in enumerate(_events(request, script, include)):
            if script.later is not None and number == script.gate_after:
                await writer.drain()
                await script.later.wait()
            if number in (script.reset_after, script.close_after):
                await writer.drain()
                if number == script.reset_after:
                    writer.transport.abort()
                return False
            if script.ticking:
                event = event | {"created": 1000 + number}
            if script.bare and not event.get("usage"):
                event = {key: value for key, value in event.items() if key != "usage"}
            if number == script.error_after:
                _write_event(writer, {"error": {"message": "scripted failure", "type": "server_error", "code": None}})
                break
            _write_event(writer, event)
        else:
            for _ in range(script.usage_again):
                _write_event(writer, event)
            if script.done:
                _write(writer, b"data: [DONE]\n\n")
            if script.usage_after_done:
                _write_event(writer, {"id": "c-1", "object": "chat.completion.chunk", "choices": [], "usage": USAGE})
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        return True


def _decoded(raw: bytes, headers: dict[str, str]) -> dict:
    if "json" in headers.get("content-type", "json") and raw:
        return json.loads(raw)
    return {"raw": raw}


def _events(request: Received, script: Script, include: bool) -> list[dict]:
    """The chunks of a streamed answer: one a piece of text, then the finish, then the usage."""
    chat = request.path.endswith("/chat/completions")
    kind = "chat.completion.chunk" if chat else "text_completion"
    frame = {"id": "c-1", "object": kind, "created": 1, "model": script.model or request.body["model"]}
    if include:
        frame["usage"] = None
    deltas: list[dict] = [{"reasoning_content": script.reasoning}] if script.reasoning else []
    deltas += [{"content": piece} for piece in script.text]
    for at, call in enumerate(script.tool_calls or ()):
        name, arguments = call["name"], call["arguments"]
        deltas.append({"tool_calls": [{"index": at, "id": f"call_{at}", "type": "function",
                                       "function": {"name": name, "arguments": ""}}]})  # fmt: skip
        deltas += [{"tool_calls": [{"index": at, "function": {"arguments": part}}]} for part in arguments]
    if deltas and chat:
        deltas[0] = {"role": "assistant"} | deltas[0]
    events = []
    for delta in deltas:
        choice = {"index": 0, "delta": delta} if chat else {"index": 0, "text": delta.get("content", "")}
        events.append(frame | {"choices": [choice | {"finish_reason": None}]})
    last = {"index": 0, "delta": {}} if chat else {"index": 0, "text": ""}
    finish = frame | {"choices": [last | {"finish_reason": script.finish}]}
    if script.usage is not None and script.usage_with_choices:
        finish["usage"] = script.usage
    events.append(finish)
    if script.usage is not None and include and not script.usage_with_choices:
        events.append(frame | {"choices": [], "usage": script.usage})
    return events


def _completion(request: Received, script: Script) -> dict:
    text = "".join(script.text)
    frame = {"id": "c-1", "created": 1, "model": script.model or request.body["model"]}
    if request.path.endswith("/chat/completions"):
        message: dict = {"role": "assistant", "content": text, "refusal": None}
        if script.tool_calls:
            message["tool_calls"] = [
                {"id": f"call_{at}", "type": "function",
                 "function": {"name": one["name"], "arguments": "".join(one["arguments"])}}
                for at, one in enumerate(script.tool_calls)
            ]  # fmt: skip
        if script.reasoning:
            message["reasoning_content"] = script.reasoning
        choice = {"index": 0, "message": message, "finish_reason": script.finish, "logprobs": None}
        frame |= {"object": "chat.completion", "choices": [choice]}
    else:
        choice = {"index": 0, "text": text, "finish_reason": script.finish, "logprobs": None}
        frame |= {"object": "text_completion", "choices": [choice]}
    return frame | ({"usage": script.usage} if script.usage is not None else {})


def _embeddings(body: dict, script: Script) -> dict:
    given = body["input"]
    tokens = isinstance(given, list) and given and isinstance(given[0], int)
    count = 1 if isinstance(given, str) or tokens else len(given)
    vector = [0.25, -0.5, 1.0]
    encoded: object = vector
    if body.get("encoding_format") == "base64":
        encoded = base64.b64encode(struct.pack("<3f", *vector)).decode()
    data = [{"object": "embedding", "index": at, "embedding": encoded} for at in range(count)]
    frame = {"object": "list", "data": data, "model": script.model or body["model"]}
    return frame | ({"usage": {"prompt_tokens": 5, "total_tokens": 5}} if script.usage is not None else {})


def _head(status: int, media_type: str, length: int | None, headers: dict[str, str]) -> bytes:
    framing = "transfer-encoding: chunked" if length is None else f"content-length: {length}"
    extra = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} Scripted\r\ncontent-type: {media_type}\r\n{framing}\r\n{extra}\r\n".encode()


def _write(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(b"%x\r\n%b\r\n" % (len(data), data))


def _write_event(writer: asyncio.StreamWriter, event: dict) -> None:
    _write(writer, b"data: %b\n\n" % json.dumps(event, separators=(",", ":")).encode())


@asynccontextmanager
async def openai_upstream(tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> AsyncIterator[OpenAIUpstream]:
    """A running upstream; with `tls`, over HTTPS at `localhost`."""
    made = OpenAIUpstream()
    listening = await asyncio.start_server(made.serve, host, 0, ssl=tls)
    port = listening.sockets[0].getsockname()[1]
    made.url = f"https://localhost:{port}/v1" if tls else f"http://{host}:{port}/v1"
    try:
        yield made
    finally:
        listening.close()
