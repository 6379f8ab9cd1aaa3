"""Concurrency limits: how many requests of a service may be in flight, and how many of those may be one caller's.

Short requests and long-lived ones (WebSockets, event streams, slow transfers) have separate slots, so neither keeps the
other out. Where callers can be told apart, one caller gets at most half of a service's slots and one address at most
three quarters. Requests whose bodies have barely begun to arrive get at most half; further uploads wait.

Each worker writes its own row of a table in shared memory and reads all rows, so no lock is needed. Workers that read
at the same instant can let one request too many through.
"""

import math
from hashlib import blake2b
from mmap import mmap
from typing import Protocol

from aistack.gateway.policy import local_replies
from aistack.gateway.policy.local_replies import LocalReply

CALLER_SHARE, ADDRESS_SHARE, UPLOAD_SHARE = 0.5, 0.75, 0.5
COLUMNS = 8192
HOLDERS = 8192  # columns of callers and addresses, by hash
COUNT_BYTES = 4
ALL = 0  # the column of all requests
REQUESTS, STREAMS = "requests", "streams"  # kinds of slots


class LimitedRequest(Protocol):
    """What the limits need of a request. `holders` are the caller and the address that its slot counts for."""

    is_stream: bool

    @property
    def in_flight(self) -> bool: ...

    @property
    def lacks_body(self) -> bool: ...

    @property
    def holders(self) -> tuple[str, str]: ...


class LimitedService(Protocol):
    """What the limits need of a service."""

    @property
    def name(self) -> str: ...

    @property
    def guarded(self) -> bool: ...

    @property
    def requests(self) -> "Slots": ...

    @property
    def streams(self) -> "Slots": ...


class Slots:
    """The requests of one kind in flight to a service, in this worker. `name` is its column in the shared table."""

    __slots__ = ("_by_address", "_by_caller", "_by_upload", "free_below", "held", "kind", "limit", "name")

    def __init__(self, service: str, kind: str) -> None:
        self.name = f"{service} {kind}"
        self.kind = kind
        self.held: set[LimitedRequest] = set()
        self.set_limit(0)

    def set_limit(self, limit: int) -> None:
        self.limit = limit
        self._by_caller = math.ceil(limit * CALLER_SHARE)
        self._by_address = math.ceil(limit * ADDRESS_SHARE)
        self._by_upload = math.ceil(limit * UPLOAD_SHARE)
        self.free_below = min(self._by_caller, self._by_address, self._by_upload)  # below it no share can be exhausted

    def exhausted_share(self, request: LimitedRequest, total: int, shared: "SharedCounts | None") -> str:
        """Whose share of the slots is exhausted; empty when the request may have one of the slots that are left."""
        if total < self.free_below:
            return ""
        if request.lacks_body and self.lacks_bodies(shared):
            return local_replies.UPLOADS
        caller, address = request.holders
        if caller and self._count(caller, shared) >= self._by_caller:
            return "this caller"
        return "this address" if address and self._count(address, shared) >= self._by_address else ""

    def lacks_bodies(self, shared: "SharedCounts | None") -> bool:
        """Whether requests whose bodies have barely begun to arrive hold all the slots that they may.

        Each worker gets an equal part of those slots.
        """
        most = self._by_upload if shared is None else math.ceil(self._by_upload / shared.workers)
        return len(self.held) >= most and sum(1 for one in self.held if one.lacks_body) >= most

    def _count(self, holder: str, shared: "SharedCounts | None") -> int:
        if shared is not None:
            return shared.total(shared.column_of(self.name, holder))
        return sum(1 for one in self.held if holder in one.holders)


