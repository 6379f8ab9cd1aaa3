"""The documents of all collections."""

import base64
import hashlib
import secrets
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from aistack.chassis.errors import NotFound
from aistack.stores.records import AnyRow, Records
from aistack.trend.feeds.items import Item
from aistack.trend.tables import Collection, Document, Topic

AHEAD_MAX = timedelta(hours=26)  # of a clock or a time zone that is wrong
KEYS_AT_ONCE = 500
DELETED_AT_ONCE = 5_000
TITLES_MAX = 5_000  # in which the forms of terms are sought


@dataclass(frozen=True, slots=True)
class NewDocument:
    """An item, its terms and its signature."""

    item: Item
    terms: dict[str, float]
    signature: bytes


@dataclass(frozen=True, slots=True)
class Origin:
    """Where documents come from. `source_id` is None for those that were pushed, which name their source."""

    collection_id: int
    source_id: str | None
    name: str
    category: str


class DocumentStore:
    def __init__(self, records: Records) -> None:
        self._records = records

    async def add(self, origin: Origin, new: Sequence[NewDocument]) -> int:
        """Adds what is new, and updates what changed under its own name. Returns how many are new.

        A source that changes the names of all its items adds nothing: the same words of the same source are known.
        """
        now = datetime.now(UTC)
        rows = [_row(origin, one, now) for one in {_guid_digest(one.item): one for one in new}.values()]
        added = 0
        async with self._records.write() as connection:
            for at in range(0, len(rows), KEYS_AT_ONCE):
                batch = rows[at : at + KEYS_AT_ONCE]
                same_source = (Document.collection_id == origin.collection_id, _same_source(origin))
                known: list[AnyRow] = []
                for column in (Document.guid_digest, Document.content_digest):  # an index each, and none for both
                    query = select(Document.guid_digest, Document.content_digest).where(
                        *same_source, column.in_([row[column.key] for row in batch])
                    )
                    known += (await connection.execute(query)).all()
                contents = {row.guid_digest: row.content_digest for row in known}
                words = {row.content_digest for row in known}
                for row in batch:
                    if contents.get(row["guid_digest"], row["content_digest"]) != row["content_digest"]:
                        changed = {name: row[name] for name in CHANGEABLE}
                        same = (*same_source, Document.guid_digest == row["guid_digest"])
                        await connection.execute(update(Document).where(*same).values(**changed))
                fresh = {
                    row["content_digest"]: row
                    for row in batch
                    if row["guid_digest"] not in contents and row["content_digest"] not in words
                }
                if fresh:
                    await connection.execute(insert(Document), list(fresh.values()))
                added += len(fresh)
            if added:
                await mark_changed(connection, origin.collection_id)
        return added

    async def page(
        self, collection_id: int, *, topic: str = "", source: str = "", before: datetime | None = None, limit: int = 50
    ) -> Sequence[AnyRow]:
        """Documents, newest first."""
        query = select(Document).where(Document.collection_id == collection_id)
        if topic:
            query = query.where(Document.topic_id == topic)
        if source:
            query = query.where(Document.source_id == source)
        if before is not None:
            query = query.where(Document.at < before)
        async with self._records.read() as connection:
            return (await connection.execute(query.order_by(Document.at.desc(), Document.id.desc()).limit(limit))).all()

    async def find(self, collection_id: int, public_id: str) -> AnyRow:
        """Raises NotFound."""
        query = select(Document).where(Document.collection_id == collection_id, Document.public_id == public_id)
        async with self._records.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            raise NotFound(f"there is no document {public_id} in this collection")
        return row

    async def remove(self, collection_id: int, public_id: str) -> None:
        """Raises NotFound."""
        where = (Document.collection_id == collection_id, Document.public_id == public_id)
        async with self._records.write() as connection:
            if not (await connection.execute(delete(Document).where(*where))).rowcount:
                raise NotFound(f"there is no document {public_id} in this collection")
            await mark_changed(connection, collection_id)

    async def remove_old(self, days: int) -> None:
        """Deletes documents older than `days`, and topics without documents. Called periodically."""
        oldest = datetime.now(UTC) - timedelta(days=days)
        old = select(Document.id).where(Document.at < oldest).limit(DELETED_AT_ONCE)
        async with self._records.write() as connection:
            await connection.execute(delete(Document).where(Document.id.in_(old.scalar_subquery())))
            await connection.execute(delete(Topic).where(Topic.last_at < oldest))

    async def counts(self, collection_id: int, since: datetime, bucket_seconds: int) -> list[int]:
        """The number of documents in each bucket since a time, copies left out."""
        query = select(Document.at).where(
            Document.collection_id == collection_id, Document.at >= since, Document.copy_of.is_(None)
        )
        async with self._records.read() as connection:
            return bucketed(await connection.scalars(query), since, bucket_seconds)

    async def with_term(self, collection_id: int, term: str, since: datetime) -> list[AnyRow]:
        """Documents since a time in whose title or text a term stands, copies left out."""
        query = select(Document.at, Document.terms, Document.title, Document.source_id, Document.source_name).where(
            Document.collection_id == collection_id, Document.at >= since, Document.copy_of.is_(None)
        )
        found: list[AnyRow] = []
        async with self._records.read() as connection:
            rows = await connection.stream(query)
            async for row in rows:
                if term in row.terms:
                    found.append(row)
        return found

    async def term_counts(
        self, collection_id: int, since: datetime, until: datetime
    ) -> tuple[Counter[str], int, list[str]]:
        """How many documents of a time have each term, how many there are, and some of their titles; no copies."""
        query = select(Document.terms, Document.title).where(
            Document.collection_id == collection_id, Document.at >= since, Document.at < until,
            Document.copy_of.is_(None),
        )  # fmt: skip
        counts: Counter[str] = Counter()
        titles: list[str] = []
        total = 0
        async with self._records.read() as connection:
            async for row in await connection.stream(query):
                counts.update(row.terms.keys())
                total += 1
                if len(titles) < TITLES_MAX:
                    titles.append(row.title)
        return counts, total, titles

    async def first_at(self, collection_id: int) -> datetime | None:
        """When the collection's first document was."""
        query = select(func.min(Document.at)).where(Document.collection_id == collection_id)
        async with self._records.read() as connection:
            return await connection.scalar(query)

    async def total(self, collection_id: int) -> int:
        query = select(func.count()).select_from(Document).where(Document.collection_id == collection_id)
        async with self._records.read() as connection:
            return await connection.scalar(query) or 0


