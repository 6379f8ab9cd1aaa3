"""A pool of parsing processes: started on demand, limited in time and memory, and ended when idle."""

import asyncio
import contextlib
import json
import sys
import time
from pathlib import Path
from typing import Any

from aistack.rag.intake.parse_worker import MESSAGE_LENGTH_BYTES, encode_message
from aistack.rag.parsing.formats.builder import ParseError
from aistack.rag.settings import RagSettings


class ParsePool:
    """At most `parse_workers` processes. Use it from one event loop."""

    def __init__(self, settings: RagSettings) -> None:
        self.settings = settings
        self._slots = asyncio.Semaphore(settings.parse_workers)
        self._idle: list[tuple[float, asyncio.subprocess.Process]] = []
        self._all: set[asyncio.subprocess.Process] = set()

    async def parse(self, path: Path, name: str) -> dict[str, Any]:
        """The result of `parse_worker.parsed` for the file. Raises ParseError."""
        settings = self.settings
        request = {
            "path": str(path),
            "name": name,
            "pages_max": settings.pages_max,
            "text_characters_max": settings.text_characters_max,
            "ocr_pages_max": settings.ocr_pages_max,
            "chunk_tokens": settings.chunk_tokens,
            "chunk_overlap_tokens": settings.chunk_overlap_tokens,
        }
        async with self._slots:
            process = self._idle.pop()[1] if self._idle else await self._start()
            try:
                async with asyncio.timeout(settings.parse_seconds_max):
                    answer = await _exchange(process, request)
            except TimeoutError:
                await self._end(process)
                raise ParseError(f"parsing took longer than {settings.parse_seconds_max:g} s") from None
            except (asyncio.IncompleteReadError, ConnectionError):
                await self._end(process)
                raise ParseError(
                    "the parsing process crashed; the file may be damaged, malicious or too large"
                ) from None
            except BaseException:
                await self._end(process)
                raise
            self._idle.append((time.monotonic(), process))
        if "error" in answer:
            raise ParseError(answer["error"])
        return answer

    async def end_idle(self) -> None:
        """Ends processes that have been idle for `parse_idle_seconds`."""
        deadline = time.monotonic() - self.settings.parse_idle_seconds
        while self._idle and self._idle[0][0] < deadline:
            await self._end(self._idle.pop(0)[1])

    async def close(self) -> None:
        """Ends all processes."""
        self._idle.clear()
        for process in tuple(self._all):
            await self._end(process)

    async def _start(self) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "aistack.rag.intake.parse_worker",
            str(self.settings.parse_memory_mib),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        self._all.add(process)
        return process

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        self._all.discard(process)
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _exchange(process: asyncio.subprocess.Process, request: dict[str, Any]) -> dict[str, Any]:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(encode_message(request))
    await process.stdin.drain()
    length = int.from_bytes(await process.stdout.readexactly(MESSAGE_LENGTH_BYTES), "big")
    return json.loads(await process.stdout.readexactly(length))
