"""Following a run: its events from a number on, in this process while the run is here, otherwise from the records."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from sqlalchemy import select

from aistack.agent.runs.event_log import FINAL, EventLog, Numbered
from aistack.agent.tables import Event, Run
from aistack.chassis.errors import Problem
from aistack.stores.job_leases import QUEUED, RUNNING
from aistack.stores.records import Records

POLL_SECONDS = 0.25
PAGE = 1_000


class Following:
    """Streams of events."""

    def __init__(self, records: Records, log: EventLog) -> None:
        self._records = records
        self._log = log

    async def events(self, run_id: str, after: int) -> AsyncIterator[Numbered]:
        """The events after a number, until the one that ends the run. Raises Problem if they are not kept any more."""
        number = after
        while True:
            live = self._log.live(run_id)
            changed = live.changed if live is not None else None
            found = live.after(number) if live is not None else None
            is_over = False
            if found is None:
                is_over = await self._is_over(run_id)  # before its events are read, so that none is missed
                found = await self._stored(run_id, number)
                if not number and found and found[0].number > 1:
                    raise _gone(run_id)
            for one in found:
                yield one
                number = one.number
                if one.data["type"] in FINAL:
                    return
            if found:
                continue
            if is_over:
                if not number:
                    raise _gone(run_id)
                return
            if changed is None:
                await asyncio.sleep(POLL_SECONDS)
            else:
                await changed.wait()

    async def so_far(self, run_id: str) -> list[Numbered]:
        """The events that are stored now."""
        found: list[Numbered] = []
        while page := await self._stored(run_id, found[-1].number if found else 0):
            found += page
        return found

    async def check(self, run_id: str) -> None:
        """Raises Problem (410) if the events of a run are not kept any more, before a response begins."""
        if self._log.live(run_id) is None and await self._is_over(run_id) and not await self._stored(run_id, 0):
            raise _gone(run_id)

    async def _stored(self, run_id: str, after: int) -> Sequence[Numbered]:
        query = select(Event.number, Event.data).where(Event.run_id == run_id, Event.number > after)
        async with self._records.read() as connection:
            rows = await connection.execute(query.order_by(Event.number).limit(PAGE))
            return [Numbered(number, data) for number, data in rows]

    async def _is_over(self, run_id: str) -> bool:
        async with self._records.read() as connection:
            state = await connection.scalar(select(Run.state).where(Run.id == run_id))
        return state not in (QUEUED, RUNNING)


def _gone(run_id: str) -> Problem:
    return Problem(f"the events of run {run_id} are no longer kept; read its message", code="gone", status=410)
