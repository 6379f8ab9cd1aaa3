"""Event streams stay open while the next event takes long."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from aistack.chassis.event_streams import COMMENT, with_comments


async def test_silence_is_filled_with_comments_and_no_event_is_lost():
    gate = asyncio.Event()

    async def events() -> AsyncIterator[str]:
        yield "event: step\n\n"
        await gate.wait()
        yield "event: done\n\n"

    stream = with_comments(events(), 0.01)
    assert await anext(stream) == "event: step\n\n"
    assert [await anext(stream) for _ in range(3)] == [COMMENT] * 3
    gate.set()
    assert [one async for one in stream if one != COMMENT] == ["event: done\n\n"]


async def test_a_failure_ends_the_stream_as_it_would_without_comments():
    async def events() -> AsyncIterator[str]:
        yield "event: step\n\n"
        raise ValueError("broken")

    stream = with_comments(events())
    assert await anext(stream) == "event: step\n\n"
    with pytest.raises(ValueError, match="broken"):
        await anext(stream)


async def test_a_reader_that_leaves_stops_the_work():
    stopped = asyncio.Event()

    async def events() -> AsyncIterator[str]:
        try:
            yield "event: step\n\n"
            await asyncio.sleep(3600)
        finally:
            stopped.set()

    stream = with_comments(events(), 0.01)
    assert await anext(stream) == "event: step\n\n"
    assert await anext(stream) == COMMENT
    await stream.aclose()
    await asyncio.wait_for(stopped.wait(), 60)
