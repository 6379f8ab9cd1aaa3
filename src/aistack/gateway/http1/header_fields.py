"""Header field lines: checked once, then known by their bytes (RFC 9110 §5, RFC 9112 §5).

Peers send the same lines again and again. A line seen before is one look-up; a new one is held against
the grammar, strictly: no space before the colon, no folding, no control character, no bare CR or LF.
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
FORWARDING = frozenset(  # what the gateway alone says to an instance, whatever a client sent
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
    """The message is not HTTP as we understand it; the text says why. `status` is what a client gets."""

    def __init__(self, why: str, status: int = 400, code: str = "malformed-request") -> None:
        super().__init__(why)
        self.status = status
        self.code = code


class Field:
    """One line. `mark` is 0 when it is passed on as it is (`line`), else it says who has to look at it."""

    __slots__ = ("line", "mark", "name", "number", "value")

    def __init__(self, name: bytes, value: bytes, line: bytes, mark: int) -> None:
        self.name = name
        self.value = value
        self.line = line
        self.mark = mark
        self.number = 0  # what the value says, where it is a number


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
    """Whether only the gateway may send an instance this field. `_` counts as `-`: CGI and WSGI make them one."""
    name = name.replace(b"_", b"-")
    return name in FORWARDING or name.startswith(RESERVED_PREFIXES)


def may_trail(name: bytes) -> bool:
    """Whether a field may stand behind a body: none that means something before it (RFC 9110 §6.5.1), none of ours."""
    return name not in KEPT_FROM_TRAILERS and b"_" not in name and not is_reserved(name)


def announced(trailer: bytes) -> bytes:
    """What a Trailer field says, less the names that will not come."""
    names = (name.strip() for name in trailer.split(b","))
    return b", ".join(name for name in names if name and may_trail(name.lower()))


def content_length(value: bytes) -> int:
    """What a Content-Length says. Raises Malformed."""
    if not value.isdigit() or len(value) > LENGTH_DIGITS_MAX:
        raise Malformed("Content-Length must be one whole number")
    return int(value)


def options_of(connection: bytes) -> set[bytes]:
    """The words of a Connection header's value, in lower case."""
    return {part.strip().lower() for part in connection.split(b",")}


def stays_open(options: set[bytes], by_default: bool) -> bool:
    """Whether the connection lives on after a message with these options (RFC 9112 §9.3)."""
    return b"close" not in options and (by_default or b"keep-alive" in options)


def check_partial(head: bytes) -> None:
    """Raises Malformed when a head that is not whole yet can become none: the rest need not be waited for."""
    if head.count(b"\n") != head.count(b"\r\n") or b"\r" in head.replace(b"\r\n", b"")[:-1] or b"\0" in head:
        raise Malformed("lines must end with CRLF and hold no control characters")


ReadT = TypeVar("ReadT")


class LineCache(Generic[ReadT]):
    """What was read from lines before, by their bytes. Forgets everything when full, which is rare and cheap."""

    __slots__ = ("_lines", "_read", "get")

    def __init__(self, read: Callable[[bytes], ReadT]) -> None:
        self._lines: dict[bytes, ReadT] = {}
        self._read = read
        self.get = self._lines.get

    def add(self, raw: bytes) -> ReadT:
        """Reads a line that `get` does not know, and remembers it. Raises Malformed."""
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
    """`Date` as it is now (RFC 9110 §6.6.1), made once a second."""
    now = int(time.time())
    if now != _Clock.second:
        _Clock.second, _Clock.line = now, b"date: %b\r\n" % formatdate(now, usegmt=True).encode()
    return _Clock.line


def values_of(fields: list[Field], name: bytes) -> bytes:
    """The values of one name joined by commas, as a list-based field is read (RFC 9110 §5.3); empty when absent."""
    return b",".join([field.value for field in fields if field.name == name])


def without_named(lines: list[bytes], connection: bytes) -> list[bytes]:
    """The lines less those that a Connection header names (RFC 9110 §7.6.1)."""
    named = options_of(connection) - {b"close", b"keep-alive", b""}
    if not named:
        return lines
    return [line for line in lines if line.partition(b":")[0].lower() not in named]
