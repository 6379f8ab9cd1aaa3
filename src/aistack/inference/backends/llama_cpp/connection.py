"""HTTP/1.1 to the model's process over its Unix socket: one connection a request, closed to cancel it."""

import asyncio
import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any, cast

from aistack.inference.backends.backend import Json

HEAD_BYTES_MAX = 64 << 10
BODY_BYTES_MAX = 256 << 20
LINE_BYTES_MAX = 16 << 20
SIZE_LINE_BYTES_MAX = 64


class EngineGone(Exception):
    """The model's process does not answer any more."""


class EngineRefused(Exception):
    """The engine answered with an error."""

    def __init__(self, status: int, error: Json) -> None:
        super().__init__(str(error.get("message", "")))
        self.status = status
        self.error = error


async def call(socket: Path, method: str, path: str, body: Json | None = None) -> Any:
    """The answer, decoded if it is JSON. Raises EngineGone, EngineRefused."""
    reader, writer = await _opened(socket, method, path, body)
    try:
        chunked, length, kind = await _head(reader)
        parts = [part async for part in _parts(reader, chunked, length)]
    except (OSError, asyncio.IncompleteReadError, ValueError) as error:
        raise EngineGone(str(error)) from None
    finally:
        writer.close()
    content = b"".join(parts)
    return json.loads(content) if "json" in kind else content.decode("utf-8", "replace")


async def events(socket: Path, path: str, body: Json) -> AsyncGenerator[Json]:
    """The events of a streamed answer. Closing the iterator cancels the request. Raises EngineGone, EngineRefused."""
    reader, writer = await _opened(socket, "POST", path, body)
    try:
        chunked, length, _ = await _head(reader)
        held = b""
        async for part in _parts(reader, chunked, length):
            held += part
            if len(held) > LINE_BYTES_MAX:
                raise EngineGone("an event is too large")
            *lines, held = held.split(b"\n")
            for line in lines:
                if line.startswith(b"data: {"):
                    event = json.loads(line[6:])
                    if "error" in event:
                        raise _refused(500, event)
                    yield event
                elif line.startswith(b"data: [DONE]"):
                    return
        raise EngineGone("the answer ended early")
    except (OSError, asyncio.IncompleteReadError, ValueError) as error:
        raise EngineGone(str(error) or "the connection broke") from None
    finally:
        writer.transport.abort()


async def _opened(
    socket: Path, method: str, path: str, body: Json | None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    data = json.dumps(body).encode() if body is not None else b""
    head = f"{method} {path} HTTP/1.1\r\nhost: engine\r\nconnection: close\r\ncontent-type: application/json\r\n"
    try:
        reader, writer = await asyncio.open_unix_connection(str(socket), limit=HEAD_BYTES_MAX)
        writer.write(f"{head}content-length: {len(data)}\r\n\r\n".encode() + data)
        await writer.drain()
    except OSError as error:
        raise EngineGone(str(error)) from None
    return reader, writer


async def _head(reader: asyncio.StreamReader) -> tuple[bool, int, str]:
    """Whether the body is chunked, its length (-1: to the end), and its type. Raises EngineRefused for an error."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError:
        raise EngineGone("its answer has too long a head") from None
    first, *lines = head.decode("latin-1").split("\r\n")
    fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    chunked = fields.get("transfer-encoding", "") == "chunked"
    length = int(fields.get("content-length", -1))
    status = int(first.split(" ")[1])
    if status >= 400:
        content = b"".join([part async for part in _parts(reader, chunked, length)])
        try:
            found = json.loads(content)
        except ValueError:
            found = {"error": {"message": content[:500].decode("utf-8", "replace")}}
        raise _refused(status, found)
    return chunked, length, fields.get("content-type", "")


async def _parts(reader: asyncio.StreamReader, chunked: bool, length: int) -> AsyncGenerator[bytes]:
    if not chunked:
        yield await reader.readexactly(_checked(length)) if length >= 0 else await reader.read(BODY_BYTES_MAX)
        return
    held = bytearray()
    ended = False
    while not ended:
        data = await reader.read(HEAD_BYTES_MAX)
        if not data:
            raise ValueError("the answer ended early")
        held += data
        parts, ended = _chunks(held)
        if parts:
            yield parts


def _chunks(held: bytearray) -> tuple[bytes, bool]:
    """Takes the complete chunks out of what was received; whether the last one was among them. Raises ValueError."""
    parts: list[bytes] = []
    at = 0
    while (line_end := held.find(b"\r\n", at, at + SIZE_LINE_BYTES_MAX)) >= 0:
        size = _checked(int(held[at:line_end], 16))
        end = line_end + 2 + size
        if not size or len(held) < end + 2:
            break
        parts.append(bytes(held[line_end + 2 : end]))
        at = end + 2
    else:
        size = -1
        if len(held) - at >= SIZE_LINE_BYTES_MAX:
            raise ValueError("a chunk without a size")
    del held[:at]
    return b"".join(parts), size == 0


def _checked(size: int) -> int:
    if not 0 <= size <= BODY_BYTES_MAX:
        raise ValueError(f"a body of {size} bytes")
    return size


def _refused(status: int, found: Json) -> EngineRefused:
    error = found.get("error", found)
    described = cast(Json, error) if isinstance(error, dict) else {"message": str(cast(object, error))}
    code = described.get("code")
    return EngineRefused(code if isinstance(code, int) and 400 <= code < 600 else status, described)
