"""The semantic index: every live chunk's vector, made by the embedder in force.

It is a cache of the chunks, as the lexical index is. Where vectors are missing (the embedder was away, or is new) they
are made in the background. While a new embedder's are being made, the one before goes on answering.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from aistack.chassis.runtime.periodic import Periodic
from aistack.chassis.telemetry.logs import get_log
from aistack.llm.embeddings import Embedder, EmbedderFailed
from aistack.llm.factory import open_embedder
from aistack.rag.documents import Library
from aistack.rag.tables import EmbedderUsed
from aistack.rag.wire import EmbedderView
from aistack.stores.cache import Cache
from aistack.stores.records import AnyRow
from aistack.stores.vectors import Found, VectorsFailed, VectorStore

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LOOK_SECONDS = 2.0
BATCH = 64
PREFIX = "rag"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the settings say: a folder or URL, the model behind the URL, and its key."""

    where: str
    model: str
    key: str


@dataclass(slots=True)
class Served:
    """An embedder and the digest that names its spaces."""

    embedder: Embedder
    digest: str

    def space(self, collection_id: int) -> str:
        return f"{PREFIX}-{collection_id}-{self.digest}"


class SemanticIndex:
    """`serving` answers searches, `coming` is being filled; either may be None.

    Vectors of questions are kept in the cache for `cache_seconds`.
    """

    def __init__(self, library: Library, store: VectorStore, cache: Cache, cache_seconds: float) -> None:
        self.serving: Served | None = None
        self.coming: Served | None = None
        self._library = library
        self._store = store
        self._cache = cache
        self.cache_seconds = cache_seconds
        self._wanted = Wanted("", "", "")
        self._behind = True
        self._looking: Periodic | None = None
        self._changing = asyncio.Lock()
        self._log = get_log("rag")

    async def start(self, wanted: Wanted) -> None:
        """Takes up the embedder. Raises EmbedderFailed when the settings cannot work."""
        await self.use(wanted)
        await self._tidy()
        self._looking = Periodic(LOOK_SECONDS, self._catch_up, "semantic:catch-up")

    async def use(self, wanted: Wanted) -> None:
        """Goes over to another embedder, once its vectors are there; to none at once."""
        embedder = open_embedder(wanted.where, wanted.model, wanted.key)
        async with self._changing:
            if embedder is None:
                await self._close_all()
                return
            self._wanted, chosen = wanted, Served(embedder, _digest(embedder.name))
            if self.serving is not None and self.serving.digest == chosen.digest:
                await embedder.close()
                return
            before = self.serving or await self._before(chosen.digest, wanted)
            if before is None or not await self._has_vectors(before):
                self.serving, self.coming = chosen, None
                await self._remember(chosen)
            else:
                self.serving, self.coming = before, chosen
            self._behind = True

    async def close(self) -> None:
        if self._looking is not None:
            await self._looking.stop()
        await self._close_all()
        await self._store.close()

    @property
    def _served(self) -> list[Served]:
        return [one for one in (self.serving, self.coming) if one is not None]

    def view(self) -> EmbedderView:
        names = [one.embedder.name if one else None for one in (self.serving, self.coming)]
        return EmbedderView(serving=names[0], coming=names[1], behind=self.serving is not None and self._behind)

    async def add(self, collection_id: int, chunk_ids: Sequence[int], texts: Sequence[str]) -> None:
        """Makes the vectors of new chunks. When that fails they are made later, and the log says why."""
        for one in self._served:
            try:
                await self._embed(one, collection_id, chunk_ids, texts)
            except (EmbedderFailed, VectorsFailed) as error:
                self._behind = True
                self._log.warning("semantic.behind", chunks=len(chunk_ids), error=str(error))

    async def remove(self, collection_id: int, chunk_ids: Iterable[int]) -> None:
        ids = list(chunk_ids)
        for one in self._served if ids else ():
            await self._quietly(self._store.remove(one.space(collection_id), ids))

    async def follow(self, collection_id: int, gone: Iterable[int]) -> None:
        """Another instance changed the collection: what went is removed, what came is looked for."""
        await self.remove(collection_id, gone)
        self._behind = True

    async def drop(self, collection_id: int) -> None:
        for one in self._served:
            await self._quietly(self._store.drop(one.space(collection_id)))

    async def search(
        self, collection_id: int, query: str, limit: int, among: Sequence[int] | None = None
    ) -> Found | None:
        """The chunks nearest in meaning; None when there is no embedder or it does not answer."""
        one = self.serving
        if one is None:
            return None
        try:
            vector = await self._query_vector(one, query)
            return await self._store.search(one.space(collection_id), vector, limit, among)
        except (EmbedderFailed, VectorsFailed) as error:
            self._log.warning("semantic.failed", error=str(error))
            return None

    async def _query_vector(self, one: Served, query: str) -> "NDArray[np.float32]":
        """`(d,) float32`; what was asked lately is not embedded again."""
        import numpy as np

        key = f"query:{one.digest}:{query}"
        known = await self._cache.get(key)
        if known is not None and len(known) % 4 == 0 and known:
            return np.frombuffer(known, dtype="<f4")
        vector = (await one.embedder.embed([query], "query"))[0]
        await self._cache.set(key, vector.astype("<f4").tobytes(), self.cache_seconds)
        return vector

    async def _embed(self, one: Served, collection_id: int, ids: Sequence[int], texts: Sequence[str]) -> None:
        for at in range(0, len(ids), BATCH):
            vectors = await one.embedder.embed(texts[at : at + BATCH], "passage")
            await self._store.add(one.space(collection_id), ids[at : at + BATCH], vectors)

    async def _catch_up(self) -> None:
        """Makes what is missing; when a coming embedder lacks nothing any more, it serves from then on."""
        target = self.coming or self.serving
        if target is None or not self._behind:
            return
        self._behind = False
        try:
            for row in await self._library.collections():
                await self._fill(target, row.id)
        except (EmbedderFailed, VectorsFailed) as error:
            self._behind = True
            self._log.warning("semantic.behind", error=str(error))
            return
        if target is self.coming and not self._behind:
            await self._switch(target)

    async def _fill(self, target: Served, collection_id: int) -> None:
        live = await self._library.live_chunk_ids(collection_id)
        missing = sorted(live - await self._store.ids(target.space(collection_id)))
        for at in range(0, len(missing), BATCH):
            rows = (await self._library.live_chunks(missing[at : at + BATCH])).values()
            await self._embed(
                target,
                collection_id,
                [row.id for row in rows],
                [passage(row.title, row.heading, row.text) for row in rows],
            )
        if missing:
            self._log.info("semantic.filled", collection=collection_id, chunks=len(missing))

    async def _switch(self, target: Served) -> None:
        before, self.serving, self.coming = self.serving, target, None
        await self._remember(target)
        if before is not None:
            for row in await self._library.collections():
                await self._quietly(self._store.drop(before.space(row.id)))
            await before.embedder.close()
        self._log.info("semantic.switched", embedder=target.embedder.name)

    async def _tidy(self) -> None:
        """Removes vectors of chunks that are gone, and spaces that nobody will ask again."""
        served = self._served
        if not served:
            return
        try:
            collections = [row.id for row in await self._library.collections()]
            wanted = {one.space(collection) for one in served for collection in collections}
            for space in await self._store.spaces():
                if space.startswith(f"{PREFIX}-") and space not in wanted:
                    await self._store.drop(space)
            for collection in collections:
                live = await self._library.live_chunk_ids(collection)
                for one in served:
                    extra = await self._store.ids(one.space(collection)) - live
                    await self._store.remove(one.space(collection), extra)
        except VectorsFailed as error:
            self._log.warning("semantic.untidy", error=str(error))
        self._behind = True

    async def _has_vectors(self, one: Served) -> bool:
        try:
            names = await self._store.spaces()
        except VectorsFailed:
            return False
        return any(name.endswith(f"-{one.digest}") for name in names)

    async def _before(self, digest: str, wanted: Wanted) -> Served | None:
        """The embedder that served last, when it is another one and can still be had."""
        async with self._library.records.read() as connection:
            row: AnyRow | None = (await connection.execute(select(EmbedderUsed))).first()
        if row is None or row.digest == digest:
            return None
        try:
            embedder = open_embedder(row.place, row.model, wanted.key)
        except EmbedderFailed:
            return None
        if embedder is None or _digest(embedder.name) != row.digest:
            return None
        return Served(embedder, row.digest)

    async def _remember(self, served: Served) -> None:
        """Notes who serves, so that a change is seen as one after a restart."""
        async with self._library.records.write() as connection:
            await connection.execute(delete(EmbedderUsed))
            values = {"digest": served.digest, "place": self._wanted.where, "model": self._wanted.model}
            await connection.execute(insert(EmbedderUsed).values(**values))

    async def _close_all(self) -> None:
        for one in self._served:
            await one.embedder.close()
        self.serving = self.coming = None

    async def _quietly(self, call: Awaitable[None]) -> None:
        """Vectors too many do no harm: a hit counts only with its live chunk."""
        try:
            await call
        except VectorsFailed as error:
            self._log.warning("semantic.untidy", error=str(error))


def passage(title: str, heading: Sequence[str], text: str) -> str:
    """What is embedded of a chunk: where it stands, and what it says."""
    path = list(dict.fromkeys((title, *heading)))
    return text if text.startswith(path[0]) and len(path) == 1 else f"{' > '.join(path)}\n{text}"


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:16]
