"""What a data plane tells of itself: counters since its start, and what is under way now. Reports of several add up."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

Cells = dict[tuple[str, str], dict[tuple[bytes, int], list[float]]]
Counts = dict[str, int]


@dataclass(slots=True)
class Report:
    """`cells` are by (service, route) and then (method, status); a cell is a histogram's buckets, then seconds.

    `active` and `idle` are connections by (service, instance), `in_flight` requests by service, `breakers` states.
    """

    cells: Cells = field(default_factory=dict[tuple[str, str], dict[tuple[bytes, int], list[float]]])
    retries: Counts = field(default_factory=dict[str, int])
    hedges: Counts = field(default_factory=dict[str, int])
    ejections: Counts = field(default_factory=dict[str, int])
    rejected: Counts = field(default_factory=dict[str, int])
    in_flight: Counts = field(default_factory=dict[str, int])
    breakers: Counts = field(default_factory=dict[str, int])
    active: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    idle: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    clients: int = 0
    misses_token_key: bool = False

    def add(self, other: "Report") -> None:
        """Adds another data plane's report; of breakers the most open one counts."""
        self.add_counters(other)
        _add(self.in_flight, other.in_flight)
        _add(self.active, other.active)
        _add(self.idle, other.idle)
        for name, state in other.breakers.items():
            self.breakers[name] = max(state, self.breakers.get(name, 0))
        self.clients += other.clients

    def add_counters(self, other: "Report") -> None:
        """Adds what only ever grows: the part of a report that outlives its data plane."""
        for route, cells in other.cells.items():
            held = self.cells.setdefault(route, {})
            for key, cell in cells.items():
                held[key] = [a + b for a, b in zip(held.get(key, [0.0] * len(cell)), cell, strict=True)]
        for mine, others in (
            (self.retries, other.retries),
            (self.hedges, other.hedges),
            (self.ejections, other.ejections),
            (self.rejected, other.rejected),
        ):
            _add(mine, others)


def merged(reports: Iterable[Report]) -> Report:
    total = Report()
    for report in reports:
        total.add(report)
    return total


NameT = TypeVar("NameT", str, tuple[str, str])


def _add(mine: dict[NameT, int], others: dict[NameT, int]) -> None:
    for name, number in others.items():
        mine[name] = mine.get(name, 0) + number
