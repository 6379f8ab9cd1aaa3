"""Tasks that end by themselves, held meanwhile: asyncio alone keeps no hold of them; and steps that none may break."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Tasks:
    """Owns what it started; `cancel` ends what is still under way."""

    def __init__(self) -> None:
        self._held: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._held.add(task)
        task.add_done_callback(self._held.discard)

    def cancel(self) -> None:
        for task in tuple(self._held):
            task.cancel()


class Unbroken:
    """Steps that are finished once they began, also when whoever waits for them is cancelled.

    A transaction that is cancelled half way may leave its database locked until a time-out.
    """

    def __init__(self) -> None:
        self._steps: set[asyncio.Task[Any]] = set()

    async def run(self, step: Coroutine[Any, Any, T]) -> T:
        """The step's outcome."""
        task = asyncio.create_task(step)
        self._steps.add(task)
        task.add_done_callback(self._steps.discard)
        return await asyncio.shield(task)

    async def ended(self) -> None:
        """Returns when no step is under way."""
        if self._steps:
            await asyncio.wait(self._steps)
