"""The tables of the lexical index: for each collection one FTS5 table that serves and, during a rebuild, a coming one.

A table holds terms of one form (`language.analysis.TERM_FORM`). `serving_forms` records the form that serves; a table
of another form is coming, or was left by a rebuild to a form that is no longer wanted. Call all methods on a thread of
the file.
"""

import json
import re
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from aistack.language.analysis import TERM_FORM
from aistack.rag.indexes.precomputed_bm25 import BODY_WEIGHT, HEADING_WEIGHT, table_name
from aistack.stores.sqlite_file import SqliteFile

SIGNS = "!#$%&()*+,-./:;<=>?@[]^_{|}~"  # within terms
Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

VOCABULARY = re.compile(r"chunks_(\d+)(?:_form(\d+))?_terms")


@dataclass(frozen=True, slots=True)
class Entry:
    """The index entry of a chunk: its terms, separated by spaces."""

    chunk_id: int
    heading_terms: str
    terms: str


def follows_others(
    call: "Callable[Concatenate[TermTables, int, Arguments], Result]",
) -> "Callable[Concatenate[TermTables, int, Arguments], Result]":
    """Repeats a call for a collection whose table another process has just replaced by a rebuilt one."""

    @wraps(call)
    def repeated(
        self: "TermTables", collection_id: int, /, *given: Arguments.args, **named: Arguments.kwargs
    ) -> Result:
        form = self.serving.get(collection_id)
        try:
            return call(self, collection_id, *given, **named)
        except sqlite3.OperationalError as error:
            if "no such table" not in str(error):
                raise
            self.reread(collection_id)
            if self.serving.get(collection_id) == form:
                raise
            return call(self, collection_id, *given, **named)

    return repeated


