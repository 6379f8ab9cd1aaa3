"""Concurrency limits: how many exchanges may be under way at a service, and how many of them may be one caller's.

Short requests and long-lived exchanges (WebSockets, event streams, slow transfers) have places of their own, so neither
keeps the other out. Where callers can be told apart, one caller gets at most half of a service's places and one address
at most three quarters. Requests whose body has hardly begun to arrive get at most half; others of their kind wait.

Each worker writes its own row of one table in shared memory and reads all rows, so nothing needs a lock. Workers that
look at the same instant can let one request too many by. What a caller holds in the other workers is known as of the
last second.
"""

import math
from collections import Counter
from hashlib import blake2b
from mmap import mmap
from typing import TYPE_CHECKING

from aistack.gateway import refusals
from aistack.gateway.refusals import Refusal

if TYPE_CHECKING:
    from aistack.gateway.instances import UpstreamService
    from aistack.gateway.journey import Journey

CALLER_SHARE, ADDRESS_SHARE, UPLOAD_SHARE = 0.5, 0.75, 0.5
COLUMNS = 8192
HOLDERS = 8192  # columns of callers and addresses, by hash
COUNT_BYTES = 4
ALL = 0  # the column of all requests
REQUESTS, STREAMS = "requests", "streams"  # kinds of places


class Places:
    """The exchanges of one kind under way at a service, in this worker. `name` is its column in the shared table."""

    __slots__ = ("_by_address", "_by_caller", "_by_upload", "free_below", "held", "kind", "limit", "name")

    def __init__(self, service: str, kind: str) -> None:
        self.name = f"{service} {kind}"
        self.kind = kind
        self.held: set[Journey] = set()
        self.set_limit(0)

    def set_limit(self, limit: int) -> None:
        self.limit = limit
        self._by_caller = math.ceil(limit * CALLER_SHARE)
        self._by_address = math.ceil(limit * ADDRESS_SHARE)
        self._by_upload = math.ceil(limit * UPLOAD_SHARE)
        self.free_below = min(self._by_caller, self._by_address, self._by_upload)  # where nobody can have too many

    def shared_out(self, exchange: "Journey", total: int, elsewhere: "SharedCounts | None") -> str:
        """Who has had their share of the places: empty when the exchange may have one of those that are left."""
        if total < self.free_below:
            return ""
        if exchange.lacks_body and self.lacks_bodies(elsewhere):
            return refusals.UPLOADS
        caller, address = exchange.holders
        if caller and self._count(caller, elsewhere) >= self._by_caller:
            return "this caller"
        return "this address" if address and self._count(address, elsewhere) >= self._by_address else ""

    def lacks_bodies(self, elsewhere: "SharedCounts | None") -> bool:
        """Whether as many places as may be are held by requests whose body has hardly begun to arrive."""
        if elsewhere is None and len(self.held) < self._by_upload:
            return False
        here = sum(1 for one in self.held if one.lacks_body)
        others = 0 if elsewhere is None else elsewhere.held_elsewhere(self.name, refusals.UPLOADS)
        return here + others >= self._by_upload

    def _count(self, holder: str, elsewhere: "SharedCounts | None") -> int:
        here = sum(1 for one in self.held if holder in one.holders)
        return here if elsewhere is None else here + elsewhere.held_elsewhere(self.name, holder)


