"""DuckDB, in a worker process.

Protection: files are opened read-only, access to any other file is disabled, and the configuration is locked.
"""

import re
import threading
import time
import warnings
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any

from aistack.databases.engines.duckdb.types import exact_query, kind_of
from aistack.databases.json_values import json_rows
from aistack.databases.schema import ColumnInfo, ForeignKey, IndexInfo, TableInfo
from aistack.databases.session import DatabaseFailed
from aistack.databases.target import Target, data_files

MEMORY = "512MB"
THREADS = 2
ARROW_BATCH_ROWS = 64_000
LOCK_SECONDS_MAX, LOCK_PAUSE_SECONDS = 5.0, 0.1
SETTINGS: dict[str, Any] = {
    "memory_limit": MEMORY,
    "threads": str(THREADS),
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "allow_unsigned_extensions": "false",
    "temp_directory": "",
}
LOCKS = ("SET enable_external_access = false", "SET lock_configuration = true")
FLOAT_DIGITS_MAX = 38  # of a decimal
IS_QUERY = re.compile(
    r"(?:\s|--[^\n]*\n|/\*.*?\*/)*(?:\(|(?:select|with|from|values|table|pivot|unpivot)\b)", re.I | re.S
)
OFFSET = re.compile(r"[+-]\d\d$")


