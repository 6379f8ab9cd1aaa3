"""The topics of all collections, and their documents."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from aistack.chassis.errors import NotFound
from aistack.stores.records import AnyRow, Records
from aistack.trend.tables import Document, Topic


class TopicStore:
    def __init__(self, records: Records) -> None:
        self._records = records

    async def find(self, collection_id: int, topic_id: str) -> AnyRow:
        """Raises NotFound."""
        query = select(Topic).where(Topic.id == topic_id, Topic.collection_id == collection_id)
        async with self._records.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            raise NotFound(f"there is no topic {topic_id} in this collection")
        return row

    async def with_ids(self, collection_id: int, topic_ids: Sequence[str]) -> Sequence[AnyRow]:
        query = select(Topic).where(Topic.collection_id == collection_id, Topic.id.in_(topic_ids))
        async with self._records.read() as connection:
            return (await connection.execute(query)).all()

    async def active(self, collection_id: int, since: datetime, category: str, least: int) -> list[str]:
        """The ids of topics with at least `least` documents since a time, copies left out."""
        query = select(Document.topic_id).where(
            Document.collection_id == collection_id, Document.at >= since, Document.copy_of.is_(None),
            Document.topic_id.is_not(None),
        )  # fmt: skip
        if category:
            query = query.where(Document.category == category)
        query = query.group_by(Document.topic_id).having(func.count() >= least).order_by(Document.topic_id)
        async with self._records.read() as connection:
            return [topic_id for topic_id in await connection.scalars(query) if topic_id is not None]

    async def members(self, topic_ids: Sequence[str], since: datetime) -> Sequence[AnyRow]:
        """When the documents of some topics were, with topic, source, category and whether each is a copy."""
        table = Document
        query = (
            select(table.topic_id, table.at, table.source_id, table.source_name, table.category, table.copy_of)
            .where(table.topic_id.in_(topic_ids), table.at >= since)
            .order_by(table.at)
        )  # fmt: skip
        async with self._records.read() as connection:
            return (await connection.execute(query)).all()
