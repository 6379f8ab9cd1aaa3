"""Server-sent events (WHATWG HTML, section 9.2) that stay open while the next event takes long."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

COMMENT = ": waiting\n\n"
COMMENT_SECONDS = 15.0


async def with_comments(events: AsyncIterator[str], seconds: float = COMMENT_SECONDS) -> AsyncIterator[str]:
    """The events, and a comment after every so many seconds of silence, so that no proxy gives the response up."""
    waiting = asyncio.ensure_future(anext(events, None))
    try:
        while True:
            done, _ = await asyncio.wait((waiting,), timeout=seconds)
            if not done:
                yield COMMENT
                continue
            event = waiting.result()
            if event is None:
                return
            waiting = asyncio.ensure_future(anext(events, None))
            yield event
    finally:
        waiting.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await waiting
