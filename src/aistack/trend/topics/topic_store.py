"""The topics of all collections: settled soon after documents change, by one instance at a time."""

import base64
import secrets
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from aistack.chassis.errors import NotFound
from aistack.chassis.runtime.worker_processes import WorkerPool
from aistack.stores.job_leases import claim_first
from aistack.stores.records import AnyRow, Records
from aistack.trend.tables import Collection, Document, Topic
from aistack.trend.topics.settlement import SettledTopic, matched

QUIET_SECONDS = 1.0  # documents that arrive together are settled together
CLAIM_SECONDS = 600.0


class TopicStore:
    """`days` is the window in which topics are found."""

    def __init__(self, records: Records, workers: WorkerPool, days: int) -> None:
        self._records = records
        self._workers = workers
        self._days = days

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

    async def active(self, collection_id: int, since: datetime) -> Sequence[AnyRow]:
        """The topics with documents since a time."""
        query = select(Topic).where(Topic.collection_id == collection_id, Topic.last_at >= since)
        async with self._records.read() as connection:
            return (await connection.execute(query)).all()

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

    async def release(self) -> None:
        """Ends the claims of an instance that died. For databases that only one instance uses."""
        async with self._records.write() as connection:
            await connection.execute(update(Collection).values(settling_until=0.0))

    async def settle_all(self) -> None:
        """Settles collections until none is left whose documents changed. Called periodically."""
        while await self.settle_one():
            pass

    async def settle_one(self) -> bool:
        """Settles a collection whose documents changed. False if there is none."""
        now = time.time()
        where = (
            (Collection.changed_at > Collection.settled_at)
            & (Collection.changed_at < now - QUIET_SECONDS)
            & (Collection.settling_until < now)
        )
        claimed = {"settling_until": now + CLAIM_SECONDS}
        row = await claim_first(self._records, Collection, where, [Collection.changed_at], claimed)
        if row is None:
            return False
        values: dict[str, Any] = {"settling_until": 0.0}
        try:
            await self._settle(row.id)
            values["settled_at"] = row.changed_at
        finally:
            async with self._records.write() as connection:
                await connection.execute(update(Collection).where(Collection.id == row.id).values(**values))
        return True

    async def _settle(self, collection_id: int) -> None:
        since = datetime.now(UTC) - timedelta(days=self._days)
        table = Document
        query = select(
            table.id, table.at, table.content_digest, table.terms, table.title, table.signature, table.topic_id,
            table.source_id, table.source_name,
        ).where(table.collection_id == collection_id, table.at >= since)  # fmt: skip
        async with self._records.read() as connection:
            rows = (await connection.execute(query)).all()
        answer = await self._workers.ask({"task": "settle", "documents": [_sent(row) for row in rows]})
        topics = [SettledTopic(**one) for one in answer["topics"]]
        before = {row.id: row.topic_id for row in rows if row.topic_id is not None}
        kept = matched(topics, before)
        await self._write(collection_id, rows, topics, kept, dict(answer["copies"]))

    async def _write(
        self, collection_id: int, rows: Sequence[AnyRow], topics: Sequence[SettledTopic], kept: Sequence[str | None],
        copies: dict[int, int],
    ) -> None:  # fmt: skip
        """Writes topics and to which the documents belong, in one transaction: readers see the old or the new."""
        known = {row.id: row for row in rows}
        members: list[dict[str, Any]] = []
        values: list[dict[str, Any]] = []
        for topic, earlier in zip(topics, kept, strict=True):
            topic_id = earlier or secrets.token_hex(6)
            own = [known[key] for key in topic.keys]
            times = [row.at for row in own]
            values.append({
                "id": topic_id, "collection_id": collection_id, "name": topic.name, "key_terms": topic.key_terms,
                "documents": sum(row.id not in copies for row in own),
                "sources": len({row.source_id or row.source_name for row in own}),
                "first_at": min(times), "last_at": max(times),
            })  # fmt: skip
            members += [
                {"key": row.id, "topic": topic_id, "copied": copies.get(row.id)}
                for row in own
            ]  # fmt: skip
        ended = {row.topic_id for row in rows if row.topic_id} - {one["id"] for one in values}
        stays = {one for one in kept if one is not None}
        async with self._records.write() as connection:
            earlier = await connection.execute(select(Topic.id, Topic.first_at).where(Topic.id.in_(stays)))
            first = {row.id: row.first_at for row in earlier}
            for one in values:
                one["first_at"] = min(one["first_at"], first.get(one["id"], one["first_at"]))
            await connection.execute(delete(Topic).where(Topic.id.in_(stays | ended)))
            if values:
                await connection.execute(insert(Topic), values)
                changed = update(Document).where(Document.id == bindparam("key"))
                await connection.execute(
                    changed.values(topic_id=bindparam("topic"), copy_of=bindparam("copied")), members
                )


def _sent(row: AnyRow) -> dict[str, Any]:
    return {
        "key": row.id, "at": row.at.timestamp(), "digest": row.content_digest, "terms": row.terms, "title": row.title,
        "signature": base64.b64encode(row.signature).decode(),
    }  # fmt: skip