CHANGEABLE = ("title", "text", "content_digest", "signature", "terms", "url", "author", "language")


async def mark_changed(connection: Any, collection_id: int) -> None:
    """The topics of the collection have to be settled again."""
    await connection.execute(update(Collection).where(Collection.id == collection_id).values(changed_at=time.time()))


def bucketed(times: Any, since: datetime, bucket_seconds: int) -> list[int]:
    """Counts in each bucket from `since` to now."""
    buckets = int((datetime.now(UTC) - since).total_seconds() // bucket_seconds) + 1
    counts = [0] * buckets
    for at in times:
        place = int((at - since).total_seconds() // bucket_seconds)
        if 0 <= place < buckets:
            counts[place] += 1
    return counts


def documents_of(items: Sequence[Item], analyses: Sequence[dict[str, Any]]) -> list[NewDocument]:
    """Items with what the worker found in them."""
    return [
        NewDocument(item, found["terms"], base64.b64decode(found["signature"]))
        for item, found in zip(items, analyses, strict=True)
    ]


def _row(origin: Origin, new: NewDocument, now: datetime) -> dict[str, Any]:
    item = new.item
    stated = item.published
    is_possible = stated is not None and stated <= now + AHEAD_MAX
    return {
        "public_id": secrets.token_hex(8), "collection_id": origin.collection_id, "source_id": origin.source_id,
        "source_name": origin.name[:512], "guid_digest": _guid_digest(item), "content_digest": item.content_digest,
        "signature": new.signature, "url": item.url, "title": item.title[:512], "text": item.text,
        "author": item.author[:256], "language": item.language[:16], "category": origin.category, "terms": new.terms,
        "at": min(stated, now) if stated is not None and is_possible else now, "published_at": stated,
        "is_date_guess": item.is_date_guess or not is_possible, "arrived_at": now, "copy_of": None, "topic_id": None,
    }  # fmt: skip


def _guid_digest(item: Item) -> str:
    return hashlib.sha256(item.guid.encode("utf-8", "replace")).hexdigest()[:32]


def _same_source(origin: Origin) -> Any:
    if origin.source_id is not None:
        return Document.source_id == origin.source_id
    return Document.source_id.is_(None) & (Document.source_name == origin.name[:512])