class SharedCounts:
    """One worker's row, and the sums. What has no column, beyond the 8191st, counts in its worker alone."""

    def __init__(self, shared: mmap, row: int) -> None:
        self.columns: dict[str, int] = {}
        self._counts = memoryview(shared).cast("I")
        self._rows = len(self._counts) // (COLUMNS + HOLDERS)
        self._row = row
        self._published: set[int] = set()

    def note(self, column: int, count: int) -> None:
        self._counts[column * self._rows + self._row] = count

    def total(self, column: int) -> int:
        start = column * self._rows
        return sum(self._counts[start : start + self._rows])

    def publish(self, places: list[Places]) -> None:
        """Tells the other workers who holds how many places here. Called about once a second."""
        counts: Counter[int] = Counter()
        for one in places:
            for exchange in one.held:
                counts.update(_column_of(one.name, holder) for holder in exchange.holders if holder)
                if exchange.lacks_body:
                    counts[_column_of(one.name, refusals.UPLOADS)] += 1
        for column in self._published - counts.keys():
            self.note(column, 0)
        for column, count in counts.items():
            self.note(column, count)
        self._published = set(counts)

    def held_elsewhere(self, places: str, holder: str) -> int:
        column = _column_of(places, holder)
        return self.total(column) - self._counts[column * self._rows + self._row]


def _column_of(places: str, holder: str) -> int:
    digest = blake2b(f"{places} {holder}".encode(), digest_size=4).digest()
    return COLUMNS + int.from_bytes(digest) % HOLDERS


class Concurrency:
    """The exchanges under way and their limits, in all and for each service. The gateway's own API counts by itself."""

    __slots__ = ("count", "count_max", "shared")

    def __init__(self, count_max: int) -> None:
        self.count = 0
        self.count_max = count_max
        self.shared: SharedCounts | None = None

    def enter(self, service: "UpstreamService", exchange: "Journey") -> Refusal | None:
        """Gives the exchange a place; why there is none for it, or None."""
        places = service.streams if exchange.is_stream else service.requests
        held = places.held
        if self.shared is not None or len(held) >= places.free_below or self.count >= self.count_max:
            refusal = self._refusal(service, places, exchange)
            if refusal is not None:
                return refusal
        held.add(exchange)
        if service.guarded:
            self.count += 1
        if self.shared is not None:
            self._note(places)
        return None

    def leave(self, service: "UpstreamService", exchange: "Journey") -> None:
        """Takes its place back."""
        places = service.streams if exchange.is_stream else service.requests
        places.held.discard(exchange)
        if service.guarded:
            self.count -= 1
        if self.shared is not None:
            self._note(places)

    def becomes_stream(self, service: "UpstreamService", exchange: "Journey") -> None:
        """Moves an exchange that lasts to the places of streams, when there is one for it."""
        if exchange.is_stream or self._refusal(service, service.streams, exchange) is not None:
            return
        self.leave(service, exchange)
        exchange.is_stream = True
        self.enter(service, exchange)

    def _refusal(self, service: "UpstreamService", places: Places, exchange: "Journey") -> Refusal | None:
        total, in_all = len(places.held), self.count
        if self.shared is not None:
            column = self.shared.columns.get(places.name)
            total = total if column is None else self.shared.total(column)
            in_all = self.shared.total(ALL)
        if total >= places.limit:
            return refusals.service_full(service.name, places.kind, places.limit)
        if who := places.shared_out(exchange, total, self.shared):
            return refusals.share_used(service.name, places.kind, who)
        is_own_place = exchange.in_flight  # it only changes its kind
        return refusals.BUSY if in_all >= self.count_max and service.guarded and not is_own_place else None

    def _note(self, places: Places) -> None:
        if self.shared is None:
            return
        self.shared.note(ALL, self.count)
        column = self.shared.columns.get(places.name)
        if column is not None:
            self.shared.note(column, len(places.held))


class Rows:
    """The rows of the shared table, handed out to workers, and the columns of places, handed out for good."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.columns: dict[str, int] = {}
        self._free = set(range(count))

    @property
    def bytes(self) -> int:
        return (COLUMNS + HOLDERS) * self.count * COUNT_BYTES

    def know(self, services: tuple[str, ...]) -> dict[str, int]:
        """The columns, those of new services among them."""
        for name in (f"{service} {kind}" for service in services for kind in (REQUESTS, STREAMS)):
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
        for column in range(COLUMNS + HOLDERS):
            counts[column * self.count + row] = 0
        counts.release()
        self._free.add(row)
