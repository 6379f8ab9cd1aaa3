"""Parsed contents: their versions, and which documents refer to them.

All functions run in the caller's transaction, which has called `lock_collection` if it writes. A content whose last
document goes is deleted in the same transaction, or, if a waiting job item has its bytes, loses its live version. So
the chunks of live versions always belong to a document.
"""

import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from aistack.rag.tables import (
    WAITING,
    Chunk,
    Collection,
    Content,
    ContentText,
    Document,
    Job,
    JobItem,
    Link,
    Mention,
)
from aistack.stores.records import AnyRow

LIVE = (Content.id == Chunk.content_id) & (Content.version == Chunk.version)
SHA256_CHARACTERS = 64
FILES_LOCK = 0x61697374  # the number of an advisory lock, which may be any

Revision = tuple[int, ...]


def new_id() -> str:
    """An id of a content, document or job: 128 random bits in hex."""
    return uuid.uuid4().hex


def reference(*parts: str) -> str:
    """16 hex digits that name what has these parts. Unlike a row's number, they do not show how much others have."""
    return blake2b("\n".join(parts).encode(), digest_size=8).hexdigest()


def content_key(sha256: str, suffix: str) -> str:
    """The key of a content within its collection."""
    return f"{sha256}{suffix}"


async def lock_collection(connection: AsyncConnection, collection_id: int) -> None:
    """Keeps other transactions that change documents or contents of the collection waiting until this one ends."""
    query = select(Collection.id).where(Collection.id == collection_id)
    await connection.execute(query.with_for_update(key_share=True))


async def content_with(connection: AsyncConnection, collection_id: int, key: str) -> AnyRow | None:
    """The content with this key."""
    query = select(Content).where(Content.collection_id == collection_id, Content.content_key == key)
    return (await connection.execute(query)).one_or_none()


async def ensured_content(connection: AsyncConnection, collection_id: int, key: str) -> AnyRow:
    """The content with this key. It is created if there is none."""
    content = await content_with(connection, collection_id, key)
    if content is not None:
        return content
    row = insert(Content).values(id=new_id(), collection_id=collection_id, content_key=key)
    return (await connection.execute(row.returning(Content))).one()


async def put_version(
    connection: AsyncConnection, content: AnyRow, version: int, text: str, rows: list[dict[str, Any]]
) -> list[int]:
    """Writes a version that is not live yet, replacing leftovers of an interrupted attempt.

    Each of `rows` holds a chunk's columns. Returns the chunk ids in the order of `rows`.
    """
    await delete_version(connection, content.id, version)
    await connection.execute(insert(ContentText).values(content_id=content.id, version=version, text=text))
    fixed = {"content_id": content.id, "collection_id": content.collection_id, "version": version}
    values = [fixed | {"ordinal": number} | row for number, row in enumerate(rows)]
    added = await connection.execute(
        insert(Chunk).returning(Chunk.id, Chunk.ordinal, sort_by_parameter_order=True), values
    )
    return [row.id for row in added]


async def put_entities(
    connection: AsyncConnection,
    collection_id: int,
    chunk_ids: list[int],
    extracted: Sequence[tuple[list[Any], list[Any]]],
) -> None:
    """Writes each chunk's mentions and links. They are deleted with the chunk.

    `extracted` holds `(mentions, links)` for each of `chunk_ids`.
    """
    mentions: list[dict[str, Any]] = []
    links: list[dict[str, Any]] = []
    for chunk_id, (mentioned, linked) in zip(chunk_ids, extracted, strict=True):
        fixed: dict[str, Any] = {"chunk_id": chunk_id, "collection_id": collection_id}
        mentions += (fixed | dict(zip(("key", "name", "kind", "count"), one, strict=True)) for one in mentioned)
        links += (fixed | dict(zip(("source", "target", "phrase", "start", "end"), one, strict=True)) for one in linked)
    for table, rows in ((Mention, mentions), (Link, links)):
        if rows:
            await connection.execute(insert(table), rows)


async def delete_version(connection: AsyncConnection, content_id: str, version: int) -> list[int]:
    """Deletes the text and the chunks of a version. Returns the ids of the chunks."""
    chunks = (Chunk.content_id == content_id, Chunk.version == version)
    removed = list(await connection.scalars(select(Chunk.id).where(*chunks)))
    await connection.execute(delete(Chunk).where(*chunks))
    await connection.execute(
        delete(ContentText).where(ContentText.content_id == content_id, ContentText.version == version)
    )
    return removed


