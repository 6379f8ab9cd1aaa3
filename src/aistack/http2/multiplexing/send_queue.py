"""The streams of a connection that wait for its window or its socket; they take turns, a frame each.

A stream that waits for its own window is not among them, so that peers which let many streams stall cost nothing.
"""

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aistack.http2.multiplexing.outgoing import Outgoing
    from aistack.http2.multiplexing.stream import Stream


class SendQueue:
    """Belongs to one connection."""

    __slots__ = ("_connection", "_streams")

    def __init__(self, connection: "Outgoing") -> None:
        self._connection = connection
        self._streams: OrderedDict[int, Stream] = OrderedDict()

    def __len__(self) -> int:
        return len(self._streams)

    def add(self, stream: "Stream") -> None:
        self._streams.setdefault(stream.id, stream)

    def discard(self, number: int) -> None:
        self._streams.pop(number, None)

    def clear(self) -> None:
        self._streams.clear()

    def send(self) -> None:
        """Sends what the connection's window and its socket take."""
        connection, streams = self._connection, self._streams
        while streams and connection.send_window > 0 and not connection.paused:
            number, stream = next(iter(streams.items()))
            streams.move_to_end(number)
            sent = stream.send_frame()  # without a byte to send, it leaves the queue
            if sent and stream.handler is not None:
                stream.handler.data_sent(sent)
