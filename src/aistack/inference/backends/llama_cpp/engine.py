"""A model's process: started, watched and stopped; its counters."""

import asyncio
import contextlib
import json
import os
import secrets
import sys
import tempfile
from pathlib import Path

from aistack.inference.backends.backend import LoadFailed
from aistack.inference.backends.llama_cpp.connection import EngineGone, EngineRefused, call
from aistack.inference.backends.llama_cpp.openmp import library_path

READY_SECONDS_MAX = 600.0
STOP_SECONDS_MAX = 5.0
END_SECONDS = 1.0
ERROR_BYTES_MAX = 4096
# llama.cpp's threads wait for each other hundreds of times a token, and GNU OpenMP lets them spin for a millisecond
# each time. Where the cores have other work too, that makes a model many times slower: so they sleep soon.
ENVIRON = {"PYTHONUNBUFFERED": "1", "GOMP_SPINCOUNT": "1000", "MALLOC_ARENA_MAX": "2"}
COUNTERS = {
    "llamacpp:n_decode_total": "steps",
    "llamacpp:prompt_tokens_total": "prompt_tokens",
    "llamacpp:tokens_predicted_total": "completion_tokens",
    "llamacpp:requests_processing": "processing",
}


class Engine:
    """The process of one model. `options` are those of `native`, without the socket."""

    def __init__(self, options: dict[str, object]) -> None:
        self._options = options
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._errors = b""
        self._watching: asyncio.Task[None] | None = None
        self.socket = Path()

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int:
        return self._process.pid if self._process is not None else 0

    async def start(self) -> None:
        """Raises LoadFailed."""
        self._folder = tempfile.TemporaryDirectory(prefix="aistack-model-")
        self.socket = Path(self._folder.name) / f"{secrets.token_hex(4)}.sock"
        words = [sys.executable, "-m", "aistack.inference.backends.llama_cpp.native"]
        options = json.dumps(self._options | {"socket": str(self.socket)})
        pipe = asyncio.subprocess.PIPE
        environ = {**ENVIRON, **os.environ}
        if path := library_path(Path(self._folder.name), environ.get("LD_LIBRARY_PATH", "")):
            environ["LD_LIBRARY_PATH"] = path
        self._process = await asyncio.create_subprocess_exec(
            *words, options, stdin=pipe, stdout=pipe, stderr=pipe, env=environ
        )
        self._watching = asyncio.create_task(self._read_errors(self._process))
        try:
            await asyncio.wait_for(self._until_ready(self._process), READY_SECONDS_MAX)
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
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    async def counters(self) -> dict[str, str]:
        """What the engine counts itself; empty when it does not answer."""
        try:
            page = await call(self.socket, "GET", "/metrics")
        except (EngineGone, EngineRefused):
            return {}
        found: dict[str, str] = {}
        for line in str(page).splitlines():
            name, _, value = line.partition(" ")
            if name in COUNTERS:
                found[COUNTERS[name]] = value.removesuffix(".0")
        return found

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

    async def _until_ready(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while line := await process.stdout.readline():
            if line.strip() == b"ready":
                return
        await process.wait()
        if self._watching is not None:
            await self._watching
        said = self._errors.decode("utf-8", "replace").strip().splitlines()
        missing = any("No module named 'xllamacpp'" in line for line in said)
        hint = "; install it with: pip install 'aistack[local]'" if missing else ""
        raise LoadFailed(f"llama.cpp could not load it (status {process.returncode}): {said[-1] if said else ''}{hint}")

    async def _read_errors(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        with contextlib.suppress(OSError):
            while part := await process.stderr.read(ERROR_BYTES_MAX):
                self._errors = (self._errors + part)[-ERROR_BYTES_MAX:]
