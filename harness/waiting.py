"""Waiting for a condition."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

Answer = TypeVar("Answer")
SECONDS_MAX = 60.0


async def until_async(check: Callable[[], Awaitable[Answer]], what: str, seconds_max: float = SECONDS_MAX) -> Answer:
    """Calls `check` until its result is true, and returns that. Raises AssertionError after `seconds_max`."""
    try:
        async with asyncio.timeout(seconds_max):
            while not (answer := await check()):
                await asyncio.sleep(0.02)
            return answer
    except TimeoutError:
        raise AssertionError(f"not within {seconds_max:g} s: {what}") from None
