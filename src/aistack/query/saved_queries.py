"""Saved queries: a name, a statement and default parameters. A saved query with a schedule runs as a job.

A schedule acts as its owner. It stops, with a reason that is shown, when the owner may no longer run the statement.
"""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from aistack.access.access import Thing
from aistack.access.grants import AccessStore
from aistack.access.levels import Level
from aistack.access.namesakes import keep_apart
from aistack.access.rules import check_level
from aistack.chassis.errors import Conflict, Forbidden, InvalidInput, NotFound, Problem
from aistack.chassis.identity import Principal
from aistack.chassis.telemetry.logs import get_log
from aistack.connection.rights import as_maker, chosen, owner_of
from aistack.query.background import Background
from aistack.query.execution.runner import Runner
from aistack.query.jobs import Jobs
from aistack.query.settings import QuerySettings
from aistack.query.tables import SAVED, SAVED_MAX, SAVED_THINGS, Saved
from aistack.query.wire import NewSaved, QueryRequest, Statement
from aistack.stores.records import AnyRow, Records

CHANGED_BY_OTHERS = "someone else changed the statement; its owner can save it again to resume the schedule"
TAKEN_OVER = "it has a new owner, as whom it would run; they can save it again to resume the schedule"


async def before_transfer(connection: AsyncConnection, thing: Thing, heir: str, taken_over: bool) -> None:
    """Before a saved query goes to another owner: its schedule stops if somebody takes it over."""
    if thing.kind != SAVED:
        return
    await keep_apart(connection, SAVED_THINGS, Saved.__table__.c.name, thing, heir)
    if taken_over:
        scheduled = (Saved.id == thing.id, Saved.every_seconds.is_not(None))
        await connection.execute(update(Saved).where(*scheduled).values(due_at=None, stopped=TAKEN_OVER))


