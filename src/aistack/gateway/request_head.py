"""A request head, read and judged: what is asked, of whom, and how long its body is (RFC 9112 §3, §6)."""

import re

from aistack.gateway.fields import CREDENTIALS, HOP_BY_HOP, TOKEN, Field, Known, Malformed, read_field, values_of

HOST, CREDENTIAL, LENGTH, OTHER = 1, 2, 4, 8
MARKS = (
    dict.fromkeys(HOP_BY_HOP, OTHER)
    | dict.fromkeys(CREDENTIALS, CREDENTIAL)
    | dict.fromkeys(
        (
            b"x-request-id", b"via", b"forwarded", b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host",
            b"x-real-ip", b"expect", b"origin", b"x-aistack-principal", b"x-request-timeout-ms",
        ),
        OTHER,
    )
    | {b"host": HOST, b"content-length": LENGTH}
)  # fmt: skip
TARGET = re.compile(rb"/[!$-\[\]^_`a-z{|}~\"]*")  # visible ASCII without '#' and backslash
AUTHORITY = re.compile(rb"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~%!$&'()*+,;=-]+)(?::[0-9]{0,5})?")
ABSOLUTE = re.compile(rb"[Hh][Tt][Tt][Pp][Ss]?://([^/?#]*)(.*)")
VERSIONS = {b"HTTP/1.1": False, b"HTTP/1.0": True}
LENGTH_DIGITS_MAX = 15
REFUSED_METHODS = {b"CONNECT": "this gateway is no tunnel", b"TRACE": "TRACE would show headers to scripts"}


class RequestLine:
    """`target` is in origin form, `path` is its path as routes see it; `authority` comes from an absolute form."""

    __slots__ = ("authority", "http10", "method", "path", "start", "target")

    def __init__(self, method: bytes, target: bytes, http10: bool, authority: bytes) -> None:
        self.method = method
        self.target = target
        self.path = path_of(target)
        self.http10 = http10
        self.authority = authority
        self.start = b"%b %b HTTP/1.1\r\nhost: " % (method, target)


class RequestHead:
    """`passed` are the lines that go on unchanged, `special` the fields that are ours to handle."""

    # Class attributes are the defaults: most requests need few of them changed.
    keep_alive = True
    chunked = websocket = expects_continue = wants_trailers = False
    body_length: int | None = None
    credential: bytes = b""
    given_id: bytes = b""

    def __init__(self, line: RequestLine, host: bytes, passed: list[bytes], special: list[Field], marks: int) -> None:
        self.line = line
        self.host = host
        self.passed = passed
        self.special = special
        self.marks = marks

    @property
    def has_body(self) -> bool:
        return self.chunked or bool(self.body_length)

    def value(self, name: bytes) -> bytes:
        """The value of one of the special fields; empty when it was not sent."""
        return values_of(self.special, name) if self.marks & OTHER else b""

    def header(self, name: bytes) -> bytes:
        """The value of any header, by its lower-case name; empty when it was not sent."""
        start = name + b":"
        for line in self.passed:
            if line[: len(start)].lower() == start:
                return line[len(start) + 1 : -2]
        return values_of(self.special, name)


def path_of(target: bytes) -> bytes:
    """The path of a target without its query, needless percent-encoding undone (RFC 3986 §6.2.2.2).

    Raises Malformed when it climbs (`..`), also in disguise, for services differ in what they make of that.
    """
    path = target.partition(b"?")[0]
    if b"%" in path:
        path = _unescaped(path)
    if b"." in path:
        plain = path.replace(b"%2f", b"/").replace(b"%5c", b"/") + b"/"
        if b"/../" in plain or b"/./" in plain:
            raise Malformed("the target must not hold dot segments")
    return path


def _unescaped(path: bytes) -> bytes:
    def one(escape: re.Match[bytes]) -> bytes:
        digits = escape[1]
        if len(digits) != 2:
            raise Malformed("the target holds a percent sign that encodes nothing")
        char = bytes((int(digits, 16),))
        if char < b" " or char == b"\x7f":
            raise Malformed("the target holds an encoded control character")
        return char if char.isalnum() or char in b"-._~" else b"%" + digits.lower()

    return re.sub(rb"%([0-9A-Fa-f]{0,2})", one, path)