class TermTables:
    """`serving` is the term form of each collection's table that answers searches."""

    def __init__(self, file: SqliteFile) -> None:
        self.serving: dict[int, int] = {}
        self._file = file
        self._coming: set[int] = set()

    def load(self) -> None:
        """Reads which tables there are. Drops those of forms that neither serve nor are coming."""
        connection = self._file.connection()
        connection.execute("CREATE TABLE IF NOT EXISTS serving_forms (collection_id INTEGER PRIMARY KEY, form INTEGER)")
        recorded = dict(connection.execute("SELECT collection_id, form FROM serving_forms").fetchall())
        names = connection.execute("SELECT name FROM sqlite_master WHERE name GLOB 'chunks_*_terms'").fetchall()
        matches = [match for (name,) in names if (match := VOCABULARY.fullmatch(name))]
        found = {(int(match[1]), int(match[2] or 1)) for match in matches}
        self.serving = {
            collection: recorded.get(collection, 1)
            for collection, _ in found
            if (collection, recorded.get(collection, 1)) in found
        }
        self._coming = set()
        for collection, form in found:
            if form == self.serving.get(collection):
                continue
            if form == TERM_FORM and collection in self.serving:
                self._coming.add(collection)
            else:
                self._drop_table(collection, form)

    def reread(self, collection_id: int) -> None:
        """Reads which table serves a collection."""
        query = "SELECT form FROM serving_forms WHERE collection_id = ?"
        row = self._file.connection().execute(query, (collection_id,)).fetchone()
        if row is not None:
            self.serving[collection_id] = int(row[0])
            self._coming.discard(collection_id)

    def outdated(self) -> list[int]:
        """The collections whose serving table has another form than the current one."""
        return sorted(collection for collection, form in self.serving.items() if form != TERM_FORM)

    def begin_rebuild(self, collection_id: int) -> None:
        """Creates the coming table of an outdated collection, unless it exists."""
        if self.serving.get(collection_id, TERM_FORM) != TERM_FORM and collection_id not in self._coming:
            self._create(collection_id, TERM_FORM)
            self._coming.add(collection_id)

    def finish_rebuild(self, collection_id: int) -> None:
        """Makes the coming table serve, in one transaction, and drops the previous one."""
        previous = self.serving[collection_id]
        with self._file.transaction():
            self._record(collection_id)
        self.serving[collection_id] = TERM_FORM
        self._coming.discard(collection_id)
        self._drop_table(collection_id, previous)

    @follows_others
    def add(self, collection_id: int, entries: Sequence[Entry], *, only_coming: bool = False) -> None:
        """Adds or replaces entries, in all tables of the collection, in one transaction."""
        if collection_id not in self.serving:
            if only_coming:
                return  # the collection was deleted
            self._create(collection_id, TERM_FORM)
            self._record(collection_id)
            self.serving[collection_id] = TERM_FORM
        with self._file.transaction() as connection:
            for table in self._tables(collection_id, only_coming=only_coming):
                connection.executemany(f"DELETE FROM {table} WHERE rowid = ?", [(one.chunk_id,) for one in entries])
                connection.executemany(
                    f"INSERT INTO {table}(rowid, heading, body) VALUES (?, ?, ?)",
                    [(one.chunk_id, one.heading_terms, one.terms) for one in entries],
                )

    @follows_others
    def remove(self, collection_id: int, chunk_ids: Sequence[int]) -> None:
        with self._file.transaction() as connection:
            for table in self._tables(collection_id):
                connection.executemany(f"DELETE FROM {table} WHERE rowid = ?", [(one,) for one in chunk_ids])

    def drop(self, collection_id: int) -> None:
        """Deletes all tables of a collection."""
        serving = self.serving.pop(collection_id, None)
        for form in {serving, TERM_FORM} - {None}:
            self._drop_table(collection_id, form or 1)
        self._coming.discard(collection_id)
        self._file.connection().execute("DELETE FROM serving_forms WHERE collection_id = ?", (collection_id,))

    @follows_others
    def chunk_ids(self, collection_id: int, *, coming: bool = False) -> set[int]:
        """The ids in the serving table, or in the coming one."""
        if collection_id not in (self._coming if coming else self.serving):
            return set()
        table = table_name(collection_id, TERM_FORM if coming else self.serving[collection_id])
        return {row[0] for row in self._file.connection().execute(f"SELECT id FROM {table}_docsize")}

    @follows_others
    def count(self, collection_id: int) -> int:
        table = self._serving(collection_id)
        return int(self._file.connection().execute(f"SELECT count(*) FROM {table}_docsize").fetchone()[0])

    @follows_others
    def entries(self, collection_id: int) -> list[tuple[int, str, str]]:
        query = f"SELECT id, c0, c1 FROM {self._serving(collection_id)}_content ORDER BY id"
        return self._file.connection().execute(query).fetchall()

    @follows_others
    def search(
        self, collection_id: int, terms: Sequence[str], limit: int, among: Sequence[int] | None, after: int
    ) -> list[tuple[int, float]]:
        """Searches the chunks with an id above `after`: `(chunk id, BM25 score)`, best first."""
        table = self._serving(collection_id)
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

    @follows_others
    def frequencies(self, collection_id: int, terms: Sequence[str]) -> dict[str, int]:
        """In how many chunks each term occurs."""
        connection, table = self._file.connection(), self._serving(collection_id)
        query = f"SELECT doc FROM {table}_terms WHERE term = ?"
        found = {term: connection.execute(query, (term,)).fetchone() for term in terms}
        return {term: row[0] if row else 0 for term, row in found.items()}

    def _serving(self, collection_id: int) -> str:
        return table_name(collection_id, self.serving[collection_id])

    def _tables(self, collection_id: int, *, only_coming: bool = False) -> list[str]:
        forms = [] if only_coming else [self.serving[collection_id]]
        if collection_id in self._coming:
            forms.append(TERM_FORM)
        return [table_name(collection_id, form) for form in forms]

    def _record(self, collection_id: int) -> None:
        query = "INSERT OR REPLACE INTO serving_forms(collection_id, form) VALUES (?, ?)"
        self._file.connection().execute(query, (collection_id, TERM_FORM))

    def _create(self, collection_id: int, form: int) -> None:
        connection, table = self._file.connection(), table_name(collection_id, form)
        tokenizer = f"ascii tokenchars '{SIGNS}'".replace("'", "''")
        connection.execute(
            f"CREATE VIRTUAL TABLE IF NOT EXISTS {table} USING fts5(heading, body, tokenize='{tokenizer}')"
        )
        connection.execute(f"CREATE VIRTUAL TABLE IF NOT EXISTS {table}_terms USING fts5vocab({table}, 'row')")

    def _drop_table(self, collection_id: int, form: int) -> None:
        for suffix in ("_terms", ""):
            self._file.connection().execute(f"DROP TABLE IF EXISTS {table_name(collection_id, form)}{suffix}")


def probe_fts5(connection: sqlite3.Connection) -> None:
    """Raises sqlite3.OperationalError if this SQLite has no FTS5."""
    connection.execute("CREATE VIRTUAL TABLE temp.probe USING fts5(x)")
    connection.execute("DROP TABLE temp.probe")
