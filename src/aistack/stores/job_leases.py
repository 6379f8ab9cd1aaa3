"""Leases on jobs that are kept in a table: how several instances of a service share one queue of work.

A job is `queued` until an instance claims it, then `running` under that instance's lease. The instance extends the
lease while it works; a lease that expires means that the instance died, and another one may claim the job. A claim is
one UPDATE of a row that a subquery selects: on PostgreSQL with FOR UPDATE SKIP LOCKED, so that instances do not wait
for each other; on SQLite writers take turns anyway.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update

from aistack.stores.records import AnyRow, Records

QUEUED, RUNNING = "queued", "running"


async def claim_first(
    records: Records, table: Any, where: ColumnElement[bool], order_by: Sequence[Any], values: dict[str, Any]
) -> AnyRow | None:
    """Updates the first row that meets `where`, and returns it; None when there is none.

    `table` is a mapped class with a column `id`. No two callers get the same row, as long as `values` make it stop
    meeting `where`.
    """
    first = select(table.id).where(where).order_by(*order_by).limit(1)
    if not records.embedded:
        first = first.with_for_update(skip_locked=True)
    claimed = update(table).where(table.id == first.scalar_subquery()).values(**values).returning(table)
    async with records.write() as connection:
        return (await connection.execute(claimed)).one_or_none()


class JobLeases:
    """The leases that one instance takes in one table.

    `table` is a mapped class with the columns `id`, `state` and `lease_until`, and one for the name of the instance
    that holds the lease, which is called `holder`. Jobs are claimed in the order of the column `oldest_first`.
    """

    def __init__(
        self, records: Records, table: Any, instance: str, seconds: float, *, holder: str, oldest_first: str
    ) -> None:
        self._records = records
        self._table = table
        self._instance = instance
        self._duration = timedelta(seconds=seconds)
        self._holder = holder
        self._oldest_first = oldest_first

    async def has_work(self) -> bool:
        """Whether a job could be claimed. It writes nothing, so it costs idle instances little."""
        async with self._records.read() as connection:
            return await connection.scalar(select(self._table.id).where(self._free()).limit(1)) is not None

    async def claim(self, **values: Any) -> AnyRow | None:
        """Takes the oldest job that is queued or whose lease has expired, and sets further `values` in its row."""
        lease = {"state": RUNNING, self._holder: self._instance, "lease_until": datetime.now(UTC) + self._duration}
        order_by = [getattr(self._table, self._oldest_first)]
        return await claim_first(self._records, self._table, self._free(), order_by, lease | values)

    async def extend(self, job_id: Any) -> bool:
        """Extends this instance's lease; False when it holds none on the job (any more)."""
        extended = update(self._table).where(self._table.id == job_id, self._own())
        async with self._records.write() as connection:
            result = await connection.execute(extended.values(lease_until=datetime.now(UTC) + self._duration))
            return bool(result.rowcount)

    async def release_all(self) -> None:
        """Puts the jobs that this instance holds back into the queue: when it stops, or restarts after a crash."""
        async with self._records.write() as connection:
            released = {"state": QUEUED, self._holder: "", "lease_until": None}
            await connection.execute(update(self._table).where(self._own()).values(**released))

    def _free(self) -> ColumnElement[bool]:
        table = self._table
        expired = or_(table.lease_until.is_(None), table.lease_until < datetime.now(UTC))
        return or_(table.state == QUEUED, (table.state == RUNNING) & expired)

    def _own(self) -> ColumnElement[bool]:
        return (self._table.state == RUNNING) & (getattr(self._table, self._holder) == self._instance)
