"""Calls that wait for a place at a worker: by priority, then in fair shares of the tenants, then in their order.

Among calls of the same priority, the tenant with the fewest calls in progress is next. When the queue is full, a call
of a tenant that waits with less than its share takes the place of the newest one of the tenant that waits with most.
"""

import asyncio
import heapq
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator
from typing import Protocol, TypeVar

from aistack.http2.grpc.status import RpcError, Status
from aistack.inference.protocol.routing_fields import RoutingFields
from aistack.inference.sidecar.metrics import SidecarMetrics
from aistack.inference.sidecar.settings import SidecarSettings
from aistack.inference.sidecar.workers.link import WorkerLink

Choose = Callable[[RoutingFields, Collection[WorkerLink]], WorkerLink | None]
Kind = tuple[str, ...]
KeyT = TypeVar("KeyT", str, Kind)
TRY_AGAIN = ((b"grpc-retry-pushback-ms", b"1000"),)


class WaitingCall(Protocol):
    """What waits: `place` gives it a worker, `refuse` says why it gets none."""

    @property
    def routing(self) -> RoutingFields: ...

    @property
    def tried(self) -> Collection[WorkerLink]: ...

    def place(self, worker: WorkerLink) -> None: ...

    def refuse(self, error: RpcError) -> None: ...


