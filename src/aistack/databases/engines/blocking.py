"""The contract of engines whose drivers block. They run in a worker process, which calls one method at a time.

What travels back to the service is JSON, so `probe` and `schema` return plain dictionaries.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import islice
from typing import Any, Protocol

from aistack.databases.json_values import json_rows


class StatementRows(Protocol):
    """The rows of a running statement. `changed` counts the rows that a writing statement changed."""

    changed: int | None

    def fetch(self, count: int) -> list[Any]:
        """At most `count` further rows as JSON values; none at the end."""
        ...

    def columns(self, rows: list[Any]) -> list[tuple[str, str]]:
        """Names and types (see `session.Column`), given the first rows."""
        ...


class BlockingEngine(Protocol):
    """One connection. Every method raises DatabaseFailed."""

    def statement(
        self, sql: str, values: Sequence[Any], mode: str, seconds: float
    ) -> AbstractContextManager[StatementRows]:
        """Runs a statement with values for its placeholders; leaving the block ends its transaction."""
        ...

    def probe(self) -> dict[str, Any]:
        """The fields of `session.Probe`."""
        ...

    def schema(self) -> dict[str, Any]:
        """The fields of `schema.Schema`."""
        ...


class StreamedRows:
    """Rows that a client returns one by one, with known column types."""

    changed: int | None = None

    def __init__(self, columns: list[tuple[str, str]], rows: Iterable[Sequence[Any]]) -> None:
        self._columns = columns
        self._rows: Iterator[Sequence[Any]] = iter(rows)

    def fetch(self, count: int) -> list[Any]:
        return json_rows([tuple(row) for row in islice(self._rows, count)])

    def columns(self, rows: list[Any]) -> list[tuple[str, str]]:
        del rows
        return self._columns
