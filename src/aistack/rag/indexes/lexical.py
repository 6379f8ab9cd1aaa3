"""The lexical index: BM25 (Robertson and Zaragoza 2009) over SQLite FTS5, one table per collection.

It is a cache that can be rebuilt from the chunks in the records. Entries of chunks that are not live do no harm,
because only live chunks become hits. Large collections are searched through `PrecomputedBM25`, which is recomputed from
the table from time to time, and through the table for the chunks that were added since.
"""

import asyncio
import contextlib
import json
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec, TypeVar

from aistack.rag.indexes.precomputed_bm25 import BODY_WEIGHT, HEADING_WEIGHT, TERMS_FILE, PrecomputedBM25
from aistack.stores.sqlite_file import SqliteFile

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

PRECOMPUTED_CHUNKS_MIN = 5_000  # collections with fewer chunks are searched through the table alone
STALE_SHARE = 0.1  # share of changed chunks at which the scores are recomputed
COMPUTE_SECONDS_MAX = 600.0


class LexicalFailed(Exception):
    """The index cannot be opened. The message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The index entry of a chunk: its terms, separated by spaces."""

    chunk_id: int
    heading_terms: str
    terms: str


class LexicalIndex:
    """Writes run on one thread, reads on several. No method blocks the event loop."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = SqliteFile(path, "lexical", pragmas=("mmap_size=268435456",))
        self._known: set[int] = set()
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
        return await self._file.read(self._chunk_ids, collection_id)

    async def collections(self) -> set[int]:
        """The ids of all collections that have an index."""
        return await self._file.read(self._collections)

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
        if collection_id not in self._known:
            return []
        query = f"SELECT id, c0, c1 FROM {self._table(collection_id)}_content ORDER BY id"
        return self._file.connection().execute(query).fetchall()

    def count(self, collection_id: int) -> int:
        """The number of entries of a collection. Only on a reader thread."""
        return self._count(collection_id)

    async def maintain(self) -> None:
        """Precomputes the scores of large collections that have none or have changed. Call it every few seconds."""
        for collection_id in await self.collections():
            scores = self._precomputed.get(collection_id)
            if scores is not None and self._changes.get(collection_id, 0) <= int(len(scores.ids) * STALE_SHARE):
                continue
            if await self._file.read(self._count, collection_id) >= PRECOMPUTED_CHUNKS_MIN:
                await self._precompute(collection_id)

    async def _precompute(self, collection_id: int) -> None:
        folder = self._folder(collection_id)
        new = folder.with_name(f"{collection_id}.new")
        self._changes[collection_id] = 0
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "aistack.rag.indexes.precomputed_bm25", str(self.path), str(collection_id), str(new)
        )
        try:
            async with asyncio.timeout(COMPUTE_SECONDS_MAX):
                status = await process.wait()
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            raise
        if status == 0:
            await self._file.write(self._replace, collection_id, new)

    def _replace(self, collection_id: int, new: Path) -> None:
        """Replaces the scores by new ones. Chunks that were removed during the computation are masked."""
        folder = self._folder(collection_id)
        self._precomputed.pop(collection_id, None)
        shutil.rmtree(folder, ignore_errors=True)
        new.rename(folder)
        self._load(collection_id)

    def _load(self, collection_id: int) -> None:
        import numpy as np

        folder = self._folder(collection_id)
        if not (folder / TERMS_FILE).exists():
            return
        try:
            scores = PrecomputedBM25(folder)
        except (OSError, ValueError):
            return
        indexed = np.fromiter(self._chunk_ids(collection_id), dtype=np.int64)
        if len(np.setdiff1d(indexed[indexed <= scores.last_id], scores.ids)):
            return  # chunks with lower ids were added again
        scores.mask(np.setdiff1d(scores.ids, indexed).tolist())
        self._precomputed[collection_id] = scores

    def _folder(self, collection_id: int) -> Path:
        return self.path.with_name("impacts") / str(int(collection_id))

    def _open(self) -> None:
        try:
            self._known = self._collections()
            for collection_id in self._known:
                self._load(collection_id)
            connection = self._file.connection()
            connection.execute("CREATE VIRTUAL TABLE temp.probe USING fts5(x)")
            connection.execute("DROP TABLE temp.probe")
        except sqlite3.DatabaseError as error:
            if "fts5" in str(error):
                raise LexicalFailed("this Python's SQLite has no FTS5; use a Python whose sqlite3 has it") from None
            if "malformed" not in str(error) and "not a database" not in str(error):
                raise LexicalFailed(f"lexical index {self.path} cannot be opened: {error}") from None
            self._recreate()

    def _recreate(self) -> None:
        """Replaces a damaged file by an empty one."""
        self._file.remove()
        self._known = self._collections()

    def _table(self, collection_id: int) -> str:
        return f"chunks_{int(collection_id)}"

    def _ensure(self, collection_id: int) -> str:
        table = self._table(collection_id)
        if collection_id not in self._known:
            connection = self._file.connection()
            connection.execute(
                f"CREATE VIRTUAL TABLE IF NOT EXISTS {table} USING fts5(heading, body, tokenize='unicode61')"
            )
            connection.execute(f"CREATE VIRTUAL TABLE IF NOT EXISTS {table}_terms USING fts5vocab({table}, 'row')")
            self._known.add(collection_id)
        return table

    def _add(self, collection_id: int, entries: Sequence[Entry]) -> None:
        table = self._ensure(collection_id)
        scores = self._precomputed.get(collection_id)
        if scores is not None and any(one.chunk_id <= scores.last_id for one in entries):
            del self._precomputed[collection_id]  # the table is searched only above its last id
        self._changes[collection_id] = self._changes.get(collection_id, 0) + len(entries)
        with self._file.transaction() as connection:
            connection.executemany(f"DELETE FROM {table} WHERE rowid = ?", [(one.chunk_id,) for one in entries])
            connection.executemany(
                f"INSERT INTO {table}(rowid, heading, body) VALUES (?, ?, ?)",
                [(one.chunk_id, one.heading_terms, one.terms) for one in entries],
            )
        self._changed(collection_id)

    def _remove(self, collection_id: int, chunk_ids: Sequence[int]) -> None:
        if collection_id in self._known:
            with self._file.transaction() as connection:
                table = self._table(collection_id)
                connection.executemany(f"DELETE FROM {table} WHERE rowid = ?", [(one,) for one in chunk_ids])
            self._changes[collection_id] = self._changes.get(collection_id, 0) + len(chunk_ids)
            if collection_id in self._precomputed:
                self._precomputed[collection_id].mask(chunk_ids)
            self._changed(collection_id)

    def _drop(self, collection_id: int) -> None:
        self._known.discard(collection_id)
        self._precomputed.pop(collection_id, None)
        shutil.rmtree(self._folder(collection_id), ignore_errors=True)
        for suffix in ("_terms", ""):
            self._file.connection().execute(f"DROP TABLE IF EXISTS {self._table(collection_id)}{suffix}")
        self._changed(collection_id)

    def _changed(self, collection_id: int) -> None:
        self._revisions[collection_id] = self._revisions.get(collection_id, 0) + 1

    def _collections(self) -> set[int]:
        names = self._file.connection().execute("SELECT name FROM sqlite_master WHERE name GLOB 'chunks_*_terms'")
        return {int(name.split("_")[1]) for (name,) in names}

    def _chunk_ids(self, collection_id: int) -> set[int]:
        if collection_id not in self._known:
            return set()
        rows = self._file.connection().execute(f"SELECT id FROM {self._table(collection_id)}_docsize")
        return {row[0] for row in rows}

    def _search(
        self, collection_id: int, terms: Sequence[str], limit: int, among: Sequence[int] | None
    ) -> list[tuple[int, float]]:
        if collection_id not in self._known or not terms:
            return []
        scores = self._precomputed.get(collection_id)
        if scores is None:
            return self._search_table(collection_id, terms, limit, among, 0)
        newer = self._search_table(collection_id, terms, limit, among, scores.last_id)
        found = scores.search(terms, limit, among)
        return sorted(found + newer, key=lambda hit: (-hit[1], hit[0]))[:limit] if newer else found

    def _search_table(
        self, collection_id: int, terms: Sequence[str], limit: int, among: Sequence[int] | None, after: int
    ) -> list[tuple[int, float]]:
        """Searches the chunks with an id above `after`."""
        table = self._table(collection_id)
        within, values = "", [" OR ".join(f'"{term}"' for term in terms), after, limit]
        if among is not None:
            within = "AND rowid IN (SELECT value FROM json_each(?)) "
            values.insert(2, json.dumps(among))
        rows = self._file.connection().execute(
            f"SELECT rowid, -bm25({table}, {HEADING_WEIGHT}, {BODY_WEIGHT}) AS score FROM {table} "
            f"WHERE {table} MATCH ? AND rowid > ? {within}ORDER BY score DESC LIMIT ?",
            values,
        )
        return [(int(row[0]), float(row[1])) for row in rows]

    def _count(self, collection_id: int) -> int:
        if collection_id not in self._known:
            return 0
        return int(
            self._file.connection().execute(f"SELECT count(*) FROM {self._table(collection_id)}_docsize").fetchone()[0]
        )

    def _frequencies(self, collection_id: int, terms: Sequence[str]) -> tuple[int, dict[str, int]]:
        if collection_id not in self._known:
            return 0, {}
        connection, table = self._file.connection(), self._table(collection_id)
        count = self._count(collection_id)
        query = f"SELECT doc FROM {table}_terms WHERE term = ?"
        found = {term: connection.execute(query, (term,)).fetchone() for term in terms}
        return count, {term: row[0] if row else 0 for term, row in found.items()}
