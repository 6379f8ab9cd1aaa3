"""The process that runs a model: started, watched and stopped.

A model that crashes does not take the worker with it, and its memory goes back to the system when it is unloaded.
"""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncGenerator, Mapping

from aistack.inference.backends.backend import Json, LoadFailed

READY_SECONDS_MAX = 600.0
STOP_SECONDS_MAX = 5.0
END_SECONDS = 1.0
ERROR_BYTES_MAX = 8192
LINE_BYTES_MAX = 64 << 20


class EngineProcess:
    """`python -m MODULE OPTIONS`, OPTIONS in JSON, which ends when its standard input does.

    `engine` names it in messages; it needs `packages`, which AI Stack's extra `extra` installs.
    """

    def __init__(self, module: str, engine: str, extra: str, packages: tuple[str, ...]) -> None:
        self._module = module
        self._engine = engine
        self._extra = extra
        self._packages = packages
        self._process: asyncio.subprocess.Process | None = None
        self._errors = b""
        self._watching: asyncio.Task[None] | None = None

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int:
        return self._process.pid if self._process is not None else 0

    async def start(self, options: Json, environ: Mapping[str, str], ready: bytes) -> bytes:
        """Returns the first line of its output that begins with `ready`. Raises LoadFailed."""
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", self._module, json.dumps(options)),
            stdin=pipe, stdout=pipe, stderr=pipe, limit=LINE_BYTES_MAX, env={"PYTHONUNBUFFERED": "1", **environ},
        )  # fmt: skip
        self._watching = asyncio.create_task(self._read_errors(self._process))
        try:
            return await asyncio.wait_for(self._until_ready(self._process, ready), READY_SECONDS_MAX)
        except TimeoutError:
            await self.stop()
            raise LoadFailed(f"the model was not loaded within {READY_SECONDS_MAX:g} s") from None
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Ends the process; requests in progress fail."""
        process = self._process
        if process is not None and process.returncode is None:
            if process.stdin is not None:
                process.stdin.close()
            try:
                await asyncio.wait_for(process.wait(), STOP_SECONDS_MAX)
            except TimeoutError:
                process.kill()
                await process.wait()
        if self._watching is not None:
            await self._watching

    def send(self, line: bytes) -> None:
        """Writes to its standard input, unless it has ended."""
        process = self._process
        if process is not None and process.stdin is not None and not process.stdin.is_closing():
            process.stdin.write(line)

    async def lines(self) -> AsyncGenerator[bytes]:
        """The lines of its output, until it has ended. Raises OSError, and ValueError for a line that is too long."""
        process = self._process
        assert process is not None and process.stdout is not None
        while line := await process.stdout.readline():
            yield line
        await process.wait()

    async def kill(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()

    async def has_ended(self) -> bool:
        """Whether the process has ended; waits a moment, as its connections break before it is gone."""
        if self._process is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), END_SECONDS)
        return not self.alive

    def why_gone(self) -> str:
        """What is known of the end of the process."""
        code = self._process.returncode if self._process is not None else None
        return f"its process ended with status {code}" if code is not None else "its process does not answer"

    async def _until_ready(self, process: asyncio.subprocess.Process, ready: bytes) -> bytes:
        async for line in self.lines():
            if line.startswith(ready):
                return line
        if self._watching is not None:
            await self._watching
        lines = self._errors.decode("utf-8", "replace").strip().splitlines()
        missing = any(f"No module named '{name}'" in line for name in self._packages for line in lines)
        hint = f"; install it with: pip install 'aistack[{self._extra}]'" if missing else ""
        last = lines[-1] if lines else "it wrote no error"
        raise LoadFailed(f"{self._engine} could not load it (status {process.returncode}): {last}{hint}")

    async def _read_errors(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        with contextlib.suppress(OSError):
            while part := await process.stderr.read(ERROR_BYTES_MAX):
                self._errors = (self._errors + part)[-ERROR_BYTES_MAX:]
