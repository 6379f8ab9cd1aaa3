"""Executes runs: claims them, extends their leases while it works, takes over those whose instance died, stops them."""

import asyncio
from collections.abc import Awaitable, Callable

from aistack.agent.runs.event_log import LeaseLost, LiveRun
from aistack.agent.runs.run_store import RunStore
from aistack.agent.tables import Run
from aistack.chassis.identity import Principal, principal
from aistack.chassis.telemetry.logs import get_log
from aistack.stores.job_leases import JobLeases
from aistack.stores.records import AnyRow

STOP_SECONDS = 10.0

Work = Callable[[LiveRun, AnyRow], Awaitable[None]]


class Executor:
    """`work` does a run; it returns after the run has ended or is waiting for a person."""

    def __init__(self, store: RunStore, work: Work, runs_max: int, lease_seconds: float) -> None:
        self._store = store
        self._work = work
        self._runs_max = runs_max
        self._leases = JobLeases(
            store.records, Run, store.instance, lease_seconds, holder="holder", oldest_first="created_at"
        )
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._attempts: dict[str, int] = {}
        self._is_closing = False

    @property
    def has_room(self) -> bool:
        return len(self._tasks) < self._runs_max and not self._is_closing

    def start(self, row: AnyRow) -> None:
        """Works on a run that this instance holds. Whoever follows it from now on hears it at once."""
        self._attempts[row.id] = row.attempt
        live = self._store.log.begin(row.id) if row.attempt == 1 else None
        self._tasks[row.id] = task = asyncio.create_task(self._run(row, live), name=f"agent:run:{row.id}")
        task.add_done_callback(lambda done: self._ended(row.id, done))

    async def recover(self) -> None:
        """Puts the runs that this instance held before it was started again back into the queue."""
        await self._leases.release_all()

    async def poll(self) -> None:
        """Takes over runs that are queued or whose lease has expired."""
        while self.has_room and await self._leases.has_work():
            row = await self._leases.claim(attempt=Run.attempt + 1)
            if row is None or row.id in self._tasks:
                return
            self.start(row)

    async def beat(self) -> None:
        """Extends the leases, ends the work on runs that were lost, and stops those that somebody stopped."""
        if not self._tasks:
            return
        held = dict(self._attempts)
        kept = await self._store.extend(held)
        for run_id in held.keys() - kept:
            live = self._store.log.live(run_id)
            if live is not None and run_id in self._tasks and live.attempt == held[run_id]:
                live.is_lost = True
                self._tasks[run_id].cancel()
        for run_id in await self._store.stops():
            self._stop_here(run_id)

    async def stop(self, run_id: str) -> None:
        """Stops a run, wherever it is."""
        await self._store.request_stop(run_id)
        self._stop_here(run_id)

    async def close(self) -> None:
        """Ends the work here. The runs go on in another instance, or when this one is started again."""
        self._is_closing = True
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=STOP_SECONDS)
        await self._leases.release_all()

    def _stop_here(self, run_id: str) -> None:
        live, task = self._store.log.live(run_id), self._tasks.get(run_id)
        if live is not None and task is not None and not live.is_stopping:
            live.is_stopping = True
            task.cancel()

    async def _run(self, row: AnyRow, begun: LiveRun | None) -> None:
        live = begun or await self._store.log.open(row.id, row.attempt)
        principal.set(Principal.from_claims(row.who))
        try:
            await self._work(live, row)
        except LeaseLost:
            get_log("agent").warning("run.lost", run=row.id)
        finally:
            self._store.log.release(live)

    def _ended(self, run_id: str, task: asyncio.Task[None]) -> None:
        if self._tasks.get(run_id) is task:
            del self._tasks[run_id]
            self._attempts.pop(run_id, None)
            if (live := self._store.log.live(run_id)) is not None:  # it was cancelled before it began
                self._store.log.release(live)
        if not task.cancelled() and (error := task.exception()) is not None:
            get_log("agent").error("run.failed", run=run_id, exc_info=error)
