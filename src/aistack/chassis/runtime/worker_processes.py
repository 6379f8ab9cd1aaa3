"""Pools of processes for untrusted input: started on demand, limited in time and memory, and ended when idle.

A worker is a module that calls `worker_serving.serve`.
"""

import asyncio
import contextlib
import json
import sys
import time
from dataclasses import dataclass
from typing import Any

from aistack.chassis.runtime.worker_serving import MESSAGE_LENGTH_BYTES, encoded


class WorkerFailed(Exception):
    """The process took too long or crashed. The message says which."""


class WorkerTimedOut(WorkerFailed):
    pass


class WorkerCrashed(WorkerFailed):
    pass


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    processes: int
    seconds: float
    memory_mib: int
    idle_seconds: float


class WorkerPool:
    """Processes that run one module. Use it from one event loop."""

    def __init__(self, module: str, limits: WorkerLimits) -> None:
        self.limits = limits
        self._module = module
        self._slots = asyncio.Semaphore(limits.processes)
        self._idle: list[tuple[float, asyncio.subprocess.Process]] = []
        self._all: set[asyncio.subprocess.Process] = set()

    async def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """The worker's answer. Raises WorkerFailed."""
        async with self._slots:
            process = self._idle.pop()[1] if self._idle else await self._start()
            try:
                async with asyncio.timeout(self.limits.seconds):
                    answer = await _exchange(process, request)
            except TimeoutError:
                await self._end(process)
                raise WorkerTimedOut(f"it took longer than {self.limits.seconds:g} s") from None
            except (asyncio.IncompleteReadError, ConnectionError):
                await self._end(process)
                raise WorkerCrashed("the process crashed; the input may be damaged, malicious or too large") from None
            except BaseException:
                await self._end(process)
                raise
            self._idle.append((time.monotonic(), process))
        return answer

    async def end_idle(self) -> None:
        """Ends processes that have been idle for `idle_seconds`."""
        deadline = time.monotonic() - self.limits.idle_seconds
        while self._idle and self._idle[0][0] < deadline:
            await self._end(self._idle.pop(0)[1])

    async def close(self) -> None:
        """Ends all processes."""
        self._idle.clear()
        for process in tuple(self._all):
            await self._end(process)

    async def _start(self) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", self._module, str(self.limits.memory_mib),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
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
    process.stdin.write(encoded(request))
    await process.stdin.drain()
    length = int.from_bytes(await process.stdout.readexactly(MESSAGE_LENGTH_BYTES), "big")
    return json.loads(await process.stdout.readexactly(length))
