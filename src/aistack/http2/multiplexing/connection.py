"""An HTTP/2 connection (RFC 9113) as an asyncio protocol: bytes to frames, frames to streams, and back.

`server.py` and `client.py` add what differs between the two sides. Everything that a peer can make us hold or do is
bounded by `Limits`. What is written in one iteration of the event loop leaves in one piece.
"""

import asyncio
import logging
import time
from collections.abc import Callable

from aistack.http2.multiplexing.control_frames import control_frame
from aistack.http2.multiplexing.outgoing import Outgoing
from aistack.http2.multiplexing.stream import Stream
from aistack.http2.wire import frames
from aistack.http2.wire.errors import ConnectionFault, ErrorCode, StreamFault
from aistack.http2.wire.frames import (
    ACK,
    CONTINUATION,
    DATA,
    END_STREAM,
    HEAD,
    HEAD_BYTES,
    HEADERS,
    PADDED,
    SETTINGS,
    STREAM_ID_MASK,
)  # fmt: skip
from aistack.http2.wire.header_blocks import HeaderBlocks
from aistack.http2.wire.header_fields import FieldDecoder, Fields, check_trailers
from aistack.http2.wire.limits import Limits, RateLimits

CLOSE_SECONDS = 5.0  # for the last bytes to a peer that is slow to read
log = logging.getLogger("aistack.http2")


