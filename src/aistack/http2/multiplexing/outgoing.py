"""The sending half of a connection: bytes are queued and leave together, streams wait for the window and the socket."""

import asyncio
import time
from collections.abc import Callable
from typing import cast

from aistack.http2.multiplexing.send_queue import SendQueue
from aistack.http2.multiplexing.write_batch import batch_of
from aistack.http2.wire import frames
from aistack.http2.wire.errors import ConnectionFault, ErrorCode
from aistack.http2.wire.limits import Limits

WRITE_BUFFER_BYTES = 256 * 1024


class Outgoing(asyncio.Protocol):
    """What a connection sends. `paused` says that the peer's socket takes no more for now.

    `send_window` bytes may be sent on all streams, `peer_window` on a new one, in frames of `peer_frame_bytes`.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.transport: asyncio.Transport | None = None
        self.waiting = SendQueue(self)
        self.paused = False
        self.send_window = frames.DEFAULT_WINDOW
        self.peer_window = frames.DEFAULT_WINDOW
        self.peer_frame_bytes = frames.DEFAULT_FRAME_BYTES
        self.peer_streams = frames.WINDOW_MAX
        self._loop = asyncio.get_running_loop()
        self._batch = batch_of(self._loop)
        self._out: list[bytes] = []
        self._control_frames_waiting = 0
        self._paused_since = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.set_write_buffer_limits(high=WRITE_BUFFER_BYTES)

    def pause_writing(self) -> None:
        self.paused = True
        self._paused_since = time.monotonic()

    def resume_writing(self) -> None:
        self.paused = False
        self._control_frames_waiting = 0
        self.waiting.send()

    def write(self, data: bytes) -> None:
        """Queues bytes; they leave when what was received is handled, else at the end of this iteration of the loop."""
        out = self._out
        if not out:
            if self._batch.is_open:
                self._batch.connections.append(self)
            else:
                self._loop.call_soon(self.flush)
        out.append(data)

    def after_write(self, work: Callable[[bytes], None], data: bytes) -> None:
        """Calls `work(data)` when what was received is handled and the answers have left; now, outside of that."""
        if self._batch.is_open:
            self._batch.later.append((work, data))
        else:
            work(data)

    def flush(self) -> None:
        """Hands what is queued to the transport."""
        out, transport = self._out, self.transport
        if not out or transport is None:
            return
        data = out[0] if len(out) == 1 else b"".join(out)
        out.clear()
        if not transport.is_closing():
            try:
                transport.write(data)
            except RuntimeError:  # how uvloop reports that the peer is gone; connection_lost follows
                transport.abort()

    def send_headers(self, stream_id: int, block: bytes, ended: bool) -> None:
        self.write(frames.header_frames(stream_id, block, ended, self.peer_frame_bytes))

    def answer(self, data: bytes) -> None:
        """Queues the answer to a control frame. Raises ConnectionFault when the peer reads none of them."""
        if self.paused:
            self._control_frames_waiting += 1
            if self._control_frames_waiting > self.limits.control_frames_waiting:
                raise ConnectionFault(ErrorCode.ENHANCE_YOUR_CALM, "too many control frames and none is read")
        self.write(data)
