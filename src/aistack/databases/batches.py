"""Rows in batches of a bearable size: few at first, then as many as make up about a megabyte."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

from aistack.databases.json_values import rows_of
from aistack.databases.session import BATCH_BYTES, Limits, Result, Row

BATCH_ROWS_MAX = 5_000

Fetch = Callable[[int], Awaitable[tuple[Sequence[Any], int]]]


def next_count(last: int, arrived: int) -> int:
    """How many rows to ask for after `last` rows that were `arrived` bytes together."""
    fitting = BATCH_BYTES * last // max(arrived, 1)
    return max(1, min(last * 4, fitting, BATCH_ROWS_MAX))


async def paged(fetch: Fetch, result: Result, limits: Limits) -> AsyncIterator[Sequence[Row]]:
    """All that `fetch` gives: at most so many rows, and the bytes that they were. Notes which limit cut them off."""
    asked, rows_left, bytes_left = 1, limits.rows, limits.bytes
    while bytes_left > 0:
        wanted = min(asked, rows_left + 1)  # one more tells whether there is more
        found, arrived = await fetch(wanted)
        if found[:rows_left]:
            yield rows_of(found[:rows_left])
        if len(found) > rows_left:
            result.truncated = "rows"
        if len(found) < wanted or result.truncated:
            return
        rows_left -= len(found)
        bytes_left -= arrived
        asked = next_count(wanted, arrived)
    result.truncated = "bytes"


async def once(rows: Sequence[Row]) -> AsyncIterator[Sequence[Row]]:
    """All rows in one batch."""
    if rows:
        yield rows