def read_request_line(raw: bytes) -> RequestLine:
    """Raises Malformed; its status is 405 for methods and 505 for versions that are not spoken here."""
    parts = raw.split(b" ")
    if len(parts) != 3 or not parts[0] or parts[0].translate(None, TOKEN):
        raise Malformed("the request line is not 'METHOD TARGET HTTP/1.1'")
    method, target, version = parts
    if version not in VERSIONS:
        if re.fullmatch(rb"HTTP/[0-9]\.[0-9]", version):
            raise Malformed("only HTTP/1.1 and HTTP/1.0 are spoken here", 505, "version-not-supported")
        raise Malformed("the request line is not 'METHOD TARGET HTTP/1.1'")
    if method in REFUSED_METHODS:
        raise Malformed(f"{method.decode()} is not allowed: {REFUSED_METHODS[method]}", 405, "method-not-allowed")
    authority = b""
    absolute = None if target.startswith(b"/") else ABSOLUTE.fullmatch(target)
    if absolute:
        authority, target = absolute[1], absolute[2]
        target = target if target.startswith(b"/") else b"/" + target
        if not AUTHORITY.fullmatch(authority):
            raise Malformed("the target's authority must be HOST or HOST:PORT")
    if method == b"OPTIONS" and target == b"*":
        target = b"/"
    if not TARGET.fullmatch(target):
        raise Malformed("the target must be a path of visible ASCII characters, others percent-encoded")
    return RequestLine(method, target, VERSIONS[version], authority)


def _read_request_field(raw: bytes) -> Field:
    field = read_field(raw, MARKS)
    if field.name == b"authorization":
        scheme, _, token = field.value.partition(b" ")
        field.value = token.strip() if scheme.lower() == b"bearer" else field.value
    elif field.mark == HOST and not AUTHORITY.fullmatch(field.value):
        raise Malformed("Host must be HOST or HOST:PORT")
    return field


_lines = Known(read_request_line)
_fields = Known(_read_request_field)
_known_lines, _known_fields = _lines.get, _fields.get


def read_request_head(raw: bytes, headers_max: int, own: dict[bytes, Field]) -> RequestHead:
    """The head in `raw`, which ends before the empty line. Raises Malformed.

    `own` holds what this connection alone is remembered by: the last line that showed a credential.
    """
    lines = raw.split(b"\r\n")
    line = _known_lines(lines[0]) or _lines.learn(lines[0])
    if len(lines) > headers_max + 1:
        raise Malformed(f"the request has more than {headers_max} headers", 431, "head-too-large")
    passed: list[bytes] = []
    special: list[Field] = []
    host = None
    marks = 0
    del lines[0]
    for one in lines:
        field = _known_fields(one) or own.get(one) or _fields.learn(one)
        mark = field.mark
        if not mark:
            passed.append(field.line)
        elif mark == HOST:
            if host is not None:
                raise Malformed("one Host header is needed, no more and no fewer")
            host = field.value
        else:
            marks |= mark
            special.append(field)
            if mark == CREDENTIAL and one not in own:
                own.clear()
                own[one] = field
    if host is None and not line.http10:
        raise Malformed("one Host header is needed, no more and no fewer")
    head = RequestHead(line, line.authority or host or b"", passed, special, marks)
    if line.http10:
        head.keep_alive = False
    if marks:
        if marks & CREDENTIAL:
            head.credential = special[0].value if len(special) == 1 else _credential(special)
        if marks & LENGTH:
            head.body_length = _length(values_of(special, b"content-length"))
        if marks & OTHER:
            _judge(head)
    return head


def _judge(head: RequestHead) -> None:
    """Reads what the special fields mean for framing and for the connection."""
    given = {field.name: field.value for field in head.special}
    head.given_id = given.get(b"x-request-id", b"")
    if b"transfer-encoding" in given:
        coding = values_of(head.special, b"transfer-encoding").lower()
        if coding != b"chunked" or head.marks & LENGTH or head.line.http10:
            raise Malformed("the body's length is not clear from the head")
        head.chunked = True
    connection = values_of(head.special, b"connection").lower()
    if connection:
        options = {part.strip() for part in connection.split(b",")}
        head.keep_alive = b"close" not in options and (head.keep_alive or b"keep-alive" in options)
        is_websocket = given.get(b"upgrade", b"").lower() == b"websocket" and b"upgrade" in options
        head.websocket = is_websocket and not head.line.http10 and head.line.method == b"GET" and not head.has_body
    if b"te" in given:
        head.wants_trailers = b"trailers" in values_of(head.special, b"te").lower()
    if b"expect" in given and not head.line.http10:
        if given[b"expect"].lower() != b"100-continue":
            raise Malformed("only 'Expect: 100-continue' is understood", 417, "expectation-failed")
        head.expects_continue = head.has_body


def _credential(special: list[Field]) -> bytes:
    """The one key that the request shows; two that differ are refused."""
    found = {field.value for field in special if field.mark == CREDENTIAL and field.value}
    if len(found) > 1:
        raise Malformed("the request shows two keys that differ")
    return found.pop() if found else b""


def _length(given: bytes) -> int:
    if not given.isdigit() or len(given) > LENGTH_DIGITS_MAX:
        raise Malformed("Content-Length must be one whole number")
    return int(given)
