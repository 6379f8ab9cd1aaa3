"""The lexical index: BM25 (Robertson and Zaragoza 2009) over SQLite FTS5, one table per collection.

It is a cache that can be rebuilt from the chunks in the records. Entries of chunks that are not live do no harm,
because only live chunks become hits. Large collections are searched through `PrecomputedBM25`, which is recomputed from
the table from time to time, and through the table for the chunks that were added since.
"""

import asyncio
import contextlib
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import ParamSpec, TypeVar

from aistack.language import first_form
from aistack.language.analysis import TERM_FORM, query_terms
from aistack.rag.indexes.precomputed_bm25 import TERMS_FILE, PrecomputedBM25
from aistack.rag.indexes.term_tables import Entry, TermTables, probe_fts5
from aistack.stores.sqlite_file import SqliteFile

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

PRECOMPUTED_CHUNKS_MIN = 5_000  # collections with fewer chunks are searched through the table alone
STALE_SHARE = 0.1  # share of changed chunks at which the scores are recomputed
COMPUTE_SECONDS_MAX = 600.0


class LexicalFailed(Exception):
    """The index cannot be opened. The message says why and what to do."""


class LexicalIndex:
    """Writes run on one thread, reads on several. No method blocks the event loop."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = SqliteFile(path, "lexical", pragmas=("mmap_size=268435456",))
        self._tables = TermTables(self._file)
        self._precomputed: dict[int, PrecomputedBM25] = {}
        self._changes: dict[int, int] = {}  # added and removed chunks since the scores were computed
        self._revisions: dict[int, int] = {}

    async def open(self) -> None:
        """Opens the file; a damaged one is replaced by an empty one.

        Raises LexicalFailed if SQLite has no FTS5, or the file cannot be opened.
        """
        await self._file.write(self._open)

    async def close(self) -> None:
        await self._file.close()

    async def add(self, collection_id: int, entries: Sequence[Entry]) -> None:
        """Adds or replaces the entries, in one transaction."""
        await self._file.write(self._add, collection_id, entries)

    async def remove(self, collection_id: int, chunk_ids: Iterable[int]) -> None:
        await self._file.write(self._remove, collection_id, tuple(chunk_ids))

    async def drop(self, collection_id: int) -> None:
        """Deletes the index of a collection."""
        await self._file.write(self._drop, collection_id)

    async def chunk_ids(self, collection_id: int) -> set[int]:
        """The ids of all indexed chunks of a collection."""
        return await self._file.read(self._tables.chunk_ids, collection_id)

    async def collections(self) -> set[int]:
        """The ids of all collections that have an index."""
        return set(self._tables.serving)

    def query_terms(self, collection_ids: Iterable[int], query: str) -> list[str]:
        """The terms of a query, with those of the first form while an index of that form serves a collection."""
        terms = query_terms(query)
        if any(self._tables.serving.get(one, TERM_FORM) == 1 for one in collection_ids):
            terms = list(dict.fromkeys((*first_form.query_terms(query), *terms)))
        return terms

    async def search(
        self, collection_id: int, terms: Sequence[str], limit: int, among: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """`(chunk_id, score)`, best first, only from `among` if given.

        Scores are BM25 and above 0. They are comparable only within one result.
        """
        return await self._file.read(self._search, collection_id, terms, limit, among)

    async def document_frequencies(self, collection_id: int, terms: Sequence[str]) -> tuple[int, dict[str, int]]:
        """The number of indexed chunks, and in how many of them each term occurs."""
        return await self._file.read(self._frequencies, collection_id, terms)

    async def read(
        self, call: Callable[Arguments, Result], *given: Arguments.args, **named: Arguments.kwargs
    ) -> Result:
        """Calls a function on a reader thread, where it may call `entries` and `count`."""
        return await self._file.read(call, *given, **named)

    def revision(self, collection_id: int) -> int:
        """A number that changes whenever the entries of a collection change."""
        return self._revisions.get(collection_id, 0)

    def entries(self, collection_id: int) -> list[tuple[int, str, str]]:
        """All entries of a collection: chunk id, heading terms and terms. Only on a reader thread."""
        return self._tables.entries(collection_id) if collection_id in self._tables.serving else []

    def count(self, collection_id: int) -> int:
        """The number of entries of a collection. Only on a reader thread."""
        return self._tables.count(collection_id) if collection_id in self._tables.serving else 0

    async def maintain(self) -> None:
        """Precomputes the scores of large collections that have none or have changed. Call it every few seconds."""
        for collection_id, form in tuple(self._tables.serving.items()):
            scores = self._precomputed.get(collection_id)
            if scores is not None and self._changes.get(collection_id, 0) <= int(len(scores.ids) * STALE_SHARE):
                continue
            if await self._file.read(self.count, collection_id) >= PRECOMPUTED_CHUNKS_MIN:
                self._changes[collection_id] = 0
                if await self._precompute(collection_id, form):
                    await self._file.write(self._replace, collection_id, form)

    def outdated(self) -> list[int]:
        """The collections whose index has terms of an older form."""
        return self._tables.outdated()

    async def reread(self, collection_id: int) -> None:
        """Takes notice if another process has rebuilt the index of a collection."""
        await self._file.read(self._tables.reread, collection_id)

    async def begin_rebuild(self, collection_id: int) -> set[int]:
        """Starts or resumes the rebuild of an outdated collection. Returns the chunks that it has already."""

        def begin() -> set[int]:
            self._tables.begin_rebuild(collection_id)
            return self._tables.chunk_ids(collection_id, coming=True)

        return await self._file.write(begin)

    async def add_rebuilt(self, collection_id: int, entries: Sequence[Entry]) -> None:
        """Adds entries to the index that is being built, not to the one that serves."""
        await self._file.write(lambda: self._tables.add(collection_id, entries, only_coming=True))

    async def finish_rebuild(self, collection_id: int) -> None:
        """Switches to the rebuilt index at once, and deletes the previous one."""
        if await self._file.read(self.count, collection_id) >= PRECOMPUTED_CHUNKS_MIN:
            await self._precompute(collection_id, TERM_FORM)
        await self._file.write(self._switch, collection_id)

    async def _precompute(self, collection_id: int, form: int) -> bool:
        """Computes the scores of a table in another process. Returns whether they were written."""
        new = self._new_folder(collection_id, form)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "aistack.rag.indexes.precomputed_bm25",
            str(self.path), str(collection_id), str(form), str(new),
        )  # fmt: skip
        try:
            async with asyncio.timeout(COMPUTE_SECONDS_MAX):
                status = await process.wait()
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            raise
        return status == 0

    def _replace(self, collection_id: int, form: int) -> None:
        """Replaces the scores by new ones. Chunks that were removed during the computation are masked."""
        folder, new = self._folder(collection_id, form), self._new_folder(collection_id, form)
        self._precomputed.pop(collection_id, None)
        shutil.rmtree(folder, ignore_errors=True)
        new.rename(folder)
        self._load(collection_id)

    def _switch(self, collection_id: int) -> None:
        previous = self._tables.serving.get(collection_id)
        if previous is None:
            return  # the collection was deleted
        self._tables.finish_rebuild(collection_id)
        self._precomputed.pop(collection_id, None)
        shutil.rmtree(self._folder(collection_id, previous), ignore_errors=True)
        if (self._new_folder(collection_id, TERM_FORM) / TERMS_FILE).exists():
            self._replace(collection_id, TERM_FORM)
        self._changed(collection_id)

    def _load(self, collection_id: int) -> None:
        import numpy as np

        folder = self._folder(collection_id, self._tables.serving[collection_id])
        if not (folder / TERMS_FILE).exists():
            return
        try:
            scores = PrecomputedBM25(folder)
        except (OSError, ValueError):
            return
        indexed = np.fromiter(self._tables.chunk_ids(collection_id), dtype=np.int64)
        if len(np.setdiff1d(indexed[indexed <= scores.last_id], scores.ids)):
            return  # chunks with lower ids were added again
        scores.mask(np.setdiff1d(scores.ids, indexed).tolist())
        self._precomputed[collection_id] = scores

    def _folder(self, collection_id: int, form: int) -> Path:
        return self.path.with_name("impacts") / (str(collection_id) if form == 1 else f"{collection_id}-form{form}")

    def _new_folder(self, collection_id: int, form: int) -> Path:
        folder = self._folder(collection_id, form)
        return folder.with_name(f"{folder.name}.new")

    def _open(self) -> None:
        try:
            self._tables.load()
            for collection_id in self._tables.serving:
                self._load(collection_id)
            probe_fts5(self._file.connection())
        except sqlite3.DatabaseError as error:
            if "fts5" in str(error):
                raise LexicalFailed("this Python's SQLite has no FTS5; use a Python whose sqlite3 has it") from None
            if "malformed" not in str(error) and "not a database" not in str(error):
                raise LexicalFailed(f"lexical index {self.path} cannot be opened: {error}") from None
            self._file.remove()
            self._tables.load()

    def _add(self, collection_id: int, entries: Sequence[Entry]) -> None:
        scores = self._precomputed.get(collection_id)
        if scores is not None and any(one.chunk_id <= scores.last_id for one in entries):
            del self._precomputed[collection_id]  # the table is searched only above its last id
        self._changes[collection_id] = self._changes.get(collection_id, 0) + len(entries)
        self._tables.add(collection_id, entries)
        self._changed(collection_id)

    def _remove(self, collection_id: int, chunk_ids: Sequence[int]) -> None:
        if collection_id in self._tables.serving:
            self._tables.remove(collection_id, chunk_ids)
            self._changes[collection_id] = self._changes.get(collection_id, 0) + len(chunk_ids)
            if collection_id in self._precomputed:
                self._precomputed[collection_id].mask(chunk_ids)
            self._changed(collection_id)

    def _drop(self, collection_id: int) -> None:
        for form in {self._tables.serving.get(collection_id, TERM_FORM), TERM_FORM}:
            shutil.rmtree(self._folder(collection_id, form), ignore_errors=True)
        self._precomputed.pop(collection_id, None)
        self._tables.drop(collection_id)
        self._changed(collection_id)

    def _changed(self, collection_id: int) -> None:
        self._revisions[collection_id] = self._revisions.get(collection_id, 0) + 1

    def _search(
        self, collection_id: int, terms: Sequence[str], limit: int, among: Sequence[int] | None
    ) -> list[tuple[int, float]]:
        if collection_id not in self._tables.serving or not terms:
            return []
        scores = self._precomputed.get(collection_id)
        after = 0 if scores is None else scores.last_id
        found = self._tables.search(collection_id, terms, limit, among, after)
        if scores is None:
            return found
        if scores.folder != self._folder(collection_id, self._tables.serving[collection_id]):
            self._precomputed.pop(collection_id, None)  # another process has rebuilt the index
            return self._search(collection_id, terms, limit, among)
        scored = scores.search(terms, limit, among)
        return sorted(scored + found, key=lambda hit: (-hit[1], hit[0]))[:limit] if found else scored

    def _frequencies(self, collection_id: int, terms: Sequence[str]) -> tuple[int, dict[str, int]]:
        if collection_id not in self._tables.serving:
            return 0, {}
        return self.count(collection_id), self._tables.frequencies(collection_id, terms)
