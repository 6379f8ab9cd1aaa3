"""A model's process: jobs to it and tokens from it."""

import asyncio
import contextlib
import itertools
import json
import os
from collections.abc import AsyncGenerator
from dataclasses import asdict

from aistack.inference.backends.backend import Json, PredictFailed
from aistack.inference.backends.engine_process import EngineProcess
from aistack.inference.backends.generation.jobs import Job, Token

PACKAGES = ("torch", "transformers", "safetensors")
ENVIRON = {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}


class _Answer:
    """The tokens of a job that nobody has read yet."""

    def __init__(self) -> None:
        self.tokens: list[Token] = []
        self.failure: PredictFailed | None = None
        self.changed = asyncio.Event()


class Engine(EngineProcess):
    """The process of one model. `options` are those of `native`."""

    def __init__(self, options: Json) -> None:
        super().__init__("aistack.inference.backends.transformers.native", "transformers", "transformers", PACKAGES)
        self._options = options
        self._reading: asyncio.Task[None] | None = None
        self._answers: dict[int, _Answer] = {}
        self._numbers = itertools.count(1)
        self.steps = 0
        self.device = ""

    @property
    def running(self) -> int:
        return len(self._answers)

    async def load(self) -> None:
        """Starts the process. Raises LoadFailed."""
        line = await self.start(self._options, {**os.environ, **ENVIRON}, b'["ready"')
        self.device = json.loads(line)[1]
        self._reading = asyncio.create_task(self._read())

    async def close(self) -> None:
        """Ends the process; jobs in progress fail."""
        await self.stop()
        if self._reading is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await self._reading

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
        self.send(json.dumps(message).encode() + b"\n")

    async def _read(self) -> None:
        try:
            async for line in self.lines():
                _, self.steps, results = json.loads(line)
                for number, result in results:
                    self._receive(number, result)
        except (OSError, ValueError):
            await self.kill()
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
        text = f"the model crashed ({self.why_gone()}); it is loaded again with the next request"
        return PredictFailed(500, "model_crashed", text)


def _wire(job: Job) -> Json:
    """The job without what only other sources read."""
    return asdict(job) | {"schema": None}
