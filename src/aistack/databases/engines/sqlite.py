"""SQLite, in a worker process.

Protection: files are opened read-only and with query_only, an authorizer allows reading only, and limits are low.
"""

import hashlib
import os
import sqlite3
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aistack.databases.json_values import json_rows
from aistack.databases.schema import ColumnInfo, ForeignKey, IndexInfo, TableInfo
from aistack.databases.session import DatabaseFailed
from aistack.databases.target import Target

VALUE_BYTES_MAX = 16 << 20
PROGRESS_STEPS = 20_000
READS = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
WRITES = {
    sqlite3.SQLITE_INSERT,
    sqlite3.SQLITE_UPDATE,
    sqlite3.SQLITE_DELETE,
    sqlite3.SQLITE_TRANSACTION,
    sqlite3.SQLITE_SAVEPOINT,
}
FORBIDDEN_FUNCTIONS = frozenset(
    ("load_extension", "writefile", "readfile", "edit", "fts3_tokenizer", "fsdir", "zipfile")
)
LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: VALUE_BYTES_MAX,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 1 << 20,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 500,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 200,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 10_000,
}
KINDS = ((bool, "boolean"), (int, "integer"), (float, "float"), (str, "text"), (bytes, "binary"))


class SqliteEngine:
    """One file. Raises DatabaseFailed when it cannot be read."""

    def __init__(self, target: Target) -> None:
        self._path = target.path
        self._connection = self._connect("ro")
        self._allowed = READS | {sqlite3.SQLITE_PRAGMA}  # only this module reads the schema

    def _connect(self, mode: str) -> sqlite3.Connection:
        if not Path(self._path).is_file():
            raise DatabaseFailed("unreachable", f"the file {self._path} does not exist or is not readable")
        try:
            uri = f"file:{quote(self._path)}?mode={mode}"
            connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=5)
            connection.execute(f"PRAGMA query_only = {'ON' if mode == 'ro' else 'OFF'}")
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA cell_size_check = ON")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.Error as error:
            raise DatabaseFailed("unreachable", f"{self._path} cannot be read as SQLite: {error}") from None
        for limit, value in LIMITS.items():
            connection.setlimit(limit, value)
        connection.create_function("aistack_hash", 3, _hash, deterministic=True)  # for masks
        connection.text_factory = _text
        return connection

    @contextmanager
    def statement(self, sql: str, values: Sequence[Any], mode: str, seconds: float) -> "Generator[_CursorRows]":
        connection = self._connection if mode == "read" else self._connect("rw")
        self._allowed = READS if mode == "read" else READS | WRITES
        deadline = time.monotonic() + seconds
        if mode != "read":
            connection.execute("BEGIN IMMEDIATE")
        connection.set_authorizer(self._authorize)
        connection.set_progress_handler(lambda: time.monotonic() > deadline, PROGRESS_STEPS)
        cursor = connection.cursor()
        try:
            cursor.execute(sql, [_bindable(value) for value in values])
            yield _CursorRows(cursor, cursor.rowcount if mode != "read" and cursor.rowcount >= 0 else None)
            if mode == "apply":
                connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise _failed(error, seconds) from None
        finally:
            cursor.close()
            connection.set_progress_handler(None, 0)
            connection.set_authorizer(None)
            if mode != "read":
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                connection.close()

    def _authorize(self, action: int, one: str | None, two: str | None, *_: object) -> int:
        if action == sqlite3.SQLITE_UPDATE and one == "sqlite_master":
            return sqlite3.SQLITE_OK  # asked for table-valued functions such as json_each; nothing is written
        if action not in self._allowed:
            return sqlite3.SQLITE_DENY
        if action == sqlite3.SQLITE_FUNCTION and (two or "").lower() in FORBIDDEN_FUNCTIONS:
            return sqlite3.SQLITE_DENY
        return sqlite3.SQLITE_OK

    def probe(self) -> dict[str, Any]:
        begun = time.perf_counter()
        self._connection.execute("SELECT 1").fetchone()
        writable = os.access(self._path, os.W_OK)
        return {
            "server": f"SQLite {sqlite3.sqlite_version}",
            "latency_ms": round((time.perf_counter() - begun) * 1000, 2),
            "may_write": writable,
            "warnings": ["the file is writable for this service's account"] if writable else [],
        }

    def schema(self) -> dict[str, Any]:
        """Four queries, whatever the number of tables."""
        run = self._connection.execute
        tables = {
            name: TableInfo(name, kind)
            for name, kind in run(
                "SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' "
                "ESCAPE '\\' ORDER BY name"
            )
        }
        columns = """SELECT m.name, c.name, c.type, c."notnull", c.dflt_value, c.pk
            FROM sqlite_master m, pragma_table_info(m.name) c
            WHERE m.type IN ('table', 'view') ORDER BY m.name, c.cid"""
        keys: dict[str, list[tuple[int, str]]] = {}
        for table, name, kind, not_null, default, key_position in run(columns):
            if table in tables:
                tables[table].columns.append(
                    ColumnInfo(name, kind, not not_null and not key_position, str(default or ""))
                )
                if key_position:
                    keys.setdefault(table, []).append((key_position, name))
        for table, columns_of_key in keys.items():
            tables[table].primary_key = [name for _, name in sorted(columns_of_key)]
        foreign = """SELECT m.name, f.id, f."table", f."from", f."to"
            FROM sqlite_master m, pragma_foreign_key_list(m.name) f
            WHERE m.type = 'table' ORDER BY m.name, f.id, f.seq"""
        held: dict[tuple[str, int], ForeignKey] = {}
        for table, number, other, column, other_column in run(foreign):
            key = held.get((table, number))
            if key is None:
                key = held[table, number] = ForeignKey([], other, [])
                tables[table].foreign_keys.append(key)
            key.columns.append(column)
            key.table_columns.append(other_column or (tables[other].primary_key or [""])[0] if other in tables else "")
        indexes = """SELECT m.name, l.name, l."unique" AND NOT l.partial, i.name
            FROM sqlite_master m, pragma_index_list(m.name) l, pragma_index_info(l.name) i
            WHERE m.type = 'table' AND l.origin <> 'pk' ORDER BY m.name, l.name, i.seqno"""
        named: dict[str, IndexInfo] = {}
        for table, name, unique, column in run(indexes):
            if name not in named:
                named[name] = IndexInfo(name, [], bool(unique))
                tables[table].indexes.append(named[name])
            named[name].columns.append(column or "")
        return {"tables": [asdict(one) for one in tables.values()]}


