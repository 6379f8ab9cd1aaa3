"""Concurrency limits: how many exchanges may be under way at a service, and how many of them may be one caller's.

Short requests and long-lived exchanges (WebSockets, event streams, slow transfers) have places of their own, so neither
keeps the other out. Where callers can be told apart, one caller gets at most half of a service's places and one address
at most three quarters. Requests whose body has hardly begun to arrive get at most half; others of their kind wait.

Each worker writes its own row of one table in shared memory and reads all rows, so nothing needs a lock. Workers that
look at the same instant can let one request too many by.
"""

import math
from hashlib import blake2b
from mmap import mmap
from typing import TYPE_CHECKING

from aistack.gateway.policy import local_replies as refusals
from aistack.gateway.policy.local_replies import Refusal

if TYPE_CHECKING:
    from aistack.gateway.proxy.dispatch import Journey
    from aistack.gateway.upstream.cluster import UpstreamService

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

    def shared_out(self, exchange: "Journey", total: int, shared: "SharedCounts | None") -> str:
        """Who has had their share of the places: empty when the exchange may have one of those that are left."""
        if total < self.free_below:
            return ""
        if exchange.lacks_body and self.lacks_bodies(shared):
            return refusals.UPLOADS
        caller, address = exchange.holders
        if caller and self._count(caller, shared) >= self._by_caller:
            return "this caller"
        return "this address" if address and self._count(address, shared) >= self._by_address else ""

    def lacks_bodies(self, shared: "SharedCounts | None") -> bool:
        """Whether as many places as may be are held by requests whose body has hardly begun to arrive.

        Each worker may have an equal part of those places.
        """
        most = self._by_upload if shared is None else math.ceil(self._by_upload / shared.workers)
        return len(self.held) >= most and sum(1 for one in self.held if one.lacks_body) >= most

    def _count(self, holder: str, shared: "SharedCounts | None") -> int:
        if shared is not None:
            return shared.total(shared.column_of(self.name, holder))
        return sum(1 for one in self.held if holder in one.holders)


class SharedCounts:
    """One worker's row, and the sums. What has no column, beyond the 8191st, counts in its worker alone."""

    def __init__(self, shared: mmap, row: int) -> None:
        self.columns: dict[str, int] = {}
        self._counts = memoryview(shared).cast("I")
        self._rows = len(self._counts) // (COLUMNS + HOLDERS)
        self._row = row
        self._known: dict[tuple[str, str], int] = {}

    @property
    def workers(self) -> int:
        """How many there are at most, but for those that are being replaced."""
        return max(1, self._rows // 2)

    def note(self, column: int, count: int) -> None:
        self._counts[column * self._rows + self._row] = count

    def add(self, column: int, by: int) -> None:
        self._counts[column * self._rows + self._row] += by

    def total(self, column: int) -> int:
        start = column * self._rows
        return sum(self._counts[start : start + self._rows])

    def column_of(self, places: str, holder: str) -> int:
        """The column of what a caller or an address holds at a service, by hash: two may have to share one."""
        key = places, holder
        column = self._known.get(key)
        if column is None:
            if len(self._known) >= HOLDERS:
                self._known.clear()
            digest = blake2b(f"{places} {holder}".encode(), digest_size=4).digest()
            column = self._known[key] = COLUMNS + int.from_bytes(digest) % HOLDERS
        return column


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
            self._note(self.shared, places, exchange, 1)
        return None

    def leave(self, service: "UpstreamService", exchange: "Journey") -> None:
        """Takes its place back."""
        places = service.streams if exchange.is_stream else service.requests
        places.held.discard(exchange)
        if service.guarded:
            self.count -= 1
        if self.shared is not None:
            self._note(self.shared, places, exchange, -1)

    def becomes_stream(self, service: "UpstreamService", exchange: "Journey") -> Refusal | None:
        """Moves an exchange that lasts to the places of streams; why there is none for it, or None."""
        if exchange.is_stream:
            return None
        refusal = self._refusal(service, service.streams, exchange)
        if refusal is None:
            self.leave(service, exchange)
            exchange.is_stream = True
            self.enter(service, exchange)
        return refusal

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

    def _note(self, shared: SharedCounts, places: Places, exchange: "Journey", by: int) -> None:
        shared.note(ALL, self.count)
        column = shared.columns.get(places.name)
        if column is not None:
            shared.note(column, len(places.held))
        for holder in exchange.holders:
            if holder:
                shared.add(shared.column_of(places.name, holder), by)


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
