"""The rows of tasks. Only the instance that holds a task ends it, and a task ends once."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from aistack.agent.mcp_server.tables import CANCELLED, WORKING, McpTask
from aistack.chassis.errors import Conflict
from aistack.chassis.identity import Principal
from aistack.stores.records import AnyRow, Records

KEPT_SECONDS = 3_600
WORKING_MAX = 100  # of one caller


class TaskStore:
    """`instance` is this one."""

    def __init__(self, records: Records, instance: str, lease_seconds: float) -> None:
        self._records = records
        self._instance = instance
        self._lease = timedelta(seconds=lease_seconds)

    async def add(self, who: Principal, tool: str, arguments: Mapping[str, Any], language: str) -> AnyRow:
        """A task of this instance. Raises Conflict beyond WORKING_MAX of a caller."""
        now = datetime.now(UTC)
        row = {
            "id": secrets.token_hex(16), "caller": who.id, "who": who.claims(), "tool": tool, "language": language,
            "arguments": dict(arguments), "result": {}, "holder": self._instance, "lease_until": now + self._lease,
            "created_at": now, "changed_at": now,
        }  # fmt: skip
        working = select(func.count()).where(McpTask.caller == who.id, McpTask.state == WORKING)
        async with self._records.write() as connection:
            if (await connection.scalar(working) or 0) >= WORKING_MAX:
                raise Conflict(f"{WORKING_MAX} tasks are in progress already; wait for one to end or cancel it")
            return (await connection.execute(insert(McpTask).values(**row).returning(McpTask))).one()

    async def find(self, task_id: str, caller: str) -> AnyRow | None:
        """A caller's task, until it expires."""
        query = select(McpTask).where(McpTask.id == task_id, McpTask.caller == caller, McpTask.created_at > _oldest())
        async with self._records.read() as connection:
            return (await connection.execute(query)).one_or_none()

    async def take_over(self, row: AnyRow) -> AnyRow | None:
        """The task, held by this instance now, if the one that held it died."""
        free = (McpTask.id == row.id) & (McpTask.state == WORKING) & (McpTask.lease_until < datetime.now(UTC))
        held = {"holder": self._instance, "lease_until": datetime.now(UTC) + self._lease}
        async with self._records.write() as connection:
            taken = update(McpTask).where(free).values(**held).returning(McpTask)
            return (await connection.execute(taken)).one_or_none()

    async def end(self, task_id: str, state: str, result: Mapping[str, Any], message: str = "") -> None:
        """Ends a task that this instance holds; one that was cancelled or taken over stays as it is."""
        own = (McpTask.id == task_id) & (McpTask.state == WORKING) & (McpTask.holder == self._instance)
        values = {"state": state, "result": dict(result), "message": message, "changed_at": datetime.now(UTC)}
        async with self._records.write() as connection:
            await connection.execute(update(McpTask).where(own).values(**values))

    async def cancel(self, task_id: str) -> None:
        """Ends a task, wherever it is; its holder notices with the next `extend`."""
        working = (McpTask.id == task_id) & (McpTask.state == WORKING)
        values = {"state": CANCELLED, "changed_at": datetime.now(UTC)}
        async with self._records.write() as connection:
            await connection.execute(update(McpTask).where(working).values(**values))

    async def extend(self, task_ids: Sequence[str]) -> set[str]:
        """Extends this instance's leases; returns the tasks that it still has to work on."""
        own = McpTask.id.in_(task_ids) & (McpTask.state == WORKING) & (McpTask.holder == self._instance)
        extended = update(McpTask).where(own).values(lease_until=datetime.now(UTC) + self._lease)
        async with self._records.write() as connection:
            return set((await connection.execute(extended.returning(McpTask.id))).scalars())

    async def purge(self) -> None:
        async with self._records.write() as connection:
            await connection.execute(delete(McpTask).where(McpTask.created_at <= _oldest()))


def _oldest() -> datetime:
    return datetime.now(UTC) - timedelta(seconds=KEPT_SECONDS)
