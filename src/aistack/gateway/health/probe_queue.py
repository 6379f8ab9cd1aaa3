"""The queue of health checks: one per instance at a time, a limited number at once, slow instances apart.

Checks run in two lanes, each with its own limit. Instances that were slow last time are checked in the slow lane; a
check that turns out to be slow moves there, or starts again there later. So hundreds of frozen instances delay each
other, but not the instances that answer.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal

from aistack.chassis.telemetry.event_loop import LostTime
from aistack.chassis.telemetry.logs import get_log
from aistack.gateway.health.probe import CheckNotPossible, Lookups, Probe, printable
from aistack.gateway.registry.leases import Registered

LANE_CHECKS_MAX = 128
SLOW_SECONDS = 0.5
SLOW_SHARE = 0.25  # of the time of a check, where that is less
LOST_SECONDS = 0.1
GIVEN_BACK_TIMES = 10  # the time of a check, at most
FRESH_SECONDS = 0.25

Result = Literal["success", "failure", "timeout", "unknown"]
RESULTS: tuple[Result, ...] = ("success", "failure", "timeout", "unknown")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check found. `error` is empty after a success; `unknown` says nothing about the instance.

    `seconds` is how long it took, `ended_at` a time of `time.monotonic()`.
    """

    result: Result
    error: str
    seconds: float
    ended_at: float


@dataclass(slots=True)
class Lane:
    waiting: "deque[Check]" = field(default_factory=lambda: deque[Check]())
    running: int = 0


class Check:
    """One check, waiting or running. `decides` if its outcome counts for the thresholds."""

    __slots__ = ("begun", "decides", "instance", "lane", "lost", "outcome", "probe", "slow_timer", "task", "timer")

    def __init__(self, instance: Registered, lane: Lane, decides: bool) -> None:
        self.instance = instance
        self.lane = lane
        self.decides = decides
        self.outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self.begun = 0.0
        self.lost = 0.0
        self.probe: Probe | None = None
        self.task: asyncio.Task[str] | None = None
        self.timer: asyncio.TimerHandle | None = None
        self.slow_timer: asyncio.TimerHandle | None = None

    def end(self) -> None:
        """Stops what runs; the check itself may start again."""
        for one in (self.task, self.timer, self.slow_timer):
            if one is not None:
                one.cancel()


