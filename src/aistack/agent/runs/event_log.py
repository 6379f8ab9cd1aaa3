"""The events of runs: numbered, stored, and then passed on to whoever follows a run.

One writer stores the events of all runs of this instance (group commit): while a transaction is under way, text that
arrives is joined to the event before it. An event that somebody saw is stored, so that a run can be followed on another
instance by the number of the last event. Events of a run that another instance took over are refused.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import insert, select

from aistack.agent.tables import Event, Run
from aistack.chassis.telemetry.logs import get_log
from aistack.stores.job_leases import RUNNING
from aistack.stores.records import Records

JOINED = {"TEXT_MESSAGE_CONTENT": "messageId", "REASONING_MESSAGE_CONTENT": "messageId", "TOOL_CALL_ARGS": "toolCallId"}
FINAL = ("RUN_FINISHED", "RUN_ERROR")
RETRY_SECONDS = 0.5
DELTA_CHARACTERS_MAX = 16_000


class Numbered(NamedTuple):
    """A stored event. `number` counts from 1 in its run."""

    number: int
    data: Mapping[str, Any]


class LeaseLost(Exception):
    """Another instance has taken the run over, or it was deleted."""


@dataclass(eq=False)
class LiveRun:
    """A run of this instance. `is_stopping` is set when a person stops it."""

    id: str
    attempt: int
    next_number: int
    pending: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    stored: list[Numbered] = field(default_factory=list[Numbered])
    is_lost: bool = False
    is_stopping: bool = False
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def after(self, number: int) -> Sequence[Numbered] | None:
        """The stored events after a number; None if they are only in the records."""
        if number >= self.next_number - 1:
            return ()
        first = self.stored[0].number if self.stored else self.next_number
        return self.stored[number + 1 - first :] if number + 1 >= first else None

    def add(self, events: Sequence[Mapping[str, Any]]) -> list[Numbered]:
        """Counts events that were stored, and wakes those who follow the run."""
        numbered = [Numbered(at, one) for at, one in enumerate(events, self.next_number)]
        self.stored += numbered
        self.next_number += len(events)
        self.wake()
        return numbered

    def wake(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()


class EventLog:
    """The live runs of this instance, and the writer of their events."""

    def __init__(self, records: Records, instance: str) -> None:
        self._records = records
        self._instance = instance
        self._live: dict[str, LiveRun] = {}
        self._dirty: set[LiveRun] = set()
        self._work = asyncio.Event()
        self._writer = asyncio.create_task(self._write_all(), name="agent:events")

    async def close(self) -> None:
        self._writer.cancel()
        await asyncio.wait((self._writer,))

    def begin(self, run_id: str) -> LiveRun:
        """A run that begins in this instance."""
        self._live[run_id] = live = LiveRun(run_id, 1, 1)
        return live

    async def open(self, run_id: str, attempt: int) -> LiveRun:
        """A run that this instance has taken over."""
        newest = select(Event.number).where(Event.run_id == run_id).order_by(Event.number.desc()).limit(1)
        async with self._records.read() as connection:
            last = await connection.scalar(newest)
        self._live[run_id] = live = LiveRun(run_id, attempt, (last or 0) + 1)
        return live

    def release(self, live: LiveRun) -> None:
        """The run has ended here."""
        if self._live.get(live.id) is live:
            del self._live[live.id]
        self._dirty.discard(live)
        live.wake()

    def live(self, run_id: str) -> LiveRun | None:
        return self._live.get(run_id)

    def emit(self, live: LiveRun, kind: str, **fields: Any) -> None:
        """Adds an event, to be stored soon."""
        last, key = live.pending[-1] if live.pending else {}, JOINED.get(kind, "")
        is_same = key and last.get("type") == kind and last[key] == fields[key]
        if is_same and len(last["delta"]) < DELTA_CHARACTERS_MAX:
            last["delta"] += fields["delta"]
        else:
            live.pending.append({"type": kind, **fields})
        self._dirty.add(live)
        self._work.set()

    async def flush(self, live: LiveRun) -> None:
        """Waits until all events of a run are stored. Raises LeaseLost."""
        while not live.is_lost and (live.pending or live in self._dirty):
            await live.changed.wait()
        if live.is_lost:
            raise LeaseLost

    async def _write_all(self) -> None:
        while True:
            await self._work.wait()
            self._work.clear()
            batch = {one: one.pending for one in self._dirty}
            for one in batch:
                one.pending = []
            try:
                held = await self._store(batch)
            except Exception:
                get_log("agent").exception("events.failed", runs=len(batch))
                for one, events in batch.items():
                    one.pending = events + one.pending
                self._work.set()
                await asyncio.sleep(RETRY_SECONDS)
                continue
            for one, events in batch.items():
                if not one.pending:
                    self._dirty.discard(one)
                if one in held:
                    one.add(events)
                else:
                    one.is_lost = True
                    self._dirty.discard(one)
                    one.wake()

    async def _store(self, batch: Mapping[LiveRun, Sequence[dict[str, Any]]]) -> set[LiveRun]:
        """Stores the events of those runs that this instance still holds, and returns these."""
        held = select(Run.id, Run.attempt).where(
            Run.id.in_([one.id for one in batch]), Run.holder == self._instance, Run.state == RUNNING
        )
        if not self._records.embedded:
            held = held.with_for_update(read=True)
        async with self._records.write() as connection:
            attempts = {row.id: row.attempt for row in await connection.execute(held)}
            kept = {one for one in batch if attempts.get(one.id) == one.attempt}
            rows = [
                {"run_id": one.id, "number": number, "data": data}
                for one in kept
                for number, data in enumerate(batch[one], one.next_number)
            ]
            if rows:
                await connection.execute(insert(Event), rows)
        return kept