class Connection(Outgoing):
    """One connection. `streams` are those open, `reads` counts how often something arrived."""

    is_server = False

    def __init__(self, limits: Limits, on_closed: Callable[["Connection"], None] | None = None) -> None:
        super().__init__(limits)
        self.rates = RateLimits(limits)
        self.streams: dict[int, Stream] = {}
        self.closed = False
        self.going_away = False
        self.peer_settled = False
        self.last_peer_stream = 0
        self.close_reason = ""
        self.reads = 0
        self._on_closed = on_closed
        self._decoder = FieldDecoder(limits)
        self._blocks = HeaderBlocks(limits)
        self._rest = b""
        self._receive_window = frames.DEFAULT_WINDOW
        self._uncredited = 0
        self._began = time.monotonic()
        self._partial_since = 0.0

    # The transport's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        ours = [
            (frames.MAX_CONCURRENT_STREAMS, self.limits.streams) if self.is_server else (frames.ENABLE_PUSH, 0),
            (frames.INITIAL_WINDOW_SIZE, self.limits.stream_window),
            (frames.MAX_FRAME_SIZE, self.limits.frame_bytes),
            (frames.MAX_HEADER_LIST_SIZE, self.limits.header_list_bytes),
        ]
        self.write((b"" if self.is_server else frames.PREFACE) + frames.settings_frame(ours))
        more = self.limits.connection_window - frames.DEFAULT_WINDOW
        if more > 0:
            self._receive_window += more
            self.write(frames.window_update(0, more))
        self.flush()

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        self.close_reason = self.close_reason or (str(exc) if exc else "the peer closed the connection")
        self._out.clear()
        self.waiting.clear()
        streams, self.streams = self.streams, {}
        for stream in streams.values():
            stream.is_open, stream.local_ended, stream.remote_ended = False, True, True
        for stream in streams.values():
            if stream.handler is not None:
                stream.handler.stream_failed(ErrorCode.INTERNAL_ERROR, True)
        if self._on_closed is not None:
            self._on_closed(self)

    def data_received(self, data: bytes) -> None:
        if self.closed:
            return
        self.reads += 1
        if self._rest:
            data = self._rest + data
        batch = self._batch
        batch.is_open = True
        try:
            at = self._handle(data)
            if at < len(data):
                if not self._rest or at:
                    self._partial_since = time.monotonic()
                self._rest = data[at:] if at else data
            else:
                self._rest = b""
        except ConnectionFault as fault:
            self.fail(fault.code, fault.detail)
        except Exception:
            log.exception("an error while a frame was handled")
            self.fail(ErrorCode.INTERNAL_ERROR, "internal error")
        finally:
            batch.flush()

    # Receiving

    def _handle(self, data: bytes) -> int:
        """Handles all complete frames and returns where the rest begins."""
        at, end = 0, len(data)
        if not self.peer_settled:
            at = self._begin(data)
            if at < 0:
                return 0
        unpack = HEAD.unpack_from
        frame_bytes_max = self.limits.frame_bytes
        blocks, streams = self._blocks, self.streams
        while end - at >= HEAD_BYTES:
            high, low, kind, flags, number = unpack(data, at)
            size = (high << 8) | low
            if size > frame_bytes_max:
                raise ConnectionFault(ErrorCode.FRAME_SIZE_ERROR, f"a frame of {size} bytes; {frame_bytes_max} at most")
            begin = at + HEAD_BYTES
            if end - begin < size:
                break
            at = begin + size
            if blocks.stream and kind != CONTINUATION:
                raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "a header block is interrupted by another frame")
            number &= STREAM_ID_MASK
            if kind == DATA:
                stream = streams.get(number)
                if stream is None or stream.remote_ended or flags & PADDED:
                    self._odd_data(number, stream, flags, data[begin:at])
                elif not size and not flags & END_STREAM:
                    self.rates.empty_frames.count()
                else:
                    self._data(stream, data[begin:at], size, bool(flags & END_STREAM))
            elif kind == HEADERS:
                block = blocks.begin(flags, number, data[begin:at])
                if block is not None:
                    self._fields(number, block, bool(flags & END_STREAM))
            elif kind == CONTINUATION:
                complete = blocks.more(flags, number, data[begin:at])
                if complete is not None:
                    self._fields(number, *complete)
            else:
                control_frame(self, kind, flags, number, data[begin:at])
            if self.closed:
                return end
        return at if self.peer_settled else 0

    def _begin(self, data: bytes) -> int:
        """Checks that the first frame is SETTINGS. A server checks the preface before; -1 until it is there."""
        self._check_first_frame(data, 0)
        return 0

    def _check_first_frame(self, data: bytes, at: int) -> None:
        if len(data) > at + 4 and (data[at + 3] != SETTINGS or data[at + 4] & ACK):
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "the first frame is not SETTINGS")

    def _data(self, stream: Stream, content: bytes, size: int, ended: bool) -> None:
        """DATA of an open stream. `size` is that of its frame, padding included."""
        self._receive_window -= size
        stream.receive_window -= size
        stream.unconsumed += size
        if self._receive_window < 0:
            raise ConnectionFault(ErrorCode.FLOW_CONTROL_ERROR, "more data than the connection's window allows")
        if stream.receive_window < 0:
            self.stream_fault(stream.id, ErrorCode.FLOW_CONTROL_ERROR)
            return
        if ended:
            self._remote_ended(stream)
        if stream.handler is not None:
            stream.handler.data_received(content, ended)

    def _odd_data(self, number: int, stream: Stream | None, flags: int, payload: bytes) -> None:
        """DATA with padding, or for a stream that is closed or was never opened."""
        size = len(payload)
        if stream is not None and not stream.remote_ended:
            content = frames.without_padding(payload)
            if content is None:
                raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "padding longer than its frame")
            if not content and not flags & END_STREAM:
                self.rates.empty_frames.count()
            self._data(stream, content, size, bool(flags & END_STREAM))
            stream.consume(size - len(content))
            return
        self.check_known(number)
        self._receive_window -= size
        if self._receive_window < 0:
            raise ConnectionFault(ErrorCode.FLOW_CONTROL_ERROR, "more data than the connection's window allows")
        self.consumed(size)
        if stream is not None:
            self.stream_fault(number, ErrorCode.STREAM_CLOSED)
        elif self.is_server and size < self.limits.frame_bytes // 2:
            # DATA that crossed our RST_STREAM: a window of it is normal, and a server's may come in small frames.
            self.rates.other_frames.count()

    def consumed(self, count: int) -> None:
        """Credits the connection's window."""
        self._uncredited += count
        if self._uncredited * 4 >= self.limits.connection_window:
            self._receive_window += self._uncredited
            self.write(frames.window_update(0, self._uncredited))
            self._uncredited = 0

    def _fields(self, number: int, block: bytes, ended: bool) -> None:
        if len(block) > self.limits.header_block_bytes:
            raise ConnectionFault(ErrorCode.ENHANCE_YOUR_CALM, "a header block in too many bytes")
        fields = self._decoder.decode(block)
        stream = self.streams.get(number)
        try:
            if stream is None:
                self._opened(number, fields, ended)
                return
            if stream.remote_ended:
                raise StreamFault(ErrorCode.STREAM_CLOSED, "HEADERS after the end of the stream")
            if not self._accepts_fields(stream, fields, ended):
                return
        except StreamFault as fault:
            self.stream_fault(number, fault.code)
            return
        if ended:
            self._remote_ended(stream)
        if stream.handler is not None:
            stream.handler.fields_received(fields, ended)

    def _opened(self, number: int, fields: Fields, ended: bool) -> None:
        """HEADERS of a stream that is not open: a new one for a server; for a client, those that crossed our reset."""
        self.check_known(number)

    def _accepts_fields(self, stream: Stream, fields: Fields, ended: bool) -> bool:
        """Whether a stream's further fields concern its handler. Raises StreamFault when they are not allowed."""
        if not ended:
            raise StreamFault(ErrorCode.PROTOCOL_ERROR, "trailers do not end the stream")
        check_trailers(fields, self.limits.header_list_bytes)
        return True

    def check_known(self, number: int) -> None:
        """Raises ConnectionFault for a stream that was never opened."""
        raise NotImplementedError

    def stream_fault(self, number: int, code: ErrorCode) -> None:
        """Resets a stream because of the peer's fault."""
        self.rates.faults.count()
        self.answer(frames.reset_frame(number, code))
        stream = self.streams.get(number)
        if stream is not None:
            self.forget(stream)
            if stream.handler is not None:
                stream.handler.stream_failed(code, False)

    def _remote_ended(self, stream: Stream) -> None:
        stream.remote_ended = True
        if stream.local_ended:
            self.forget(stream)

    def forget(self, stream: Stream) -> None:
        """The stream is closed."""
        self.streams.pop(stream.id, None)
        if stream.queued:
            self.waiting.discard(stream.id)
        stream.is_open = False
        stream.local_ended = stream.remote_ended = True
        if stream.unconsumed:
            self.consumed(stream.unconsumed)
            stream.unconsumed = 0
        self.capacity_changed()

    def capacity_changed(self) -> None:
        """A place for another stream may have become free."""

    def pong(self) -> None:
        """The peer answered our PING."""

    def peer_goes_away(self, last: int) -> None:
        """The peer processes no stream of ours above `last`."""

    # Ends

    def overdue(self, now: float) -> str:
        """Why the connection must be closed at this time (`time.monotonic()`); empty when it need not."""
        limits = self.limits
        if not self.peer_settled and now - self._began > limits.start_seconds:
            return f"no preface within {limits.start_seconds:g} s"
        partial_since = self._blocks.since if self._blocks.stream else self._partial_since
        if (self._rest or self._blocks.stream) and now - partial_since > limits.frame_seconds:
            return f"a frame took longer than {limits.frame_seconds:g} s"
        if self.paused and now - self._paused_since > limits.stalled_seconds:
            return f"nothing was read for {limits.stalled_seconds:g} s"
        return ""

    def end_stalled_streams(self, now: float) -> None:
        """Resets the streams whose peer has not let them send for too long, so that what they hold becomes free."""
        seconds = self.limits.stalled_seconds
        for stream in tuple(self.streams.values()):
            if stream.queued and now - stream.moved_at > seconds and stream.is_open:
                self.write(frames.reset_frame(stream.id, ErrorCode.ENHANCE_YOUR_CALM))
                self.forget(stream)
                if stream.handler is not None:
                    stream.handler.stream_failed(ErrorCode.ENHANCE_YOUR_CALM, False)

    def fail(self, code: ErrorCode, detail: str) -> None:
        """Ends the connection with GOAWAY. All its streams fail."""
        if self.closed:
            return
        log.log(logging.DEBUG if code is ErrorCode.NO_ERROR else logging.WARNING, "connection closed: %s", detail)
        self.close_reason = detail
        self.closed = True
        self.write(frames.goaway_frame(self.last_peer_stream, code, detail))
        self.flush()
        if self.transport is not None:
            if self.paused:
                self.transport.abort()
            else:
                self.transport.close()
                self._loop.call_later(CLOSE_SECONDS, self.transport.abort)

    def close(self) -> None:
        """Ends the connection without an error."""
        self.fail(ErrorCode.NO_ERROR, "closed")
