"""Background tasks with an owner, because asyncio keeps only weak references; and steps that cannot be cancelled."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Tasks:
    """Owns the tasks that it started; `cancel` cancels those that still run."""

    def __init__(self) -> None:
        self._held: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=name)
        self._held.add(task)
        task.add_done_callback(self._held.discard)
        return task

    def cancel(self) -> None:
        for task in tuple(self._held):
            task.cancel()


class Unbroken:
    """Steps that run to the end once started, even when their caller is cancelled.

    A transaction that is cancelled halfway can leave its database locked until a timeout.
    """

    def __init__(self) -> None:
        self._steps: set[asyncio.Task[Any]] = set()

    async def run(self, step: Coroutine[Any, Any, T]) -> T:
        """The result of the step."""
        task = asyncio.create_task(step)
        self._steps.add(task)
        task.add_done_callback(self._steps.discard)
        return await asyncio.shield(task)

    async def ended(self) -> None:
        """Returns when no step is running."""
        if self._steps:
            await asyncio.wait(self._steps)
