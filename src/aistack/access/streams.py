"""Streams that end when the access to what they tell is taken back."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

CHECK_SECONDS = 0.4
Item = TypeVar("Item")


async def while_held(
    items: AsyncIterator[Item], check: Callable[[], Awaitable[object]], seconds: float = CHECK_SECONDS
) -> AsyncIterator[Item]:
    """The items, for as long as `check` raises nothing. It is called every so many seconds, also between two items."""
    end = object()
    waiting = asyncio.ensure_future(anext(items, end))
    checked = time.monotonic()
    try:
        while True:
            done, _ = await asyncio.wait((waiting,), timeout=seconds)
            if time.monotonic() - checked >= seconds:
                await check()
                checked = time.monotonic()
            if not done:
                continue
            item = waiting.result()
            if item is end:
                return
            waiting = asyncio.ensure_future(anext(items, end))
            yield item  # pyright: ignore[reportReturnType] -- not the end
    finally:
        waiting.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await waiting
