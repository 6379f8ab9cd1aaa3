"""The contract of every engine: a session that runs one statement at a time, streams its rows, and can be stopped."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

from aistack.databases.schema import Schema

JsonValue = str | int | float | bool | None | list["JsonValue"] | dict[str, "JsonValue"]
Row = Sequence[JsonValue]

FailureKind = Literal["unreachable", "denied", "failed", "time", "size", "cancelled", "busy"]

Mode = Literal["read", "preview", "apply"]

BATCH_BYTES = 1 << 20
STEP_BYTES_MAX = 24 << 20  # received at once: a batch, or a single row of that size


class DatabaseFailed(Exception):
    """A database failed, or refused to run a statement. The message is for the person who sent it."""

    def __init__(self, kind: FailureKind, message: str) -> None:
        super().__init__(message)
        self.kind: FailureKind = kind


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one statement: seconds in total, rows, and bytes of its result as text."""

    seconds: float = 30.0
    rows: int = 10_000
    bytes: int = 64 << 20


@dataclass(frozen=True, slots=True)
class Column:
    """`type` is integer, float, decimal, money, text, boolean, date, time, timestamp, interval, json, uuid, binary,
    array or other.

    Values: decimals are text, dates and times ISO 8601 text, binary base64, integers beyond 2^53 text; other types are
    text as the server writes it. `precision` and `scale` are those that a decimal declares (0 if none; 24 for a float
    of single precision), `zoned` is for times with a zone, and `element` the type of an array's elements.
    """

    name: str
    type: str
    precision: int = 0
    scale: int = 0
    unsigned: bool = False
    zoned: bool = False
    element: str = ""


@dataclass(slots=True)
class Result:
    """The rows of a statement in batches. `truncated` is final after the last one and names the limit that was hit.

    `changed` counts the rows that a writing statement changed. The engine sets `batches` after construction.
    """

    columns: Sequence[Column]
    batches: AsyncIterator[Sequence[Row]] = field(init=False)
    changed: int | None = None
    truncated: Literal["", "rows", "bytes"] = ""


@dataclass(frozen=True, slots=True)
class Probe:
    """The outcome of a connection test. `refused` are privileges for which the account is not accepted.

    `warnings` are privileges that it does not need. `may_write` is None if the server does not report it.
    """

    server: str
    latency_ms: float
    may_write: bool | None
    warnings: tuple[str, ...] = ()
    refused: tuple[str, ...] = field(default=())


class Session(Protocol):
    """One connection. It runs one statement at a time; a `broken` session must not be used again."""

    @property
    def broken(self) -> bool: ...

    def run(
        self, sql: str, values: Sequence[object], limits: Limits, mode: Mode = "read"
    ) -> AbstractAsyncContextManager[Result]:
        """Runs one statement. Leaving the block early, or being cancelled, stops it on the server.

        `values` are bound to the statement's placeholders ($1, ? or `placeholders.PLACEHOLDER`). Mode "preview" rolls a
        write back, "apply" commits it. Raises DatabaseFailed, also from the batches.
        """
        ...

    async def probe(self) -> Probe:
        """The server's version, its latency, and the account's privileges. Raises DatabaseFailed."""
        ...

    async def schema(self) -> Schema:
        """Everything that the account can read. Raises DatabaseFailed."""
        ...

    async def close(self) -> None: ...


@runtime_checkable
class WritesCsv(Protocol):
    """A session whose server encodes CSV itself."""

    async def csv(
        self, sql: str, values: Sequence[object], limits: Limits, sink: Callable[[bytes], Awaitable[None]]
    ) -> int:
        """Passes the result to `sink` as CSV with a header; returns the number of rows. Raises DatabaseFailed."""
        ...


@runtime_checkable
class PreparesExports(Protocol):
    """A session that prepares what an export worker runs."""

    async def export_query(self, sql: str, values: Sequence[object], limits: Limits) -> tuple[str, list[Column]]:
        """The statement to run, with its values in it, and its columns. Raises DatabaseFailed."""
        ...


class TimeLimit:
    """The time that a statement may spend waiting for the database. Time in which rows are read does not count."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._remaining = seconds

    @asynccontextmanager
    async def enforced(self) -> AsyncGenerator[None]:
        """Counts the time of the block. Raises DatabaseFailed when the limit is exceeded."""
        begun = time.monotonic()
        try:
            async with asyncio.timeout(max(self._remaining, 0.001)):
                yield
        except TimeoutError:
            raise DatabaseFailed("time", f"the statement was stopped at its time limit of {self.seconds:g} s") from None
        finally:
            self._remaining -= time.monotonic() - begun
