"""The client's side of HTTP/2: opens a connection and streams on it."""

import asyncio
import socket
from collections.abc import Callable

from aistack.http2.multiplexing.connection import Connection
from aistack.http2.multiplexing.stream import Stream, StreamHandler
from aistack.http2.wire import frames
from aistack.http2.wire.errors import ConnectionClosed, ConnectionFault, ErrorCode, StreamFault
from aistack.http2.wire.header_fields import Fields, check_response, encode
from aistack.http2.wire.limits import Limits

CONNECT_SECONDS = 5.0


class ClientConnection(Connection):
    """A connection to a server. `ready` is set when the server's SETTINGS arrived.

    `on_going_away` is called when the server takes no more streams; those in progress go on.
    """

    def __init__(self, limits: Limits, on_closed: Callable[[Connection], None] | None = None) -> None:
        super().__init__(limits, on_closed)
        self.ready = asyncio.Event()
        self.on_going_away: Callable[[], None] | None = None
        self._next = 1
        self._answered: set[int] = set()
        self._encoded: Fields = ()
        self._block = b""
        self._checked: Fields = ()

    @property
    def is_usable(self) -> bool:
        """Whether a stream can be opened now."""
        return (
            not self.closed
            and not self.going_away
            and len(self.streams) < self.peer_streams
            and self._next <= frames.WINDOW_MAX
        )

    @property
    def is_staying(self) -> bool:
        """Whether it takes further streams, if not now then when others have ended."""
        return not self.closed and not self.going_away and self._next <= frames.WINDOW_MAX

    def open(self, fields: Fields, handler: StreamHandler, ended: bool = False) -> Stream:
        """Opens a stream with a request's head. Raises ConnectionClosed when that is not possible now."""
        if not self.is_usable:
            raise ConnectionClosed(self.close_reason or "the server takes no more streams on this connection")
        stream = Stream(self, self._next, handler)
        self._next += 2
        self.streams[stream.id] = stream
        stream.local_ended = ended
        if fields is not self._encoded:  # a relay's heads are mostly the same
            self._encoded, self._block = fields, encode(fields)
        self.send_headers(stream.id, self._block, ended)
        if self._next > frames.WINDOW_MAX:  # the numbers of streams are used up (RFC 9113, 5.1.1)
            self.close_reason = "this connection has had all the streams that it can have"
            if self.on_going_away is not None:
                self.on_going_away()
        return stream

    def _accepts_fields(self, stream: Stream, fields: Fields, ended: bool) -> bool:
        if stream.id in self._answered:
            return super()._accepts_fields(stream, fields, ended)
        if fields is self._checked and not ended:
            self._answered.add(stream.id)
            return True
        check_response(fields, self.limits.header_list_bytes)
        if not _is_informational(fields):
            self._answered.add(stream.id)
            self._checked = fields
            return True
        if ended:
            raise StreamFault(ErrorCode.PROTOCOL_ERROR, "an interim response ends the stream")
        self.rates.other_frames.count()
        return False

    def forget(self, stream: Stream) -> None:
        self._answered.discard(stream.id)
        super().forget(stream)

    def check_known(self, number: int) -> None:
        if not number or not number % 2 or number >= self._next:
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, f"stream {number} was never opened")

    def peer_goes_away(self, last: int) -> None:
        for stream in tuple(self.streams.values()):
            if stream.id > last:
                self.forget(stream)
                if stream.handler is not None:
                    stream.handler.stream_failed(ErrorCode.REFUSED_STREAM, True)
        if self.on_going_away is not None:
            self.on_going_away()
        self.capacity_changed()

    def capacity_changed(self) -> None:
        if self.peer_settled and not self.ready.is_set():
            self.ready.set()
        if not self.streams and not self.closed and (self.going_away or self._next > frames.WINDOW_MAX):
            self.closed = True
            self._loop.call_soon(self._close_transport)

    def _close_transport(self) -> None:
        if self.transport is not None:
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.ready.set()


def _is_informational(fields: Fields) -> bool:
    return any(name == b":status" and value.startswith(b"1") for name, value in fields)


async def connect(
    address: str,
    limits: Limits | None = None,
    on_closed: Callable[[Connection], None] | None = None,
    check_peer: Callable[[socket.socket], str] | None = None,
    seconds_max: float = CONNECT_SECONDS,
) -> ClientConnection:
    """A connection to `unix:/PATH` or `HOST:PORT` whose server has sent its SETTINGS.

    `check_peer` says why the peer is not trusted, or nothing. Raises ConnectionError with the reason.
    """
    loop = asyncio.get_running_loop()
    held: list[ClientConnection] = []

    def protocol() -> ClientConnection:
        held.append(ClientConnection(limits or Limits(), on_closed))
        return held[0]

    try:
        async with asyncio.timeout(seconds_max):
            if address.startswith("unix:"):
                transport, connection = await loop.create_unix_connection(protocol, address.removeprefix("unix:"))
            else:
                host, _, port = address.rpartition(":")
                transport, connection = await loop.create_connection(protocol, host.strip("[]"), int(port))
            peer: socket.socket | None = transport.get_extra_info("socket")
            if peer is None:  # lost already
                raise ConnectionError(connection.close_reason or "the peer closed the connection")
            if peer.family != socket.AF_UNIX:
                peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            refusal = check_peer(peer) if check_peer is not None else ""
            if refusal:
                raise ConnectionError(refusal)
            await connection.ready.wait()
            if connection.closed:
                raise ConnectionError(connection.close_reason)
            return connection
    except TimeoutError:
        _abort(held)
        raise ConnectionError(f"{address} did not answer within {seconds_max:g} s") from None
    except OSError as error:
        _abort(held)
        raise ConnectionError(f"{address}: {error.strerror or error}") from None
    except BaseException:
        _abort(held)
        raise


def _abort(held: list[ClientConnection]) -> None:
    for connection in held:
        if connection.transport is not None:
            connection.transport.abort()