class SavedQueries:
    def __init__(
        self, records: Records, runner: Runner, jobs: Jobs, settings: QuerySettings, access: AccessStore,
        background: Background,
    ) -> None:  # fmt: skip
        self._records = records
        self._runner = runner
        self._jobs = jobs
        self._settings = settings
        self._access = access
        self._background = background

    async def all(self, who: Principal) -> list[tuple[AnyRow, Level]]:
        """Those that the principal may see, with its level on each."""
        query = select(Saved).where(self._access.visible(as_maker(who), SAVED)).order_by(Saved.name, Saved.id)
        async with self._records.read() as connection:
            rows: Sequence[AnyRow] = (await connection.execute(query)).all()
        found: list[tuple[AnyRow, Level]] = []
        for row in rows:
            level = await self.held_on(who, saved_query(row))
            if level is not None:
                found.append((row, level))
        return found

    async def held_on(self, who: Principal, thing: Thing) -> Level | None:
        return await self._access.held_on(as_maker(who), thing)

    async def find(self, asked: str, who: Principal) -> AnyRow:
        """By its id or its name; one's own come first. For the level that the route needs.

        Raises NotFound, Forbidden, or Conflict if several have the name.
        """
        named = (Saved.id == asked) | (Saved.name == asked)
        async with self._records.read() as connection:
            visible = self._access.visible(as_maker(who), SAVED)
            rows = {row.id: row for row in (await connection.execute(select(Saved).where(named, visible))).all()}
        meant = chosen(asked, [saved_query(row) for row in rows.values()], who)
        missing = NotFound(f"you have no saved query {asked}")
        if meant is None:
            raise missing
        check_level(meant, await self.held_on(who, meant), missing, asked)
        return rows[meant.id]

    async def save(self, new: NewSaved, who: Principal) -> AnyRow:
        """Saves a query, replacing the owner's one with the same name. Raises Problem when it may not run."""
        values = await self._checked(new, who)
        now, owner = datetime.now(UTC), owner_of(who)
        async with self._records.write() as connection:
            own = select(Saved.id).where(Saved.owner == owner, Saved.name == new.name).order_by(Saved.created_at)
            known = await connection.scalar(own.limit(1))
            if known is not None:
                changed = update(Saved).where(Saved.id == known).values(**values).returning(Saved)
                return (await connection.execute(changed)).one()
            count = await connection.scalar(select(func.count()).select_from(Saved).where(Saved.owner == owner)) or 0
            if count >= SAVED_MAX:
                raise Conflict(f"you have {SAVED_MAX} saved queries; delete one first")
            created = {"id": uuid.uuid4().hex, "owner": owner, "last_job": None, "created_at": now}
            return (await connection.execute(insert(Saved).values(**values | created).returning(Saved))).one()

    async def change(self, row: AnyRow, new: NewSaved, who: Principal) -> AnyRow:
        """Replaces a query. It would run as its owner, so a schedule stops when someone else changes it.

        Raises Problem when the statement may not run.
        """
        values = await self._checked(new, who)
        if owner_of(who) != row.owner:
            del values["principal"]
            if new.every_seconds:
                values |= {"due_at": None, "stopped": CHANGED_BY_OTHERS}
        async with self._records.write() as connection:
            same = (Saved.owner == row.owner, Saved.name == new.name, Saved.id != row.id)
            if (await connection.execute(select(Saved.id).where(*same))).first() is not None:
                raise Conflict(f"its owner has another saved query named {new.name}")
            changed = update(Saved).where(Saved.id == row.id).values(**values).returning(Saved)
            found = (await connection.execute(changed)).first()
        if found is None:
            raise NotFound(f"you have no saved query {row.id}")
        return found

    async def remove(self, saved_id: str) -> None:
        async with self._records.write() as connection:
            await self._access.remove_thing(connection, SAVED, saved_id)
            await connection.execute(delete(Saved).where(Saved.id == saved_id))

    async def connections(self) -> Sequence[str]:
        """The connections that there are saved queries for."""
        async with self._records.read() as connection:
            return list(await connection.scalars(select(Saved.connection).distinct()))

    async def run_due(self) -> None:
        """Opens a job for each scheduled query that is due. Called periodically, on every instance.

        An instance runs a query only if it moved `due_at` itself, so no two instances run the same one.
        """
        now = datetime.now(UTC)
        async with self._records.read() as connection:
            due = (await connection.execute(select(Saved).where(Saved.due_at <= now))).all()
        for row in due:
            same = (Saved.id == row.id) & (Saved.due_at == row.due_at)
            next_due = max(row.due_at + timedelta(seconds=row.every_seconds), now)
            async with self._records.write() as connection:
                is_claimed = (await connection.execute(update(Saved).where(same).values(due_at=next_due))).rowcount
            if is_claimed:
                await self._run(row)

    async def _run(self, row: AnyRow) -> None:
        request = QueryRequest(connection_id=row.connection, sql=row.sql, params=row.parameters, format="csv")
        try:
            job = await self._jobs.open(request, await self._background.principal_of(row.owner, row.principal))
        except (NotFound, Forbidden) as error:
            await self._stop(row, error.detail)
            return
        except Problem as error:
            if error.status in (403, 404):  # from another service
                await self._stop(row, error.detail)
            else:
                get_log("query").warning("saved_query.failed", saved=row.name, owner=row.owner, error=error.detail)
            return
        ran = {"last_job": job.id, "connection": job.request["connection_id"]}
        async with self._records.write() as connection:
            await connection.execute(update(Saved).where(Saved.id == row.id).values(**ran))

    async def _stop(self, row: AnyRow, reason: str) -> None:
        get_log("query").warning("saved_query.stopped", saved=row.name, owner=row.owner, error=reason)
        unchanged = (Saved.id == row.id) & (Saved.updated_at == row.updated_at) & (Saved.owner == row.owner)
        async with self._records.write() as connection:
            await connection.execute(update(Saved).where(unchanged).values(due_at=None, stopped=reason))

    async def _checked(self, new: NewSaved, who: Principal) -> dict[str, Any]:
        if new.every_seconds is not None and new.every_seconds < self._settings.schedule_seconds_min:
            raise InvalidInput(
                f"every_seconds is {new.every_seconds}; the minimum is {self._settings.schedule_seconds_min} s"
            )
        statement = Statement(connection_id=new.connection_id, sql=new.sql, params=new.parameters)
        prepared = await self._runner.prepare_or_problem(statement, who)
        if prepared.checked.writes:
            raise InvalidInput("saved queries can only read")
        now = datetime.now(UTC)
        return {
            "name": new.name, "principal": who.claims(), "connection": prepared.connection.id, "sql": new.sql,
            "parameters": new.parameters, "about": new.about, "every_seconds": new.every_seconds,
            "due_at": now if new.every_seconds else None, "stopped": "", "updated_at": now,
        }  # fmt: skip


def saved_query(row: AnyRow) -> Thing:
    return Thing(SAVED, row.id, row.owner)
