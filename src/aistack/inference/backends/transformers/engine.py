"""A model's process: started, watched, stopped; jobs to it and tokens from it."""

import asyncio
import contextlib
import itertools
import json
import os
import sys
from collections.abc import AsyncGenerator
from dataclasses import asdict

from aistack.inference.backends.backend import Json, LoadFailed, PredictFailed
from aistack.inference.backends.generation.jobs import Job, Token

READY_SECONDS_MAX = 600.0
STOP_SECONDS_MAX = 5.0
ERROR_BYTES_MAX = 8192
LINE_BYTES_MAX = 64 << 20


class _Answer:
    """The tokens of a job that nobody has read yet."""

    def __init__(self) -> None:
        self.tokens: list[Token] = []
        self.failure: PredictFailed | None = None
        self.changed = asyncio.Event()


class Engine:
    """The process of one model. `options` are those of `native`."""

    def __init__(self, options: Json) -> None:
        self._options = options
        self._process: asyncio.subprocess.Process | None = None
        self._errors = b""
        self._reading: list[asyncio.Task[None]] = []
        self._answers: dict[int, _Answer] = {}
        self._numbers = itertools.count(1)
        self.steps = 0
        self.device = ""

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.returncode is None and bool(self.device)

    @property
    def pid(self) -> int:
        return self._process.pid if self._process is not None else 0

    @property
    def running(self) -> int:
        return len(self._answers)

    async def start(self) -> None:
        """Raises LoadFailed."""
        words = [sys.executable, "-m", "aistack.inference.backends.transformers.native", json.dumps(self._options)]
        pipe = asyncio.subprocess.PIPE
        environ = {**os.environ, "PYTHONUNBUFFERED": "1", "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
        self._process = await asyncio.create_subprocess_exec(
            *words, stdin=pipe, stdout=pipe, stderr=pipe, env=environ, limit=LINE_BYTES_MAX
        )
        self._reading = [asyncio.create_task(self._read_errors(self._process))]
        try:
            await asyncio.wait_for(self._until_ready(self._process), READY_SECONDS_MAX)
        except TimeoutError:
            await self.close()
            raise LoadFailed(f"the model was not loaded within {READY_SECONDS_MAX:g} s") from None
        except BaseException:
            await self.close()
            raise
        self._reading.append(asyncio.create_task(self._read(self._process)))

    async def close(self) -> None:
        """Ends the process; jobs in progress fail."""
        process = self._process
        if process is not None and process.returncode is None:
            if process.stdin is not None:
                process.stdin.close()
            try:
                await asyncio.wait_for(process.wait(), STOP_SECONDS_MAX)
            except TimeoutError:
                process.kill()
                await process.wait()
        for task in self._reading:
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await task

    async def generate(self, job: Job) -> AsyncGenerator[list[Token]]:
        """The tokens as they come. Closing the iterator ends the computation. Raises PredictFailed."""
        number, answer = next(self._numbers), _Answer()
        if not self.alive:
            raise self._gone()
        self._answers[number] = answer
        try:
            self._send(["add", number, _wire(job)])
            while True:
                await answer.changed.wait()
                answer.changed.clear()
                tokens, answer.tokens = answer.tokens, []
                if tokens:
                    yield tokens
                    if tokens[-1].finish:
                        return
                elif answer.failure is not None:
                    raise answer.failure
                if answer.tokens or answer.failure is not None:
                    answer.changed.set()
        finally:
            if self._answers.pop(number, None) is not None:
                self._send(["cancel", number])

    def _send(self, message: list[object]) -> None:
        process = self._process
        if process is not None and process.stdin is not None and not process.stdin.is_closing():
            process.stdin.write(json.dumps(message).encode() + b"\n")

    async def _until_ready(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        if line := await process.stdout.readline():
            self.device = json.loads(line)[1]
            return
        await process.wait()
        await self._reading[0]
        said = self._errors.decode("utf-8", "replace").strip().splitlines()
        last = said[-1] if said else f"its process ended with status {process.returncode}"
        missing = any(f"No module named '{name}'" in last for name in ("torch", "transformers", "safetensors"))
        hint = "; install it with: pip install 'aistack[transformers]'" if missing else ""
        raise LoadFailed(f"{last}{hint}")

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        try:
            while line := await process.stdout.readline():
                _, self.steps, results = json.loads(line)
                for number, result in results:
                    self._receive(number, result)
        except (OSError, ValueError):
            process.kill()
        await process.wait()
        for answer in self._answers.values():
            answer.failure = self._gone()
            answer.changed.set()

    def _receive(self, number: int, result: "list[object] | str") -> None:
        answer = self._answers.get(number)
        if answer is None:
            return
        if isinstance(result, str):
            answer.failure = PredictFailed(503, "out_of_memory" if "memory" in result else "engine_failed", result)
            del self._answers[number]
        else:
            token = Token(*result)  # type: ignore[arg-type]  # the process writes what Token holds
            answer.tokens.append(token)
            if token.finish:
                del self._answers[number]
        answer.changed.set()

    def _gone(self) -> PredictFailed:
        code = self._process.returncode if self._process is not None else None
        text = f"the model crashed (its process ended with status {code}); it is loaded again with the next request"
        return PredictFailed(500, "model_crashed", text)

    async def _read_errors(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        with contextlib.suppress(OSError):
            while part := await process.stderr.read(ERROR_BYTES_MAX):
                self._errors = (self._errors + part)[-ERROR_BYTES_MAX:]


def _wire(job: Job) -> Json:
    """The job without what only other sources read."""
    return asdict(job) | {"schema": None}
