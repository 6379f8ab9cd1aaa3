"""The headers of a request: its host, its credential, its framing (RFC 9112 §6)."""

from aistack.gateway.http1.cookies import session_credential
from aistack.gateway.http1.header_fields import (
    CREDENTIALS,
    FORWARDING,
    HOP_BY_HOP,
    Field,
    LineCache,
    Malformed,
    content_length,
    is_reserved,
    options_of,
    read_field,
    stays_open,
    values_of,
    without_named,
)
from aistack.gateway.http1.request_line import AUTHORITY

HOST, CREDENTIAL, LENGTH, OTHER, UNDERSCORE, COOKIE = 1, 2, 4, 8, 16, 32
INSPECTED = frozenset((b"expect", b"origin", b"sec-fetch-site", b"traceparent", b"tracestate"))
MARKS = (
    dict.fromkeys(HOP_BY_HOP, OTHER)
    | dict.fromkeys(CREDENTIALS, CREDENTIAL)
    | dict.fromkeys(FORWARDING | INSPECTED, OTHER)
    | {b"host": HOST, b"content-length": LENGTH, b"cookie": COOKIE}
)
CONTINUE = b"100-continue"
BLOCK_BYTES_KEPT_MAX = 4096


class RequestHead:
    """The parsed headers. Requests of a connection that repeat their headers byte for byte share one of these.

    `passed` are the lines passed on unchanged, `special` the fields that the gateway handles; `marks` says which kinds.
    """

    __slots__ = (
        "body_length", "chunked", "credential", "expects", "forwarded", "given_id", "has_body", "host", "host_accepted",
        "keep_alive", "marks", "passed", "special", "wants_trailers", "wants_websocket",
    )  # fmt: skip

    def __init__(self, host: bytes, passed: list[bytes], special: list[Field], marks: int, http10: bool) -> None:
        self.host = host
        self.passed = b"".join(passed)
        self.special = special
        self.marks = marks
        self.keep_alive = not http10
        self.chunked = self.has_body = self.expects = self.wants_websocket = self.wants_trailers = False
        self.host_accepted = False  # set when the trusted hosts include it
        self.body_length: int | None = None
        self.credential = self.given_id = b""
        self.forwarded = b""  # what an instance gets, cached

    def value(self, name: bytes) -> bytes:
        """The value of one of the special fields; empty when it was not sent."""
        return values_of(self.special, name) if self.marks & OTHER else b""

    def header(self, name: bytes) -> bytes:
        """The value of any header, by its lower-case name; empty when it was not sent."""
        for line in self.passed.split(b"\r\n"):
            found, _, value = line.partition(b": ")
            if found.lower() == name:
                return value
        return values_of(self.special, name)


def _read_request_field(raw: bytes) -> Field:
    field = read_field(raw, MARKS)
    if field.name == b"authorization":
        scheme, _, token = field.value.partition(b" ")
        field.value = token.strip() if scheme.lower() == b"bearer" else field.value
    elif field.mark == HOST and not AUTHORITY.fullmatch(field.value):
        raise Malformed("Host must be HOST or HOST:PORT")
    elif not field.mark and is_reserved(field.name):
        field.mark = OTHER
    elif not field.mark and b"_" in field.name:
        field.mark = UNDERSCORE
    return field


_fields = LineCache(_read_request_field)


class HeadReader:
    """Parses the headers of one connection's requests. Headers repeated byte for byte are not parsed again.

    Fields whose names hold `_` are dropped unless `underscores` is set.
    """

    __slots__ = ("_block", "_head", "_headers_max", "_http10", "_underscores")

    def __init__(self, headers_max: int, underscores: bool = False) -> None:
        self._headers_max = headers_max
        self._underscores = underscores
        self._block = b""
        self._http10 = False
        self._head: RequestHead | None = None

    def read(self, block: bytes, http10: bool) -> RequestHead:
        """The head in `block`: the header lines, without the request line and the empty line. Raises Malformed."""
        head = self._head
        if head is not None and block == self._block and http10 == self._http10:
            return head
        head = _read(block, http10, self._headers_max, self._underscores)
        if len(block) <= BLOCK_BYTES_KEPT_MAX:
            self._head, self._block, self._http10 = head, block, http10
        return head


def _read(block: bytes, http10: bool, headers_max: int, underscores: bool) -> RequestHead:
    lines = block.split(b"\r\n") if block else []
    if len(lines) > headers_max:
        raise Malformed(f"the request has more than {headers_max} headers", 431, "head-too-large")
    passed: list[bytes] = []
    special: list[Field] = []
    host = None
    marks = 0
    for one in lines:
        field = _fields.get(one) or _fields.add(one)
        mark = field.mark
        if not mark:
            passed.append(field.line)
        elif mark == HOST:
            if host is not None:
                raise Malformed("exactly one Host header is required")
            host = field.value
        elif mark == UNDERSCORE:
            if underscores:
                passed.append(field.line)
        else:
            marks |= mark
            special.append(field)
    if host is None and not http10:
        raise Malformed("exactly one Host header is required")
    if marks & OTHER:
        passed = without_named(passed, values_of(special, b"connection"))
    head = RequestHead(host or b"", passed, special, marks, http10)
    if marks & CREDENTIAL:
        head.credential = _credential(special)
    if marks & COOKIE and not head.credential:
        head.credential = session_credential(special)
    if marks & LENGTH:
        head.body_length = content_length(values_of(special, b"content-length"))
        head.has_body = head.body_length > 0
    if marks & OTHER:
        _judge(head, http10)
    return head


def _judge(head: RequestHead, http10: bool) -> None:
    """Evaluates what the special fields mean for the framing and the connection."""
    given = {field.name: field.value for field in head.special}
    head.given_id = given.get(b"x-request-id", b"")
    if b"transfer-encoding" in given:
        coding = values_of(head.special, b"transfer-encoding").lower()
        if coding != b"chunked" or head.marks & LENGTH or http10:
            raise Malformed("the length of the body is ambiguous")
        head.chunked = head.has_body = True
    if b"connection" in given:
        options = options_of(values_of(head.special, b"connection"))
        head.keep_alive = stays_open(options, head.keep_alive)
        is_websocket = given.get(b"upgrade", b"").lower() == b"websocket" and b"upgrade" in options
        head.wants_websocket = is_websocket and not http10 and not head.has_body
    if b"te" in given:
        head.wants_trailers = b"trailers" in values_of(head.special, b"te").lower()
    if b"expect" in given and not http10:
        expected = {one.strip().lower() for one in values_of(head.special, b"expect").split(b",")} - {b""}
        if expected - {CONTINUE}:
            raise Malformed("only 'Expect: 100-continue' is supported", 417, "expectation-failed")
        head.expects = bool(expected)


def _credential(special: list[Field]) -> bytes:
    """The request's one credential; two different ones are rejected."""
    found = {field.value for field in special if field.mark == CREDENTIAL and field.value}
    if len(found) > 1:
        raise Malformed("the request has two different keys")
    return found.pop() if found else b""