class SharedCounts:
    """One worker's row, and the sums over all rows. Services beyond the 8191st have no column and count per worker."""

    def __init__(self, shared: mmap, row: int) -> None:
        self.columns: dict[str, int] = {}
        self._counts = memoryview(shared).cast("I")
        self._rows = len(self._counts) // (COLUMNS + HOLDERS)
        self._row = row
        self._holder_columns: dict[tuple[str, str], int] = {}

    @property
    def workers(self) -> int:
        """The number of workers, not counting those that are being replaced."""
        return max(1, self._rows // 2)

    def set(self, column: int, count: int) -> None:
        self._counts[column * self._rows + self._row] = count

    def add(self, column: int, by: int) -> None:
        self._counts[column * self._rows + self._row] += by

    def total(self, column: int) -> int:
        start = column * self._rows
        return sum(self._counts[start : start + self._rows])

    def column_of(self, slots: str, holder: str) -> int:
        """The column of one caller's or address's slots at a service. It is a hash, so two holders may share one."""
        key = slots, holder
        column = self._holder_columns.get(key)
        if column is None:
            if len(self._holder_columns) >= HOLDERS:
                self._holder_columns.clear()
            digest = blake2b(f"{slots} {holder}".encode(), digest_size=4).digest()
            column = self._holder_columns[key] = COLUMNS + int.from_bytes(digest) % HOLDERS
        return column


class ConcurrencyLimits:
    """Counts the requests in flight, in all and per service. The gateway's own API does not count towards the total."""

    __slots__ = ("count", "count_max", "shared")

    def __init__(self, count_max: int) -> None:
        self.count = 0
        self.count_max = count_max
        self.shared: SharedCounts | None = None

    def acquire(self, service: LimitedService, request: LimitedRequest) -> LocalReply | None:
        """Gives the request a slot. Returns why there is none, or None."""
        slots = service.streams if request.is_stream else service.requests
        held = slots.held
        if self.shared is not None or len(held) >= slots.free_below or self.count >= self.count_max:
            reply = self._rejection(service, slots, request)
            if reply is not None:
                return reply
        held.add(request)
        if service.guarded:
            self.count += 1
        if self.shared is not None:
            self._share(self.shared, slots, request, 1)
        return None

    def release(self, service: LimitedService, request: LimitedRequest) -> None:
        """Takes the request's slot back."""
        slots = service.streams if request.is_stream else service.requests
        slots.held.discard(request)
        if service.guarded:
            self.count -= 1
        if self.shared is not None:
            self._share(self.shared, slots, request, -1)

    def convert_to_stream(self, service: LimitedService, request: LimitedRequest) -> LocalReply | None:
        """Moves a long-lived request to the slots of streams. Returns why there is no slot for it, or None."""
        if request.is_stream:
            return None
        reply = self._rejection(service, service.streams, request)
        if reply is None:
            self.release(service, request)
            request.is_stream = True
            self.acquire(service, request)
        return reply

    def _rejection(self, service: LimitedService, slots: Slots, request: LimitedRequest) -> LocalReply | None:
        total, in_all = len(slots.held), self.count
        if self.shared is not None:
            column = self.shared.columns.get(slots.name)
            total = total if column is None else self.shared.total(column)
            in_all = self.shared.total(ALL)
        if total >= slots.limit:
            return local_replies.service_full(service.name, slots.kind, slots.limit)
        if holder := slots.exhausted_share(request, total, self.shared):
            return local_replies.share_exhausted(service.name, slots.kind, holder)
        has_slot = request.in_flight  # it only changes its kind
        return local_replies.BUSY if in_all >= self.count_max and service.guarded and not has_slot else None

    def _share(self, shared: SharedCounts, slots: Slots, request: LimitedRequest, by: int) -> None:
        shared.set(ALL, self.count)
        column = shared.columns.get(slots.name)
        if column is not None:
            shared.set(column, len(slots.held))
        for holder in request.holders:
            if holder:
                shared.add(shared.column_of(slots.name, holder), by)


class SharedTable:
    """The layout of the shared table: rows are lent to workers, columns are assigned to services for good."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.columns: dict[str, int] = {}
        self._free = set(range(rows))

    @property
    def bytes(self) -> int:
        return (COLUMNS + HOLDERS) * self.rows * COUNT_BYTES

    def assign_columns(self, services: tuple[str, ...]) -> dict[str, int]:
        """All columns, including those of new services."""
        for name in (f"{service} {kind}" for service in services for kind in (REQUESTS, STREAMS)):
            if name not in self.columns and len(self.columns) + 1 < COLUMNS:
                self.columns[name] = len(self.columns) + 1
        return self.columns

    def take_row(self) -> int:
        row = min(self._free)
        self._free.remove(row)
        return row

    def return_row(self, row: int, shared: mmap) -> None:
        """The worker is gone, and so are its requests."""
        counts = memoryview(shared).cast("I")
        for column in range(COLUMNS + HOLDERS):
            counts[column * self.rows + row] = 0
        counts.release()
        self._free.add(row)