class _CursorRows:
    def __init__(self, cursor: sqlite3.Cursor, changed: int | None) -> None:
        self._cursor = cursor
        self._first: Sequence[Any] = ()
        self.changed = changed

    def fetch_stored(self, count: int) -> list[Any]:
        """Rows with the values as they are stored."""
        return self._cursor.fetchmany(count)

    def fetch(self, count: int) -> list[Any]:
        rows = self._cursor.fetchmany(count)
        if rows and not self._first:
            self._first = rows[0]
        return json_rows(rows)

    def columns(self, rows: list[Any]) -> list[tuple[str, str]]:
        """Types are those of the first row: in SQLite, values have types, not columns."""
        names = [one[0] for one in self._cursor.description or ()]
        first = self._first if rows else [None] * len(names)
        return [(name, _kind(value)) for name, value in zip(names, first, strict=True)]


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _bindable(value: Any) -> Any:
    """As SQLite reads numbers: integers of more than 64 bits are floats."""
    return float(value) if isinstance(value, int) and not -(2**63) <= value < 2**63 else value


def _hash(value: object, inner: str, outer: str) -> str | None:
    """HMAC-SHA-256 with the key's two padded blocks in hexadecimal: SQLite has no hash of its own."""
    if value is None:
        return None
    digest = hashlib.sha256(bytes.fromhex(inner) + str(value).encode()).digest()
    return hashlib.sha256(bytes.fromhex(outer) + digest).hexdigest()


def _kind(value: object) -> str:
    return next((kind for python, kind in KINDS if isinstance(value, python)), "other")


def _failed(error: sqlite3.Error, seconds: float) -> DatabaseFailed:
    message = str(error)
    if "interrupted" in message:
        return DatabaseFailed("time", f"the statement was stopped at its time limit of {seconds:g} s")
    if any(text in message for text in ("not authorized", "prohibited", "readonly", "attached databases")):
        return DatabaseFailed("denied", message)
    if "too big" in message:
        return DatabaseFailed("size", f"a value is larger than {VALUE_BYTES_MAX >> 20} MiB")
    return DatabaseFailed("failed", message)
