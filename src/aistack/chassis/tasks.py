"""Tasks that end by themselves, held meanwhile: asyncio alone keeps no hold of them."""

import asyncio
from collections.abc import Coroutine
from typing import Any


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
