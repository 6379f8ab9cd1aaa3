"""A response head: its status, its framing, whether the connection stays open (RFC 9112)."""

import re
from http import HTTPStatus

from aistack.gateway.http1.cookies import sets_own
from aistack.gateway.http1.header_fields import (
    CHUNKED_LINE,
    HOP_BY_HOP,
    Field,
    LineCache,
    Malformed,
    announced,
    content_length,
    options_of,
    read_field,
    stays_open,
    values_of,
    without_named,
)

LENGTH, DROPPED, KEEP_ALIVE, OTHER, DATE, EVENT_STREAM, OWN_COOKIE = 1, 2, 4, 8, 16, 32, 64
MARKS = (  # of the fields in a service's response
    dict.fromkeys(HOP_BY_HOP, OTHER)
    | dict.fromkeys((b"x-request-id", b"x-content-type-options", b"x-frame-options", b"keep-alive"), DROPPED)
    | {b"content-length": LENGTH, b"strict-transport-security": OTHER, b"date": DATE}
)
STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9]{2})(?: [\t -~\x80-\xff]*)?")
STATUS_LINES = {
    status: f"HTTP/1.1 {status} {HTTPStatus(status).phrase if status in list(HTTPStatus) else 'Status'}\r\n".encode()
    for status in range(100, 1000)
}
NO_CONTENT = 204
BODILESS = frozenset((NO_CONTENT, 304))
HEADERS_MAX = 200
HEAD_BYTES_MAX = 64 * 1024
HEAD_BYTES_KEPT_MAX = 4096


class StatusLine:
    """`bodiless` is set for the statuses whose responses never have a body."""

    __slots__ = ("bodiless", "http10", "line", "status")

    def __init__(self, status: int, http10: bool) -> None:
        self.status = status
        self.http10 = http10
        self.line = STATUS_LINES[status]
        self.bodiless = status < 200 or status in BODILESS


class ResponseHead:
    """A parsed head. Never changed, as a connection may send the same head again.

    `length` is the Content-Length, or None, and `length_line` its line for the client. `is_event_stream` marks
    server-sent events, which may go on for hours.
    """

    __slots__ = ("chunked", "dated", "is_event_stream", "keep_alive", "length", "length_line", "line", "passed")

    def __init__(self, line: StatusLine) -> None:
        self.line = line
        self.passed = b""  # the status line and the header lines that are passed on unchanged
        self.keep_alive = not line.http10
        self.chunked = self.dated = self.is_event_stream = False
        self.length: int | None = None
        self.length_line = b""


def read_status_line(raw: bytes) -> StatusLine:
    """Raises Malformed."""
    match = STATUS_LINE.fullmatch(raw)
    if match is None:
        raise Malformed("the status line is not 'HTTP/1.1 STATUS REASON'")
    return StatusLine(int(match[2]), match[1] == b"0")


def _read_response_field(raw: bytes) -> Field:
    field = read_field(raw, MARKS)
    if field.name == b"connection" and field.value.lower() == b"keep-alive":
        field.mark = KEEP_ALIVE
    elif field.name == b"content-type" and field.value.lower().startswith(b"text/event-stream"):
        field.mark = EVENT_STREAM
    elif field.name.startswith(b"x-aistack"):
        field.mark = DROPPED
    elif field.name == b"set-cookie" and sets_own(field.value):
        field.mark = OWN_COOKIE
    elif field.mark == LENGTH:
        field.number = content_length(field.value)
    return field


_lines = LineCache(read_status_line)
_fields = LineCache(_read_response_field)
_known_lines, _known_fields = _lines.get, _fields.get


class ResponseReader:
    """Parses the heads of one connection's responses. A head repeated byte for byte is not parsed again."""

    __slots__ = ("_head", "_own", "_raw")

    def __init__(self, own: bool = False) -> None:
        self._own = own
        self._raw = b""
        self._head: ResponseHead | None = None

    def read(self, raw: bytes) -> ResponseHead:
        """The head in `raw`, which ends before the empty line. Raises Malformed."""
        head = self._head
        if head is not None and raw == self._raw:
            return head
        head = read_response_head(raw, self._own)
        if len(raw) <= HEAD_BYTES_KEPT_MAX:
            self._head, self._raw = head, raw
        return head


def read_response_head(raw: bytes, own: bool = False) -> ResponseHead:
    """The head in `raw`, which ends before the empty line. Raises Malformed.

    Only the gateway's `own` API may set the gateway's cookies: of others those lines are left out.
    """
    lines = raw.split(b"\r\n")
    line = _known_lines(lines[0]) or _lines.add(lines[0])
    if len(lines) > HEADERS_MAX + 1:
        raise Malformed(f"the response has more than {HEADERS_MAX} headers")
    head, passed = ResponseHead(line), list[bytes]()
    length = special = None
    del lines[0]
    for one in lines:
        field = _known_fields(one) or _fields.add(one)
        mark = field.mark
        if not mark:
            passed.append(field.line)
        elif mark == LENGTH:
            if length is not None and length.value != field.value:
                raise Malformed("the response has two different lengths")
            length = field
        elif mark == OTHER:
            special = [field] if special is None else [*special, field]
        elif mark == KEEP_ALIVE:
            head.keep_alive = True
        elif mark == DATE:
            head.dated = True
            passed.append(field.line)
        elif mark == EVENT_STREAM:
            head.is_event_stream = True
            passed.append(field.line)
        elif mark == OWN_COOKIE and own:
            passed.append(field.line)
    if length is not None:
        head.length = length.number
        head.length_line = b"" if line.status == NO_CONTENT else length.line  # RFC 9110 §8.6
    if special is not None:
        passed = _judge(head, special, passed)
    head.passed = line.line + b"".join(passed)
    return head


def framing_for(head: ResponseHead, http10: bool, to_head: bool) -> tuple[bytes, bool, bool]:
    """The framing lines for a client, whether the body is chunked, and whether the client can tell where it ends."""
    if head.length is not None:
        return head.length_line, False, True
    if head.line.bodiless or to_head:
        return b"", False, True
    return (b"", False, False) if http10 else (CHUNKED_LINE, True, True)


def _judge(head: ResponseHead, special: list[Field], passed: list[bytes]) -> list[bytes]:
    """Evaluates what the special fields mean for the framing and the connection. Returns the lines to pass on."""
    coding = values_of(special, b"transfer-encoding").lower()
    if coding:
        if coding != b"chunked" or head.length is not None or head.line.http10:
            raise Malformed("the length of the response is ambiguous")
        head.chunked = True
    connection = values_of(special, b"connection")
    if connection:
        head.keep_alive = stays_open(options_of(connection), head.keep_alive)
        passed = without_named(passed, connection)
        head.dated = head.dated and any(one[:5].lower() == b"date:" for one in passed)
    trailer = announced(values_of(special, b"trailer"))
    if trailer and head.chunked:
        passed.append(b"trailer: %b\r\n" % trailer)
    return passed
