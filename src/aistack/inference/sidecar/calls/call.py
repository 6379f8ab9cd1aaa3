"""One prediction: its bytes go to a worker and the answer's bytes come back, neither decoded more than counting needs.

Flow control reaches from end to end: bytes are credited to their sender when they left for the receiver, so a slow
client slows its prediction down and nothing else. Until the first chunk the request is kept, within bounds, so that
another worker can take over.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import Protocol

from aistack.chassis.telemetry.logs import get_log
from aistack.http2.grpc.metadata import CONTENT_TYPE, TIMEOUT, CallHead, call_head, timeout_text
from aistack.http2.grpc.status import OF_RESET, RpcError, Status, status_of, trailers_of
from aistack.http2.multiplexing.stream import Stream
from aistack.http2.wire.errors import ConnectionClosed, ErrorCode
from aistack.http2.wire.header_fields import Fields
from aistack.inference.protocol.routing_fields import RoutingFields
from aistack.inference.sidecar.calls.answer_counts import AnswerCounts
from aistack.inference.sidecar.calls.attempt import Attempt
from aistack.inference.sidecar.calls.pending_calls import PendingCalls
from aistack.inference.sidecar.calls.request_relay import Budget, RequestRelay
from aistack.inference.sidecar.metrics import SidecarMetrics
from aistack.inference.sidecar.workers.balancing import prefix_blocks
from aistack.inference.sidecar.workers.link import WorkerLink

ATTEMPTS_MAX = 3
LATE_SECONDS = 0.2  # the worker enforces the deadline first
HTTP_OK = (b":status", b"200")
OF_HEAD = (b":status", b"content-type")


class CallHost(Budget, Protocol):
    """What a call needs of the service that it belongs to."""

    @property
    def metrics(self) -> SidecarMetrics: ...

    @property
    def pending(self) -> PendingCalls: ...

    def has_another(self, tried: Sequence[WorkerLink]) -> bool:
        """Whether a worker that was not tried is there."""
        ...

    def ended(self, call: "Call") -> None: ...


class Call:
    """A client's call, from its head to its end, which `done` says. A StreamHandler for the client's stream.

    Predictions are `counted` in the metrics, other calls that a worker answers are not.
    """

    __slots__ = (
        "_answered", "_attempt", "_deadline", "_failure", "_fields", "_head_sent", "_host", "_request", "_started_at",
        "_stream", "_submitted", "_timer", "counts", "done", "routing", "tried",
    )  # fmt: skip

    def __init__(
        self, host: CallHost, stream: Stream, fields: Fields, head: CallHead, ended: bool, counted: bool = True
    ) -> None:
        self.routing = RoutingFields()
        self.tried: list[WorkerLink] = []
        self._host = host
        self._stream = stream
        self._fields = fields
        self._request = RequestRelay(host, stream, ended)
        self._attempt: Attempt | None = None
        self._failure = ""
        self._submitted = self.done = self._head_sent = self._answered = False
        self._started_at = time.monotonic()
        self.counts = AnswerCounts(host.metrics, self._started_at) if counted else None
        self._deadline: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        if counted:
            host.metrics.requests += 1
        seconds = head.timeout
        if seconds is not None:
            if seconds < 0:
                self.refuse(RpcError(Status.INTERNAL, "grpc-timeout is malformed"))
                return
            self._deadline = self._started_at + seconds
            self._timer = asyncio.get_running_loop().call_later(seconds, self._late)
        host.pending.begin(self)
        if ended and self._attempt is None:
            self._submit(RoutingFields())

    # The client's side

    def fields_received(self, fields: Fields, ended: bool) -> None:
        self.data_received(b"", True)

    def data_received(self, data: bytes, ended: bool) -> None:
        if self.done:
            self._stream.consume(len(data))
            return
        attempt = self._attempt
        self._request.receive(data, ended, attempt.stream if attempt is not None else None)
        if self._submitted:
            return
        if attempt is not None:
            self._stream.after_write(self._attribute, b"")
        else:
            self._route()

    def data_sent(self, count: int) -> None:
        if self._attempt is not None:
            self._attempt.stream.consume(count)

    def stream_failed(self, code: ErrorCode, lost: bool) -> None:
        """The client cancelled, is gone, or does not read its answer."""
        if code is ErrorCode.ENHANCE_YOUR_CALM and not lost:
            self._host.metrics.reject("not_read")
            self._end(Status.RESOURCE_EXHAUSTED)
            return
        self._end(Status.CANCELLED)

    def check(self, now: float, seconds_max: float) -> None:
        """Ends the call when its client has not sent its first message within so many seconds."""
        if not self._submitted and now - self._started_at > seconds_max:
            self._host.metrics.reject("no_request")
            text = f"no complete request within {seconds_max:g} s"
            self.refuse(RpcError(Status.DEADLINE_EXCEEDED, text))

    def forwarded(self, count: int) -> None:
        """So many bytes of the request left for the worker."""
        self._request.forwarded(count)

    # The way to a worker

    def _route(self) -> None:
        """Looks for a worker when the first message, or as much of it as is kept, is there."""
        routing = self._read_routing()
        if routing is not None:
            self._submit(routing)

    def _attribute(self, _: bytes) -> None:
        """Counts a call that went to its worker at once for the tenant that its first message names."""
        if self._submitted or self.done or not self._request.is_kept:
            return
        routing = self._read_routing()
        if routing is not None:
            self._submitted = True
            self._host.pending.attribute(self.routing.tenant, routing.tenant)
            self.routing = routing

    def _read_routing(self) -> RoutingFields | None:
        """What the first message says, or None when too little of it is there."""
        return self._request.routing(call_head(self._fields).encoding, has_worker=self._attempt is not None)

    def _submit(self, routing: RoutingFields) -> None:
        self.routing = routing
        self._submitted = True
        self._host.pending.submit(self)

    def place(self, worker: WorkerLink) -> None:
        """Sends the request to a worker: the head with the time that is left, and what came of the body so far."""
        attempt = Attempt(self, worker)
        connection = worker.connection
        try:
            if connection is None:
                raise ConnectionClosed(worker.failure)
            attempt.stream = stream = connection.open(self._head(), attempt)
        except ConnectionClosed as error:
            self._host.pending.ended(self.routing.tenant)
            self._elsewhere(worker, str(error))
            return
        worker.began()
        if self.routing.sticky:
            self._remember_prefix(worker)
        self._attempt = attempt
        self._request.send(stream)

    def _remember_prefix(self, worker: WorkerLink) -> None:
        blocks, metrics = prefix_blocks(self.routing.prefix), self._host.metrics
        metrics.prefix_blocks += len(blocks)
        metrics.prefix_hits += worker.prefixes.matched(blocks)
        worker.prefixes.remember(blocks)

    def _head(self) -> Fields:
        if self._deadline is None:
            return self._fields
        left = timeout_text(self._deadline - time.monotonic())
        return tuple((name, left if name == TIMEOUT else value) for name, value in self._fields)

    def _elsewhere(self, worker: WorkerLink, reason: str) -> None:
        """The worker is gone before the first chunk: another one takes over, where there is one."""
        self._leave_worker()
        self.tried.append(worker)
        self._failure = f"worker {worker.name} is gone before the first chunk ({reason})"
        if not self._request.is_kept or len(self.tried) >= ATTEMPTS_MAX:
            self.refuse(RpcError(Status.UNAVAILABLE, "send the request again"))
            return
        if self._host.has_another(self.tried):
            get_log("sidecar").info("call.retried", worker=worker.name, error=reason, attempts=len(self.tried))
            self._host.metrics.retries += 1
        self._host.pending.submit(self)

    # The worker's side, called by Attempt

    def answer_head(self, fields: Fields) -> None:
        if not self._head_sent:
            self._head_sent = True
            self._stream.send_fields(fields)

    def answer_data(self, data: bytes) -> int:
        """Returns how many bytes left for the client. From now on no other worker can take over."""
        if not self._answered:
            self._answered = True
            self._request.release()
        return self._stream.send_data(data)

    def answered(self, trailers: Fields) -> None:
        """The worker ended the call with its trailers."""
        status, _ = status_of(trailers)
        attempt = self._attempt
        assert attempt is not None
        may_retry = status is Status.UNAVAILABLE and not self._answered and self._request.is_kept
        if may_retry and self._host.has_another([*self.tried, attempt.worker]):
            self._elsewhere(attempt.worker, "it answered UNAVAILABLE")
            return
        if self._head_sent and trailers[:1] and trailers[0][0] == OF_HEAD[0]:  # an answer of trailers only
            trailers = tuple(field for field in trailers if field[0] not in OF_HEAD)
        self._stream.send_fields(trailers, True)
        self._close_client()
        self._stream.after_write(self._answered_with, b"%d" % status)

    def _answered_with(self, status: bytes) -> None:
        self._end(Status(int(status)))

    def worker_reset(self, code: ErrorCode) -> None:
        """The worker reset the call: so does the sidecar."""
        self._stream.reset(code)
        self._end(OF_RESET.get(code, Status.INTERNAL))

    def worker_lost(self, reason: str) -> None:
        """The worker died, or did not take the call."""
        assert self._attempt is not None
        worker = self._attempt.worker
        if not self._answered:
            self._elsewhere(worker, reason)
            return
        text = f"worker {worker.name} died after {self._sent()} ({reason}); the answer is incomplete"
        self.refuse(RpcError(Status.UNAVAILABLE, f"{text}, send the request again"))

    def worker_broke_off(self, how: bytes) -> None:
        """The worker's answer is not one of gRPC."""
        if self._attempt is not None:
            name = self._attempt.worker.name
            get_log("sidecar").warning("worker.malformed", worker=name, error=how.decode())
            self.refuse(RpcError(Status.INTERNAL, f"worker {name} {how.decode()}, after {self._sent()}"))

    def _sent(self) -> str:
        chunks = self.counts.chunks if self.counts is not None else 0
        return "1 chunk was sent" if chunks == 1 else f"{chunks} chunks were sent"

    # Ends

    def refuse(self, error: RpcError) -> None:
        """Ends the call with a status of the sidecar's own."""
        if self.done:
            return
        message = f"{self._failure}; {error.message}" if self._failure else error.message
        trailers = (*trailers_of(error.status, message), *error.trailers)
        self._stream.send_fields(trailers if self._head_sent else (HTTP_OK, CONTENT_TYPE, *trailers), True)
        self._close_client()
        self._end(error.status)

    def _late(self) -> None:
        if self.done or self._deadline is None:
            return
        late_by = time.monotonic() - self._deadline
        if self._attempt is not None and late_by < LATE_SECONDS:
            self._timer = asyncio.get_running_loop().call_later(LATE_SECONDS - late_by, self._late)
            return
        self.refuse(RpcError(Status.DEADLINE_EXCEEDED, "the deadline passed before the answer was complete"))

    def _close_client(self) -> None:
        """The answer is complete: the client need not send the rest of its request."""
        if not self._request.ended and not self._stream.queued:
            self._stream.reset(ErrorCode.NO_ERROR)

    def _leave_worker(self) -> None:
        """The call is no longer at its worker."""
        attempt, self._attempt = self._attempt, None
        if attempt is not None:
            attempt.stream.reset(ErrorCode.CANCEL)
            self._host.pending.ended(self.routing.tenant)
            attempt.worker.ended()

    def _end(self, status: Status) -> None:
        if self.done:
            return
        self.done = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._submitted and self._attempt is None:
            self._host.pending.leave(self)
        self._leave_worker()
        self._request.release()
        if self.counts is not None:
            self._host.metrics.ended(status, time.monotonic() - self._started_at)
        self._host.ended(self)
