"""What a request head says: how long the body is, for whom it is, with which key (RFC 9112 §3, §6)."""

from typing import TYPE_CHECKING

import httptools

from aistack.gateway import heads
from aistack.gateway.identity import presented_key

if TYPE_CHECKING:
    from aistack.gateway.exchange import Exchange

CREDENTIALS = (b"authorization", b"x-api-key")  # passed on only when the gateway itself asks for none


def read_request_head(
    exchange: "Exchange", parser: httptools.HttpRequestParser, lines: heads.Lines, special: dict[bytes, bytes]
) -> str:
    """Fills the exchange in from the head; what is unclear about the head, or nothing when all is clear.

    `lines` are the headers that are passed on as they are, `special` the others by lower-case name, the
    values of repeated ones joined by commas.
    """
    connection = special.get(b"connection", b"")
    exchange.keep_alive = parser.should_keep_alive()
    if connection or not exchange.keep_alive:  # HTTP/1.0 closes unless it says otherwise
        exchange.http10 = parser.get_http_version() == "1.0"
    host = special.get(b"host")
    if (host is None and not exchange.http10) or (host is not None and b"," in host):
        return "one Host header is needed, no more and no fewer"
    target = exchange.target
    if not target.startswith(b"/") or (b"/." in target and _has_dot_segment(exchange.path)):
        return "the target must be an absolute path without dot segments"
    if len(special) == 1 and host:
        exchange.describe(host, lines, b"", b"")
        return ""
    unclear = _read_framing(exchange, special)
    if unclear:
        return unclear
    if connection:
        lines = heads.without_named(lines, connection)
    if b"upgrade" in special:
        is_websocket = special[b"upgrade"].strip().lower() == b"websocket"
        exchange.wants_upgrade = is_websocket and b"upgrade" in connection.lower()
    authorization, x_api_key = special.get(b"authorization", b""), special.get(b"x-api-key", b"")
    if exchange.plane.keyring.open and (authorization or x_api_key):
        lines = [*lines, *(b"%b: %b\r\n" % (name, special[name]) for name in CREDENTIALS if name in special)]
    key = presented_key(authorization, x_api_key)
    exchange.describe(host or b"", lines, key, special.get(b"x-request-id", b""))
    return ""


def _read_framing(exchange: "Exchange", special: dict[bytes, bytes]) -> str:
    if b"transfer-encoding" in special:
        exchange.chunked = special[b"transfer-encoding"].strip().lower() == b"chunked"
        if not exchange.chunked or b"content-length" in special:
            return "the body's length is not clear from the head"
    elif b"content-length" in special:
        length = special[b"content-length"]
        if not length.isdigit():
            return "Content-Length must be one whole number"
        exchange.body_length = int(length)
    return ""


def _has_dot_segment(path: bytes) -> bool:
    return b"/../" in path + b"/" or b"/./" in path + b"/"
