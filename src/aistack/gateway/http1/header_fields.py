"""Header fields, parsed once per distinct line and then looked up by their bytes (RFC 9110 §5, RFC 9112 §5).

Peers send the same lines again and again, so a line seen before costs one look-up. A new one is parsed strictly: no
space before the colon, no folding, no control characters, no bare CR or LF.
"""

import time
from collections.abc import Callable
from email.utils import formatdate
from typing import Generic, TypeVar

TOKEN = b"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
TEXT = b"\t" + bytes(range(0x20, 0x7F)) + bytes(range(0x80, 0x100))
KNOWN_MAX = 4096
KNOWN_LINE_BYTES_MAX = 256

HOP_BY_HOP = frozenset(
    (b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade")
)
CREDENTIALS = frozenset((b"authorization", b"x-api-key"))
FORWARDING = frozenset(  # only the gateway itself sends these to an instance, whatever a client sent
    (
        b"x-request-id", b"via", b"forwarded", b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host",
        b"x-real-ip", b"x-request-timeout-ms",
    )
)  # fmt: skip
RESERVED_PREFIXES = (b"x-forwarded", b"x-aistack")
KEPT_FROM_TRAILERS = (
    HOP_BY_HOP
    | CREDENTIALS
    | {
        b"content-length", b"host", b"cookie", b"set-cookie", b"content-encoding", b"content-type", b"content-range",
        b"cache-control", b"expect", b"max-forwards", b"range", b"location", b"www-authenticate", b"traceparent",
        b"tracestate",
    }
)  # fmt: skip
CHUNKED_LINE = b"transfer-encoding: chunked\r\n"
UPGRADE_LINES = b"connection: upgrade\r\nupgrade: websocket\r\n"
LENGTH_DIGITS_MAX = 15
UNREPEATED = CREDENTIALS | frozenset(
    (b"cookie", b"set-cookie", b"x-request-id", b"traceparent", b"tracestate", b"etag", b"if-none-match", b"range")
)


class Malformed(Exception):
    """The message is not valid HTTP; the text says why. `status` is what a client gets."""

    def __init__(self, why: str, status: int = 400, code: str = "malformed-request") -> None:
        super().__init__(why)
        self.status = status
        self.code = code


class Field:
    """One header line. `mark` is 0 if it is passed on unchanged (`line`); else it says how it has to be treated."""

    __slots__ = ("line", "mark", "name", "number", "value")

    def __init__(self, name: bytes, value: bytes, line: bytes, mark: int) -> None:
        self.name = name
        self.value = value
        self.line = line
        self.mark = mark
        self.number = 0  # the value, where it is a number


def read_field(raw: bytes, marks: dict[bytes, int]) -> Field:
    """The field on a line without its CRLF. Raises Malformed."""
    name, colon, value = raw.partition(b":")
    if not colon or not name or name.translate(None, TOKEN):
        raise Malformed("a header line is not 'name: value'")
    if value.translate(None, TEXT):
        raise Malformed("a header value holds a control character")
    value = value.strip(b" \t")
    key = name.lower()
    return Field(key, value, b"%b: %b\r\n" % (name, value), marks.get(key, 0))


def is_reserved(name: bytes) -> bool:
    """Whether only the gateway may send an instance this field. `_` counts as `-`, as in CGI and WSGI."""
    name = name.replace(b"_", b"-")
    return name in FORWARDING or name.startswith(RESERVED_PREFIXES)


def may_trail(name: bytes) -> bool:
    """Whether a field may be a trailer: not one that is needed before the body (RFC 9110 §6.5.1), and none of ours."""
    return name not in KEPT_FROM_TRAILERS and b"_" not in name and not is_reserved(name)


def announced(trailer: bytes) -> bytes:
    """The value of a Trailer field, without the names that are not passed on."""
    names = (name.strip() for name in trailer.split(b","))
    return b", ".join(name for name in names if name and may_trail(name.lower()))


def content_length(value: bytes) -> int:
    """The value of a Content-Length. Raises Malformed."""
    if not value.isdigit() or len(value) > LENGTH_DIGITS_MAX:
        raise Malformed("Content-Length must be a single whole number")
    return int(value)


def options_of(connection: bytes) -> set[bytes]:
    """The options of a Connection header, in lower case."""
    return {part.strip().lower() for part in connection.split(b",")}


def stays_open(options: set[bytes], by_default: bool) -> bool:
    """Whether the connection stays open after a message with these options (RFC 9112 §9.3)."""
    return b"close" not in options and (by_default or b"keep-alive" in options)


def check_partial(head: bytes) -> None:
    """Raises Malformed for an incomplete head that can no longer become valid."""
    if head.count(b"\n") != head.count(b"\r\n") or b"\r" in head.replace(b"\r\n", b"")[:-1] or b"\0" in head:
        raise Malformed("lines must end with CRLF and hold no control characters")


ReadT = TypeVar("ReadT")


class LineCache(Generic[ReadT]):
    """Parsed lines by their bytes. Cleared when full, which is rare and cheap."""

    __slots__ = ("_lines", "_read", "get")

    def __init__(self, read: Callable[[bytes], ReadT]) -> None:
        self._lines: dict[bytes, ReadT] = {}
        self._read = read
        self.get = self._lines.get

    def add(self, raw: bytes) -> ReadT:
        """Parses a line that `get` does not find, and caches it. Raises Malformed."""
        found = self._read(raw)
        if len(raw) <= KNOWN_LINE_BYTES_MAX and getattr(found, "name", b"") not in UNREPEATED:
            if len(self._lines) >= KNOWN_MAX:
                self._lines.clear()
            self._lines[raw] = found
        return found


class _Clock:
    """The Date line of one second."""

    second = 0
    line = b""


def date_line() -> bytes:
    """The current `Date` line (RFC 9110 §6.6.1), built once a second."""
    now = int(time.time())
    if now != _Clock.second:
        _Clock.second, _Clock.line = now, b"date: %b\r\n" % formatdate(now, usegmt=True).encode()
    return _Clock.line


def values_of(fields: list[Field], name: bytes) -> bytes:
    """The values of one name joined by commas, as a list-based field is read (RFC 9110 §5.3); empty when absent."""
    return b",".join([field.value for field in fields if field.name == name])


def without_named(lines: list[bytes], connection: bytes) -> list[bytes]:
    """The lines without those that a Connection header names (RFC 9110 §7.6.1)."""
    named = options_of(connection) - {b"close", b"keep-alive", b""}
    if not named:
        return lines
    return [line for line in lines if line.partition(b":")[0].lower() not in named]
