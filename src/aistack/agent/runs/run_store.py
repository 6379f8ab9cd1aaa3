"""The rows of runs. What a holder writes is fenced: it is refused after another instance took the run over."""

import secrets
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from aistack.agent.conversations.history_search import index_message
from aistack.agent.conversations.messages import NewPart, add_parts, searched_text
from aistack.agent.runs.event_log import EventLog, LeaseLost, LiveRun
from aistack.agent.tables import Event, Message, Part, Run, Session
from aistack.chassis.errors import Conflict, NotFound
from aistack.chassis.identity import Principal
from aistack.stores.job_leases import QUEUED, RUNNING
from aistack.stores.records import AnyRow, Records

WAITING, DONE, STOPPED, FAILED = "waiting", "done", "stopped", "failed"
MESSAGE_STATES = {DONE: "complete", WAITING: "waiting", STOPPED: "stopped", FAILED: "failed"}
PURGED_AT_ONCE = 500


class RunStore:
    """The runs of all instances; `instance` is this one."""

    def __init__(self, records: Records, log: EventLog, instance: str, lease_seconds: float) -> None:
        self.records = records
        self.log = log
        self.instance = instance
        self._lease = timedelta(seconds=lease_seconds)

    async def add(
        self, connection: AsyncConnection, session_id: int, message_id: int, who: Principal,
        options: Mapping[str, Any], usage: Mapping[str, Any], *, here: bool,
    ) -> AnyRow:  # fmt: skip
        """A new run, held by this instance if it is to run `here`. Raises Conflict if its session has one already."""
        now = datetime.now(UTC)
        held = {"state": RUNNING, "holder": self.instance, "lease_until": now + self._lease, "attempt": 1}
        new = insert(Run).values(
            id=secrets.token_hex(8), session_id=session_id, message_id=message_id, busy_session_id=session_id,
            who=who.claims(), options=dict(options), usage=dict(usage), created_at=now,
            **(held if here else {"state": QUEUED}),
        )  # fmt: skip
        try:
            row = (await connection.execute(new.returning(Run))).one()
        except IntegrityError:
            raise Conflict("an answer is being written in this session; stop it or wait for its end") from None
        streaming = update(Message).where(Message.id == message_id).values(state="streaming", run_id=row.id)
        await connection.execute(streaming)
        return row

    async def find(self, run_id: str) -> AnyRow:
        """Regardless of the caller. Raises NotFound."""
        async with self.records.read() as connection:
            return await self.find_in(connection, run_id)

    async def find_in(self, connection: AsyncConnection, run_id: str) -> AnyRow:
        """As `find`, in a transaction."""
        row = (await connection.execute(select(Run).where(Run.id == run_id))).one_or_none()
        if row is None:
            raise NotFound(f"there is no run {run_id[:40]}")
        return row

    @asynccontextmanager
    async def holding(self, live: LiveRun, **values: Any) -> AsyncGenerator[AsyncConnection]:
        """A transaction of the run's holder, which also sets columns of the run. Raises LeaseLost."""
        own = (Run.id == live.id) & (Run.holder == self.instance) & (Run.attempt == live.attempt)
        held = update(Run).where(own, Run.state == RUNNING).values(**values, holder=self.instance)
        async with self.records.write() as connection:
            if not (await connection.execute(held)).rowcount:
                live.is_lost = True
                raise LeaseLost
            yield connection

    async def save_parts(
        self, live: LiveRun, message_id: int, position: int, parts: Sequence[NewPart], usage: Mapping[str, Any]
    ) -> None:
        """Stores a step of the run. Raises LeaseLost."""
        async with self.holding(live, usage=dict(usage)) as connection:
            await add_parts(connection, message_id, position, parts)

    async def mark_started(self, live: LiveRun, part_ids: Sequence[int]) -> None:
        """Notes that calls begin which must not be repeated. Raises LeaseLost."""
        async with self.holding(live) as connection:
            rows = await connection.execute(select(Part.id, Part.data).where(Part.id.in_(part_ids)))
            for part_id, data in rows.all():
                await connection.execute(update(Part).where(Part.id == part_id).values(data={**data, "started": True}))

    async def end(
        self, live: LiveRun, message_id: int, state: str, events: Sequence[Mapping[str, Any]], *, model: str,
        usage: Mapping[str, Any], error: str = "", position: int = 0, parts: Sequence[NewPart] = (),
    ) -> None:  # fmt: skip
        """Ends the run with its last parts and events, all at once. Raises LeaseLost."""
        await self.log.flush(live)
        now = datetime.now(UTC)
        ended = {"state": state, "lease_until": None, "busy_session_id": None, "ended_at": now, "error": error}
        async with self.holding(live, **ended, usage=dict(usage)) as connection:
            await add_parts(connection, message_id, position, parts)
            values = {"state": MESSAGE_STATES[state], "model": model, "usage": dict(usage)}
            row = (
                await connection.execute(
                    update(Message).where(Message.id == message_id).values(**values).returning(Message.session_id)
                )
            ).one()
            stored = await connection.execute(
                select(Part.kind, Part.text).where(Part.message_id == message_id).order_by(Part.position)
            )
            await index_message(connection, message_id, searched_text(stored.all()))
            await connection.execute(update(Session).where(Session.id == row.session_id).values(changed_at=now))
            numbered = [
                {"run_id": live.id, "number": number, "data": dict(data)}
                for number, data in enumerate(events, live.next_number)
            ]
            await connection.execute(insert(Event), numbered)
        live.add(events)

    async def request_stop(self, run_id: str) -> None:
        async with self.records.write() as connection:
            wanted = (Run.id == run_id) & Run.state.in_((QUEUED, RUNNING))
            await connection.execute(update(Run).where(wanted).values(stop_requested=True))

    async def extend(self, runs: Mapping[str, int]) -> set[str]:
        """Extends this instance's leases on runs, given with their attempts; returns those that it still holds."""
        own = (Run.holder == self.instance) & (Run.state == RUNNING) & Run.id.in_(runs)
        extended = update(Run).where(own).values(lease_until=datetime.now(UTC) + self._lease)
        async with self.records.write() as connection:
            rows = await connection.execute(extended.returning(Run.id, Run.attempt))
            return {run_id for run_id, attempt in rows if runs[run_id] == attempt}

    async def stops(self) -> list[str]:
        """The runs of this instance that somebody stopped, maybe through another one."""
        own = (Run.holder == self.instance) & (Run.state == RUNNING) & Run.stop_requested
        async with self.records.read() as connection:
            return list((await connection.execute(select(Run.id).where(own))).scalars())

    async def purge_events(self, hours: int) -> None:
        """Deletes the events of runs that ended longer ago."""
        limit = datetime.now(UTC) - timedelta(hours=hours)
        old = select(Run.id).where(Run.ended_at < limit, select(Event.run_id).where(Event.run_id == Run.id).exists())
        async with self.records.write() as connection:
            ids = list((await connection.execute(old.limit(PURGED_AT_ONCE))).scalars())
            await connection.execute(delete(Event).where(Event.run_id.in_(ids)))

    async def count_events(self, owner: str) -> int:
        """The kept events of runs that have ended, in the sessions of a person."""
        async with self.records.read() as connection:
            return await connection.scalar(select(func.count()).where(Event.run_id.in_(_ended_runs(owner)))) or 0

    async def remove_events(self, owner: str) -> int:
        """Deletes them, and says how many there were."""
        async with self.records.write() as connection:
            return (await connection.execute(delete(Event).where(Event.run_id.in_(_ended_runs(owner))))).rowcount


def _ended_runs(owner: str) -> Select[str]:
    return (
        select(Run.id)
        .join(Session, Session.id == Run.session_id)
        .where(Session.owner == owner, Run.ended_at.is_not(None))
    )
