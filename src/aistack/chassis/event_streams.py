"""Server-sent events (WHATWG HTML, section 9.2) that stay open while the next event takes long."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Final, TypeVar

COMMENT = ": waiting\n\n"
COMMENT_SECONDS = 15.0
Item = TypeVar("Item")


class Silence:
    """Stands between the items of a stream when the next one takes long."""


SILENCE: Final = Silence()


async def with_silences(items: AsyncIterator[Item], seconds: float) -> AsyncGenerator[Item | Silence]:
    """The items, and SILENCE after every so many seconds without one. Close it to stop what makes the items."""
    waiting = asyncio.ensure_future(anext(items, SILENCE))  # which stands for the end here
    try:
        while True:
            done, _ = await asyncio.wait((waiting,), timeout=seconds)
            if not done:
                yield SILENCE
                continue
            item = waiting.result()
            if isinstance(item, Silence):
                return
            waiting = asyncio.ensure_future(anext(items, SILENCE))
            yield item
    finally:
        waiting.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await waiting


async def with_comments(events: AsyncIterator[str], seconds: float = COMMENT_SECONDS) -> AsyncIterator[str]:
    """The events, and a comment after every so many seconds of silence, so that no proxy gives the response up."""
    async with contextlib.aclosing(with_silences(events, seconds)) as heard:
        async for event in heard:
            yield COMMENT if isinstance(event, Silence) else event
