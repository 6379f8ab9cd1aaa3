"""Which embedder serves, what it embeds for a chunk, and which one served before a restart."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, insert, select

from aistack.llm.embeddings import Embedder, EmbedderFailed
from aistack.llm.factory import open_embedder
from aistack.rag.tables import EmbedderUsed
from aistack.stores.records import AnyRow, Records

PREFIX = "rag"


@dataclass(frozen=True, slots=True)
class EmbedderConfig:
    """The embedder settings: a folder or URL, the model behind the URL, and its key."""

    place: str
    model: str
    key: str


@dataclass(slots=True)
class ActiveEmbedder:
    """An embedder and the digest in the names of its vector spaces."""

    embedder: Embedder
    digest: str

    def space(self, collection_id: int) -> str:
        return f"{PREFIX}-{collection_id}-{self.digest}"


async def previous_embedder(records: Records, digest: str, config: EmbedderConfig) -> ActiveEmbedder | None:
    """The embedder that served before a restart, if it is not that of `digest` and can still be opened."""
    async with records.read() as connection:
        row: AnyRow | None = (await connection.execute(select(EmbedderUsed))).first()
    if row is None or row.digest == digest:
        return None
    try:
        embedder = open_embedder(row.place, row.model, config.key)
    except EmbedderFailed:
        return None
    if embedder is None or digest_of(embedder.name) != row.digest:
        return None
    return ActiveEmbedder(embedder, row.digest)


async def record_embedder(records: Records, active: ActiveEmbedder, config: EmbedderConfig) -> None:
    """Records the serving embedder, so that a change is detected after a restart."""
    async with records.write() as connection:
        await connection.execute(delete(EmbedderUsed))
        values = {"digest": active.digest, "place": config.place, "model": config.model}
        await connection.execute(insert(EmbedderUsed).values(**values))


def passage(title: str, heading: Sequence[str], text: str) -> str:
    """The text that is embedded for a chunk: its title and heading path, and its content."""
    path = list(dict.fromkeys((title, *heading)))
    return text if text.startswith(path[0]) and len(path) == 1 else f"{' > '.join(path)}\n{text}"


def digest_of(name: str) -> str:
    """The digest of an embedder's name."""
    return hashlib.sha256(name.encode()).hexdigest()[:16]
