"""DuckDB, in a worker process.

Protection: files are opened read-only, access to any other file is disabled, and the configuration is locked.
"""

import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from aistack.databases.json_values import json_rows
from aistack.databases.schema import ColumnInfo, ForeignKey, IndexInfo, TableInfo
from aistack.databases.session import DatabaseFailed
from aistack.databases.target import Target, data_files

MEMORY = "512MB"
THREADS = 2
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
TYPES = {
    "BOOLEAN": "boolean", "VARCHAR": "text", "BLOB": "binary", "DATE": "date", "TIME": "time", "INTERVAL": "interval",
    "UUID": "uuid", "JSON": "json", "FLOAT": "float", "DOUBLE": "float", "ENUM": "text",
}  # fmt: skip


class DuckdbEngine:
    """One database file, or files that are read as tables. Raises DatabaseFailed when they cannot be read."""

    def __init__(self, target: Target) -> None:
        self._path = target.path
        self._files = data_files(target.path)
        self.connection = self._connect(read_only=True)

    def _connect(self, read_only: bool) -> Any:
        import duckdb

        given = Path(self._path)
        if not given.exists():
            raise DatabaseFailed("unreachable", f"the file {self._path} does not exist or is not readable")
        try:
            if not self._files:
                connection: Any = duckdb.connect(self._path, read_only=read_only, config=SETTINGS)
            else:
                connection = duckdb.connect(":memory:", config=SETTINGS)
                listed = ", ".join(_literal(str(file)) for file in self._files)
                connection.execute(f"SET allowed_paths = [{listed}]")
                for name, file in _names(self._files).items():
                    view = '"' + name.replace('"', '""') + '"'
                    connection.execute(f"CREATE VIEW {view} AS SELECT * FROM {_literal(str(file))}")  # noqa: S608
            for lock in LOCKS:
                connection.execute(lock)
        except duckdb.Error as error:
            raise DatabaseFailed("unreachable", f"{self._path} cannot be read as DuckDB: {_message(error)}") from None
        return connection

    @contextmanager
    def statement(self, sql: str, values: Sequence[Any], mode: str, seconds: float) -> "Generator[_ResultRows]":
        import duckdb

        if mode != "read" and self._files:
            raise DatabaseFailed("denied", "files that are read as tables cannot be written")
        if mode != "read":
            self.connection.close()
        connection = self.connection if mode == "read" else self._connect(read_only=False)
        timer = threading.Timer(seconds, connection.interrupt)
        timer.start()
        try:
            connection.execute("BEGIN TRANSACTION" if mode != "read" else "BEGIN TRANSACTION READ ONLY")
            result: Any = connection.execute(sql, list(values))
            yield _ResultRows(result, mode != "read")
            connection.execute("COMMIT" if mode == "apply" else "ROLLBACK")
        except duckdb.Error as error:
            raise _failed(error, seconds) from None
        finally:
            timer.cancel()
            if mode != "read":
                connection.close()
                self.connection = self._connect(read_only=True)
            else:
                _roll_back(connection)

    def probe(self) -> dict[str, Any]:
        import duckdb

        begun = time.perf_counter()
        self.connection.execute("SELECT 1").fetchone()
        return {
            "server": f"DuckDB {duckdb.__version__}",
            "latency_ms": round((time.perf_counter() - begun) * 1000, 2),
            "may_write": False,
            "warnings": [],
        }

    def schema(self) -> dict[str, Any]:
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
    def __init__(self, result: Any, is_write: bool) -> None:
        self._result = result
        self._columns = [] if is_write else [(str(one[0]), _type_of(str(one[1]))) for one in result.description or ()]
        self.changed: int | None = None
        if is_write:
            row = result.fetchone()
            self.changed = row[0] if row and isinstance(row[0], int) else None

    def fetch(self, count: int) -> list[Any]:
        return json_rows(self._result.fetchmany(count)) if self._columns else []

    def columns(self, rows: list[Any]) -> list[tuple[str, str]]:
        del rows
        return self._columns


def _roll_back(connection: Any) -> None:
    import duckdb

    try:
        connection.execute("ROLLBACK")
    except duckdb.Error:
        return  # no transaction was open


def _type_of(kind: str) -> str:
    if kind.endswith("]") or kind.startswith(("STRUCT", "MAP", "UNION", "LIST")):
        return "array" if kind.endswith("]") else "json"
    if "INT" in kind and "INTERVAL" not in kind:
        return "integer"
    if kind.startswith("TIMESTAMP"):
        return "timestamp"
    if kind.startswith("DECIMAL"):
        return "decimal"
    return TYPES.get(kind.partition("(")[0].partition(" ")[0], "other")


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
