"""Work that is done again and again, with an owner that ends it."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from aistack.chassis.logs import get_log


class Periodic:
    """A task that calls `work` every `seconds` until `stop`. A call that fails is logged, the next one comes."""

    def __init__(self, seconds: float, work: Callable[[], Awaitable[None] | None], name: str) -> None:
        self._task = asyncio.create_task(self._run(seconds, work, name), name=name)

    async def _run(self, seconds: float, work: Callable[[], Awaitable[None] | None], name: str) -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                pending = work()
                if pending is not None:
                    await pending
            except Exception:
                get_log("stack").exception("periodic.failed", work=name)

    async def stop(self) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
