"""The way into this room: an endpoint whose connections answer requests themselves instead of passing them on."""

import asyncio
from functools import lru_cache
from typing import Protocol, cast

from aistack.gateway.http1.body_framing import ChunkedBody, LengthBody
from aistack.gateway.http1.io_batching import IoBatch
from aistack.gateway.http1.request_head import RequestHead
from aistack.gateway.http1.request_line import RequestLine
from aistack.gateway.http1.response_head import ResponseHead, StatusLine
from aistack.gateway.identity.authentication import Caller
from aistack.gateway.upstream.cluster import Cluster, Endpoint
from aistack.gateway.upstream.connection import ResponseReceiver, UpstreamConnection
from aistack.gateway.upstream.route_table import Route

RATE_LINE = b'ratelimit: "'
PROGRESS_SECONDS = 60.0


class ModelExchange(ResponseReceiver, Protocol):
    """The exchange of a request for a model."""

    line: RequestLine
    head: RequestHead
    caller: Caller | None
    route: Route | None
    request_id: bytes
    progress: float
    extra_lines: bytes


class HeldCall(Protocol):
    """What a connection needs of the call that it began."""

    def client_gone(self) -> None: ...

    def hold(self, hold: bool) -> None: ...


class Answerer(Protocol):
    """Answers complete requests; None if that is done already, otherwise the call that will."""

    def answer(self, reply: "ModelConnection", exchange: ModelExchange, body: bytes) -> HeldCall | None: ...


class ModelEndpoint(Endpoint):
    """The one endpoint of the service `models`. Its connections never wait and are used once."""

    __slots__ = ("answerer", "io")

    def __init__(self, cluster: Cluster, spec: object, answerer: Answerer, io: IoBatch) -> None:
        super().__init__(cluster, spec)  # pyright: ignore[reportArgumentType] -- the snapshot's spec
        self.answerer = answerer
        self.io = io

    def take_idle(self) -> UpstreamConnection | None:
        return ModelConnection(self, self.answerer, self.io)


class ModelConnection(UpstreamConnection):
    """Takes one request as an upstream would, and is the client's side of its call."""

    def __init__(self, endpoint: ModelEndpoint, answerer: Answerer, io: IoBatch) -> None:
        super().__init__(endpoint, io)
        self.open = True
        self._answerer = answerer
        self._call: HeldCall | None = None
        self._request: ChunkedBody | LengthBody | None = None
        self._pieces: list[bytes] = []
        self._held = False

    def carry(self, exchange: ResponseReceiver, data: bytes) -> None:
        """Takes the request's head, and the part of its body that has arrived."""
        self.exchange = exchange
        head = cast(ModelExchange, exchange).head
        if not head.has_body:
            self._begin()
            return
        self._request = ChunkedBody() if head.chunked else LengthBody(head.body_length or 0)
        body = data[data.index(b"\r\n\r\n") + 4 :]
        if head.expects and not body:
            exchange.interim(_head(100))
        if body:
            self.write(body)

    def write(self, data: bytes) -> None:
        request = self._request
        if request is None or request.done:
            return
        payload = request.feed(data)
        if payload:
            self._pieces.append(payload)
        if not request.done:
            return
        if self.exchange is not None and self.exchange.request_done:
            self._begin()
        else:  # the exchange learns of the end after us
            asyncio.get_running_loop().call_soon(self._begin)

    def _begin(self) -> None:
        exchange = self.exchange
        if exchange is None:
            return
        pieces, self._pieces = self._pieces, []
        body = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        call = self._answerer.answer(self, cast(ModelExchange, exchange), body)
        if self.exchange is None:
            return
        self._call = call
        if self._held and call is not None:
            call.hold(True)

    def lasts(self, seconds: float) -> None:
        """The answer may take this long before the data plane takes it for lost."""
        if self.exchange is not None:
            cast(ModelExchange, self.exchange).progress += seconds + PROGRESS_SECONDS

    @property
    def gone(self) -> bool:
        return self.exchange is None

    @property
    def request_id(self) -> str:
        return "" if self.exchange is None else cast(ModelExchange, self.exchange).request_id.decode()

    @property
    def path(self) -> bytes:
        return b"" if self.exchange is None else cast(ModelExchange, self.exchange).line.path

    def limit_lines(self) -> bytes:
        """The request's rate limit, as OpenAI's clients read it."""
        exchange = cast(ModelExchange | None, self.exchange)
        if exchange is None or RATE_LINE not in exchange.extra_lines:
            return b""
        rule = (exchange.caller.rate if exchange.caller else None) or (exchange.route.rate if exchange.route else None)
        left = exchange.extra_lines.partition(b";r=")[2].partition(b"\r\n")[0]
        return b"" if rule is None else _limit_lines(rule.burst, rule.interval, int(left or b"0"))

    def respond(self, status: int, lines: bytes, body: bytes) -> None:
        """The whole response."""
        exchange, self.exchange, self._call = self.exchange, None, None
        if exchange is None:
            return
        head = _head(status, lines)
        head.length, head.length_line = len(body), b"content-length: %d\r\n" % len(body)
        exchange.response_whole(head, body)

    def open_stream(self, lines: bytes) -> None:
        """The head of a streamed response. The reply may be `gone` afterwards: there may be no place for a stream."""
        if self.exchange is not None:
            head = _head(200, lines)
            head.is_event_stream = True
            self.exchange.response_head(head)

    def send(self, data: bytes) -> None:
        if data and self.exchange is not None:  # an empty chunk would end the response
            self.exchange.response_body(data)

    def end(self, data: bytes) -> None:
        exchange, self.exchange, self._call = self.exchange, None, None
        if exchange is not None:
            exchange.response_end(data, ())

    def pause(self) -> None:
        self._held = True
        if self._call is not None:
            self._call.hold(True)

    def resume(self) -> None:
        self._held = False
        if self._call is not None:
            self._call.hold(False)

    def close(self) -> None:
        self.abort()

    def abort(self) -> None:
        """The client left, or was answered by the data plane itself."""
        self.exchange = None
        call, self._call = self._call, None
        if call is not None:
            call.client_gone()


def _head(status: int, lines: bytes = b"") -> ResponseHead:
    head = ResponseHead(_status(status))
    head.passed = head.line.line + lines
    return head


@lru_cache(maxsize=64)
def _status(status: int) -> StatusLine:
    return StatusLine(status, http10=False)


@lru_cache(maxsize=4096)
def _limit_lines(burst: int, interval: float, left: int) -> bytes:
    reset = (burst - left) * interval
    return (
        f"x-ratelimit-limit-requests: {burst}\r\nx-ratelimit-remaining-requests: {left}\r\n"
        f"x-ratelimit-reset-requests: {reset:.3f}s\r\n"
    ).encode()
