"""An HTTP/2 connection (RFC 9113) as an asyncio protocol: bytes to frames, frames to streams, and back.

`server.py` and `client.py` add what differs between the two sides. Everything that a peer can make us hold or do is
bounded by `Limits`. What is written in one iteration of the event loop leaves in one piece.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from typing import cast
from weakref import WeakKeyDictionary

from aistack.http2 import frames
from aistack.http2.errors import ConnectionFault, ErrorCode, StreamFault
from aistack.http2.frames import (
    ACK,
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    GOAWAY,
    HEAD,
    HEAD_BYTES,
    HEADERS,
    PADDED,
    PING,
    PRIORITY,
    PRIORITY_FLAG,
    PUSH_PROMISE,
    RST_STREAM,
    SETTINGS,
    STREAM_ID_MASK,
    WINDOW_MAX,
    WINDOW_UPDATE,
)  # fmt: skip
from aistack.http2.header_fields import FieldDecoder, Fields, check_trailers
from aistack.http2.limits import Limits, RateLimit
from aistack.http2.stream import Stream

WRITE_BUFFER_BYTES = 256 * 1024
CLOSE_SECONDS = 5.0  # for the last bytes to a peer that is slow to read
log = logging.getLogger("aistack.http2")


class WriteBatch:
    """What all connections of an event loop write while one of them handles what it received; it leaves right after.

    So a relay writes once to each of its peers for each read, and no later than in the same iteration of the loop. What
    need not happen before that is done after it: `later`.
    """

    def __init__(self) -> None:
        self.is_open = False
        self.connections: list[Connection] = []
        self.later: list[tuple[Callable[[bytes], None], bytes]] = []

    def flush(self) -> None:
        self.is_open = False
        connections, self.connections = self.connections, []
        for connection in connections:
            connection.flush()
        while self.later:
            later, self.later = self.later, []
            for work, data in later:
                work(data)


_batches: WeakKeyDictionary[asyncio.AbstractEventLoop, WriteBatch] = WeakKeyDictionary()


class Connection(asyncio.Protocol):
    """One connection. `streams` are those open, `paused` says that the peer's socket takes no more for now.

    `send_window` bytes may be sent on all streams, `peer_window` on a new one, in frames of `peer_frame_bytes`.
    """

    is_server = False

    def __init__(self, limits: Limits, on_closed: Callable[["Connection"], None] | None = None) -> None:
        self.limits = limits
        self.streams: dict[int, Stream] = {}
        self.transport: asyncio.Transport | None = None
        self.paused = False
        self.closed = False
        self.going_away = False
        self.send_window = frames.DEFAULT_WINDOW
        self.peer_window = frames.DEFAULT_WINDOW
        self.peer_frame_bytes = frames.DEFAULT_FRAME_BYTES
        self.peer_streams = WINDOW_MAX
        self.peer_settled = False
        self.last_peer_stream = 0
        self.close_reason = ""
        self._on_closed = on_closed
        self._loop = asyncio.get_running_loop()
        self._batch = _batches.setdefault(self._loop, WriteBatch())
        self._decoder = FieldDecoder(limits)
        self._rest = b""
        self._block: list[bytes] = []
        self._block_bytes = 0
        self._block_stream = 0
        self._block_flags = 0
        self._out: list[bytes] = []
        self._control_frames_waiting = 0
        self._waiting: dict[int, Stream] = {}
        self._receive_window = frames.DEFAULT_WINDOW
        self._uncredited = 0
        self._began = time.monotonic()
        self._partial_since = self._paused_since = 0.0
        self._pings = RateLimit(limits.pings, "PING frames")
        self._settings = RateLimit(limits.settings, "SETTINGS frames")
        self._resets = RateLimit(limits.resets, "streams that were reset")
        self._faults = RateLimit(limits.faults, "streams with errors")
        self._empty_frames = RateLimit(limits.empty_frames, "empty frames")
        self._window_updates = RateLimit(limits.window_updates, "WINDOW_UPDATE frames")
        self._other_frames = RateLimit(limits.other_frames, "frames without effect")

    # The transport's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.set_write_buffer_limits(high=WRITE_BUFFER_BYTES)
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

    def pause_writing(self) -> None:
        self.paused = True
        self._paused_since = time.monotonic()

    def resume_writing(self) -> None:
        self.paused = False
        self._control_frames_waiting = 0
        self._send_waiting()

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        self.close_reason = self.close_reason or (str(exc) if exc else "the peer closed the connection")
        self._out.clear()
        self._waiting.clear()
        streams, self.streams = self.streams, {}
        for stream in streams.values():
            if stream.handler is not None:
                stream.handler.stream_failed(ErrorCode.INTERNAL_ERROR, True)
        if self._on_closed is not None:
            self._on_closed(self)

    def data_received(self, data: bytes) -> None:
        if self.closed:
            return
        batch = self._batch
        batch.is_open = True
        try:
            self._receive(self._rest + data if self._rest else data)
        finally:
            batch.flush()

    def _receive(self, data: bytes) -> None:
        try:
            at = self._handle(data)
        except ConnectionFault as fault:
            self.fail(fault.code, fault.detail)
            return
        except Exception:
            log.exception("an error while a frame was handled")
            self.fail(ErrorCode.INTERNAL_ERROR, "internal error")
            return
        if at < len(data):
            if not self._rest or at:
                self._partial_since = time.monotonic()
            self._rest = data[at:] if at else data
        else:
            self._rest = b""

    # Writing

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
        out = self._out
        if not out or self.transport is None:
            return
        data = out[0] if len(out) == 1 else b"".join(out)
        out.clear()
        if not self.transport.is_closing():
            with contextlib.suppress(RuntimeError):  # how uvloop reports that the peer is gone; connection_lost follows
                self.transport.write(data)

    def send_headers(self, stream_id: int, block: bytes, ended: bool) -> None:
        self.write(frames.header_frames(stream_id, block, ended, self.peer_frame_bytes))

    def wait_to_send(self, stream: Stream) -> None:
        self._waiting[stream.id] = stream

    def stop_waiting(self, stream: Stream) -> None:
        self._waiting.pop(stream.id, None)

    def _send_waiting(self) -> None:
        """Lets the streams that wait take turns, a frame each."""
        while self._waiting and self.send_window > 0 and not self.paused:
            progress = False
            for stream in tuple(self._waiting.values()):
                sent = stream.send_frame()
                if sent and stream.handler is not None:
                    stream.handler.data_sent(sent)
                progress = progress or sent > 0 or stream.id not in self._waiting
            if not progress:
                return

    def _send_one(self, stream: Stream) -> None:
        """Sends what one stream has waiting."""
        while stream.id in self._waiting:
            sent = stream.send_frame()
            if not sent:
                return
            if stream.handler is not None:
                stream.handler.data_sent(sent)

    def _answer(self, data: bytes) -> None:
        """Queues the answer to a control frame. Raises ConnectionFault when the peer reads none of them."""
        if self.paused:
            self._control_frames_waiting += 1
            if self._control_frames_waiting > self.limits.control_frames_waiting:
                raise ConnectionFault(ErrorCode.ENHANCE_YOUR_CALM, "too many control frames and none is read")
        self.write(data)

    # Receiving

    def _handle(self, data: bytes) -> int:
        """Handles all complete frames and returns where the rest begins."""
        at, end = 0, len(data)
        if not self.peer_settled:
            at = self._begin(data)
        unpack = HEAD.unpack_from
        frame_bytes_max = self.limits.frame_bytes
        streams = self.streams
        while end - at >= HEAD_BYTES:
            high, low, kind, flags, number = unpack(data, at)
            size = (high << 8) | low
            if size > frame_bytes_max:
                raise ConnectionFault(ErrorCode.FRAME_SIZE_ERROR, f"a frame of {size} bytes; {frame_bytes_max} at most")
            begin = at + HEAD_BYTES
            if end - begin < size:
                break
            at = begin + size
            if self._block_stream and kind != CONTINUATION:
                raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "a header block is interrupted by another frame")
            number &= STREAM_ID_MASK
            if kind == DATA:
                stream = streams.get(number)
                if stream is None or stream.remote_ended or flags & PADDED:
                    self._odd_data(number, stream, flags, data[begin:at])
                    continue
                if not size and not flags & END_STREAM:
                    self._empty_frames.count()
                    continue
                self._receive_window -= size
                stream.receive_window -= size
                stream.unconsumed += size
                if self._receive_window < 0:
                    raise ConnectionFault(ErrorCode.FLOW_CONTROL_ERROR, "more data than the connection's window allows")
                if stream.receive_window < 0:
                    self._stream_fault(number, ErrorCode.FLOW_CONTROL_ERROR)
                    continue
                handler = stream.handler
                if flags & END_STREAM:
                    self._remote_ended(stream)
                    if handler is not None:
                        handler.data_received(data[begin:at], True)
                elif handler is not None:
                    handler.data_received(data[begin:at], False)
            else:
                self._control(kind, flags, number, data[begin:at])
            if self.closed:
                return end
        return at

    def _begin(self, data: bytes) -> int:
        """Checks that the first frame is SETTINGS; the server's side checks the preface before."""
        self._check_first_frame(data, 0)
        return 0

    def _check_first_frame(self, data: bytes, at: int) -> None:
        if len(data) > at + 4 and (data[at + 3] != SETTINGS or data[at + 4] & ACK):
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "the first frame is not SETTINGS")

    def _odd_data(self, number: int, stream: Stream | None, flags: int, payload: bytes) -> None:
        """DATA with padding, or for a stream that is closed or was never opened."""
        size = len(payload)
        self._receive_window -= size
        if self._receive_window < 0:
            raise ConnectionFault(ErrorCode.FLOW_CONTROL_ERROR, "more data than the connection's window allows")
        if stream is None or stream.remote_ended:
            self._check_known(number)
            self.consumed(size)
            if stream is not None:
                self._stream_fault(number, ErrorCode.STREAM_CLOSED)
            else:
                self._other_data(size)
            return
        content = frames.without_padding(payload)
        if content is None:
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "padding longer than its frame")
        if not content and not flags & END_STREAM:
            self._empty_frames.count()
        stream.receive_window -= size
        stream.unconsumed += size
        if stream.receive_window < 0:
            self._stream_fault(number, ErrorCode.FLOW_CONTROL_ERROR)
            return
        stream.consume(size - len(content))
        ended = bool(flags & END_STREAM)
        if ended:
            self._remote_ended(stream)
        if stream.handler is not None:
            stream.handler.data_received(content, ended)

    def _other_data(self, size: int) -> None:
        """DATA that crossed our RST_STREAM: a window of it is normal, and a server's may come in small frames."""
        if self.is_server and size < self.limits.frame_bytes // 2:
            self._other_frames.count()

    def consumed(self, count: int) -> None:
        """Credits the connection's window."""
        self._uncredited += count
        if self._uncredited * 4 >= self.limits.connection_window:
            self._receive_window += self._uncredited
            self.write(frames.window_update(0, self._uncredited))
            self._uncredited = 0

    def _control(self, kind: int, flags: int, number: int, payload: bytes) -> None:
        if kind == HEADERS:
            self._headers(flags, number, payload)
        elif kind == WINDOW_UPDATE:
            self._window_update(number, payload)
        elif kind == RST_STREAM:
            self._rst_stream(number, payload)
        elif kind == CONTINUATION:
            self._continuation(flags, number, payload)
        elif kind == PING:
            self._ping(flags, number, payload)
        elif kind == SETTINGS:
            self._apply_settings(flags, number, payload)
        elif kind == GOAWAY:
            self._goaway(number, payload)
        elif kind == PUSH_PROMISE:
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "PUSH_PROMISE is not allowed")
        else:
            self._other_frames.count()
            if kind == PRIORITY and (not number or len(payload) != 5):
                code = ErrorCode.FRAME_SIZE_ERROR if number else ErrorCode.PROTOCOL_ERROR
                raise ConnectionFault(code, "a malformed PRIORITY frame")

    def _headers(self, flags: int, number: int, payload: bytes) -> None:
        if not number:
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "HEADERS on stream 0")
        block: bytes | None = payload
        if flags & PADDED:
            block = frames.without_padding(payload)
            if block is None:
                raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "padding longer than its frame")
        if flags & PRIORITY_FLAG:
            if len(block) < 5:
                raise ConnectionFault(ErrorCode.FRAME_SIZE_ERROR, "a HEADERS frame too short for its priority")
            block = block[5:]
        if flags & END_HEADERS:
            self._fields(number, block, bool(flags & END_STREAM))
            return
        self._block, self._block_bytes = [block], len(block)
        self._block_stream, self._block_flags = number, flags
        self._partial_since = time.monotonic()

    def _continuation(self, flags: int, number: int, payload: bytes) -> None:
        if not self._block_stream or number != self._block_stream:
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "CONTINUATION without HEADERS before it")
        self._block.append(payload)
        self._block_bytes += len(payload)
        if self._block_bytes > self.limits.header_block_bytes or len(self._block) > self.limits.continuations + 1:
            raise ConnectionFault(ErrorCode.ENHANCE_YOUR_CALM, "a header block in too many bytes or frames")
        if flags & END_HEADERS:
            block, ended = b"".join(self._block), bool(self._block_flags & END_STREAM)
            self._block, self._block_bytes, self._block_stream = [], 0, 0
            self._fields(number, block, ended)

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
            self._check_more_fields(stream, fields, ended)
        except StreamFault as fault:
            self._stream_fault(number, fault.code)
            return
        if ended:
            self._remote_ended(stream)
        if stream.handler is not None:
            stream.handler.fields_received(fields, ended)

    def _opened(self, number: int, fields: Fields, ended: bool) -> None:
        """HEADERS of a stream that is not open: a new one for a server; for a client, those that crossed our reset."""
        self._check_known(number)

    def _check_more_fields(self, stream: Stream, fields: Fields, ended: bool) -> None:
        """Raises StreamFault when a stream's further fields are not what they must be."""
        if not ended:
            raise StreamFault(ErrorCode.PROTOCOL_ERROR, "trailers do not end the stream")
        check_trailers(fields, self.limits.header_list_bytes)

    def _check_known(self, number: int) -> None:
        """Raises ConnectionFault for a stream that was never opened."""
        raise NotImplementedError

    def _stream_fault(self, number: int, code: ErrorCode) -> None:
        """Resets a stream because of the peer's fault."""
        self._faults.count()
        self._answer(frames.reset_frame(number, code))
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
        self._waiting.pop(stream.id, None)
        stream.local_ended = stream.remote_ended = True
        if stream.unconsumed:
            self.consumed(stream.unconsumed)
            stream.unconsumed = 0
        self.capacity_changed()

    def capacity_changed(self) -> None:
        """A place for another stream may have become free."""

    def _window_update(self, number: int, payload: bytes) -> None:
        if len(payload) != 4:
            raise ConnectionFault(ErrorCode.FRAME_SIZE_ERROR, "a malformed WINDOW_UPDATE frame")
        self._window_updates.count()
        count = int.from_bytes(payload) & STREAM_ID_MASK
        if not number:
            if not count:
                raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "WINDOW_UPDATE by 0")
            self.send_window += count
            if self.send_window > WINDOW_MAX:
                raise ConnectionFault(ErrorCode.FLOW_CONTROL_ERROR, "a window larger than allowed")
            if self._waiting:
                self._send_waiting()
            return
        stream = self.streams.get(number)
        if stream is None:
            self._check_known(number)
            return
        if not count:
            self._stream_fault(number, ErrorCode.PROTOCOL_ERROR)
            return
        stream.send_window += count
        if stream.send_window > WINDOW_MAX:
            self._stream_fault(number, ErrorCode.FLOW_CONTROL_ERROR)
        elif stream.queued:
            self._send_one(stream)

    def _rst_stream(self, number: int, payload: bytes) -> None:
        if len(payload) != 4:
            raise ConnectionFault(ErrorCode.FRAME_SIZE_ERROR, "a malformed RST_STREAM frame")
        self._check_known(number)
        if self.is_server:
            self._resets.count()
        stream = self.streams.get(number)
        if stream is None:
            return
        self.forget(stream)
        if stream.handler is not None:
            stream.handler.stream_failed(ErrorCode.of(int.from_bytes(payload)), False)

    def _ping(self, flags: int, number: int, payload: bytes) -> None:
        if number:
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "PING on a stream")
        if len(payload) != 8:
            raise ConnectionFault(ErrorCode.FRAME_SIZE_ERROR, "a malformed PING frame")
        self._pings.count()
        if flags & ACK:
            self.pong()
        else:
            self._answer(frames.frame(PING, ACK, 0, payload))

    def pong(self) -> None:
        """The peer answered our PING."""

    def _apply_settings(self, flags: int, number: int, payload: bytes) -> None:
        if number:
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "SETTINGS on a stream")
        if flags & ACK:
            if payload:
                raise ConnectionFault(ErrorCode.FRAME_SIZE_ERROR, "an acknowledgement of SETTINGS with content")
            self._settings.count()
            return
        if len(payload) % 6:
            raise ConnectionFault(ErrorCode.FRAME_SIZE_ERROR, "a malformed SETTINGS frame")
        self._settings.count()
        window = self.peer_window
        for key, value in frames.SETTING.iter_unpack(payload):
            if key == frames.INITIAL_WINDOW_SIZE:
                if value > WINDOW_MAX:
                    raise ConnectionFault(ErrorCode.FLOW_CONTROL_ERROR, "a window larger than allowed")
                window = value
            elif key == frames.MAX_FRAME_SIZE:
                if not frames.DEFAULT_FRAME_BYTES <= value <= frames.FRAME_BYTES_MAX:
                    raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, f"MAX_FRAME_SIZE = {value}")
                self.peer_frame_bytes = min(value, frames.DEFAULT_FRAME_BYTES)
            elif key == frames.MAX_CONCURRENT_STREAMS:
                self.peer_streams = value
            elif key == frames.ENABLE_PUSH and (value > 1 or (value and not self.is_server)):
                raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, f"ENABLE_PUSH = {value}")
        self.peer_settled = True
        self._answer(frames.frame(SETTINGS, ACK, 0))
        change = window - self.peer_window
        self.peer_window = window
        if change:
            for stream in self.streams.values():
                stream.send_window += change
                if stream.send_window > WINDOW_MAX:
                    raise ConnectionFault(ErrorCode.FLOW_CONTROL_ERROR, "a window larger than allowed")
            self._send_waiting()
        self.capacity_changed()

    def _goaway(self, number: int, payload: bytes) -> None:
        if number or len(payload) < 8:
            code = ErrorCode.PROTOCOL_ERROR if number else ErrorCode.FRAME_SIZE_ERROR
            raise ConnectionFault(code, "a malformed GOAWAY frame")
        self._other_frames.count()
        last, code = frames.GOING_AWAY.unpack_from(payload)
        self.going_away = True
        detail = payload[8:264].decode("utf-8", "replace")
        self.close_reason = f"the peer went away: {ErrorCode.of(code).name}{' ' + detail if detail else ''}"
        self.peer_goes_away(last & STREAM_ID_MASK)

    def peer_goes_away(self, last: int) -> None:
        """The peer processes no stream of ours above `last`."""

    # Ends

    def overdue(self, now: float) -> str:
        """Why the connection must be closed at this time (`time.monotonic()`); empty when it need not."""
        limits = self.limits
        if not self.peer_settled and now - self._began > limits.start_seconds:
            return f"no preface within {limits.start_seconds:g} s"
        if (self._rest or self._block_stream) and now - self._partial_since > limits.frame_seconds:
            return f"a frame took longer than {limits.frame_seconds:g} s"
        if self.paused and now - self._paused_since > limits.stalled_seconds:
            return f"nothing was read for {limits.stalled_seconds:g} s"
        return ""

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
