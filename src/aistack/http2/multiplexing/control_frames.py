"""What the frames without data mean for a connection: SETTINGS, WINDOW_UPDATE, RST_STREAM, PING, GOAWAY, PRIORITY."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from aistack.http2.wire import frames
from aistack.http2.wire.errors import ConnectionFault, ErrorCode
from aistack.http2.wire.frames import (
    ACK,
    GOAWAY,
    PING,
    PRIORITY,
    PUSH_PROMISE,
    RST_STREAM,
    SETTINGS,
    STREAM_ID_MASK,
    WINDOW_MAX,
    WINDOW_UPDATE,
)  # fmt: skip

if TYPE_CHECKING:
    from aistack.http2.multiplexing.connection import Connection

DETAIL_BYTES_MAX = 256  # of what a peer says in GOAWAY
TOO_LARGE = "a window larger than allowed"


def control_frame(connection: "Connection", kind: int, flags: int, number: int, payload: bytes) -> None:
    """Handles a frame of any kind but DATA, HEADERS and CONTINUATION. Raises ConnectionFault."""
    handle = HANDLERS.get(kind)
    if handle is not None:
        handle(connection, flags, number, payload)
        return
    connection.rates.other_frames.count()
    if kind == PRIORITY and (not number or len(payload) != 5):
        code = ErrorCode.FRAME_SIZE_ERROR if number else ErrorCode.PROTOCOL_ERROR
        raise ConnectionFault(code, "a malformed PRIORITY frame")


def _window_update(connection: "Connection", _flags: int, number: int, payload: bytes) -> None:
    if len(payload) != 4:
        raise ConnectionFault(ErrorCode.FRAME_SIZE_ERROR, "a malformed WINDOW_UPDATE frame")
    connection.rates.window_updates.count()
    count = int.from_bytes(payload) & STREAM_ID_MASK
    if not number:
        if not count:
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "WINDOW_UPDATE by 0")
        connection.send_window += count
        if connection.send_window > WINDOW_MAX:
            raise ConnectionFault(ErrorCode.FLOW_CONTROL_ERROR, TOO_LARGE)
        connection.waiting.send()
        return
    stream = connection.streams.get(number)
    if stream is None:
        connection.check_known(number)
        return
    if not count:
        connection.stream_fault(number, ErrorCode.PROTOCOL_ERROR)
        return
    stream.send_window += count
    if stream.send_window > WINDOW_MAX:
        connection.stream_fault(number, ErrorCode.FLOW_CONTROL_ERROR)
    elif stream.queued:
        stream.send_queued()


def _rst_stream(connection: "Connection", _flags: int, number: int, payload: bytes) -> None:
    if len(payload) != 4:
        raise ConnectionFault(ErrorCode.FRAME_SIZE_ERROR, "a malformed RST_STREAM frame")
    connection.check_known(number)
    if connection.is_server:
        connection.rates.resets.count()
    stream = connection.streams.get(number)
    if stream is None:
        return
    connection.forget(stream)
    if stream.handler is not None:
        stream.handler.stream_failed(ErrorCode.of(int.from_bytes(payload)), False)


def _ping(connection: "Connection", flags: int, number: int, payload: bytes) -> None:
    if number:
        raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "PING on a stream")
    if len(payload) != 8:
        raise ConnectionFault(ErrorCode.FRAME_SIZE_ERROR, "a malformed PING frame")
    connection.rates.pings.count()
    if flags & ACK:
        connection.pong()
    else:
        connection.answer(frames.frame(PING, ACK, 0, payload))


def _settings(connection: "Connection", flags: int, number: int, payload: bytes) -> None:
    if number:
        raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "SETTINGS on a stream")
    connection.rates.settings.count()
    if flags & ACK:
        if payload:
            raise ConnectionFault(ErrorCode.FRAME_SIZE_ERROR, "an acknowledgement of SETTINGS with content")
        return
    if len(payload) % 6:
        raise ConnectionFault(ErrorCode.FRAME_SIZE_ERROR, "a malformed SETTINGS frame")
    window = connection.peer_window
    for key, value in frames.SETTING.iter_unpack(payload):
        if key == frames.INITIAL_WINDOW_SIZE:
            if value > WINDOW_MAX:
                raise ConnectionFault(ErrorCode.FLOW_CONTROL_ERROR, TOO_LARGE)
            window = value
        elif key == frames.MAX_FRAME_SIZE:
            if not frames.DEFAULT_FRAME_BYTES <= value <= frames.FRAME_BYTES_MAX:
                raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, f"MAX_FRAME_SIZE = {value}")
            connection.peer_frame_bytes = min(value, frames.DEFAULT_FRAME_BYTES)
        elif key == frames.MAX_CONCURRENT_STREAMS:
            connection.peer_streams = value
        elif key == frames.ENABLE_PUSH and (value > 1 or (value and not connection.is_server)):
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, f"ENABLE_PUSH = {value}")
    connection.peer_settled = True
    connection.answer(frames.frame(SETTINGS, ACK, 0))
    change = window - connection.peer_window
    connection.peer_window = window
    if change:
        _change_windows(connection, change)
    connection.capacity_changed()


def _change_windows(connection: "Connection", change: int) -> None:
    """A new initial window also changes those of open streams, which may make them negative (RFC 9113, 6.9.2)."""
    for stream in tuple(connection.streams.values()):
        stream.send_window += change
        if stream.send_window > WINDOW_MAX:
            raise ConnectionFault(ErrorCode.FLOW_CONTROL_ERROR, TOO_LARGE)
        if stream.queued:
            stream.send_queued()


def _goaway(connection: "Connection", _flags: int, number: int, payload: bytes) -> None:
    if number or len(payload) < 8:
        code = ErrorCode.PROTOCOL_ERROR if number else ErrorCode.FRAME_SIZE_ERROR
        raise ConnectionFault(code, "a malformed GOAWAY frame")
    connection.rates.other_frames.count()
    last, code = frames.GOING_AWAY.unpack_from(payload)
    connection.going_away = True
    detail = payload[8 : 8 + DETAIL_BYTES_MAX].decode("utf-8", "replace")
    connection.close_reason = f"the peer went away: {ErrorCode.of(code).name}{' ' + detail if detail else ''}"
    connection.peer_goes_away(last & STREAM_ID_MASK)


def _push_promise(connection: "Connection", _flags: int, number: int, payload: bytes) -> None:
    raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "PUSH_PROMISE is not allowed")


HANDLERS: dict[int, Callable[["Connection", int, int, bytes], None]] = {
    WINDOW_UPDATE: _window_update,
    RST_STREAM: _rst_stream,
    PING: _ping,
    SETTINGS: _settings,
    GOAWAY: _goaway,
    PUSH_PROMISE: _push_promise,
}
