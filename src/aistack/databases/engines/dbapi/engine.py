"""What engines behind DB-API drivers (PEP 249) share: one connection, and statements whose rows stream.

A statement that reads runs in a transaction that is always rolled back. Further protection (READ ONLY transactions,
time limits, cancelling) is added by each engine's own module.
"""

import re
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from aistack.databases.json_values import json_rows
from aistack.databases.placeholders import join_parts, split_at_placeholders
from aistack.databases.schema import TableInfo
from aistack.databases.session import DatabaseFailed, FailureKind
from aistack.databases.target import Target

PARAMSTYLES = {"qmark": "?", "named": ":p{}", "pyformat": "%(p{})s"}  # placeholders by PEP 249 paramstyle
KINDS: tuple[tuple[type, str], ...] = (
    (bool, "boolean"), (int, "integer"), (float, "float"), (Decimal, "decimal"), (datetime, "timestamp"),
    (date, "date"), (time_of_day, "time"), (timedelta, "interval"), (UUID, "uuid"), (str, "text"),
    (bytes, "binary"), (bytearray, "binary"), (list, "array"), (tuple, "array"), (dict, "json"),
)  # fmt: skip


class DbapiEngine:
    """One connection to a server. Raises DatabaseFailed when it cannot be opened."""

    product: ClassVar[str]
    version: ClassVar[str]  # a query for the server's version
    session_setup: ClassVar[Sequence[str]] = ()  # statements that begin every session
    paramstyle: ClassVar[str]
    denied: ClassVar[re.Pattern[str]] = re.compile(r"permission|denied|not authorized|insufficient|read.?only", re.I)
    timed_out: ClassVar[re.Pattern[str]] = re.compile(r"time.?out|timed out|time limit", re.I)

    def __init__(self, target: Target, seconds: float) -> None:
        self.target = target
        try:
            self.raw: Any = self.connect(seconds)
            with self._cursor() as cursor:
                for statement in self.session_setup:
                    cursor.execute(statement)
            self.raw.commit()
        except ImportError:
            raise
        except Exception as error:  # drivers also raise errors that are not their own
            raise self.failure(error, connecting=True) from None

    def connect(self, seconds: float) -> Any:
        """The driver's connection, with autocommit off. Raises what the driver raises."""
        raise NotImplementedError

    def begin(self, cursor: Any, mode: str, seconds: float) -> None:
        """Called before every statement."""

    def execute(self, cursor: Any, sql: str, values: Any, seconds: float) -> None:
        """`values` is None if there are none: some drivers read placeholders only if values are given."""
        cursor.execute(sql, values) if values else cursor.execute(sql)

    def privileges(self, cursor: Any) -> tuple[bool | None, list[str], list[str]]:
        """`may_write`, `warnings` and `refused` of `session.Probe`."""
        raise NotImplementedError

    def type_of(self, code: Any) -> str:
        """The type name (see `session.Column`) of a driver's type code; empty if only the values show it."""
        return kind_of_type(code) if isinstance(code, type) else ""

    def cancel(self) -> None:
        """Cancels the running statement, called from another thread. The process exits afterwards."""

    @contextmanager
    def statement(self, sql: str, values: Sequence[Any], mode: str, seconds: float) -> "Generator[CursorRows]":
        try:
            with self._cursor() as cursor:
                self.begin(cursor, mode, seconds)
                statement, given = with_paramstyle(sql, values, self.paramstyle)
                self.execute(cursor, statement, given, seconds)
                kinds = [self.type_of(one[1]) for one in cursor.description or ()]
                yield CursorRows(cursor, kinds, cursor.rowcount if mode != "read" else None)
            if mode == "apply":
                self.raw.commit()
        except DatabaseFailed:
            raise
        except Exception as error:
            raise self.failure(error) from None
        finally:
            with suppress(Exception):  # a broken connection fails at its next use
                self.raw.rollback()

    @contextmanager
    def _cursor(self) -> Generator[Any]:
        cursor = self.raw.cursor()
        try:
            yield cursor
        finally:
            with suppress(Exception):
                cursor.close()

    def fetch_all(self, cursor: Any, query: str) -> list[Any]:
        cursor.execute(query)
        return list(cursor.fetchall())

    def probe(self) -> dict[str, Any]:
        try:
            with self._cursor() as cursor:
                begun = time.perf_counter()
                ((version,),) = self.fetch_all(cursor, self.version)
                latency = (time.perf_counter() - begun) * 1000
                may_write, warnings, refused = self.privileges(cursor)
        except Exception as error:
            raise self.failure(error) from None
        finally:
            with suppress(Exception):
                self.raw.rollback()
        return {
            "server": f"{self.product} {str(version).splitlines()[0]}",
            "latency_ms": round(latency, 2),
            "may_write": may_write,
            "warnings": warnings,
            "refused": refused,
        }

    def schema(self) -> dict[str, Any]:
        try:
            with self._cursor() as cursor:
                tables = self.tables(cursor)
        except Exception as error:
            raise self.failure(error) from None
        finally:
            with suppress(Exception):
                self.raw.rollback()
        return {"tables": [asdict(one) for one in tables]}

    def tables(self, cursor: Any) -> list[TableInfo]:
        raise NotImplementedError

    def failure(self, error: BaseException, *, connecting: bool = False) -> DatabaseFailed:
        message = " ".join(str(error).split())[:500] or type(error).__name__
        kind: FailureKind = "failed"
        if self.denied.search(message):
            kind = "denied"
        elif self.timed_out.search(message):
            kind = "unreachable" if connecting else "time"
        elif connecting or self.is_disconnect(error):
            kind = "unreachable"
        if kind == "unreachable":
            message = f"{self.product} at {self.target.place} cannot be reached: {message}"
        return DatabaseFailed(kind, message)

    def is_disconnect(self, error: BaseException) -> bool:
        """Whether the error means that the connection is lost."""
        raise NotImplementedError


class CursorRows:
    """Rows of a cursor. Where the driver does not type a column, its first value that is not NULL does."""

    def __init__(self, cursor: Any, kinds: Sequence[str], changed: int | None) -> None:
        self._cursor, self._kinds = cursor, kinds
        self._described = cursor.description or ()
        self._first: list[Any] = [None] * len(self._described)
        self.changed = changed if changed is None or changed >= 0 else None

    def fetch(self, count: int) -> list[Any]:
        if not self._described:
            return []
        rows = [tuple(row) for row in self._cursor.fetchmany(count)]
        for row in rows:
            if all(value is not None for value in self._first):
                break
            self._first = [new if old is None else old for old, new in zip(self._first, row, strict=True)]
        return json_rows(rows)

    def columns(self, rows: list[Any]) -> list[tuple[str, str]]:
        del rows
        names = (str(one[0]) for one in self._described)
        seen = zip(names, self._kinds, self._first, strict=True)
        return [(name, kind or kind_of_type(value.__class__)) for name, kind, value in seen]


def kind_of_type(python: type) -> str:
    return next((kind for known, kind in KINDS if issubclass(python, known)), "other")


def with_paramstyle(sql: str, values: Sequence[Any], style: str) -> tuple[str, Any]:
    """The statement with placeholders in the driver's paramstyle (PEP 249), and the values in the form it expects."""
    if not values:
        return sql, None
    parts = split_at_placeholders(sql, values)
    if style == "pyformat":
        parts = [part.replace("%", "%%") for part in parts]
    statement = join_parts(parts, [PARAMSTYLES[style].format(index) for index in range(len(values))])
    return statement, tuple(values) if style == "qmark" else {f"p{index}": value for index, value in enumerate(values)}
