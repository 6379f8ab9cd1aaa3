"""What servers behind a driver of PEP 249 share: one connection, and statements whose rows stream.

A statement that reads runs in a transaction that is always rolled back; what a dialect has beyond that (a transaction
that is READ ONLY, a time limit, a cancel) its own module adds.
"""

import re
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from decimal import Decimal
from itertools import islice
from typing import Any, ClassVar
from uuid import UUID

from aistack.databases.json_values import rows_of
from aistack.databases.placeholders import filled, parted
from aistack.databases.schema import TableInfo
from aistack.databases.session import DatabaseFailed, Kind
from aistack.databases.target import Target

SPELLED = {"qmark": "?", "named": ":p{}", "pyformat": "%(p{})s"}  # the paramstyles of PEP 249 that are met here
KINDS: tuple[tuple[type, str], ...] = (
    (bool, "boolean"), (int, "integer"), (float, "float"), (Decimal, "decimal"), (datetime, "timestamp"),
    (date, "date"), (time_of_day, "time"), (timedelta, "interval"), (UUID, "uuid"), (str, "text"),
    (bytes, "binary"), (bytearray, "binary"), (list, "array"), (tuple, "array"), (dict, "json"),
)  # fmt: skip


class DialectEngine:
    """One connection to a server. Raises DatabaseFailed when it cannot be had."""

    product: ClassVar[str]
    version: ClassVar[str]  # a query for what the server calls itself
    session: ClassVar[Sequence[str]] = ()  # what every session begins with
    paramstyle: ClassVar[str]
    denied: ClassVar[re.Pattern[str]] = re.compile(r"permission|denied|not authorized|insufficient|read.?only", re.I)
    late: ClassVar[re.Pattern[str]] = re.compile(r"time.?out|timed out|time limit", re.I)

    def __init__(self, target: Target, seconds: float) -> None:
        self.target = target
        try:
            self.raw: Any = self.connected(seconds)
            with self._cursor() as cursor:
                for statement in self.session:
                    cursor.execute(statement)
            self.raw.commit()
        except ImportError:
            raise
        except Exception as error:  # drivers raise what they stumble over
            raise self.failed(error, opening=True) from None

    def connected(self, seconds: float) -> Any:
        """The driver's connection, not committing by itself. It raises what the driver raises."""
        raise NotImplementedError

    def begin(self, cursor: Any, mode: str, seconds: float) -> None:
        """Called before every statement."""

    def execute(self, cursor: Any, sql: str, values: Any, seconds: float) -> None:
        """`values` are None where there are none: some drivers read marks only when given any."""
        cursor.execute(sql, values) if values else cursor.execute(sql)

    def rights(self, cursor: Any) -> tuple[bool | None, list[str], list[str]]:
        """Whether the account may write, what it should not be able to do, and for what it is refused."""
        raise NotImplementedError

    def typed(self, code: Any) -> str:
        """Our name for what the driver says a column is; nothing where its values have to tell."""
        return kind_of_type(code) if isinstance(code, type) else ""

    def cancel(self) -> None:
        """Stops what runs, from another thread; the process ends thereafter, and its connection with it."""

    @contextmanager
    def statement(self, sql: str, values: Sequence[Any], mode: str, seconds: float) -> "Generator[Found]":
        try:
            with self._cursor() as cursor:
                self.begin(cursor, mode, seconds)
                written, given = marked(sql, values, self.paramstyle)
                self.execute(cursor, written, given, seconds)
                kinds = [self.typed(one[1]) for one in cursor.description or ()]
                yield Found(cursor, kinds, cursor.rowcount if mode != "read" else None)
            if mode == "apply":
                self.raw.commit()
        except DatabaseFailed:
            raise
        except Exception as error:
            raise self.failed(error) from None
        finally:
            with suppress(Exception):  # a connection that broke tells so at its next use
                self.raw.rollback()

    @contextmanager
    def _cursor(self) -> Generator[Any]:
        cursor = self.raw.cursor()
        try:
            yield cursor
        finally:
            with suppress(Exception):
                cursor.close()

    def asked(self, cursor: Any, query: str) -> list[Any]:
        cursor.execute(query)
        return list(cursor.fetchall())

    def probe(self) -> dict[str, Any]:
        try:
            with self._cursor() as cursor:
                begun = time.perf_counter()
                ((version,),) = self.asked(cursor, self.version)
                latency = (time.perf_counter() - begun) * 1000
                may_write, warnings, refused = self.rights(cursor)
        except Exception as error:
            raise self.failed(error) from None
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
            raise self.failed(error) from None
        finally:
            with suppress(Exception):
                self.raw.rollback()
        return {"tables": [asdict(one) for one in tables]}

    def tables(self, cursor: Any) -> list[TableInfo]:
        raise NotImplementedError

    def failed(self, error: BaseException, *, opening: bool = False) -> DatabaseFailed:
        said = " ".join(str(error).split())[:500] or type(error).__name__
        kind: Kind = "failed"
        if self.denied.search(said):
            kind = "denied"
        elif self.late.search(said):
            kind = "unreachable" if opening else "time"
        elif opening or self.is_gone(error):
            kind = "unreachable"
        if kind == "unreachable":
            said = f"{self.product} at {self.target.place} cannot be reached: {said}"
        return DatabaseFailed(kind, said)

    def is_gone(self, error: BaseException) -> bool:
        """Whether it says that the connection is lost."""
        raise NotImplementedError


class Found:
    """Rows of a cursor; where the driver does not type their columns, the first of them do."""

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
        return rows_of(rows)

    def columns(self, rows: list[Any]) -> list[tuple[str, str]]:
        del rows
        names = (str(one[0]) for one in self._described)
        seen = zip(names, self._kinds, self._first, strict=True)
        return [(name, kind or kind_of_type(value.__class__)) for name, kind, value in seen]


class Streamed:
    """Rows that a client gives one by one, of columns that it types."""

    changed: int | None = None

    def __init__(self, columns: list[tuple[str, str]], rows: Iterable[Sequence[Any]]) -> None:
        self._columns = columns
        self._rows: Iterator[Sequence[Any]] = iter(rows)

    def fetch(self, count: int) -> list[Any]:
        return rows_of([tuple(row) for row in islice(self._rows, count)])

    def columns(self, rows: list[Any]) -> list[tuple[str, str]]:
        del rows
        return self._columns


def kind_of_type(python: type) -> str:
    return next((kind for known, kind in KINDS if issubclass(python, known)), "other")


def marked(sql: str, values: Sequence[Any], style: str) -> tuple[str, Any]:
    """The statement with the driver's own marks (PEP 249 paramstyle), and the values as it wants them."""
    if not values:
        return sql, None
    parts = parted(sql, values)
    if style == "pyformat":
        parts = [part.replace("%", "%%") for part in parts]
    written = filled(parts, [SPELLED[style].format(at) for at in range(len(values))])
    return written, tuple(values) if style == "qmark" else {f"p{at}": value for at, value in enumerate(values)}