class DuckdbEngine:
    """One database file, or files that are read as tables. Raises DatabaseFailed when they cannot be read."""

    def __init__(self, target: Target) -> None:
        self._path = target.path
        self._files = data_files(target.path)
        self._unreadable: dict[str, str] = {}  # files of a folder that cannot be read, and why
        self._open: Any = None
        self.connection  # noqa: B018 -- raises if it cannot be read
        self._release()

    @property
    def connection(self) -> Any:
        """The open connection for reading."""
        if self._open is None:
            self._open = self._connect(read_only=True)
        return self._open

    def _release(self) -> None:
        """Closes a database file between statements: while it is open, its owner cannot write to it."""
        if self._open is not None and not self._files:
            self._open.close()
            self._open = None

    def _connect(self, read_only: bool) -> Any:
        import duckdb

        given = Path(self._path)
        if not given.exists():
            raise DatabaseFailed("unreachable", f"the file {self._path} does not exist or is not readable")
        try:
            if not self._files:
                connection: Any = self._connect_file(read_only)
            else:
                connection = duckdb.connect(":memory:", config=SETTINGS)
                listed = ", ".join(_literal(str(file)) for file in self._files)
                connection.execute(f"SET allowed_paths = [{listed}]")
                for name, file in _names(self._files).items():
                    self._create_view(connection, name, file)
                if len(self._unreadable) == len(self._files):
                    raise DatabaseFailed("unreachable", "; ".join(self._unreadable.values())[:1000])
            for lock in LOCKS:
                connection.execute(lock)
        except duckdb.Error as error:
            raise DatabaseFailed("unreachable", f"{self._path} cannot be read as DuckDB: {_message(error)}") from None
        return connection

    def _connect_file(self, read_only: bool) -> Any:
        """Waits for a moment while another process writes to the file."""
        import duckdb

        deadline = time.monotonic() + LOCK_SECONDS_MAX
        while True:
            try:
                return duckdb.connect(self._path, read_only=read_only, config=SETTINGS)
            except duckdb.IOException as error:
                if "lock" not in str(error).lower():
                    raise
                if time.monotonic() > deadline:
                    message = (
                        f"another process has {self._path} open for writing; try again when it has closed the file"
                    )
                    raise DatabaseFailed("busy", message) from None
            time.sleep(LOCK_PAUSE_SECONDS)

    def _create_view(self, connection: Any, name: str, file: Path) -> None:
        import duckdb

        view = '"' + name.replace('"', '""') + '"'
        try:
            connection.execute(f"CREATE VIEW {view} AS SELECT * FROM {_literal(str(file))}")  # noqa: S608
        except duckdb.Error as error:
            self._unreadable[name] = f"the file {file.name} cannot be read: {_message(error)}"

    @contextmanager
    def statement(self, sql: str, values: Sequence[Any], mode: str, seconds: float) -> "Generator[_ResultRows]":
        import duckdb

        if mode != "read" and self._files:
            raise DatabaseFailed("denied", "files that are read as tables cannot be written")
        connection = self.connection if mode == "read" else self._connect(read_only=False)
        timer = threading.Timer(seconds, connection.interrupt)
        timer.start()
        try:
            connection.execute("BEGIN TRANSACTION" if mode != "read" else "BEGIN TRANSACTION READ ONLY")
            bound = [_bindable(value) for value in values]
            types = self.types(connection, sql, bound) if mode == "read" else []
            result: Any = connection.execute(exact_query(sql, [one for _, one in types], for_arrow=False), bound)
            yield _ResultRows(result, types, mode != "read")
            connection.execute("COMMIT" if mode == "apply" else "ROLLBACK")
        except duckdb.CatalogException as error:
            raise self._of_unreadable(sql) or _failed(error, seconds) from None
        except duckdb.Error as error:
            raise _failed(error, seconds) from None
        finally:
            timer.cancel()
            if mode != "read":
                connection.close()
            else:
                _roll_back(connection)
                self._release()

    def _of_unreadable(self, sql: str) -> DatabaseFailed | None:
        """Why a table is missing, if its file could not be read."""
        found = [why for name, why in self._unreadable.items() if re.search(rf"\b{re.escape(name)}\b", sql)]
        return DatabaseFailed("failed", found[0]) if found else None

    @staticmethod
    def types(connection: Any, sql: str, values: list[Any]) -> list[tuple[str, Any]]:
        """The names and types of a query's columns; none for a statement that is no query."""
        import duckdb

        if not IS_QUERY.match(sql):
            return []
        try:
            described = connection.execute("DESCRIBE " + sql, values).fetchall()
        except duckdb.Error:
            return []  # running it says what is wrong
        made: Any = getattr(duckdb, "type")  # noqa: B009 -- its stubs lack it
        return [(str(name), made(kind)) for name, kind, *_ in described]

    @contextmanager
    def arrow(self, sql: str, values: Sequence[Any], seconds: float) -> "Generator[tuple[list[tuple[str, Any]], Any]]":
        """The columns of a query and its result as a reader of record batches, which end with the block."""
        import duckdb

        timer = threading.Timer(seconds, self.connection.interrupt)
        timer.start()
        bound = [_bindable(value) for value in values]
        try:
            self.connection.execute("BEGIN TRANSACTION READ ONLY")
            types = self.types(self.connection, sql, bound)
            exact = exact_query(sql, [one for _, one in types], for_arrow=True)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # it recommends relations, which take no time limit
                yield types, self.connection.execute(exact, bound).to_arrow_reader(ARROW_BATCH_ROWS)
        except duckdb.Error as error:
            raise _failed(error, seconds) from None
        finally:
            timer.cancel()

    def probe(self) -> dict[str, Any]:
        import duckdb

        begun = time.perf_counter()
        self.connection.execute("SELECT 1").fetchone()
        self._release()
        return {
            "server": f"DuckDB {duckdb.__version__}",
            "latency_ms": round((time.perf_counter() - begun) * 1000, 2),
            "may_write": False,
            "warnings": list(self._unreadable.values()),
        }

    def schema(self) -> dict[str, Any]:
        try:
            return self._schema()
        finally:
            self._release()

    def _schema(self) -> dict[str, Any]:
        run = self.connection.execute
        tables: dict[tuple[str, str], TableInfo] = {}
        for schema, name, comment, rows in run(
            "SELECT schema_name, table_name, comment, estimated_size FROM duckdb_tables() WHERE NOT internal "
            "ORDER BY schema_name, table_name"
        ).fetchall():
            tables[schema, name] = TableInfo(_qualified(schema, name), "table", comment or "", rows)
        for schema, name, comment in run(
            "SELECT schema_name, view_name, comment FROM duckdb_views() WHERE NOT internal ORDER BY 1, 2"
        ).fetchall():
            kind = "table" if self._files else "view"
            tables[schema, name] = TableInfo(_qualified(schema, name), kind, comment or "")
        for schema, name, column, kind, nullable, default, comment in run(
            "SELECT schema_name, table_name, column_name, data_type, is_nullable, column_default, comment "
            "FROM duckdb_columns() WHERE NOT internal ORDER BY 1, 2, column_index"
        ).fetchall():
            if (schema, name) in tables:
                info = ColumnInfo(column, kind, nullable, str(default or ""), comment or "")
                tables[schema, name].columns.append(info)
        for schema, name, kind, columns, other, others in run(
            "SELECT schema_name, table_name, constraint_type, constraint_column_names, referenced_table, "
            "referenced_column_names FROM duckdb_constraints() WHERE constraint_type IN ('PRIMARY KEY', 'FOREIGN KEY')"
        ).fetchall():
            if kind == "PRIMARY KEY":
                tables[schema, name].primary_key = list(columns)
            else:
                tables[schema, name].foreign_keys.append(ForeignKey(list(columns), other, list(others)))
        for schema, name, index, unique, expressions in run(
            "SELECT schema_name, table_name, index_name, is_unique, expressions FROM duckdb_indexes()"
        ).fetchall():
            columns = [part.strip(" '\"") for part in str(expressions).strip("[]").split(",")]
            tables[schema, name].indexes.append(IndexInfo(index, columns, unique))
        return {"tables": [asdict(one) for one in tables.values()]}


