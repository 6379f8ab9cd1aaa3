"""A gRPC client's call: messages and a status, on a stream of a connection."""

import asyncio
from collections import deque
from collections.abc import Sequence

from aistack.http2.client import ClientConnection
from aistack.http2.grpc.messages import MessageReader, MessageTooLarge, framed
from aistack.http2.grpc.metadata import CONTENT_TYPE, TIMEOUT, timeout_text, value_of
from aistack.http2.grpc.status import OF_HTTP, OF_RESET, RpcError, Status, status_of
from aistack.http2.multiplexing.stream import Stream
from aistack.http2.wire.errors import ConnectionClosed, ErrorCode
from aistack.http2.wire.header_fields import Field, Fields

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
        self._connection: ClientConnection | None = None
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
        self._connection = connection
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
        http, kind = value_of(fields, b":status"), value_of(fields, b"content-type")
        if http != b"200":
            self._cancelled(*_of_http(http))
        elif not kind.startswith(CONTENT_TYPE[1]):
            text = f"the server's answer is {kind.decode('ascii', 'replace') or 'of no type'}, not gRPC"
            self._cancelled(Status.UNKNOWN, text)
        self._reader = MessageReader(self._bytes_max, value_of(fields, b"grpc-encoding") or b"identity")

    def data_received(self, data: bytes, ended: bool) -> None:
        if not self.head:
            self._cancelled(Status.INTERNAL, "the response has data before its head")
            return
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
            reason = self._connection.close_reason if self._connection is not None else ""
            self._finish(Status.UNAVAILABLE, f"the connection was lost{': ' if reason else ''}{reason}")
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
