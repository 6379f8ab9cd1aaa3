"""Rebuilds the lexical index in the background after the form of its terms has changed.

The previous index answers searches until the new one is complete; new documents go into both. A rebuild that was
interrupted goes on where it stopped. Of several processes that share an index file, one rebuilds it.
"""

import asyncio
import fcntl
import time
from collections.abc import Generator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Gauge

from aistack.chassis.telemetry.logs import get_log
from aistack.rag.documents import DocumentStore
from aistack.rag.indexes.lexical import LexicalIndex
from aistack.rag.indexes.sync import entries_of
from aistack.rag.intake_wire import LexicalView

BATCH = 100
PAUSE_SECONDS_MAX = 1.0


class IndexRebuild:
    """Call `check` every few seconds. At most half of the time of one core is used."""

    def __init__(self, documents: DocumentStore, lexical: LexicalIndex, metrics: CollectorRegistry) -> None:
        self._documents = documents
        self._lexical = lexical
        self._lock_path = lexical.path.with_name(f"{lexical.path.name}.rebuild.lock")
        self._done = self._total = 0
        about = "Chunks of collections whose lexical index is being rebuilt"
        gauge = Gauge("aistack_rag_lexical_rebuild_chunks", about, ("state",), registry=metrics)
        gauge.labels("done").set_function(lambda: self._done)
        gauge.labels("total").set_function(lambda: self._total)

    def view(self) -> LexicalView:
        """The progress as the API shows it."""
        outdated = len(self._lexical.outdated())
        return LexicalView(rebuilding=outdated > 0, collections=outdated, chunks=self._total, chunks_done=self._done)

    async def check(self) -> None:
        """Rebuilds the collections whose index has an older form, one after the other."""
        for collection_id in self._lexical.outdated():
            await self._lexical.reread(collection_id)
        outdated = self._lexical.outdated()
        if not outdated:
            self._done = self._total = 0
            return
        with self._lock() as is_ours:
            if is_ours:
                for collection_id in outdated:
                    await self._rebuild(collection_id)

    async def _rebuild(self, collection_id: int) -> None:
        started = time.monotonic()
        done = await self._lexical.begin_rebuild(collection_id)
        live = await self._documents.live_chunk_ids(collection_id)
        while missing := sorted(live - done):
            self._total, self._done = len(live), len(live & done)
            for at in range(0, len(missing), BATCH):
                began = time.monotonic()
                batch = missing[at : at + BATCH]
                await self._lexical.add_rebuilt(collection_id, await entries_of(self._documents, batch))
                done.update(batch)
                self._done += len(batch)
                await asyncio.sleep(min(PAUSE_SECONDS_MAX, time.monotonic() - began))
            live = await self._documents.live_chunk_ids(collection_id)
            done |= await self._lexical.begin_rebuild(collection_id)
        await self._lexical.finish_rebuild(collection_id)
        seconds = round(time.monotonic() - started, 1)
        get_log("rag").info("lexical.rebuilt", collection=collection_id, chunks=len(live), seconds=seconds)

    @contextmanager
    def _lock(self) -> Generator[bool]:
        """Whether this process may rebuild. The operating system frees the lock when the process ends."""
        with self._lock_path.open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True
