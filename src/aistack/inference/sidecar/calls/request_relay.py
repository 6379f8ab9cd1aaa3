"""A request on its way from its client to a worker, kept until its answer begins so that another worker can take over.

The client may send on as far as its bytes are kept while they have no worker, and then as they leave for one.
"""

from typing import Protocol

from aistack.http2.grpc.messages import PREFIX, PREFIX_BYTES, MessageTooLarge, decompressed
from aistack.http2.multiplexing.stream import Stream
from aistack.inference.protocol.routing_fields import RoutingFields, routing_fields
from aistack.inference.protocol.wire_format import Malformed
from aistack.inference.sidecar.workers.balancing import PREFIX_BYTES as ROUTING_PREFIX_BYTES

BYTES_MAX = 1024 * 1024


class Budget(Protocol):
    """What all requests together may keep."""

    def hold(self, count: int, always: bool = False) -> bool:
        """Whether so many more bytes of requests may be kept; a negative count gives them back."""
        ...


class RequestRelay:
    """Keeps at most `BYTES_MAX` bytes, and what the client's window lets come beyond that.

    `ended` says that the client sends nothing more, `is_kept` that the request can be sent again as a whole.
    """

    __slots__ = ("_budget", "_client", "_credited", "_forwarded", "_parts", "_size", "ended", "is_kept")

    def __init__(self, budget: Budget, client: Stream, ended: bool) -> None:
        self.ended = ended
        self.is_kept = True
        self._budget = budget
        self._client = client
        self._parts: list[bytes] = []
        self._size = self._credited = self._forwarded = 0

    def receive(self, data: bytes, ended: bool, worker: Stream | None) -> None:
        """Takes a part from the client: for the worker, if there is one already."""
        self.ended = self.ended or ended
        if self.is_kept:
            self._keep(data, has_worker=worker is not None)
        if worker is not None:
            self.forwarded(worker.send_data(data, ended))

    def send(self, worker: Stream) -> None:
        """Sends what came so far to a worker, from the beginning."""
        self._forwarded = 0
        for data in self._parts:
            self.forwarded(worker.send_data(data))
        if self.ended:
            self.forwarded(worker.send_data(b"", True))
        if self._size > BYTES_MAX:
            self.release()

    def forwarded(self, count: int) -> None:
        """So many bytes left for the worker."""
        self._forwarded += count
        if self._forwarded > self._credited:
            self._client.consume(self._forwarded - self._credited)
            self._credited = self._forwarded

    def release(self) -> None:
        """Keeps nothing of it any longer."""
        if self.is_kept:
            self.is_kept = False
            self._budget.hold(-self._size)
            self._parts, self._size = [], 0

    def _keep(self, data: bytes, has_worker: bool) -> None:
        size = len(data)
        fits = self._size + size <= BYTES_MAX and self._budget.hold(size)
        if not fits:
            if has_worker:
                self.release()
                return
            self._budget.hold(size, always=True)  # the client's window bounds it
        self._parts.append(data)
        self._size += size
        if fits and not has_worker:
            self._credited += size
            self._client.consume(size)

    def routing(self, encoding: bytes, *, has_worker: bool) -> RoutingFields | None:
        """What the first message says, or None when too little of it is there and more may come before it is placed."""
        if len(self._parts) > 1:
            self._parts = [b"".join(self._parts)]
        data = self._parts[0] if self._parts else b""
        if len(data) < PREFIX_BYTES:
            return RoutingFields() if self.ended else None
        compressed, size = PREFIX.unpack_from(data)
        complete = len(data) >= PREFIX_BYTES + size
        may_send_on = not has_worker and self._size == self._credited
        if not complete and not self.ended and may_send_on:
            return None
        message = data[PREFIX_BYTES : PREFIX_BYTES + size]
        try:
            if compressed:
                message = decompressed(message, encoding, BYTES_MAX) if complete else b""
            return routing_fields(message, ROUTING_PREFIX_BYTES, partial=not complete)
        except (Malformed, MessageTooLarge, ValueError):
            return RoutingFields()  # the worker says what is wrong with it
