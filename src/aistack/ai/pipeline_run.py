"""One question on its way through the pipeline, with the trace of its steps."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aistack.ai.rules.reports.report_reader import Reading
from aistack.ai.schema.snapshot import DatabaseSnapshot
from aistack.ai.today import Today
from aistack.ai.wire import Reference, Step
from aistack.chassis.identity import Principal

OnStep = Callable[[Step], None]


class ModelTooSlow(Exception):
    """The time that a model has for its part of an answer is over."""


@dataclass(slots=True)
class PipelineRun:
    """`original_question` is what was asked, `question` the same complete on its own; `on_step` gets each step.

    `reading` is what the rules read in parts, where their grammar has no interpretation of the whole question. `today`
    is set once a question depends on it. A model gets until `model_until` (of `time.monotonic()`), then the
    rules answer; None if the asker waits for it.
    """

    id: str
    original_question: str
    question: str
    database: DatabaseSnapshot
    who: Principal
    execute: bool
    on_step: OnStep
    chinese: bool
    session: str = ""
    time_zone: str = ""
    today: Today | None = None
    reading: Reading | None = None
    tables: list[str] = field(default_factory=list[str])
    model_until: float | None = None
    step_started: float = field(default_factory=time.monotonic)
    trace: list[Step] = field(default_factory=list[Step])
    references: list[Reference] = field(default_factory=list[Reference])

    @asynccontextmanager
    async def model_time(self) -> AsyncGenerator[None]:
        """A limit for what a model does. Raises ModelTooSlow when it is reached."""
        left = None if self.model_until is None else self.model_until - time.monotonic()
        limit = asyncio.timeout(left)
        try:
            async with limit:
                yield
        except TimeoutError as error:
            raise ModelTooSlow if limit.expired() else error from None

    def add_step(self, step: Any, summary: str, **detail: Any) -> None:
        """Adds a step to the trace, with the time since the one before."""
        now = time.monotonic()
        made = Step(step=step, said=summary, detail=detail, elapsed_ms=round((now - self.step_started) * 1000))
        self.step_started = now
        self.trace.append(made)
        self.on_step(made)
