"""Summaries of the older part of long branches. A summary belongs to the last message that it covers."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import delete, insert, select

from aistack.agent.tables import Message, Summary
from aistack.stores.records import AnyRow, Records


class SummaryStore:
    def __init__(self, records: Records) -> None:
        self._records = records

    async def newest(self, message_ids: Sequence[int]) -> AnyRow | None:
        """The summary that covers the most of a branch."""
        query = select(Summary).where(Summary.message_id.in_(message_ids)).order_by(Summary.message_id.desc())
        async with self._records.read() as connection:
            return (await connection.execute(query.limit(1))).first()

    async def save(self, message_id: int, text: str, *, is_untrusted: bool) -> AnyRow | None:
        """Replaces the message's summary; None if the message was deleted meanwhile."""
        values = {"text": text, "is_untrusted": is_untrusted, "created_at": datetime.now(UTC)}
        async with self._records.write() as connection:
            if await connection.scalar(select(Message.id).where(Message.id == message_id)) is None:
                return None
            await connection.execute(delete(Summary).where(Summary.message_id == message_id))
            new = insert(Summary).values(message_id=message_id, **values).returning(Summary)
            return (await connection.execute(new)).one()
