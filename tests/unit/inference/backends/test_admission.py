"""Requests share places and tokens: nothing is promised twice, and what is given back is used."""

import asyncio

import pytest

from aistack.inference.backends.admission import WAITING_MAX, Admission
from aistack.inference.backends.backend import PredictFailed


async def occupy(admission: Admission, tokens: int, name: str, log: list[str], leave: asyncio.Event, priority: int = 0):
    async with admission.place(tokens, priority):
        log.append(name)
        await leave.wait()


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_tokens_are_shared_and_higher_priorities_run_first():
    admission, log, leave = Admission(10, 100), list[str](), asyncio.Event()
    tasks = [
        asyncio.create_task(occupy(admission, tokens, name, log, leave, priority))
        for tokens, name, priority in ((60, "a", 0), (60, "b", 0), (60, "c", 5), (40, "d", 0))
    ]
    await settle()
    assert log == ["a"] and admission.waiting == 3 and admission.running == 1
    leave.set()
    await asyncio.gather(*tasks)
    assert log == ["a", "c", "b", "d"] and admission.running == 0


async def test_what_is_not_needed_lets_others_in():
    admission, log, leave = Admission(10, 100), list[str](), asyncio.Event()
    async with admission.place(100, 0) as place:
        other = asyncio.create_task(occupy(admission, 50, "b", log, leave))
        await settle()
        assert not log
        place.shrink(50)
        await settle()
        assert log == ["b"]
    leave.set()
    await other


async def test_a_request_that_leaves_the_queue_takes_nothing_with_it():
    admission, log, leave = Admission(1, 100), list[str](), asyncio.Event()
    first = asyncio.create_task(occupy(admission, 1, "a", log, leave))
    await settle()
    gone = asyncio.create_task(occupy(admission, 1, "b", log, leave))
    await settle()
    gone.cancel()
    await settle()
    assert admission.waiting == 0
    leave.set()
    await first
    async with asyncio.timeout(60), admission.place(100, 0):
        assert admission.running == 1


async def test_the_queue_is_bounded():
    admission, leave = Admission(1, 1), asyncio.Event()
    tasks = [asyncio.create_task(occupy(admission, 1, "x", [], leave)) for _ in range(WAITING_MAX + 1)]
    await settle()
    with pytest.raises(PredictFailed, match="waiting") as refused:
        async with admission.place(1, 0):
            pass
    assert refused.value.status == 429
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
