"""Saved queries: a name, a statement and default parameters. A saved query with a schedule runs as a job."""

import uuid
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from aistack.chassis.errors import Conflict, InvalidInput, NotFound, Problem
from aistack.chassis.identity import Principal
from aistack.chassis.telemetry.logs import get_log
from aistack.query.execution.runner import Runner
from aistack.query.jobs import Jobs
from aistack.query.settings import QuerySettings
from aistack.query.tables import Saved
from aistack.query.wire import NewSaved, QueryRequest, Statement
from aistack.stores.records import AnyRow, Records

SAVED_MAX = 1_000  # of one owner


class SavedQueries:
    """The saved queries of all principals; each belongs to the one that saved it."""

    def __init__(self, records: Records, runner: Runner, jobs: Jobs, settings: QuerySettings) -> None:
        self._records = records
        self._runner = runner
        self._jobs = jobs
        self._settings = settings

    async def all(self, who: Principal) -> Sequence[AnyRow]:
        query = select(Saved).where(Saved.owner == who.id).order_by(Saved.name)
        async with self._records.read() as connection:
            return (await connection.execute(query)).all()

    async def one(self, saved_id: str, who: Principal) -> AnyRow:
        """By its id or its name. Raises NotFound."""
        named = (Saved.id == saved_id) | (Saved.name == saved_id)
        async with self._records.read() as connection:
            row = (await connection.execute(select(Saved).where(named, Saved.owner == who.id))).first()
        if row is None:
            raise NotFound(f"you have no saved query {saved_id}")
        return row

    async def save(self, new: NewSaved, who: Principal) -> AnyRow:
        """Saves a query, replacing one with the same name. Raises Problem when the statement may not run."""
        if new.every_seconds is not None and new.every_seconds < self._settings.schedule_seconds_min:
            raise InvalidInput(
                f"every_seconds is {new.every_seconds}; the minimum is {self._settings.schedule_seconds_min} s"
            )
        statement = Statement(connection_id=new.connection_id, sql=new.sql, params=new.parameters)
        prepared = await self._runner.prepare_or_problem(statement, who)
        if prepared.checked.writes:
            raise InvalidInput("saved queries can only read")
        if len(await self.all(who)) >= SAVED_MAX:
            raise Conflict(f"you have {SAVED_MAX} saved queries; delete one first")
        now = datetime.now(UTC)
        values = {
            "name": new.name, "owner": who.id, "principal": asdict(who), "connection": new.connection_id,
            "sql": new.sql, "parameters": new.parameters, "about": new.about, "every_seconds": new.every_seconds,
            "due_at": now if new.every_seconds else None, "last_job": None, "created_at": now, "updated_at": now,
        }  # fmt: skip
        try:
            async with self._records.write() as connection:
                await connection.execute(delete(Saved).where(Saved.owner == who.id, Saved.name == new.name))
                insertion = insert(Saved).values(id=uuid.uuid4().hex, **values).returning(Saved)
                return (await connection.execute(insertion)).one()
        except IntegrityError:
            raise Conflict(f"{new.name} is being saved by another request; try again") from None

    async def remove(self, saved_id: str, who: Principal) -> None:
        row = await self.one(saved_id, who)
        async with self._records.write() as connection:
            await connection.execute(delete(Saved).where(Saved.id == row.id))

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
            job = await self._jobs.open(request, Principal(**row.principal))
        except Problem as error:
            get_log("query").warning("saved_query.failed", saved=row.name, owner=row.owner, error=error.detail)
            return
        async with self._records.write() as connection:
            await connection.execute(update(Saved).where(Saved.id == row.id).values(last_job=job.id))
