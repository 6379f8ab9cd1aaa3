"""A gRPC client: connections to one server, opened when they are needed and again after they were lost."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Callable, Sequence

from aistack.http2.client import ClientConnection, connect
from aistack.http2.grpc.client_calls import LOCAL, MESSAGE_BYTES_MAX, ClientCall, call_fields
from aistack.http2.grpc.status import RpcError, Status
from aistack.http2.wire import frames
from aistack.http2.wire.errors import ConnectionClosed, ErrorCode
from aistack.http2.wire.header_fields import Field
from aistack.http2.wire.limits import Limits

CONNECT_SECONDS = 5.0
CONNECTIONS_MAX = 16


class Channel:
    """Calls to `unix:/PATH` or `HOST:PORT`. All share a connection; another is opened when its streams are used up.

    With `keepalive_seconds`, a server from which nothing comes for so long while calls are in progress gets a PING, and
    loses the connection when nothing comes for as long again. Only for servers that allow such PINGs.
    """

    def __init__(
        self,
        address: str,
        limits: Limits | None = None,
        check_peer: Callable[[socket.socket], str] | None = None,
        message_bytes_max: int = MESSAGE_BYTES_MAX,
        keepalive_seconds: float | None = None,
    ) -> None:
        self.address = address
        self._limits = limits
        self._check_peer = check_peer
        self._message_bytes_max = message_bytes_max
        self._keepalive_seconds = keepalive_seconds
        self._connections: list[ClientConnection] = []
        self._connecting = asyncio.Lock()
        self._authority = LOCAL if address.startswith("unix:") else address

    async def call(self, path: str, seconds: float | None = None, metadata: Sequence[Field] = ()) -> ClientCall:
        """Begins a call. Raises RpcError UNAVAILABLE when the server cannot be reached."""
        call = ClientCall(self._message_bytes_max)
        head = call_fields(path, self._authority, seconds, metadata)
        try:
            connection = self._usable() or await self._connected(seconds)
            call.begin(connection, head, seconds)
        except (ConnectionError, ConnectionClosed) as error:
            raise RpcError(Status.UNAVAILABLE, str(error)) from None
        return call

    async def unary(
        self, path: str, message: bytes, seconds: float | None = None, metadata: Sequence[Field] = ()
    ) -> bytes:
        """One message for one. Raises RpcError."""
        call = await self.call(path, seconds, metadata)
        return await call.answer(message)

    async def stream(
        self, path: str, message: bytes, seconds: float | None = None, metadata: Sequence[Field] = ()
    ) -> AsyncGenerator[bytes]:
        """The messages that answer one. Closing the iterator early cancels the call. Raises RpcError."""
        call = await self.call(path, seconds, metadata)
        try:
            await call.send(message, last=True)
            while (answer := await call.receive()) is not None:
                yield answer
        finally:
            call.cancel()

    async def close(self) -> None:
        """Closes the connections; calls in progress fail with UNAVAILABLE."""
        connections, self._connections = self._connections, []
        for connection in connections:
            connection.close()

    def _usable(self) -> ClientConnection | None:
        for connection in self._connections:
            if connection.is_usable:
                return connection
        return None

    async def _connected(self, seconds: float | None) -> ClientConnection:
        async with self._connecting:
            connection = self._usable()
            if connection is not None:
                return connection
            self._connections = [one for one in self._connections if one.is_staying]
            if len(self._connections) >= CONNECTIONS_MAX:
                raise ConnectionClosed(f"all streams of {CONNECTIONS_MAX} connections to {self.address} are in use")
            wait = min(CONNECT_SECONDS, seconds) if seconds is not None else CONNECT_SECONDS
            connection = await connect(self.address, self._limits, check_peer=self._check_peer, seconds_max=wait)
            self._connections.append(connection)
            if self._keepalive_seconds is not None:
                self._keep_alive(connection, self._keepalive_seconds, connection.reads, asked=False)
            return connection

    def _keep_alive(self, connection: ClientConnection, seconds: float, reads: int, asked: bool) -> None:
        """Looks at a connection every so often: whether something came since, or must be asked for."""
        if connection.closed:
            return
        if connection.reads != reads or not connection.streams:
            asked = False
        elif asked:
            connection.fail(ErrorCode.NO_ERROR, f"the server did not answer for {2 * seconds:g} s")
            return
        else:
            connection.write(frames.frame(frames.PING, 0, 0, b"alive..?"))
            asked = True
        asyncio.get_running_loop().call_later(seconds, self._keep_alive, connection, seconds, connection.reads, asked)