class _ResultRows:
    def __init__(self, result: Any, types: list[tuple[str, Any]], is_write: bool) -> None:
        self._result = result
        names = [str(one[0]) for one in result.description or ()]
        kinds = [kind_of(one) for _, one in types] or ["text"] * len(names)
        self._columns = [] if is_write else list(zip([name for name, _ in types] or names, kinds, strict=True))
        self._converted = [
            (at, convert) for at, (_, kind) in enumerate(self._columns) if (convert := CONVERSIONS.get(kind))
        ]
        self.changed: int | None = None
        if is_write:
            row = result.fetchone()
            self.changed = row[0] if row and isinstance(row[0], int) else None

    def fetch(self, count: int) -> list[Any]:
        if not self._columns:
            return []
        rows = self._result.fetchmany(count)
        if self._converted:
            rows = [list(row) for row in rows]
            for row in rows:
                for at, convert in self._converted:
                    if isinstance(row[at], str):
                        row[at] = convert(row[at])
        return json_rows(rows)

    def columns(self, rows: list[Any]) -> list[tuple[str, str]]:
        del rows
        return self._columns


def _zoned(text: str) -> str:
    """ISO 8601 has minutes in its offsets."""
    return f"{text}:00" if ":" in text and OFFSET.search(text) else text


CONVERSIONS: dict[str, Any] = {"integer": int, "timestamp": _zoned, "time": _zoned}


def _bindable(value: Any) -> Any:
    """19.99 is a decimal, as in a statement; numbers of too many digits stay as they are."""
    if isinstance(value, float):
        number = Decimal(repr(value))
        exponent = number.as_tuple().exponent
        if isinstance(exponent, int) and -FLOAT_DIGITS_MAX < exponent <= 0:
            return number
    if isinstance(value, int) and abs(value) >= 1 << 127:
        return str(value)
    return value


def _roll_back(connection: Any) -> None:
    import duckdb

    try:
        connection.execute("ROLLBACK")
    except duckdb.Error:
        return  # no transaction was open


def _names(files: list[Path]) -> dict[str, Path]:
    """A table name for each file: its stem, or its full name if another file has the same stem."""
    names: dict[str, Path] = {}
    for file in files:
        names[file.stem if file.stem not in names else file.name] = file
    return names


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _qualified(schema: str, name: str) -> str:
    return name if schema == "main" else f"{schema}.{name}"


def _message(error: Exception) -> str:
    return str(error).split("\n")[0][:500]


def _failed(error: Exception, seconds: float) -> DatabaseFailed:
    import duckdb

    if isinstance(error, duckdb.InterruptException):
        return DatabaseFailed("time", f"the statement was stopped at its time limit of {seconds:g} s")
    if isinstance(error, duckdb.OutOfMemoryException):
        return DatabaseFailed("size", f"the statement needs more than its memory limit of {MEMORY}")
    if isinstance(error, duckdb.PermissionException) or "read-only" in str(error):
        return DatabaseFailed("denied", _message(error))
    return DatabaseFailed("failed", _message(error))
