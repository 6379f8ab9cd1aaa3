"""What was run: written for every statement, however it ended, and read by those who ran it."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select

from aistack.chassis.identity import Principal
from aistack.chassis.telemetry.logs import get_log
from aistack.query.tables import Run
from aistack.query.wire import Statement
from aistack.stores.records import AnyRow, Records

if TYPE_CHECKING:
    from aistack.query.execution.runner import Execution

SQL_CHARACTERS_KEPT = 20_000
ERROR_CHARACTERS_KEPT = 2_000
WRITTEN_AT_ONCE = 500


class History:
    """`note` returns at once; entries are written together, soon after."""

    def __init__(self, records: Records, days: int) -> None:
        self._records = records
        self._days = days
        self._waiting: list[dict[str, Any]] = []
        self._writing: asyncio.Task[None] | None = None

    def note(
        self, execution: "Execution", statement: Statement, who: Principal, begun: datetime, tables: Sequence[str]
    ) -> None:
        """A statement that ran, well or not."""
        failed = execution.error
        state = "done" if failed is None else "cancelled" if failed.kind == "cancelled" else "failed"
        self._add(
            id=execution.id, connection=execution.known.id, connection_name=execution.known.name, principal=who.id,
            sql=statement.sql[:SQL_CHARACTERS_KEPT], tables=list(tables), mode=execution.mode, state=state,
            error=str(failed or "")[:ERROR_CHARACTERS_KEPT], rows=execution.rows, elapsed_ms=execution.elapsed_ms,
            begun_at=begun,
        )  # fmt: skip
        get_log("query").info(
            "query.ended", query=execution.id, connection=execution.known.name, principal=who.id, state=state,
            mode=execution.mode, rows=execution.rows, elapsed_ms=execution.elapsed_ms, tables=list(tables),
        )  # fmt: skip

    def refused(self, query_id: str, statement: Statement, who: Principal, begun: datetime, error: str) -> None:
        """A statement that was not let through."""
        self._add(
            id=query_id, connection=statement.connection_id[:32], connection_name=statement.connection_id,
            principal=who.id, sql=statement.sql[:SQL_CHARACTERS_KEPT], tables=[], mode="read", state="refused",
            error=error[:ERROR_CHARACTERS_KEPT], rows=0, elapsed_ms=0, begun_at=begun,
        )  # fmt: skip
        get_log("query").warning(
            "query.refused", query=query_id, connection=statement.connection_id, principal=who.id, error=error
        )

    async def of(
        self, who: Principal, everyone: bool, connection: str, offset: int, limit: int
    ) -> tuple[int, Sequence[AnyRow]]:
        """The newest first; an administrator may read everyone's."""
        await self.written()
        where = [] if everyone and who.is_administrator else [Run.principal == who.id]
        if connection:
            where.append((Run.connection == connection) | (Run.connection_name == connection))
        async with self._records.read() as reading:
            total = await reading.scalar(select(func.count()).select_from(Run).where(*where)) or 0
            query = select(Run).where(*where).order_by(Run.number.desc()).offset(offset).limit(limit)
            return total, (await reading.execute(query)).all()

    async def forget_old(self) -> None:
        """Called every so often."""
        before = datetime.now(UTC) - timedelta(days=self._days)
        async with self._records.write() as connection:
            await connection.execute(delete(Run).where(Run.begun_at < before))

    async def written(self) -> None:
        """Returns when everything that was noted is in the records."""
        while self._writing is not None and not self._writing.done():
            await asyncio.shield(self._writing)

    def _add(self, **entry: Any) -> None:
        self._waiting.append(entry)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write(), name="query:history")

    async def _write(self) -> None:
        while self._waiting:
            now, self._waiting = self._waiting[:WRITTEN_AT_ONCE], self._waiting[WRITTEN_AT_ONCE:]
            try:
                async with self._records.write() as connection:
                    await connection.execute(insert(Run), now)
            except Exception:  # the statement has run; the log line above stays
                get_log("query").exception("history.lost", entries=len(now))
