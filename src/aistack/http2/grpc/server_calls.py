"""Calls that are answered here: an asyncio function gets the request messages and yields the response messages."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing

from aistack.http2.grpc.messages import MessageReader, MessageTooLarge, framed
from aistack.http2.grpc.metadata import RESPONSE_HEAD, call_head
from aistack.http2.grpc.status import RpcError, Status, trailers_of
from aistack.http2.multiplexing.stream import Stream
from aistack.http2.wire.errors import ErrorCode
from aistack.http2.wire.header_fields import Fields

Method = Callable[[AsyncIterator[bytes]], AsyncGenerator[bytes]]
REQUEST_SECONDS = 60.0  # for the first message, so that calls which never begin take no place
LATE_REQUEST = (Status.DEADLINE_EXCEEDED, f"no complete request within {REQUEST_SECONDS:g} s")
MESSAGE_BYTES_MAX = 60 * 1024


class ServerCall:
    """Runs a method for one stream. A StreamHandler. Messages have up to `bytes_max` and are read as the method asks.

    While a message waits for the method, its client may send one window more. The client's cancellation, the deadline
    and the end of the connection cancel the method. RpcError becomes the call's status and trailers; any other
    exception becomes UNKNOWN and is raised to the loop's exception handler. `on_end` is called once the method has
    ended.
    """

    def __init__(
        self,
        stream: Stream,
        fields: Fields,
        ended: bool,
        method: Method,
        on_end: Callable[[], None] = lambda: None,
        bytes_max: int = MESSAGE_BYTES_MAX,
    ) -> None:
        self._stream = stream
        head = call_head(fields)
        self._reader = MessageReader(bytes_max, head.encoding)
        self._messages: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._unread_bytes = 0
        self._begun = self._over = False
        self._writable = asyncio.Event()
        self._writable.set()
        loop = asyncio.get_running_loop()
        self._task = loop.create_task(self._run(method), name="http2:call")
        self._task.add_done_callback(lambda _: on_end())
        self._timer: asyncio.TimerHandle | None = None
        self._waiting = None if ended else loop.call_later(REQUEST_SECONDS, self._end, *LATE_REQUEST)
        seconds = head.timeout
        if seconds is not None:
            if seconds < 0:
                self._end(Status.INTERNAL, "grpc-timeout is malformed")
                return
            late = (Status.DEADLINE_EXCEEDED, "the deadline passed before the answer was complete")
            self._timer = loop.call_later(seconds, self._end, *late)
        if ended:
            self._messages.put_nowait(None)

    def fields_received(self, fields: Fields, ended: bool) -> None:
        self._request_came()
        self._messages.put_nowait(None)

    def data_received(self, data: bytes, ended: bool) -> None:
        self._unread_bytes += len(data)
        if self._over:
            self._credit()
            return
        try:
            for message in self._reader.feed(data):
                self._messages.put_nowait(message)
                self._request_came()
        except MessageTooLarge as error:
            self._end(Status.RESOURCE_EXHAUSTED, str(error))
        except ValueError as error:
            self._end(Status.INTERNAL, str(error))
        if self._messages.empty():
            self._credit()
        if ended:
            self._request_came()
            self._messages.put_nowait(None)

    def data_sent(self, count: int) -> None:
        if not self._stream.queued:
            self._writable.set()
            if self._over:
                self._reset_unread()

    def stream_failed(self, code: ErrorCode, lost: bool) -> None:
        self._task.cancel()
        self._stop_timer()
        self._request_came()

    async def _run(self, method: Method) -> None:
        trailers: Fields = ()
        status, message = Status.OK, ""
        try:
            async with aclosing(method(self._requests())) as answers:
                async for answer in answers:
                    if not self._begun:
                        self._stream.send_fields(RESPONSE_HEAD)
                        self._begun = True
                    if self._stream.queued:
                        self._writable.clear()
                        await self._writable.wait()
                    self._stream.send_data(framed(answer))
        except RpcError as error:
            status, message, trailers = error.status, error.message, error.trailers
        except Exception:
            self._end(Status.UNKNOWN, "the call failed because of an error in the server")
            raise
        self._end(status, message, trailers)

    async def _requests(self) -> AsyncIterator[bytes]:
        while (message := await self._messages.get()) is not None:
            if self._messages.empty():
                self._credit()
            yield message

    def _credit(self) -> None:
        count, self._unread_bytes = self._unread_bytes, 0
        self._stream.consume(count)

    def _end(self, status: Status, message: str, more: Fields = ()) -> None:
        self._over = True
        self._stop_timer()
        self._request_came()
        if asyncio.current_task() is not self._task:
            self._task.cancel()
        own = tuple(one for one in more if one[0] != b"content-type" and not one[0].startswith((b"grpc-", b":")))
        trailers = (*trailers_of(status, message), *own)
        self._stream.send_fields(trailers if self._begun else (*RESPONSE_HEAD[:2], *trailers), True)
        if not self._stream.queued:
            self._reset_unread()

    def _reset_unread(self) -> None:
        """Nothing more is read of a client that still sends."""
        if not self._stream.remote_ended:
            self._stream.reset(ErrorCode.NO_ERROR)

    def _request_came(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def unary(answer: Callable[[bytes], Awaitable[bytes]]) -> Method:
    """A method with one request and one response."""

    async def method(requests: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
        async for message in requests:
            yield await answer(message)
            return
        raise RpcError(Status.INTERNAL, "the call has no request message")

    return method
