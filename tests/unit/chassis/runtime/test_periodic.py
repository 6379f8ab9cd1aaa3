"""Periodic work comes again whatever a call does, until its owner ends it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from structlog.testing import capture_logs

from aistack.chassis.runtime.periodic import Periodic, Work

SECONDS_MAX = 60
Started = Callable[..., Periodic]


@pytest.fixture
async def started() -> AsyncIterator[Started]:
    """Starts periodic work that is stopped at the end of the test."""
    held: list[Periodic] = []

    def start(work: Work, seconds: float = 0.01, stalled_after_seconds: float | None = None) -> Periodic:
        held.append(Periodic(seconds, work, "test", stalled_after_seconds))
        return held[-1]

    yield start
    for one in held:
        await one.stop()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS_MAX):
        while not condition():
            await asyncio.sleep(0.005)


async def fail_with(failure: BaseException) -> None:
    await asyncio.sleep(0)
    raise failure


def raise_now(failure: BaseException) -> None:
    raise failure


async def cancel_oneself(_failure: BaseException) -> None:
    task = asyncio.current_task()
    assert task is not None
    task.cancel()
    await asyncio.sleep(SECONDS_MAX)


@pytest.mark.parametrize("how", [fail_with, raise_now, cancel_oneself])
@pytest.mark.parametrize(
    "failure", [RuntimeError("fault"), asyncio.CancelledError(), GeneratorExit(), StopIteration(), BaseException()]
)
async def test_the_next_call_comes_after_one_that_ends_badly(
    started: Started, failure: BaseException, how: Callable[[BaseException], Awaitable[None] | None]
):
    calls = 0

    def work() -> Awaitable[None] | None:
        nonlocal calls
        calls += 1
        return how(failure) if calls == 2 else None

    periodic = started(work)
    await until(lambda: calls >= 4)
    assert periodic.restarts == 1


async def test_a_call_that_never_ends_is_cancelled_and_the_next_one_comes(started: Started):
    calls, cancelled = 0, 0

    async def work() -> None:
        nonlocal calls, cancelled
        calls += 1
        if calls == 1:
            try:
                await asyncio.Event().wait()
            finally:
                cancelled += 1

    periodic = started(work, stalled_after_seconds=0.05)
    await until(lambda: calls >= 4)
    assert cancelled == 1
    assert periodic.restarts == 1


async def test_a_call_that_hangs_and_cannot_be_cancelled_holds_up_no_other(started: Started):
    calls = 0
    go = asyncio.Event()

    async def work() -> None:
        nonlocal calls
        calls += 1
        while calls == 1 and not go.is_set():
            try:
                await go.wait()
            except asyncio.CancelledError:
                continue

    periodic = started(work, stalled_after_seconds=0.05)
    await until(lambda: calls >= 4)
    go.set()
    assert periodic.restarts == 1


async def test_calls_do_not_overlap(started: Started):
    running, most, calls = 0, 0, 0

    async def work() -> None:
        nonlocal running, most, calls
        running += 1
        most, calls = max(most, running), calls + 1
        await asyncio.sleep(0.03)
        running -= 1

    started(work)
    await until(lambda: calls >= 4)
    assert most == 1


async def test_stopping_ends_the_call_under_way_and_none_comes_after():
    began, ended = asyncio.Event(), asyncio.Event()
    calls = 0

    async def work() -> None:
        nonlocal calls
        calls += 1
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    periodic = Periodic(0.01, work, "test")
    await began.wait()
    await periodic.stop()
    assert ended.is_set()
    await asyncio.sleep(0.1)
    assert calls == 1
    assert periodic.restarts == 0


async def test_it_may_be_stopped_twice_and_before_its_first_call():
    calls: list[int] = []
    periodic = Periodic(0.05, lambda: calls.append(1), "test")
    await periodic.stop()
    await periodic.stop()
    periodic.every(0.01)
    await asyncio.sleep(0.15)
    assert not calls


async def test_a_shorter_interval_counts_from_the_last_call(started: Started):
    calls: list[int] = []
    periodic = started(lambda: calls.append(1), seconds=3600)
    await asyncio.sleep(0.02)
    periodic.every(0.01)
    await until(lambda: len(calls) >= 3)


async def test_setting_the_interval_again_and_again_does_not_put_calls_off(started: Started):
    calls: list[int] = []
    periodic = started(lambda: calls.append(1), seconds=0.2)
    seconds = 0.2

    def changed() -> bool:
        nonlocal seconds
        seconds = 0.21 if seconds == 0.2 else 0.2
        periodic.every(seconds)
        return len(calls) >= 2

    await until(changed)


async def test_every_task_of_the_loop_may_be_cancelled(started: Started):
    calls: list[int] = []
    started(lambda: calls.append(1))
    mine = asyncio.current_task()
    for _ in range(5):
        for task in asyncio.all_tasks():
            if task is not mine:
                task.cancel()
        seen = len(calls)
        await until(lambda seen=seen: len(calls) > seen + 1)


async def test_a_failure_that_repeats_is_logged_once_with_its_traceback():
    calls = 0
    ended = asyncio.Event()

    def fail_nine_times() -> None:
        nonlocal calls
        calls += 1
        if calls == 11:
            ended.set()
        if calls <= 9:
            raise RuntimeError("the database is away" if calls < 9 else "it answers nonsense")

    with capture_logs() as logs:
        periodic = Periodic(0.0, fail_nine_times, "refresh")
        async with asyncio.timeout(60):
            await ended.wait()
        await periodic.stop()
    failed = [(one["failures"], "exc_info" in one) for one in logs if one["event"] == "periodic.failed"]
    assert failed == [(1, True), (2, False), (4, False), (8, False), (9, True)]
    assert [one["failures"] for one in logs if one["event"] == "periodic.recovered"] == [9]
