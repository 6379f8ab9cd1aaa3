"""How many requests are under way, here and in the gateway's other workers.

Each worker writes its own row of one table in shared memory and reads everybody's, so nothing needs a lock. Workers
that look at the same instant can let one request too many by.
"""

from mmap import mmap
from typing import TYPE_CHECKING

from aistack.gateway import refusals
from aistack.gateway.refusals import Refusal

if TYPE_CHECKING:
    from aistack.gateway.upstreams import UpstreamService

COLUMNS = 4096
COUNT_BYTES = 4
ALL = 0  # the column of all requests


class SharedCounts:
    """One worker's row, and the sums. Services without a column, beyond the 4095th, count in their worker alone."""

    def __init__(self, shared: mmap, row: int) -> None:
        self.columns: dict[str, int] = {}
        self._counts = memoryview(shared).cast("I")
        self._rows = len(self._counts) // COLUMNS
        self._row = row

    def note(self, column: int, count: int) -> None:
        self._counts[column * self._rows + self._row] = count

    def total(self, column: int) -> int:
        start = column * self._rows
        return sum(self._counts[start : start + self._rows])


class Crowd:
    """The requests in flight and their limits: in all, and for each service."""

    __slots__ = ("count", "count_max", "shared")

    def __init__(self, count_max: int) -> None:
        self.count = 0
        self.count_max = count_max
        self.shared: SharedCounts | None = None

    def full(self, service: "UpstreamService") -> Refusal | None:
        """Why there is no place for one more request, or None."""
        held, held_in_all = service.in_flight, self.count
        if self.shared is not None:
            column = self.shared.columns.get(service.name)
            held_in_all = self.shared.total(ALL)
            held = held if column is None else self.shared.total(column)
        if held >= service.in_flight_max:
            return refusals.service_full(service.name, service.in_flight_max)
        return refusals.BUSY if held_in_all >= self.count_max else None

    def change(self, service: "UpstreamService", by: int) -> None:
        """Counts a request that came (1) or ended (-1)."""
        self.count += by
        service.in_flight += by
        if self.shared is not None:
            self.shared.note(ALL, self.count)
            column = self.shared.columns.get(service.name)
            if column is not None:
                self.shared.note(column, service.in_flight)


class Rows:
    """The pool's side: which columns and rows of the table are whose."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.columns: dict[str, int] = {}
        self._free = set(range(count))

    @property
    def bytes(self) -> int:
        return COLUMNS * self.count * COUNT_BYTES

    def know(self, services: tuple[str, ...]) -> dict[str, int]:
        """The columns of services, old and new."""
        for name in services:
            if name not in self.columns and len(self.columns) + 1 < COLUMNS:
                self.columns[name] = len(self.columns) + 1
        return self.columns

    def take(self) -> int:
        row = min(self._free)
        self._free.remove(row)
        return row

    def give_back(self, row: int, shared: mmap) -> None:
        """The worker is gone, and so are its requests."""
        counts = memoryview(shared).cast("I")
        for column in range(COLUMNS):
            counts[column * self.count + row] = 0
        counts.release()
        self._free.add(row)
