"""Timeouts: slow heads, slow bodies, silent endpoints, idle connections. Checked about twice a second."""

from aistack.gateway.policy import local_replies
from aistack.gateway.policy.deadlines import DataRate
from aistack.gateway.proxy.admission import waits_for_body
from aistack.gateway.proxy.client_connection import ClientConnection
from aistack.gateway.proxy.exchange import Exchange
from aistack.gateway.settings import GatewaySettings

LINGER_SECONDS = 2.0
RATE_SECONDS = 1.0  # before that, the rate of a body means nothing
STREAM_SECONDS = 5.0  # a transfer that takes longer counts as a stream


def check_timeouts(client: ClientConnection, now: float) -> None:
    """Ends what takes too long on a connection. `now` is of `time.monotonic()`."""
    settings = client.context.settings
    if client.exchange is not None:
        _check_exchange(client, client.exchange, settings, now)
    elif client.closing:
        if now - client.head_since > LINGER_SECONDS:
            client.abort()
    elif client.head_since:
        if now - client.head_since > settings.head_timeout_seconds:
            client.send_local_reply(local_replies.SLOW_HEAD)
    elif now - client.idle_since > settings.idle_timeout_seconds and client.transport is not None:
        client.transport.close()


def _check_exchange(client: ClientConnection, exchange: Exchange, settings: GatewaySettings, now: float) -> None:
    """The client is too slow while it sends or reads; otherwise the endpoint is."""
    floor, seconds = settings.body_bytes_per_second_min, settings.body_timeout_seconds
    if client.tunnel is not None:
        if now - client.tunnel.progress > settings.tunnel_timeout_seconds:
            client.abort()
        return
    if client.body is not None and not client.held:
        if client.body_rate.too_slow(exchange.received, now, floor, seconds):
            exchange.send_local_reply(local_replies.SLOW_BODY)
            return
        if exchange.waiting:
            _check_waiting(exchange, now, floor)
        elif exchange.in_flight and now - exchange.begun > STREAM_SECONDS:
            _count_as_stream(exchange)
        return
    if client.body is not None:
        client.body_rate.restart(exchange.received, now)
    silent = now - exchange.progress > settings.request_timeout_seconds
    if client.write_paused:
        if silent or _reads_too_slowly(client, exchange, now, floor, seconds):
            client.abort()
            return
    elif silent:
        exchange.timed_out(settings.request_timeout_seconds)
        return
    if exchange.responding and exchange.in_flight and now - exchange.begun > STREAM_SECONDS:
        _count_as_stream(exchange)


def _reads_too_slowly(client: ClientConnection, exchange: Exchange, now: float, floor: int, seconds: float) -> bool:
    buffered = 0 if client.transport is None else client.transport.get_write_buffer_size()
    if client.read_rate is None:
        client.read_rate = DataRate(now, exchange.sent - buffered)
    return client.read_rate.too_slow(exchange.sent - buffered, now, floor, seconds)


def _check_waiting(exchange: Exchange, now: float, floor: int) -> None:
    """Lets a request go ahead that waits for more of its body, if there is a slot or the body arrives fast enough."""
    seconds = now - exchange.begun
    fast_enough = seconds >= RATE_SECONDS and exchange.received >= floor * seconds
    if exchange.route is not None and (fast_enough or not waits_for_body(exchange, exchange.route.cluster)):
        exchange.stop_waiting()


def _count_as_stream(exchange: Exchange) -> None:
    if exchange.route is not None:
        exchange.context.concurrency.convert_to_stream(exchange.route.cluster, exchange)