async def switch_version(
    connection: AsyncConnection, content: AnyRow, version: int, values: dict[str, object]
) -> list[int]:
    """Makes a version live, for all documents of the content. Returns the ids of the chunks that it replaces.

    `values` are further columns of the content.
    """
    await connection.execute(update(Content).where(Content.id == content.id).values(version=version, **values))
    shown = {key: values[key] for key in ("media_type", "pages")}
    await connection.execute(
        update(Document)
        .where(Document.content_id == content.id)
        .values(version=Document.version + 1, updated_at=datetime.now(UTC), **shown)
    )
    return await delete_version(connection, content.id, content.version)


async def refer(
    connection: AsyncConnection, document: AnyRow, content: AnyRow, values: dict[str, object]
) -> tuple[list[int], list[str]]:
    """Makes a content that of a document. `values` are further columns of the document.

    Returns the ids of chunks and the SHA-256 keys of files that are no longer used.
    """
    is_new = document.content_id != content.id
    await connection.execute(
        update(Document)
        .where(Document.id == document.id)
        .values(
            content_id=content.id, version=Document.version + int(is_new), status="ready", error="",
            media_type=content.media_type, pages=content.pages, updated_at=datetime.now(UTC), **values,
        )
    )  # fmt: skip
    if not is_new:
        return [], []
    removed = await drop_unused(connection, [document.content_id])
    return removed, await unused_files(connection, [document.sha256])


async def drop_unused(connection: AsyncConnection, content_ids: Iterable[str | None]) -> list[int]:
    """Deletes those contents that no document refers to. Returns the ids of the deleted chunks.

    The versions that waiting job items are making stay.
    """
    removed: list[int] = []
    for content_id in filter(None, dict.fromkeys(content_ids)):
        query = select(Content).where(Content.id == content_id)
        content = (await connection.execute(query)).one_or_none()
        used = select(Document.id).where(Document.content_id == content_id).limit(1)
        if content is None or await connection.scalar(used) is not None:
            continue
        key = content.content_key
        waiting = select(JobItem.id).join(Job, Job.id == JobItem.job_id).where(
            JobItem.state.in_(WAITING), JobItem.sha256 == key[:SHA256_CHARACTERS],
            JobItem.suffix == key[SHA256_CHARACTERS:], Job.collection_id == content.collection_id,
        )  # fmt: skip
        if await connection.scalar(waiting.limit(1)) is not None:
            removed += await delete_version(connection, content_id, content.version)
            await connection.execute(update(Content).where(Content.id == content_id).values(version=0))
            continue
        removed += await connection.scalars(select(Chunk.id).where(Chunk.content_id == content_id))
        await connection.execute(delete(Content).where(Content.id == content_id))
    return removed


async def lock_files(connection: AsyncConnection, *, shared: bool) -> None:
    """Keeps a file from being deleted by one instance while another refers to it, until the transaction ends.

    Those that refer to files share the lock. SQLite needs none: it has one writer, and its files have one instance.
    """
    if connection.dialect.name == "postgresql":
        lock = func.pg_advisory_xact_lock_shared if shared else func.pg_advisory_xact_lock
        await connection.execute(select(lock(FILES_LOCK)))


async def unused_files(connection: AsyncConnection, sha256s: Iterable[str]) -> list[str]:
    """The SHA-256 keys that no document and no waiting job item refers to."""
    unused: list[str] = []
    for sha256 in dict.fromkeys(sha256s):
        items = select(JobItem.id).where(JobItem.sha256 == sha256, JobItem.state.in_(WAITING))
        rows = select(Document.id).where(Document.sha256 == sha256)
        if await connection.scalar(rows.limit(1)) is None and await connection.scalar(items.limit(1)) is None:
            unused.append(sha256)
    return unused


async def live_revision(connection: AsyncConnection, collection_id: int) -> Revision:
    """Numbers that change whenever the live chunks of a collection change: their count, highest id, and sum of ids."""
    highest, total = func.coalesce(func.max(Chunk.id), 0), func.coalesce(func.sum(Chunk.id), 0)
    query = select(func.count(Chunk.id), highest, total).join(Content, LIVE)
    query = query.where(Chunk.collection_id == collection_id)
    return tuple(int(one) for one in (await connection.execute(query)).one())
