"""Calls that wait for a person. An approval is for one call with exactly its arguments, and survives a restart."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from aistack.agent.tables import Allowance, Approval
from aistack.chassis.errors import Conflict, NotFound
from aistack.stores.records import AnyRow, Records

ALWAYS_HOURS = 24
PENDING = "pending"
LISTED_MAX = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """A call that needs an approval."""

    call_id: str
    tool: str
    arguments: dict[str, Any]
    digest: str
    reason: str


class Approvals:
    def __init__(self, records: Records) -> None:
        self._records = records

    async def of_message(self, message_id: int) -> Mapping[str, AnyRow]:
        """The approvals of an answer, by the id of the call."""
        query = select(Approval).where(Approval.message_id == message_id)
        async with self._records.read() as connection:
            return {row.call_id: row for row in await connection.execute(query)}

    async def of_session(self, session_id: int) -> Sequence[AnyRow]:
        """Newest first."""
        query = select(Approval).where(Approval.session_id == session_id).order_by(Approval.created_at.desc())
        async with self._records.read() as connection:
            return (await connection.execute(query.limit(LISTED_MAX))).all()

    async def find(self, approval_id: str) -> AnyRow:
        """Raises NotFound."""
        async with self._records.read() as connection:
            row = (await connection.execute(select(Approval).where(Approval.id == approval_id))).one_or_none()
        if row is None:
            raise NotFound(f"there is no approval {approval_id[:40]}")
        return row

    async def is_allowed(self, session_id: int, digest: str) -> bool:
        """Whether somebody allowed this call for the session, for now."""
        query = select(Allowance.digest).where(
            Allowance.session_id == session_id, Allowance.digest == digest, Allowance.until > datetime.now(UTC)
        )
        async with self._records.read() as connection:
            return await connection.scalar(query) is not None

    async def ask(
        self, connection: AsyncConnection, asked: Sequence[Asked], session_id: int, message_id: int, run_id: str
    ) -> list[dict[str, Any]]:
        """Stores calls that wait. Those that were asked for already, before a crash, are replaced."""
        now = datetime.now(UTC)
        calls = [one.call_id for one in asked]
        again = (Approval.message_id == message_id) & Approval.call_id.in_(calls)
        await connection.execute(delete(Approval).where(again))
        rows: list[dict[str, Any]] = [
            {
                "id": secrets.token_hex(8), "session_id": session_id, "message_id": message_id, "run_id": run_id,
                "call_id": one.call_id, "tool": one.tool, "arguments": one.arguments, "digest": one.digest,
                "reason": one.reason, "created_at": now,
            }
            for one in asked
        ]  # fmt: skip
        await connection.execute(insert(Approval), rows)
        return rows

    async def decide(
        self, connection: AsyncConnection, row: AnyRow, state: str, subject: str, *, always: bool
    ) -> tuple[AnyRow, bool]:
        """Decides on a call; the second value says whether no other call of its answer waits. Raises Conflict."""
        now = datetime.now(UTC)
        pending = update(Approval).where(Approval.id == row.id, Approval.state == PENDING)
        values = {"state": state, "decided_by": subject, "decided_at": now}
        decided = (await connection.execute(pending.values(**values).returning(Approval))).one_or_none()
        if decided is None:
            raise Conflict("this call has been decided on already, or its answer was left behind")
        if always:
            own = (Allowance.session_id == row.session_id) & (Allowance.digest == row.digest)
            await connection.execute(delete(Allowance).where(own))
            until = now + timedelta(hours=ALWAYS_HOURS)
            await connection.execute(
                insert(Allowance).values(session_id=row.session_id, digest=row.digest, until=until)
            )
        others = select(Approval.id).where(Approval.message_id == row.message_id, Approval.state == PENDING)
        return decided, await connection.scalar(others.limit(1)) is None

    async def expire(self, connection: AsyncConnection, session_id: int) -> list[int]:
        """Ends what waits in a session because the conversation went on; returns the answers that waited."""
        pending = update(Approval).where(Approval.session_id == session_id, Approval.state == PENDING)
        rows = await connection.execute(pending.values(state="expired").returning(Approval.message_id))
        return sorted(set(rows.scalars()))
