"""A gRPC client: one connection to a server, opened when it is first needed and again after it was lost."""

import asyncio
import socket
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence

from aistack.http2.client import ClientConnection, connect
from aistack.http2.errors import ConnectionClosed, ErrorCode
from aistack.http2.grpc.messages import MessageReader, MessageTooLarge, framed
from aistack.http2.grpc.metadata import CONTENT_TYPE, TIMEOUT, timeout_text, value_of
from aistack.http2.grpc.status import OF_HTTP, OF_RESET, RpcError, Status, status_of
from aistack.http2.header_fields import Field, Fields
from aistack.http2.limits import Limits
from aistack.http2.stream import Stream

MESSAGE_BYTES_MAX = 64 * 1024 * 1024
LOCAL = "localhost"
AGENT = (b"user-agent", b"aistack-http2")


class ClientCall:
    """One call: messages are sent and received independently. A StreamHandler.

    Leaving it unfinished needs `cancel`. `head` is the response's initial metadata once it came, `trailers` the last.
    """

    def __init__(self, bytes_max: int) -> None:
        self.head: Fields = ()
        self.trailers: Fields = ()
        self._stream: Stream | None = None
        self._bytes_max = bytes_max
        self._reader = MessageReader(bytes_max)
        self._messages: deque[tuple[bytes, int]] = deque()
        self._status: tuple[Status, str] | None = None
        self._changed: asyncio.Future[None] | None = None
        self._sent: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._data_bytes = 0

    def begin(self, connection: ClientConnection, fields: Fields, seconds: float | None) -> None:
        self._stream = connection.open(fields, self)
        if seconds is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(max(0.0, seconds), self._late, seconds)

    async def send(self, message: bytes, last: bool = False) -> None:
        """Sends a message and waits until it left. Does nothing when the call has ended."""
        assert self._stream is not None
        self._stream.send_data(framed(message), last)
        while self._stream.queued and self._status is None:
            self._sent = asyncio.get_running_loop().create_future()
            await self._sent

    def half_close(self) -> None:
        """No more messages will be sent."""
        assert self._stream is not None
        self._stream.send_data(b"", True)

    def cancel(self) -> None:
        """Ends the call here and at the server. Does nothing when it has ended."""
        self._cancelled(Status.CANCELLED, "cancelled by the caller")

    async def receive(self) -> bytes | None:
        """The next message; None after the last. Raises RpcError."""
        while not self._messages:
            if self._status is not None:
                status, message = self._status
                if status is not Status.OK:
                    raise RpcError(status, message, self.trailers)
                return None
            self._changed = asyncio.get_running_loop().create_future()
            await self._changed
        message, credit = self._messages.popleft()
        if self._stream is not None and credit:
            self._stream.consume(credit)
        return message

    async def answer(self, message: bytes) -> bytes:
        """Sends the only message, and waits for the only answer. Raises RpcError."""
        try:
            await self.send(message, last=True)
            answer = await self.receive()
            if answer is None:
                raise RpcError(Status.INTERNAL, "the response has no message")
            if await self.receive() is not None:
                raise RpcError(Status.INTERNAL, "the response has more than one message")
            return answer
        finally:
            self.cancel()

    def fields_received(self, fields: Fields, ended: bool) -> None:
        if ended:
            self.trailers = fields
            http = value_of(fields, b":status")
            if http and http != b"200":
                self._finish(*_of_http(http))
            elif not self._reader.is_between_messages:
                self._finish(Status.INTERNAL, "the response ends within a message")
            else:
                self._finish(*status_of(fields))
            return
        self.head = fields
        http = value_of(fields, b":status")
        if http != b"200":
            self._cancelled(*_of_http(http))
        self._reader = MessageReader(self._bytes_max, value_of(fields, b"grpc-encoding") or b"identity")

    def data_received(self, data: bytes, ended: bool) -> None:
        self._data_bytes += len(data)
        try:
            found = self._reader.feed(data)
        except MessageTooLarge as error:
            self._cancelled(Status.RESOURCE_EXHAUSTED, str(error))
            return
        except ValueError as error:
            self._cancelled(Status.INTERNAL, str(error))
            return
        if found:
            # All that was received is credited with the first of its messages, or message by message.
            share = self._data_bytes // len(found)
            for message in found[:-1]:
                self._messages.append((message, share))
            self._messages.append((found[-1], self._data_bytes - share * (len(found) - 1)))
            self._data_bytes = 0
        elif self._stream is not None:
            self._stream.consume(self._data_bytes)
            self._data_bytes = 0
        if ended:
            self._finish(Status.INTERNAL, "the response ends without trailers")
        self._wake()

    def data_sent(self, count: int) -> None:
        if self._stream is not None and not self._stream.queued:
            _done(self._sent)

    def stream_failed(self, code: ErrorCode, lost: bool) -> None:
        if lost:
            self._finish(Status.UNAVAILABLE, "the connection was lost")
        else:
            self._finish(OF_RESET.get(code, Status.INTERNAL), f"the server reset the call: {code.name}")

    def _late(self, seconds: float) -> None:
        self._cancelled(Status.DEADLINE_EXCEEDED, f"no complete answer within {seconds:g} s")

    def _cancelled(self, status: Status, message: str) -> None:
        if self._status is None:
            self._finish(status, message)
            self._messages.clear()
        if self._stream is not None:
            self._stream.reset(ErrorCode.CANCEL)

    def _finish(self, status: Status, message: str) -> None:
        if self._status is None:
            self._status = (status, message)
        if self._timer is not None:
            self._timer.cancel()
        if self._stream is not None and not self._stream.local_ended:
            self._stream.reset(ErrorCode.CANCEL)
        self._wake()
        _done(self._sent)

    def _wake(self) -> None:
        _done(self._changed)


