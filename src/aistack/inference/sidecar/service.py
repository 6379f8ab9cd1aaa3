"""The sidecar's gRPC service: which method is answered where, and the sidecar's start and end."""

import asyncio
import time
from collections.abc import Sequence

from aistack.http2.grpc.metadata import call_head
from aistack.http2.grpc.refusals import refused, refused_request
from aistack.http2.grpc.server_calls import Method, ServerCall, unary
from aistack.http2.grpc.status import Status
from aistack.http2.multiplexing.stream import Stream, StreamHandler
from aistack.http2.wire.header_fields import Fields
from aistack.inference.builtin_services import CHECK, HealthService, builtin_methods
from aistack.inference.protocol.messages import CONTROL, HEALTH, STREAM_PREDICT
from aistack.inference.sidecar.calls.call import Call
from aistack.inference.sidecar.calls.pending_calls import PendingCalls
from aistack.inference.sidecar.control import Control
from aistack.inference.sidecar.metrics import Gauges, SidecarMetrics
from aistack.inference.sidecar.settings import SidecarSettings
from aistack.inference.sidecar.workers.link import WorkerLink
from aistack.inference.sidecar.workers.pool import WorkerPool

HELD_BYTES_MAX = 64 * 1024 * 1024  # of all requests that are kept, until their first chunk
OWN_CALLS_MAX = 1_024  # of Control and Health
OWN_STREAMS_MAX = 1_024  # of Watch and reflection, which clients may keep open
CHECK_SECONDS = 1.0
STATUSES = {"connected": 1, "reloading": 2}
PREDICT_PATH, HEALTH_PATH = STREAM_PREDICT.encode(), HEALTH.encode()


class Service:
    """Accepts the streams of clients. Needs a running event loop; it connects to the workers at once."""

    def __init__(self, settings: SidecarSettings) -> None:
        self.metrics = SidecarMetrics()
        self.draining = False
        self._settings = settings
        self._calls: set[Call] = set()
        self._held_bytes = 0
        self._own_calls = self._own_streams = 0
        self._change: asyncio.Future[None] | None = None
        self.pool = WorkerPool(settings, self._worker_changed)
        self.pending = PendingCalls(settings, self.pool.choose, self.pool.only_worker, self.metrics)
        control = Control(self.pool, settings, self)
        health = HealthService(lambda: self.pool.status == 1 and not self.draining, self._next_change)
        builtin = {path.encode(): method for path, method in builtin_methods(health).items()}
        self._methods: dict[bytes, Method] = {
            CONTROL.encode(): unary(control.control),
            HEALTH.encode(): unary(control.health),
            CHECK.encode(): builtin.pop(CHECK.encode()),
        }
        self._streams: dict[bytes, Method] = builtin
        self._checking = asyncio.get_running_loop().call_later(CHECK_SECONDS, self._check)

    @property
    def waiting(self) -> int:
        return self.pending.waiting

    @property
    def active(self) -> int:
        """Predictions in progress, waiting ones included."""
        return len(self._calls)

    @property
    def gauges(self) -> Gauges:
        """The state of the workers and the queue, for the metrics."""
        workers = [(link.name, STATUSES.get(link.state, 0), link.in_flight) for link in self.pool.links]
        return Gauges(self.pool.status, self.pending.waiting, workers)

    def accept(self, stream: Stream, fields: Fields, ended: bool) -> StreamHandler:
        """Answers a request, or begins to."""
        head = call_head(fields)
        path = head.path
        if not path:
            return refused_request(stream, ended)
        if path == PREDICT_PATH or (path == HEALTH_PATH and self.pool.only_worker() is not None):
            if self.draining:
                return refused(stream, ended, Status.UNAVAILABLE, "the sidecar is shutting down")
            if len(self._calls) >= self._settings.calls_max:
                self.metrics.reject("too_many_calls")
                full = f"{len(self._calls)} calls are in progress; try again later"
                return refused(stream, ended, Status.RESOURCE_EXHAUSTED, full)
            call = Call(self, stream, fields, head, ended, counted=path == PREDICT_PATH)
            if not call.done:
                self._calls.add(call)
            return call
        return self._answer_here(stream, fields, ended, path)

    def _answer_here(self, stream: Stream, fields: Fields, ended: bool, path: bytes) -> StreamHandler:
        """A call of a method of the sidecar's own."""
        full = "too many calls; try again later"
        method = self._methods.get(path)
        if method is not None:
            if self._own_calls >= OWN_CALLS_MAX:
                return refused(stream, ended, Status.RESOURCE_EXHAUSTED, full)
            self._own_calls += 1
            return ServerCall(stream, fields, ended, method, self._own_call_ended)
        method = self._streams.get(path)
        if method is None:
            return refused(stream, ended, Status.UNIMPLEMENTED, "Method not found!")
        if self._own_streams >= OWN_STREAMS_MAX:
            return refused(stream, ended, Status.RESOURCE_EXHAUSTED, full)
        self._own_streams += 1
        return ServerCall(stream, fields, ended, method, self._own_stream_ended)

    def _own_call_ended(self) -> None:
        self._own_calls -= 1

    def _own_stream_ended(self) -> None:
        self._own_streams -= 1

    def _check(self) -> None:
        """Ends calls whose clients never say what they want."""
        now = time.monotonic()
        for call in tuple(self._calls):
            call.check(now, self._settings.stalled_secs)
        self._checking = asyncio.get_running_loop().call_later(CHECK_SECONDS, self._check)

    def hold(self, count: int, always: bool = False) -> bool:
        if count > 0 and not always and self._held_bytes + count > HELD_BYTES_MAX:
            return False
        self._held_bytes += count
        return True

    def has_another(self, tried: Sequence[WorkerLink]) -> bool:
        return self.pool.has_another(tried)

    def ended(self, call: Call) -> None:
        self._calls.discard(call)

    def drain(self) -> None:
        """No new predictions; those that wait are refused, those in progress go on."""
        self.draining = True
        self.pending.close()
        self._worker_changed()

    async def close(self) -> None:
        self._checking.cancel()
        self.pending.close()
        await self.pool.close()

    def _worker_changed(self) -> None:
        self.pending.worker_changed()
        if self._change is not None and not self._change.done():
            self._change.set_result(None)

    def _next_change(self) -> "asyncio.Future[None]":
        if self._change is None or self._change.done():
            self._change = asyncio.get_running_loop().create_future()
        return self._change
