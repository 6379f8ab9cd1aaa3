"""What every engine can do: run one statement and give its rows in batches, say what it holds, be stopped."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

from aistack.databases.schema import Schema

Cell = str | int | float | bool | None | list["Cell"] | dict[str, "Cell"]
Row = Sequence[Cell]

Kind = Literal["unreachable", "denied", "failed", "time", "size", "cancelled", "busy"]

Mode = Literal["read", "preview", "apply"]

BATCH_BYTES = 1 << 20
STEP_BYTES_MAX = 24 << 20  # what may arrive in one step: a batch, or a single row that is as large


class DatabaseFailed(Exception):
    """A database did not do as asked. `kind` says whose turn it is; the message is for the one who asked."""

    def __init__(self, kind: Kind, message: str) -> None:
        super().__init__(message)
        self.kind: Kind = kind


@dataclass(frozen=True, slots=True)
class Limits:
    """What one statement may take: seconds in all, rows, bytes of its result as text."""

    seconds: float = 30.0
    rows: int = 10_000
    bytes: int = 64 << 20


@dataclass(frozen=True, slots=True)
class Column:
    """`type` is integer, float, decimal, text, boolean, date, time, timestamp, interval, json, uuid, binary,
    array or other.

    Cells: decimals, dates and times as text in ISO form, binary as base64, integers beyond 2^53 as text.
    """

    name: str
    type: str


@dataclass(slots=True)
class Result:
    """The rows of a statement, batch by batch. Once they ended, `truncated` names the limit that cut them off.

    `changed` counts the rows that a write changed. Whoever makes a result gives it its `batches`.
    """

    columns: Sequence[Column]
    batches: AsyncIterator[Sequence[Row]] = field(init=False)
    changed: int | None = None
    truncated: Literal["", "rows", "bytes"] = ""


@dataclass(frozen=True, slots=True)
class Probe:
    """What a connection found: `warnings` say what the account may do and should not.

    `may_write` is None where the server does not say.
    """

    server: str
    latency_ms: float
    may_write: bool | None
    warnings: tuple[str, ...] = ()
    refused: tuple[str, ...] = field(default=())


class Session(Protocol):
    """One connection. It runs one statement at a time; one that is `broken` is not used again."""

    broken: bool

    def run(
        self, sql: str, values: Sequence[object], limits: Limits, mode: Mode = "read"
    ) -> AbstractAsyncContextManager[Result]:
        """Runs one statement; leaving the block early, or being cancelled, stops it on the server.

        `values` are bound to the statement's own placeholders ($1 or ?). "preview" undoes what a write changed, "apply"
        keeps it. Raises DatabaseFailed, also from the batches.
        """
        ...

    async def probe(self) -> Probe:
        """Raises DatabaseFailed."""
        ...

    async def schema(self) -> Schema:
        """Raises DatabaseFailed."""
        ...

    async def close(self) -> None: ...


@runtime_checkable
class WritesCsv(Protocol):
    """A session whose server writes CSV itself."""

    async def csv(
        self, sql: str, values: Sequence[object], limits: Limits, sink: Callable[[bytes], Awaitable[None]]
    ) -> int: ...


class Clock:
    """Seconds that may be spent waiting for a database; a slow reader of the rows costs nothing."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.left = seconds

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Raises DatabaseFailed when the time is up."""
        begun = time.monotonic()
        try:
            async with asyncio.timeout(max(self.left, 0.001)):
                yield
        except TimeoutError:
            raise DatabaseFailed("time", f"it was stopped after the {self.seconds:g} s that it may take") from None
        finally:
            self.left -= time.monotonic() - begun