def _done(future: "asyncio.Future[None] | None") -> None:
    if future is not None and not future.done():
        future.set_result(None)


def _of_http(http: bytes) -> tuple[Status, str]:
    number = int(http) if http.isdigit() else 0
    return OF_HTTP.get(
        number, Status.UNKNOWN
    ), f"the server answered with HTTP status {http.decode('ascii', 'replace')}"


def call_fields(path: str, authority: str, seconds: float | None, metadata: Sequence[Field] = ()) -> Fields:
    """The head of a call."""
    timeout = ((TIMEOUT, timeout_text(seconds)),) if seconds is not None else ()
    return (
        (b":method", b"POST"), (b":scheme", b"http"), (b":authority", authority.encode()), (b":path", path.encode()),
        (b"te", b"trailers"), CONTENT_TYPE, AGENT, *timeout, *metadata,
    )  # fmt: skip


async def unary_call(connection: ClientConnection, path: str, message: bytes, seconds: float) -> bytes:
    """One message for one, on an open connection. Raises RpcError."""
    call = ClientCall(MESSAGE_BYTES_MAX)
    try:
        call.begin(connection, call_fields(path, LOCAL, seconds), seconds)
    except ConnectionClosed as error:
        raise RpcError(Status.UNAVAILABLE, str(error)) from None
    return await call.answer(message)


class Channel:
    """Calls to `unix:/PATH` or `HOST:PORT`. Connects when a call needs it; all calls share one connection."""

    def __init__(
        self,
        address: str,
        limits: Limits | None = None,
        check_peer: Callable[[socket.socket], str] | None = None,
        message_bytes_max: int = MESSAGE_BYTES_MAX,
    ) -> None:
        self.address = address
        self._limits = limits
        self._check_peer = check_peer
        self._message_bytes_max = message_bytes_max
        self._connection: ClientConnection | None = None
        self._connecting = asyncio.Lock()
        self._authority = LOCAL if address.startswith("unix:") else address

    async def call(self, path: str, seconds: float | None = None, metadata: Sequence[Field] = ()) -> ClientCall:
        """Begins a call. Raises RpcError UNAVAILABLE when the server cannot be reached."""
        call = ClientCall(self._message_bytes_max)
        head = call_fields(path, self._authority, seconds, metadata)
        try:
            connection = self._connection
            if connection is None or not connection.is_usable:
                connection = await self._connected(seconds)
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
        """Closes the connection; calls in progress fail with UNAVAILABLE."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    async def _connected(self, seconds: float | None) -> ClientConnection:
        async with self._connecting:
            connection = self._connection
            if connection is None or not connection.is_usable:
                if connection is not None and not connection.closed and not connection.going_away:
                    raise ConnectionClosed("the server takes no more calls on this connection")
                wait = min(5.0, seconds) if seconds is not None else 5.0
                connection = self._connection = await connect(
                    self.address, self._limits, check_peer=self._check_peer, seconds_max=wait
                )
            return connection
