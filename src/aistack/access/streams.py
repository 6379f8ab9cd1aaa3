"""Streams that end when the access to what they tell is taken back."""

import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

from aistack.chassis.event_streams import Silence, with_silences

CHECK_SECONDS = 0.4
Item = TypeVar("Item")


async def while_held(
    items: AsyncIterator[Item], check: Callable[[], Awaitable[object]], seconds: float = CHECK_SECONDS
) -> AsyncIterator[Item]:
    """The items, for as long as `check` raises nothing. It is called every so many seconds, also between two items."""
    checked = time.monotonic()

    async def check_again() -> None:
        nonlocal checked
        if time.monotonic() - checked >= seconds:
            await check()
            checked = time.monotonic()

    async with contextlib.aclosing(with_silences(items, seconds)) as heard:
        async for item in heard:
            await check_again()
            if not isinstance(item, Silence):
                yield item
        await check_again()
