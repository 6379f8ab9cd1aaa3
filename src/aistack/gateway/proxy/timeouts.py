"""How long things may take: a caller's own deadline, and who is too slow.

`X-Request-Timeout-Ms` holds whole milliseconds, like gRPC's grpc-timeout and Envoy's expected-rq-timeout-ms: a span
needs no common clock. It can only shorten what the gateway itself allows, and is passed on with what is left of it.
"""

import asyncio
from typing import TYPE_CHECKING

from aistack.gateway.http1.body_framing import Pace
from aistack.gateway.policy import local_replies as refusals
from aistack.gateway.policy.local_replies import Refusal
from aistack.gateway.proxy.admission import waits_for_body
from aistack.gateway.settings import GatewaySettings

if TYPE_CHECKING:
    from aistack.gateway.proxy.client_connection import ClientConnection
    from aistack.gateway.proxy.dispatch import Journey
    from aistack.gateway.proxy.exchange import Exchange

DEADLINE_HEADER = b"x-request-timeout-ms"
DIGITS_MAX = 9
LINGER_SECONDS = 2.0
PACE_SECONDS = 1.0  # after which the pace of a body says something
LASTING_SECONDS = 5.0  # a transfer that takes longer counts as a stream


def deadline_lines(milliseconds: int) -> bytes:
    """The last lines of a head towards an instance."""
    return b"%b: %d\r\n\r\n" % (DEADLINE_HEADER, milliseconds)


class Deadline:
    """Ends its exchange when the caller's time is over. What is no number of milliseconds is as good as not given."""

    def __init__(self, exchange: "Journey", given: bytes) -> None:
        self._loop = asyncio.get_running_loop()
        seconds = exchange.plane.settings.request_timeout_seconds
        if given.isdigit() and len(given) <= DIGITS_MAX:
            seconds = min(seconds, int(given) / 1000)
        self._exchange = exchange
        self._seconds = seconds
        self._at = self._loop.time() + seconds
        self._timer = self._loop.call_at(self._at, self._over)

    def lines(self) -> bytes:
        """What is left, for the instance."""
        return deadline_lines(max(0, int((self._at - self._loop.time()) * 1000)))

    def cancel(self) -> None:
        self._timer.cancel()

    def _over(self) -> None:
        detail = f"the answer was not there within the {self._seconds:g} s that the request allowed"
        if not self._exchange.done:
            self._exchange.refuse(Refusal(504, "deadline-exceeded", detail))


def check_clocks(client: "ClientConnection", now: float) -> None:
    """Ends what takes too long: a head, a body, an answer, a wait. `now` is of `time.monotonic()`."""
    settings = client.plane.settings
    if client.exchange is not None:
        _check_exchange(client, client.exchange, settings, now)
    elif client.closing:
        if now - client.head_since > LINGER_SECONDS:
            client.abort()
    elif client.head_since:
        if now - client.head_since > settings.head_timeout_seconds:
            client.refuse(refusals.SLOW_HEAD)
    elif now - client.idle_since > settings.idle_timeout_seconds and client.transport is not None:
        client.transport.close()


def _check_exchange(client: "ClientConnection", exchange: "Exchange", settings: GatewaySettings, now: float) -> None:
    """Whose turn it is decides who is too slow: the client that sends or reads, or else the instance."""
    floor, seconds = settings.body_bytes_per_second_min, settings.body_timeout_seconds
    if client.tunnel is not None:
        if now - client.tunnel.progress > settings.tunnel_timeout_seconds:
            client.abort()
        return
    if client.body is not None and not client.held:
        if client.body_pace.too_slow(exchange.received, now, floor, seconds):
            exchange.refuse(refusals.SLOW_BODY)
            return
        if exchange.waiting:
            _ask_again(exchange, now, floor)
        elif exchange.in_flight and now - exchange.begun > LASTING_SECONDS:
            _takes_long(exchange)
        return
    if client.body is not None:
        client.body_pace.pause(exchange.received, now)
    silent = now - exchange.progress > settings.request_timeout_seconds
    if client.write_paused:
        if silent or _reads_too_slowly(client, exchange, now, floor, seconds):
            client.abort()
            return
    elif silent:
        exchange.timed_out(settings.request_timeout_seconds)
        return
    if exchange.responding and exchange.in_flight and now - exchange.begun > LASTING_SECONDS:
        _takes_long(exchange)


def _reads_too_slowly(client: "ClientConnection", exchange: "Exchange", now: float, floor: int, seconds: float) -> bool:
    buffered = 0 if client.transport is None else client.transport.get_write_buffer_size()
    if client.reading_pace is None:
        client.reading_pace = Pace(now, exchange.sent - buffered)
    return client.reading_pace.too_slow(exchange.sent - buffered, now, floor, seconds)


def _ask_again(exchange: "Exchange", now: float, floor: int) -> None:
    """Lets a request go ahead that waits for more of its body, when there is room or its pace is right."""
    seconds = now - exchange.begun
    holds_pace = seconds >= PACE_SECONDS and exchange.received >= floor * seconds
    if exchange.route is not None and (holds_pace or not waits_for_body(exchange, exchange.route.service)):
        exchange.go_ahead()


def _takes_long(exchange: "Exchange") -> None:
    if exchange.route is not None:
        exchange.plane.concurrency.becomes_stream(exchange.route.service, exchange)
