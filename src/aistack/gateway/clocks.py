"""Who is too slow? Looked at about once a second, for every client connection."""

from typing import TYPE_CHECKING

from aistack.gateway import refusals
from aistack.gateway.settings import GatewaySettings

if TYPE_CHECKING:
    from aistack.gateway.downstream import ClientConnection
    from aistack.gateway.exchange import Exchange

LINGER_SECONDS = 2.0


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
    silent = now - exchange.progress > settings.request_timeout_seconds
    if client.tunnel is not None:
        if now - client.tunnel.progress > settings.tunnel_timeout_seconds:
            client.abort()
    elif client.body is not None and not client.held:
        if client.body_pace.too_slow(exchange.received, now, settings.body_timeout_seconds):
            exchange.refuse(refusals.SLOW_BODY)
    else:
        if client.body is not None:
            client.body_pace.pause(exchange.received, now)
        if silent and client.write_paused:
            client.abort()
        elif silent:
            exchange.timed_out(settings.request_timeout_seconds)
