"""Batch sizes: few rows at first, so that they arrive soon, then as many as make up about 1 MiB."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

from aistack.databases.json_values import json_rows
from aistack.databases.session import BATCH_BYTES, Limits, Result, Row

BATCH_ROWS_MAX = 5_000

Fetch = Callable[[int], Awaitable[tuple[Sequence[Any], int]]]


def next_batch_rows(last: int, received: int) -> int:
    """How many rows to fetch after `last` rows that were `received` bytes together."""
    fitting = BATCH_BYTES * last // max(received, 1)
    return max(1, min(last * 4, fitting, BATCH_ROWS_MAX))


async def batched(fetch: Fetch, result: Result, limits: Limits) -> AsyncIterator[Sequence[Row]]:
    """All rows, within the limits. `fetch` takes a number of rows and returns rows and bytes received.

    Sets `result.truncated` to the limit that was hit.
    """
    size, rows_left, bytes_left = 1, limits.rows, limits.bytes
    while bytes_left > 0:
        wanted = min(size, rows_left + 1)  # one more than allowed shows whether there are more
        rows, received = await fetch(wanted)
        if rows[:rows_left]:
            yield json_rows(rows[:rows_left])
        if len(rows) > rows_left:
            result.truncated = "rows"
        if len(rows) < wanted or result.truncated:
            return
        rows_left -= len(rows)
        bytes_left -= received
        size = next_batch_rows(wanted, received)
    result.truncated = "bytes"


async def single_batch(rows: Sequence[Row]) -> AsyncIterator[Sequence[Row]]:
    """All rows in one batch."""
    if rows:
        yield rows
