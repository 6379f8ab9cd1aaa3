"""The plan of a session: the steps of a long task, written by the model or by a person, and shown to both."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update

from aistack.agent.tables import Session
from aistack.chassis.errors import NotFound
from aistack.stores.records import Records


class PlanStore:
    """`session_id` is the public id. A step is `{"title", "state"}` with the state open, active, done or dropped."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def read(self, session_id: str) -> list[dict[str, Any]]:
        """Empty if there is none."""
        async with self._records.read() as connection:
            return list(await connection.scalar(select(Session.plan).where(Session.public_id == session_id)) or ())

    async def replace(self, session_id: str, steps: Sequence[dict[str, Any]]) -> None:
        """Raises NotFound if the session was deleted."""
        changed = update(Session).where(Session.public_id == session_id).values(plan=list(steps))
        async with self._records.write() as connection:
            if not (await connection.execute(changed)).rowcount:
                raise NotFound("the session was deleted")


def plan_in_words(steps: Sequence[dict[str, Any]]) -> str:
    """A line for each step."""
    marks = {"done": "[x]", "active": "[>]", "dropped": "[-]"}
    return "\n".join(f"{marks.get(one['state'], '[ ]')} {one['title']}" for one in steps)
