"""Processes that run an engine or an export apart from the service, so that they can be limited and killed."""

import asyncio
import os
import signal
import sys
from contextlib import suppress

LENGTH_BYTES = 4  # before every frame that a worker sends
ENVIRONMENT = ("PATH", "PYTHONPATH", "LANG", "TZ")
STREAM_BYTES = 1 << 16


async def start_worker(module: str, stream_bytes: int = STREAM_BYTES) -> asyncio.subprocess.Process:
    """One of our modules as a process group of its own, without the service's environment."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", module,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        env={name: os.environ[name] for name in ENVIRONMENT if name in os.environ},
        start_new_session=True, limit=stream_bytes,
    )  # fmt: skip


async def ended(process: asyncio.subprocess.Process, seconds: float = 1.0) -> None:
    """Returns when the process has gone: by itself within `seconds`, or killed."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await process.wait()
    kill(process)


def kill(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
