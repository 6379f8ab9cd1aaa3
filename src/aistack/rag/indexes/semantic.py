"""The semantic index: the vectors of the live chunks, made by the current embedder.

Like the lexical index it is a cache that can be rebuilt from the chunks. Missing vectors are made in the background,
for example after the embedder was unavailable. When the embedder changes, the previous one serves searches until the
vectors of the new one are complete.
"""

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from typing import TYPE_CHECKING

from aistack.chassis.identity import principal
from aistack.chassis.runtime.periodic import Periodic
from aistack.chassis.telemetry.logs import get_log
from aistack.llm.embeddings import EmbedderFailed
from aistack.llm.factory import open_embedder
from aistack.rag.documents import DocumentStore
from aistack.rag.indexes.embedders import (
    PREFIX,
    ActiveEmbedder,
    EmbedderConfig,
    digest_of,
    passage,
    previous_embedder,
    record_embedder,
)
from aistack.rag.intake_wire import EmbedderView
from aistack.stores.cache import Cache
from aistack.stores.vectors import Found, VectorsFailed, VectorStore

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BACKFILL_SECONDS = 2.0
BATCH = 64


class SemanticIndex:
    """`serving` answers searches; `coming` replaces it once its vectors are complete. Either may be None.

    The vectors of queries are cached for `cache_seconds`.
    """

    def __init__(self, documents: DocumentStore, store: VectorStore, cache: Cache, cache_seconds: float) -> None:
        self.serving: ActiveEmbedder | None = None
        self.coming: ActiveEmbedder | None = None
        self._documents = documents
        self._store = store
        self._cache = cache
        self.cache_seconds = cache_seconds
        self._config = EmbedderConfig("", "", "")
        self._behind = True
        self._backfiller: Periodic | None = None
        self._switch_lock = asyncio.Lock()
        self._log = get_log("rag")

    async def start(self, config: EmbedderConfig) -> None:
        """Opens the embedder and starts the backfill. Raises EmbedderFailed if the settings are invalid."""
        await self.use(config)
        await self._remove_orphans()
        self._backfiller = Periodic(BACKFILL_SECONDS, self._backfill, "semantic:catch-up")

    async def use(self, config: EmbedderConfig) -> None:
        """Switches to another embedder once its vectors are complete, or at once to none. Raises EmbedderFailed."""
        embedder = open_embedder(config.place, config.model, config.key)
        async with self._switch_lock:
            if embedder is None:
                await self._close_all()
                return
            self._config, new = config, ActiveEmbedder(embedder, digest_of(embedder.name))
            if self.serving is not None and self.serving.digest == new.digest:
                await embedder.close()
                return
            previous = self.serving or await previous_embedder(self._documents.records, new.digest, config)
            if previous is None or not await self._has_vectors(previous):
                self.serving, self.coming = new, None
                await record_embedder(self._documents.records, new, config)
            else:
                self.serving, self.coming = previous, new
            self._behind = True

    async def close(self) -> None:
        if self._backfiller is not None:
            await self._backfiller.stop()
        await self._close_all()
        await self._store.close()

    @property
    def _active(self) -> list[ActiveEmbedder]:
        return [one for one in (self.serving, self.coming) if one is not None]

    def view(self) -> EmbedderView:
        """The state of the embedders as the API shows it."""
        names = [one.embedder.name if one else None for one in (self.serving, self.coming)]
        return EmbedderView(serving=names[0], coming=names[1], behind=self.serving is not None and self._behind)

    async def add(self, collection_id: int, chunk_ids: Sequence[int], texts: Sequence[str]) -> None:
        """Adds the vectors of new chunks. If that fails, it logs why, and the backfill makes them later."""
        for one in self._active:
            try:
                await self._embed(one, collection_id, chunk_ids, texts)
            except (EmbedderFailed, VectorsFailed) as error:
                self._behind = True
                self._log.warning("semantic.behind", chunks=len(chunk_ids), error=str(error))

    async def remove(self, collection_id: int, chunk_ids: Iterable[int]) -> None:
        """Removes the vectors of chunks."""
        ids = list(chunk_ids)
        for one in self._active if ids else ():
            await self._best_effort(self._store.remove(one.space(collection_id), ids))

    async def sync(self, collection_id: int, deleted: Iterable[int]) -> None:
        """Removes chunks that another instance deleted, and has the backfill look for new ones."""
        await self.remove(collection_id, deleted)
        self._behind = True

    async def drop(self, collection_id: int) -> None:
        """Removes all vectors of a collection."""
        for one in self._active:
            await self._best_effort(self._store.drop(one.space(collection_id)))

    async def search(
        self, collection_ids: Sequence[int], query: str, limit: int, among: Sequence[int] | None = None
    ) -> Found | None:
        """The chunks of some collections that are nearest to the query, only from `among` if given.

        None if there is no embedder, or it failed.
        """
        one = self.serving
        if one is None:
            return None
        try:
            vector = await self._query_vector(one, query)
            found: list[tuple[int, float]] = []
            for collection_id in collection_ids:
                found += await self._store.search(one.space(collection_id), vector, limit, among)
            return sorted(found, key=lambda hit: (-hit[1], hit[0]))[:limit] if len(collection_ids) > 1 else found
        except (EmbedderFailed, VectorsFailed) as error:
            self._log.warning("semantic.failed", error=str(error))
            return None

    async def _query_vector(self, one: ActiveEmbedder, query: str) -> "NDArray[np.float32]":
        """The query's vector, `(d,) float32`, from the cache if possible."""
        import numpy as np

        key = f"query:{one.digest}:{principal.get().subject}:{query}"  # nobody learns from the time what others ask
        cached = await self._cache.get(key)
        if cached is not None and len(cached) % 4 == 0 and cached:
            return np.frombuffer(cached, dtype="<f4")
        vector = (await one.embedder.embed([query], "query"))[0]
        await self._cache.set(key, vector.astype("<f4").tobytes(), self.cache_seconds)
        return vector

    async def _embed(self, one: ActiveEmbedder, collection_id: int, ids: Sequence[int], texts: Sequence[str]) -> None:
        for at in range(0, len(ids), BATCH):
            vectors = await one.embedder.embed(texts[at : at + BATCH], "passage")
            await self._store.add(one.space(collection_id), ids[at : at + BATCH], vectors)

    async def _backfill(self) -> None:
        """Adds missing vectors. When those of `coming` are complete, it becomes `serving`."""
        target = self.coming or self.serving
        if target is None or not self._behind:
            return
        self._behind = False
        try:
            for collection_id in await self._documents.collection_ids():
                await self._fill(target, collection_id)
        except (EmbedderFailed, VectorsFailed) as error:
            self._behind = True
            self._log.warning("semantic.behind", error=str(error))
            return
        if target is self.coming and not self._behind:
            await self._switch(target)

    async def _fill(self, target: ActiveEmbedder, collection_id: int) -> None:
        live = await self._documents.live_chunk_ids(collection_id)
        missing = sorted(live - await self._store.ids(target.space(collection_id)))
        for at in range(0, len(missing), BATCH):
            rows = (await self._documents.live_chunks(missing[at : at + BATCH])).values()
            await self._embed(
                target,
                collection_id,
                [row.id for row in rows],
                [passage(row.title, row.heading, row.text) for row in rows],
            )
        if missing:
            self._log.info("semantic.filled", collection=collection_id, chunks=len(missing))

    async def _switch(self, target: ActiveEmbedder) -> None:
        previous, self.serving, self.coming = self.serving, target, None
        await record_embedder(self._documents.records, target, self._config)
        if previous is not None:
            for collection_id in await self._documents.collection_ids():
                await self._best_effort(self._store.drop(previous.space(collection_id)))
            await previous.embedder.close()
        self._log.info("semantic.switched", embedder=target.embedder.name)

    async def _remove_orphans(self) -> None:
        """Removes the vectors of deleted chunks, and spaces of collections and embedders that no longer exist."""
        active = self._active
        if not active:
            return
        try:
            collections = await self._documents.collection_ids()
            used = {one.space(collection) for one in active for collection in collections}
            for space in await self._store.spaces():
                if space.startswith(f"{PREFIX}-") and space not in used:
                    await self._store.drop(space)
            for collection in collections:
                live = await self._documents.live_chunk_ids(collection)
                for one in active:
                    orphans = await self._store.ids(one.space(collection)) - live
                    await self._store.remove(one.space(collection), orphans)
        except VectorsFailed as error:
            self._log.warning("semantic.cleanup_failed", error=str(error))
        self._behind = True

    async def _has_vectors(self, one: ActiveEmbedder) -> bool:
        try:
            names = await self._store.spaces()
        except VectorsFailed:
            return False
        return any(name.endswith(f"-{one.digest}") for name in names)

    async def _close_all(self) -> None:
        for one in self._active:
            await one.embedder.close()
        self.serving = self.coming = None

    async def _best_effort(self, call: Awaitable[None]) -> None:
        """Awaits the call and logs its failure. Leftover vectors do no harm, because only live chunks become hits."""
        try:
            await call
        except VectorsFailed as error:
            self._log.warning("semantic.cleanup_failed", error=str(error))
