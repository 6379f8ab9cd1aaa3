"""The history of statements: one entry for each, however it ended. It is the audit log of the query service."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, select

from aistack.chassis.identity import Principal
from aistack.chassis.telemetry.logs import get_log
from aistack.connection.rights import is_owner, owner_of, things_of
from aistack.databases.session import DatabaseFailed
from aistack.query.tables import Run
from aistack.query.wire import Statement
from aistack.stores.records import AnyRow, Records

SQL_CHARACTERS_KEPT = 20_000
ERROR_CHARACTERS_KEPT = 2_000
BATCH_ENTRIES_MAX = 500


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a statement ended. `connection` is the connection's id."""

    id: str
    connection: str
    connection_name: str
    mode: str
    rows: int
    elapsed_ms: int
    error: DatabaseFailed | None
    begun_at: datetime
    tables: Sequence[str] = ()


class History:
    """`record` returns at once; entries are written in batches by a background task."""

    def __init__(self, records: Records, days: int) -> None:
        self._records = records
        self._days = days
        self._pending: list[dict[str, Any]] = []
        self._writing: asyncio.Task[None] | None = None

    def record(self, outcome: Outcome, statement: Statement, who: Principal) -> None:
        """Adds a statement that was run, whether it succeeded or failed."""
        failed = outcome.error
        state = "done" if failed is None else "cancelled" if failed.kind == "cancelled" else "failed"
        self._add(
            id=outcome.id, connection=outcome.connection, connection_name=outcome.connection_name, principal=who.id,
            owner=owner_of(who), sql=statement.sql[:SQL_CHARACTERS_KEPT], tables=list(outcome.tables),
            mode=outcome.mode, state=state, error=str(failed or "")[:ERROR_CHARACTERS_KEPT],
            rows=outcome.rows, elapsed_ms=outcome.elapsed_ms,
            begun_at=outcome.begun_at,
        )  # fmt: skip
        get_log("query").info(
            "query.ended", query=outcome.id, connection=outcome.connection_name, principal=who.id, state=state,
            mode=outcome.mode, rows=outcome.rows, elapsed_ms=outcome.elapsed_ms, tables=list(outcome.tables),
        )  # fmt: skip

    def record_refused(self, query_id: str, statement: Statement, who: Principal, begun: datetime, error: str) -> None:
        """Adds a statement that the guard refused to run."""
        self._add(
            id=query_id, connection=statement.connection_id[:32], connection_name=statement.connection_id,
            principal=who.id, owner=owner_of(who), sql=statement.sql[:SQL_CHARACTERS_KEPT], tables=[], mode="read",
            state="refused", error=error[:ERROR_CHARACTERS_KEPT], rows=0, elapsed_ms=0, begun_at=begun,
        )  # fmt: skip
        get_log("query").warning(
            "query.refused", query=query_id, connection=statement.connection_id, principal=who.id, error=error
        )

    async def of(
        self, who: Principal, everyone: bool, connection: str, offset: int, limit: int
    ) -> tuple[int, Sequence[AnyRow]]:
        """The total and one page, newest first. With `everyone`, an owner of the stack gets all principals' entries."""
        await self.flush()
        where: list[ColumnElement[bool]] = (
            [] if everyone and is_owner(who) else [Run.owner.in_((owner_of(who), who.id))]
        )
        if who.things is not None:
            where.append(Run.connection.in_(things_of(who)))
        if connection:
            where.append((Run.connection == connection) | (Run.connection_name == connection))
        async with self._records.read() as reading:
            total = await reading.scalar(select(func.count()).select_from(Run).where(*where)) or 0
            query = select(Run).where(*where).order_by(Run.number.desc()).offset(offset).limit(limit)
            return total, (await reading.execute(query)).all()

    async def delete_old(self) -> None:
        """Deletes entries past the retention period. Called periodically."""
        before = datetime.now(UTC) - timedelta(days=self._days)
        async with self._records.write() as connection:
            await connection.execute(delete(Run).where(Run.begun_at < before))

    async def flush(self) -> None:
        """Returns when every pending entry is stored."""
        while self._writing is not None and not self._writing.done():
            await asyncio.shield(self._writing)

    def _add(self, **entry: Any) -> None:
        self._pending.append(entry)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write(), name="query:history")

    async def _write(self) -> None:
        while self._pending:
            batch, self._pending = self._pending[:BATCH_ENTRIES_MAX], self._pending[BATCH_ENTRIES_MAX:]
            try:
                async with self._records.write() as connection:
                    await connection.execute(insert(Run), batch)
            except Exception:  # the statement has run; its log line remains
                get_log("query").exception("history.not_written", entries=len(batch))
