"""The server's side of HTTP/2: accepts connections and streams, and lets them end before it stops."""

import asyncio
import socket
import time
from collections.abc import Callable
from typing import Protocol

from aistack.http2.multiplexing.connection import Connection
from aistack.http2.multiplexing.stream import Stream, StreamHandler
from aistack.http2.wire import frames
from aistack.http2.wire.errors import ConnectionFault, ErrorCode, StreamFault
from aistack.http2.wire.header_fields import Fields, check_request
from aistack.http2.wire.limits import Limits

CHECK_SECONDS = 1.0
CONNECTIONS_MAX = 1_000
CLOSE_SECONDS = 1.0


class Acceptor(Protocol):
    """Gets each request's head, and answers on the stream. Returns what handles the rest of it."""

    def __call__(self, stream: Stream, fields: Fields, ended: bool, /) -> StreamHandler: ...


class ServerConnection(Connection):
    """A client's connection. `peer` is its address, without the port."""

    is_server = True

    def __init__(self, accept: Acceptor, limits: Limits, on_closed: Callable[[Connection], None] | None = None) -> None:
        super().__init__(limits, on_closed)
        self.peer = ""
        self._checked: Fields = ()
        self._accept = accept
        self._draining = False
        self._last_accepted = frames.WINDOW_MAX

    def _begin(self, data: bytes) -> int:
        preface = frames.PREFACE
        if data[: len(preface)] != preface[: len(data)]:
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "not HTTP/2: the preface is missing")
        self._check_first_frame(data, len(preface))
        return len(preface) if len(data) >= len(preface) + frames.HEAD_BYTES else -1

    def _opened(self, number: int, fields: Fields, ended: bool) -> None:
        if not number % 2:
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "a client's streams have odd numbers")
        if number <= self.last_peer_stream:
            self.rates.other_frames.count()  # trailers may cross our RST_STREAM
            return
        if number > self._last_accepted:
            return
        self.last_peer_stream = number
        if fields is not self._checked:  # a client's heads are mostly the same, and decoded once
            check_request(fields, self.limits.header_list_bytes)
            self._checked = fields
        if len(self.streams) >= self.limits.streams:
            raise StreamFault(ErrorCode.REFUSED_STREAM, "too many streams")
        stream = Stream(self, number, None)
        stream.remote_ended = ended
        self.streams[number] = stream
        stream.handler = self._accept(stream, fields, ended)

    def check_known(self, number: int) -> None:
        if not number or not number % 2 or number > self.last_peer_stream:
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, f"stream {number} was never opened")

    def drain(self) -> None:
        """Tells the client to open no more streams here. Those that cross this message are still accepted."""
        if not self._draining and not self.closed:
            self._draining = True
            self.write(frames.goaway_frame(frames.WINDOW_MAX, ErrorCode.NO_ERROR, "shutting down"))
            self.write(frames.frame(frames.PING, 0, 0, b"drain..."))

    def pong(self) -> None:
        if self._draining and self._last_accepted == frames.WINDOW_MAX:
            self._last_accepted = self.last_peer_stream
            self.write(frames.goaway_frame(self.last_peer_stream, ErrorCode.NO_ERROR, "shutting down"))
            self.capacity_changed()

    def capacity_changed(self) -> None:
        if self._draining and not self.streams and self._last_accepted != frames.WINDOW_MAX:
            self._loop.call_soon(self.close)


class Server:
    """Listens on sockets and holds their connections. `check_peer` says why a connection is refused, or nothing."""

    def __init__(
        self,
        accept: Acceptor,
        limits: Limits | None = None,
        connections_max: int = CONNECTIONS_MAX,
        check_peer: Callable[[socket.socket], str] | None = None,
    ) -> None:
        self.connections: dict[ServerConnection, None] = {}  # in the order of their age
        self.refused = 0
        self._accept = accept
        self._limits = limits or Limits()
        self._connections_max = connections_max
        self._check_peer = check_peer
        self._servers: list[asyncio.Server] = []
        self._checking: asyncio.TimerHandle | None = None

    async def listen(self, listener: socket.socket) -> None:
        """Accepts connections of a listening socket from now on."""
        loop = asyncio.get_running_loop()
        if listener.family == socket.AF_UNIX:
            self._servers.append(await loop.create_unix_server(self._connection, sock=listener))
        else:
            self._servers.append(await loop.create_server(self._connection, sock=listener))
        if self._checking is None:
            self._checking = loop.call_later(CHECK_SECONDS, self._check)

    async def drain(self, seconds: float) -> int:
        """Stops accepting, waits for the streams in progress, then closes. Returns how many streams were cut off."""
        for server in self._servers:
            server.close()
        for connection in tuple(self.connections):
            connection.drain()
        deadline = time.monotonic() + seconds
        while self.connections and time.monotonic() < deadline:
            if (
                all(not one.streams for one in self.connections)
                and time.monotonic() > deadline - seconds + CLOSE_SECONDS
            ):
                break
            await asyncio.sleep(0.01)
        cut_off = sum(len(one.streams) for one in self.connections)
        for connection in tuple(self.connections):
            connection.close()
        if self._checking is not None:
            self._checking.cancel()
        return cut_off

    def _connection(self) -> asyncio.BaseProtocol:
        return _Accepted(self._accept, self._limits, self, self._check_peer)

    def admit(self, connection: ServerConnection) -> bool:
        if len(self.connections) >= self._connections_max and not self._close_an_idle_one():
            self.refused += 1
            return False
        self.connections[connection] = None
        return True

    def _close_an_idle_one(self) -> bool:
        """Makes room: closes the oldest connection without streams, of the peer that has most of them."""
        idle: dict[str, list[ServerConnection]] = {}
        for one in self.connections:
            if not one.streams:
                idle.setdefault(one.peer, []).append(one)
        if not idle:
            return False
        oldest = max(idle.values(), key=len)[0]
        self.left(oldest)
        oldest.fail(ErrorCode.ENHANCE_YOUR_CALM, "too many connections, and this one is idle")
        return True

    def left(self, connection: Connection) -> None:
        if isinstance(connection, ServerConnection):
            self.connections.pop(connection, None)

    def _check(self) -> None:
        now = time.monotonic()
        for connection in tuple(self.connections):
            reason = connection.overdue(now)
            if reason:
                connection.fail(ErrorCode.ENHANCE_YOUR_CALM, reason)
            else:
                connection.end_stalled_streams(now)
        self._checking = asyncio.get_running_loop().call_later(CHECK_SECONDS, self._check)


class _Accepted(ServerConnection):
    """A connection that is closed at once when there are too many, or its peer may not connect."""

    def __init__(
        self, accept: Acceptor, limits: Limits, server: Server, check_peer: Callable[[socket.socket], str] | None
    ) -> None:
        super().__init__(accept, limits, server.left)
        self._server = server
        self._check_peer = check_peer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        peer: socket.socket = transport.get_extra_info("socket")
        if peer.family != socket.AF_UNIX:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.peer = str(transport.get_extra_info("peername")[0])
        refusal = self._check_peer(peer) if self._check_peer is not None else ""
        super().connection_made(transport)
        if refusal or not self._server.admit(self):
            self.fail(ErrorCode.ENHANCE_YOUR_CALM, refusal or "too many connections")
