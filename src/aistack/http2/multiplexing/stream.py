"""A stream: what is sent waits here for its windows, and what was received is credited when it is consumed."""

import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from aistack.http2.wire import frames
from aistack.http2.wire.errors import ErrorCode
from aistack.http2.wire.frames import DATA, END_STREAM, HEAD, window_update
from aistack.http2.wire.header_fields import Fields, encode
from aistack.http2.wire.limits import STREAM_BYTES_MIN

if TYPE_CHECKING:
    from aistack.http2.multiplexing.connection import Connection


class StreamHandler(Protocol):
    """What happens on a stream. Calls come from the event loop, in order; none comes after `stream_failed`."""

    def fields_received(self, fields: Fields, ended: bool) -> None:
        """The response's head, or trailers (`ended`). A request's head is given to the connection's acceptor."""
        ...

    def data_received(self, data: bytes, ended: bool) -> None:
        """The receiver calls `Stream.consume` for these bytes, now or later."""
        ...

    def data_sent(self, count: int) -> None:
        """So many bytes that `Stream.send_data` had to keep have left."""
        ...

    def stream_failed(self, code: ErrorCode, lost: bool) -> None:
        """The peer reset the stream, or the connection was `lost`. REFUSED_STREAM: it was not processed at all."""
        ...


class Stream:
    """One stream of a connection. `queued` bytes wait to be sent, `unconsumed` ones were received and not credited.

    `is_open` while something can still be sent or received. `moved_at` is when its queue last made way.
    """

    __slots__ = (
        "_connection",
        "_end",
        "_pending",
        "_sent",
        "_trailers",
        "_uncredited",
        "handler",
        "id",
        "is_open",
        "local_ended",
        "moved_at",
        "queued",
        "receive_window",
        "remote_ended",
        "send_window",
        "unconsumed",
    )  # fmt: skip

    def __init__(self, connection: "Connection", number: int, handler: StreamHandler | None) -> None:
        self.id = number
        self.handler = handler
        self.send_window = connection.peer_window
        self.receive_window = connection.limits.stream_window
        self.queued = 0
        self.unconsumed = 0
        self.is_open = True
        self.moved_at = 0.0
        self.local_ended = False
        self.remote_ended = False
        self._connection = connection
        self._pending: deque[bytes] | None = None
        self._trailers: bytes | None = None
        self._end = False
        self._uncredited = 0
        self._sent = 0

    def after_write(self, work: Callable[[bytes], None], data: bytes) -> None:
        """Calls `work(data)` once the answers to what was received have left: for what nobody waits for."""
        self._connection.after_write(work, data)

    def send_fields(self, fields: Fields, ended: bool = False) -> None:
        """The response's head, or trailers (`ended`), after all data sent before."""
        if self.local_ended or self._end:
            return
        block = encode(fields)
        if ended and self.queued:
            self._trailers, self._end = block, True
            return
        self._connection.send_headers(self.id, block, ended)
        if ended:
            self._ended()

    def send_data(self, data: bytes, ended: bool = False) -> int:
        """Sends what the windows allow and keeps the rest, whose leaving is reported to `StreamHandler.data_sent`.

        Returns how many bytes left now, of these and of those kept before.
        """
        connection = self._connection
        if self.local_ended or self._end:
            return 0
        size = len(data)
        if (
            not self.queued
            and size <= self.send_window
            and size <= connection.send_window
            and size <= connection.peer_frame_bytes
            and not connection.paused
        ):
            self.send_window -= size
            connection.send_window -= size
            connection.write(HEAD.pack(size >> 8, size & 0xFF, DATA, END_STREAM if ended else 0, self.id) + data)
            if ended:
                self._ended()
            return size
        self._end = ended
        if size:
            if self._pending is None:
                self._pending = deque()
            if not self.queued:
                self.moved_at, self._sent = time.monotonic(), 0
            self._pending.append(data)
            self.queued += size
        total = 0
        while sent := self.send_frame():
            total += sent
        return total

    def send_queued(self) -> None:
        """Sends what the windows allow of what was kept, and tells the handler."""
        while self.queued and (sent := self.send_frame()):
            if self.handler is not None:
                self.handler.data_sent(sent)

    def send_frame(self) -> int:
        """Sends one frame of the queue, and with the last one the end. Returns the bytes of data sent.

        A stream that only its connection holds up waits in the connection's queue.
        """
        connection, pending = self._connection, self._pending
        if not self.queued or pending is None:
            self._send_end()
            return 0
        room = min(self.send_window, connection.send_window, connection.peer_frame_bytes)
        if self.send_window <= 0:
            connection.waiting.discard(self.id)
            return 0
        if room <= 0 or connection.paused:
            connection.waiting.add(self)
            return 0
        data = pending[0]
        if len(data) > room:
            pending[0] = data[room:]
            data = data[:room]
        else:
            pending.popleft()
        size = len(data)
        self.queued -= size
        self.send_window -= size
        connection.send_window -= size
        self._sent += size
        if self._sent >= STREAM_BYTES_MIN:
            self.moved_at, self._sent = time.monotonic(), 0
        last = self._end and not self.queued and self._trailers is None
        connection.write(HEAD.pack(size >> 8, size & 0xFF, DATA, END_STREAM if last else 0, self.id) + data)
        if last:
            connection.waiting.discard(self.id)
            self._ended()
        elif not self.queued:
            self._send_end()
        return size

    def _send_end(self) -> None:
        """Nothing is queued any more: sends the trailers, or the end, that were to follow."""
        connection = self._connection
        connection.waiting.discard(self.id)
        trailers, self._trailers = self._trailers, None
        if trailers is not None:
            connection.send_headers(self.id, trailers, True)
            self._ended()
        elif self._end and not self.local_ended:
            connection.write(HEAD.pack(0, 0, DATA, END_STREAM, self.id))
            self._ended()

    def consume(self, count: int) -> None:
        """Lets the peer send so many more bytes: what was received was passed on or used."""
        if not self.is_open:
            return
        connection = self._connection
        self.unconsumed -= count
        connection.consumed(count)
        if self.remote_ended:
            return
        self._uncredited += count
        if self._uncredited * 2 >= connection.limits.stream_window:
            self.receive_window += self._uncredited
            connection.write(window_update(self.id, self._uncredited))
            self._uncredited = 0

    def reset(self, code: ErrorCode) -> None:
        """Ends the stream at once in both directions; nothing of it is sent or received afterwards."""
        if not self.is_open:
            return
        self._connection.write(frames.reset_frame(self.id, code))
        self._connection.forget(self)

    def _ended(self) -> None:
        self.local_ended = True
        if self.remote_ended:
            self._connection.forget(self)