class ProbeQueue:
    """Runs checks of `seconds` each at most, connecting included.

    `is_registered` says whether an instance is still registered; `on_outcome` is called with each outcome, and whether
    it counts for the thresholds.
    """

    def __init__(
        self,
        seconds: float,
        is_registered: Callable[[Registered], bool],
        on_outcome: Callable[[Registered, Outcome, bool], None],
    ) -> None:
        self.seconds = seconds
        self.known: dict[Registered, Outcome] = {}  # the last outcome of each instance, `unknown` ones aside
        self._is_registered = is_registered
        self._on_outcome = on_outcome
        self._checks: dict[Registered, Check] = {}
        self._slow: set[Registered] = set()
        self._quick_lane, self._slow_lane = Lane(), Lane()
        self._lookups = Lookups()
        self._lost = LostTime()
        self._stopped = False

    def check(self, instance: Registered) -> "asyncio.Future[Outcome]":
        """A check whose outcome counts: the one that waits or runs, or a new one."""
        return self._queue(instance, decides=True)

    def look(self, instance: Registered) -> "asyncio.Future[Outcome]":
        """A check whose outcome does not count; one that waits, runs or has just ended is used if there is one."""
        known = self.known.get(instance)
        if known is None or time.monotonic() - known.ended_at > FRESH_SECONDS:
            return self._queue(instance, decides=False)
        fresh: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        fresh.set_result(known)
        return fresh

    def forget_others(self, instances: Iterable[Registered]) -> None:
        """Drops what is known of all other instances."""
        kept = set(instances)
        self.known = {one: outcome for one, outcome in self.known.items() if one in kept}
        self._slow &= kept

    async def stop(self) -> None:
        """Stops every check; their outcome is unknown."""
        self._stopped = True
        tasks = [check.task for check in self._checks.values() if check.task is not None]
        for check in tuple(self._checks.values()):
            self._settle(check, "unknown", "the gateway is stopping")
        self._lost.watch(False)
        if tasks:
            await asyncio.wait(tasks)

    def _queue(self, instance: Registered, *, decides: bool) -> "asyncio.Future[Outcome]":
        check = self._checks.get(instance)
        if check is not None:
            check.decides = check.decides or decides
            return check.outcome
        lane = self._slow_lane if instance in self._slow else self._quick_lane
        check = Check(instance, lane, decides)
        if self._stopped:
            check.outcome.set_result(Outcome("unknown", "the gateway is stopping", 0.0, time.monotonic()))
            return check.outcome
        self._checks[instance] = check
        lane.waiting.append(check)
        self._start_waiting(lane)
        return check.outcome

    def _start_waiting(self, lane: Lane) -> None:
        while lane.waiting and lane.running < LANE_CHECKS_MAX and not self._stopped:
            check = lane.waiting.popleft()
            instance = check.instance
            if not self._is_registered(instance):
                self._settle(check, "unknown", "it is no longer registered")
                continue
            loop = asyncio.get_running_loop()
            lane.running += 1
            check.begun, check.lost = time.monotonic(), self._lost.seconds
            check.probe = Probe(instance.host, instance.port, instance.health_path, self._lookups)
            check.task = loop.create_task(check.probe.error(), name="gateway:health-check")
            check.task.add_done_callback(lambda task, check=check: self._ended(check, task))
            check.timer = loop.call_later(self.seconds, self._overdue, check, self.seconds)
            if lane is self._quick_lane:
                check.slow_timer = loop.call_later(self._slow_seconds(), self._move_to_slow_lane, check)
        self._lost.watch(self._quick_lane.running + self._slow_lane.running > 0 and not self._stopped)

    def _move_to_slow_lane(self, check: Check) -> None:
        """A check in the quick lane is slow: it frees its place there."""
        quick, slow = self._quick_lane, self._slow_lane
        if slow.running < LANE_CHECKS_MAX and not slow.waiting:
            slow.running += 1
        elif quick.waiting:
            check.end()
            check.task = None
            slow.waiting.appendleft(check)  # ahead of those known to be slow
            self._slow.add(check.instance)
        else:
            loop = asyncio.get_running_loop()
            check.slow_timer = loop.call_later(self._slow_seconds(), self._move_to_slow_lane, check)
            return
        quick.running -= 1
        check.lane = slow
        self._start_waiting(quick)

    def _overdue(self, check: Check, seconds: float) -> None:
        """The timeout. The check gets back the time for which the gateway's own event loop was blocked meanwhile."""
        lost = min(self._lost.seconds - check.lost, seconds * GIVEN_BACK_TIMES)
        left = check.begun + seconds + lost - time.monotonic()
        if left > LOST_SECONDS:
            check.timer = asyncio.get_running_loop().call_later(left, self._overdue, check, seconds)
            return
        stage = check.probe.stage if check.probe is not None else ""
        self._finish(check, "timeout", printable(f"{stage} within {seconds:g} s"))

    def _ended(self, check: Check, task: "asyncio.Task[str]") -> None:
        failure = None if task.cancelled() else task.exception()
        if check.outcome.done() or check.task is not task:
            return
        if task.cancelled():
            self._finish(check, "unknown", "the check was cancelled")
        elif failure is None:
            error = task.result()
            self._finish(check, "failure" if error else "success", error)
        elif isinstance(failure, CheckNotPossible):
            self._finish(check, "unknown", printable(str(failure)))
        else:
            get_log("gateway").error("health.check_failed", upstream=check.instance.service, exc_info=failure)
            self._finish(check, "unknown", f"the gateway's own check failed: {type(failure).__name__}")

    def _finish(self, check: Check, result: Result, error: str) -> None:
        check.lane.running -= 1
        try:
            self._settle(check, result, error)
        finally:
            self._start_waiting(check.lane)

    def _settle(self, check: Check, result: Result, error: str) -> None:
        instance, now = check.instance, time.monotonic()
        check.end()
        self._checks.pop(instance, None)
        outcome = Outcome(result, error, now - check.begun if check.begun else 0.0, now)
        check.outcome.set_result(outcome)
        if not check.begun or not self._is_registered(instance):
            return
        if result != "unknown":
            self.known[instance] = outcome
            (self._slow.add if outcome.seconds >= self._slow_seconds() else self._slow.discard)(instance)
        try:
            self._on_outcome(instance, outcome, check.decides)
        except Exception:
            get_log("gateway").exception("health.outcome_failed", upstream=instance.service)

    def _slow_seconds(self) -> float:
        return min(SLOW_SECONDS, self.seconds * SLOW_SHARE)
