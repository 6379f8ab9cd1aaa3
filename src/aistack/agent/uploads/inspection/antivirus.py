"""Scanning by clamd over its INSTREAM command (clamd(8)): chunks with their lengths, then the verdict."""

import asyncio
import contextlib
from pathlib import Path

from aistack.chassis.errors import Unavailable

CHUNK_BYTES = 1 << 16
ANSWER_BYTES_MAX = 4_096
SECONDS_MAX = 120.0


async def virus_in(path: Path, address: str) -> str:
    """The name of what clamd found in a file; empty if it is clean. `address` is HOST:PORT or the path of a socket.

    Raises Unavailable if clamd gives no verdict: a file that was not scanned is not let in.
    """
    try:
        async with asyncio.timeout(SECONDS_MAX):
            answer = await _scan(path, address)
    except (OSError, TimeoutError, ValueError) as error:
        raise Unavailable(f"the virus scanner does not answer ({type(error).__name__}); try again later") from None
    if answer.endswith(" OK"):
        return ""
    if answer.endswith(" FOUND"):
        return answer.removeprefix("stream: ").removesuffix(" FOUND")
    raise Unavailable(f"the virus scanner gave no verdict: {answer[:200]}")


async def _scan(path: Path, address: str) -> str:
    if address.startswith("/"):
        reader, writer = await asyncio.open_unix_connection(address)
    else:
        host, _, port = address.rpartition(":")
        reader, writer = await asyncio.open_connection(host.strip("[]"), int(port))
    try:
        writer.write(b"zINSTREAM\0")
        with path.open("rb") as file, contextlib.suppress(ConnectionError):  # past its limit it answers and closes
            while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
                writer.write(len(chunk).to_bytes(4, "big") + chunk)
                await writer.drain()
            writer.write(bytes(4))
            await writer.drain()
        return (await reader.read(ANSWER_BYTES_MAX)).decode("utf-8", "replace").strip("\0\r\n ")
    finally:
        writer.close()
