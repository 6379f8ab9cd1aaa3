"""What came of a request, kept until the first chunk of its answer so that another worker can take over."""

from typing import Protocol

from aistack.http2.grpc.messages import PREFIX, PREFIX_BYTES, MessageTooLarge, decompressed
from aistack.inference.protocol.routing_fields import RoutingFields, routing_fields
from aistack.inference.protocol.wire_format import Malformed
from aistack.inference.sidecar.workers.balancing import PREFIX_BYTES as ROUTING_PREFIX_BYTES

BYTES_MAX = 1024 * 1024


class Budget(Protocol):
    """What all requests together may keep."""

    def hold(self, count: int, always: bool = False) -> bool:
        """Whether so many more bytes of requests may be kept; a negative count gives them back."""
        ...


class RequestBuffer:
    """At most `BYTES_MAX` bytes, and what the stream's window lets come beyond that. `size` is what is kept."""

    __slots__ = ("_budget", "_parts", "size")

    def __init__(self, budget: Budget) -> None:
        self.size = 0
        self._budget = budget
        self._parts: list[bytes] = []

    @property
    def parts(self) -> list[bytes]:
        return self._parts

    @property
    def is_full(self) -> bool:
        return self.size > BYTES_MAX

    def fits(self, size: int) -> bool:
        """Whether so many bytes more can be kept; then they count as kept."""
        return self.size + size <= BYTES_MAX and self._budget.hold(size)

    def add(self, data: bytes, *, fits: bool) -> None:
        """Keeps a part. One that does not fit is one that the client's window bounds."""
        if not fits:
            self._budget.hold(len(data), always=True)
        self._parts.append(data)
        self.size += len(data)

    def release(self) -> None:
        self._budget.hold(-self.size)
        self._parts, self.size = [], 0

    def routing(self, encoding: bytes, *, ended: bool, no_more: bool) -> RoutingFields | None:
        """What the first message says, or None when too little of it is there.

        `ended` says that the client sends nothing more, `no_more` that it cannot before it has a worker.
        """
        if len(self._parts) > 1:
            self._parts = [b"".join(self._parts)]
        data = self._parts[0] if self._parts else b""
        if len(data) < PREFIX_BYTES:
            return RoutingFields() if ended else None
        compressed, size = PREFIX.unpack_from(data)
        complete = len(data) >= PREFIX_BYTES + size
        if not complete and not ended and not no_more:
            return None
        message = data[PREFIX_BYTES : PREFIX_BYTES + size]
        try:
            if compressed:
                message = decompressed(message, encoding, BYTES_MAX) if complete else b""
            return routing_fields(message, ROUTING_PREFIX_BYTES, partial=not complete)
        except (Malformed, MessageTooLarge, ValueError):
            return RoutingFields()  # the worker says what is wrong with it
