"""Worker processes: each can be given limits, and killed without harm to the service."""

import asyncio
import os
import signal
import sys
from contextlib import suppress

LENGTH_BYTES = 4  # the length before every frame that a worker sends
ENVIRONMENT = ("PATH", "PYTHONPATH", "LANG", "TZ")
STREAM_BYTES = 1 << 16


async def start_worker(module: str, stream_bytes: int = STREAM_BYTES) -> asyncio.subprocess.Process:
    """Runs a module of this package in a process group of its own, without the service's environment variables."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", module,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        env={name: os.environ[name] for name in ENVIRONMENT if name in os.environ},
        start_new_session=True, limit=stream_bytes,
    )  # fmt: skip


async def wait_or_kill(process: asyncio.subprocess.Process, seconds: float = 1.0) -> None:
    """Waits until the process exits, and kills it after `seconds`."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await process.wait()
    kill(process)


def kill(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