class PendingCalls:
    """Gives calls to workers, at once or when one has room. `waiting` calls wait."""

    def __init__(
        self,
        settings: SidecarSettings,
        choose: Choose,
        only_worker: Callable[[], WorkerLink | None],
        metrics: SidecarMetrics,
    ) -> None:
        self.waiting = 0
        self._only_worker = only_worker
        self._settings = settings
        self._choose = choose
        self._metrics = metrics
        self._levels: dict[int, dict[str, OrderedDict[WaitingCall, float]]] = {}
        self._by_tenant: dict[str, int] = {}
        self._running: dict[str, int] = {}
        self._kinds: dict[Kind, int] = {}
        self._loop = asyncio.get_running_loop()
        self._scheduled = False
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, call: WaitingCall) -> None:
        """Places a call before its first message is there, when there is no choice: one worker, with room."""
        if not self.waiting:
            worker = self._only_worker()
            if worker is not None:
                self._place(call, worker)

    def attribute(self, before: str, tenant: str) -> None:
        """A call in progress turned out to be another tenant's."""
        if before != tenant:
            _add(self._running, before, -1)
            _add(self._running, tenant, 1)

    def submit(self, call: WaitingCall) -> None:
        """Gives a call its worker now, or lets it wait; refuses it when the queue is full or no worker will come."""
        try:
            worker = self._choose(call.routing, call.tried)
            if worker is not None and not self._would_overtake(call):
                self._place(call, worker)
                return
            self._make_room(call.routing)
        except RpcError as error:
            call.refuse(error)
            return
        routing = call.routing
        tenants = self._levels.setdefault(routing.priority, {})
        tenants.setdefault(routing.tenant, OrderedDict())[call] = time.monotonic()
        self.waiting += 1
        _add(self._by_tenant, routing.tenant, 1)
        _add(self._kinds, _kind(call), 1)
        if self._timer is None:
            self._timer = self._loop.call_later(self._settings.waiting_secs, self._expire)

    def leave(self, call: WaitingCall) -> bool:
        """Takes a call out of the queue; returns whether it was there."""
        routing = call.routing
        tenants = self._levels.get(routing.priority)
        calls = tenants.get(routing.tenant) if tenants is not None else None
        if tenants is None or calls is None or calls.pop(call, None) is None:
            return False
        if not calls:
            del tenants[routing.tenant]
            if not tenants:
                del self._levels[routing.priority]
        self.waiting -= 1
        _add(self._by_tenant, routing.tenant, -1)
        _add(self._kinds, _kind(call), -1)
        return True

    def ended(self, tenant: str) -> None:
        """A call that was placed is no longer in progress at its worker."""
        _add(self._running, tenant, -1)

    def worker_changed(self) -> None:
        """A worker may have room, or is gone. Waiting calls are looked at once an iteration of the event loop."""
        if self.waiting and not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._place_waiting)

    def close(self) -> None:
        """Refuses all that wait."""
        if self._timer is not None:
            self._timer.cancel()
        for call in tuple(self._in_order()):
            self.leave(call)
            call.refuse(RpcError(Status.UNAVAILABLE, "the sidecar is shutting down"))

    def _would_overtake(self, call: WaitingCall) -> bool:
        """Whether a call of the same or a higher priority waits for the same workers."""
        return _kind(call) in self._kinds and max(self._levels) >= call.routing.priority

    def _place(self, call: WaitingCall, worker: WorkerLink) -> None:
        _add(self._running, call.routing.tenant, 1)
        call.place(worker)

    def _place_waiting(self) -> None:
        self._scheduled = False
        full: set[Kind] = set()
        while call := next((one for one in self._in_order() if _kind(one) not in full), None):
            try:
                worker = self._choose(call.routing, call.tried)
            except RpcError as error:
                self.leave(call)
                call.refuse(error)
                continue
            if worker is None:
                full.add(_kind(call))
                if len(full) >= len(self._kinds):
                    return
                continue
            since = self._levels[call.routing.priority][call.routing.tenant][call]
            self._metrics.waited.observe(time.monotonic() - since)
            self.leave(call)
            self._place(call, worker)

    def _in_order(self) -> Iterator[WaitingCall]:
        """Those that wait, in the order in which they get places: the tenants of a level take turns."""
        for priority in sorted(self._levels, reverse=True):
            turns: list[tuple[int, float, int, WaitingCall, Iterator[tuple[WaitingCall, float]]]] = []
            for number, (tenant, calls) in enumerate(self._levels[priority].items()):
                entries = iter(calls.items())
                call, since = next(entries)
                turns.append((self._running.get(tenant, 0), since, number, call, entries))
            heapq.heapify(turns)
            while turns:
                turn, _, number, call, entries = turns[0]
                yield call
                following = next(entries, None)
                if following is None:
                    heapq.heappop(turns)
                else:
                    heapq.heapreplace(turns, (turn + 1, following[1], number, following[0], entries))

    def _make_room(self, routing: RoutingFields) -> None:
        """Raises RpcError when the queue is full and this tenant has its share of it already."""
        most = self._settings.waiting_max
        if self.waiting < most:
            return
        full = f"the queue is full: {self.waiting} calls wait; try again later"
        tenant, held = max(self._by_tenant.items(), key=lambda one: one[1], default=("", 0))
        own = self._by_tenant.get(routing.tenant, 0)
        lowest = min(self._levels, default=routing.priority)
        if lowest < routing.priority:
            tenants = self._levels[lowest]
            tenant = max(tenants, key=lambda one: len(tenants[one]))
        elif own + 1 >= held or tenant == routing.tenant:
            self._metrics.reject("queue_full")
            share = f", {own} of them for this tenant" if own else ""
            raise RpcError(Status.RESOURCE_EXHAUSTED, full.replace(";", f"{share};", 1), TRY_AGAIN)
        victim = self._newest_of(tenant)
        self.leave(victim)
        self._metrics.reject("displaced")
        victim.refuse(RpcError(Status.RESOURCE_EXHAUSTED, f"{full}, others go first", TRY_AGAIN))

    def _newest_of(self, tenant: str) -> WaitingCall:
        """The newest waiting call of a tenant, in its lowest priority."""
        level = min(priority for priority, tenants in self._levels.items() if tenant in tenants)
        return next(reversed(self._levels[level][tenant]))

    def _expire(self) -> None:
        self._timer = None
        seconds = self._settings.waiting_secs
        oldest = None
        for tenants in tuple(self._levels.values()):
            for calls in tuple(tenants.values()):
                for call, since in tuple(calls.items()):
                    if time.monotonic() - since >= seconds:
                        self.leave(call)
                        self._metrics.reject("waited_too_long")
                        late = f"no worker had room within {seconds:g} s; try again later"
                        call.refuse(RpcError(Status.RESOURCE_EXHAUSTED, late, TRY_AGAIN))
                    else:
                        oldest = min(oldest or since, since)
                        break
        if oldest is not None:
            left = oldest + seconds - time.monotonic()
            self._timer = self._loop.call_later(max(0.01, left), self._expire)


def _kind(call: WaitingCall) -> Kind:
    """Calls of the same kind can use the same workers."""
    routing = call.routing
    return (routing.model, routing.adapter, routing.worker_hint, *(link.name for link in call.tried))


def _add(counts: dict[KeyT, int], key: KeyT, number: int) -> None:
    """Changes a count; those that reach zero are removed."""
    total = counts.get(key, 0) + number
    if total > 0:
        counts[key] = total
    else:
        counts.pop(key, None)
