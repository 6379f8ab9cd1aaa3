"""The state of one request, from its head to its end, and what can be derived from it."""

import time
from typing import Protocol

from aistack.gateway.http1.request_head import RequestHead
from aistack.gateway.http1.request_line import RequestLine
from aistack.gateway.identity.authentication import Caller, RememberedCaller
from aistack.gateway.identity.trusted_proxies import is_loopback, network_of
from aistack.gateway.policy.circuit_breaker import route_class
from aistack.gateway.policy.deadlines import Deadline
from aistack.gateway.policy.rate_limits import RateRule
from aistack.gateway.policy.retries import IDEMPOTENT, RetryBody
from aistack.gateway.proxy.context import ProxyContext
from aistack.gateway.proxy.forwarding import Origin
from aistack.gateway.proxy.response_writer import ResponseWriter
from aistack.gateway.proxy.tunnel import Tunnel
from aistack.gateway.telemetry.request_ids import kept_or_new_request_id, new_request_id
from aistack.gateway.upstream.cluster import Endpoint, ErrorBody
from aistack.gateway.upstream.connection import UpstreamConnection
from aistack.gateway.upstream.route_table import Route

BODY_AHEAD_BYTES = 16 * 1024


class Client(Protocol):
    """What a request needs of the connection that it arrived on."""

    context: ProxyContext
    origin: Origin
    remembered: RememberedCaller
    writer: ResponseWriter
    write_paused: bool

    def hold(self, reason: str) -> None: ...

    def release(self, reason: str) -> None: ...

    def abort(self) -> None: ...

    def open_tunnel(self, tunnel: Tunnel) -> None: ...

    def exchange_done(self, exchange: "RequestState") -> None: ...


class SecondAttempt(Protocol):
    """A hedged request's second attempt, as far as its end is concerned."""

    def cancel(self) -> None: ...


class RequestState:
    """One request. Made when its head is complete; over when `done`."""

    __slots__ = (
        "_holders", "_tried", "answered", "begun", "caller", "client", "connection", "context", "deadline", "done",
        "ended", "endpoint", "extra_lines", "head", "hedge", "in_flight", "is_stream", "keep_alive", "line", "progress",
        "received", "rejected", "request_done", "request_id", "responding", "route", "sent", "sent_body", "status",
        "to_head", "waiting",
    )  # fmt: skip

    def __init__(self, client: Client, line: RequestLine, head: RequestHead) -> None:
        self.client = client
        self.context = client.context
        self.line = line
        self.head = head
        self.keep_alive = head.keep_alive
        self.to_head = line.method == b"HEAD"
        self.request_id = kept_or_new_request_id(head.given_id) if head.given_id else new_request_id()
        self.progress = self.begun = self.ended = time.monotonic()
        self.sent_body = RetryBody(line.method in IDEMPOTENT) if head.has_body else None
        self.route: Route | None = None
        self.caller: Caller | None = None  # None while identity is off
        self.endpoint: Endpoint | None = None
        self.connection: UpstreamConnection | None = None
        self.status = 0
        self.received: int = 0  # of the body, bytes
        self.sent: int = 0
        self.request_done = self.responding = self.done = self.in_flight = self.waiting = False
        self.is_stream = head.wants_websocket
        self.answered = 0.0  # when the response head arrived, if its body did not arrive with it
        self.rejected, self.extra_lines = "", b""  # header lines of the response to this request alone
        self.hedge: SecondAttempt | None = None
        self.deadline: Deadline | None = None
        self._tried: tuple[Endpoint, ...] = ()
        self._holders: tuple[str, str] | None = None

    def rate_limit_result(self, rule: RateRule, wait: float, left: int) -> None:
        """Goes on with what the buckets in Redis say: seconds to wait, 0 for none, and the requests that are left."""
        raise NotImplementedError

    @property
    def address(self) -> str:
        """The client's address, seen past trusted proxies."""
        return self.client.origin.address_of(self.head)

    @property
    def is_secure(self) -> bool:
        """Whether the client uses TLS, here or at a trusted proxy."""
        origin = self.client.origin
        proto = self.head.value(b"x-forwarded-proto").lower() if origin.trusted else b""
        return (proto or origin.proto) == b"https"

    @property
    def is_local(self) -> bool:
        """Whether the client is a program on this machine, as far as can be seen."""
        origin = self.client.origin
        return origin.is_local and (not origin.trusted or is_loopback(self.address))

    @property
    def caller_name(self) -> str:
        """The caller, as limits and hashing identify it: the principal, or the address if there is none."""
        if self.caller is None or self.caller.who.kind == "anonymous":
            return network_of(self.address)
        return self.caller.who.id

    @property
    def holders(self) -> tuple[str, str]:
        """The caller and the address that its slot counts for; both empty where shares are not limited.

        That is so for services of the stack, which call on behalf of many, and on a laptop, where all callers look the
        same.
        """
        if self._holders is None:
            if self.is_local if self.caller is None else self.caller.who.kind == "service":
                self._holders = "", ""
            else:
                self._holders = self.caller_name, f"from {network_of(self.address)}"
        return self._holders

    @property
    def error_body(self) -> ErrorBody | None:
        """How local replies are written for this request; None for problem documents."""
        return None if self.route is None else self.route.cluster.error_body

    @property
    def lacks_body(self) -> bool:
        """Whether next to nothing of the request's body has arrived."""
        return not self.request_done and self.received < BODY_AHEAD_BYTES

    @property
    def route_class(self) -> bytes:
        return route_class(self.line.method, self.line.path, self.route.prefix if self.route else "")
