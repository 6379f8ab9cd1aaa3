"""The request line: method, target, version, and the path that routes match (RFC 9112 §3)."""

import re

from aistack.gateway.http1.header_fields import TOKEN, LineCache, Malformed

TARGET = re.compile(rb"/[!$-\[\]^_`a-z{|}~\"]*")  # visible ASCII without '#' and backslash
AUTHORITY = re.compile(rb"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~%!$&'()*+,;=-]+)(?::[0-9]{0,5})?")
ABSOLUTE = re.compile(rb"[Hh][Tt][Tt][Pp][Ss]?://([^/?#]*)(.*)")
VERSIONS = {b"HTTP/1.1": False, b"HTTP/1.0": True}
ALLOWED_METHODS = b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
REFUSED_METHODS = {b"CONNECT": "this gateway does not open tunnels", b"TRACE": "TRACE would reveal headers to scripts"}


class RequestLine:
    """`start` begins the head for the instance, `path` is what routes match, `authority` that of an absolute target."""

    __slots__ = ("authority", "http10", "method", "path", "start")

    def __init__(self, method: bytes, target: bytes, http10: bool, authority: bytes) -> None:
        self.method = method
        self.path = path_of(target)
        self.http10 = http10
        self.authority = authority
        self.start = b"%b %b HTTP/1.1\r\nhost: " % (method, target)


def path_of(target: bytes) -> bytes:
    """The path of a target without its query, with unneeded percent-encoding decoded (RFC 3986 §6.2.2.2).

    Raises Malformed for dot segments, even encoded ones, as services differ in how they resolve them.
    """
    path = target.partition(b"?")[0]
    if b"%" in path:
        path = _unescaped(path)
    if b"." in path:
        plain = path.replace(b"%2f", b"/").replace(b"%5c", b"/") + b"/"
        if b"/../" in plain or b"/./" in plain:
            raise Malformed("the target must not contain dot segments")
    return path


def _unescaped(path: bytes) -> bytes:
    def one(escape: re.Match[bytes]) -> bytes:
        digits = escape[1]
        if len(digits) != 2:
            raise Malformed("the target contains an invalid percent-encoding")
        char = bytes((int(digits, 16),))
        if char < b" " or char == b"\x7f":
            raise Malformed("the target contains an encoded control character")
        return char if char.isalnum() or char in b"-._~" else b"%" + digits.lower()

    return re.sub(rb"%([0-9A-Fa-f]{0,2})", one, path)


def read_request_line(raw: bytes) -> RequestLine:
    """Raises Malformed; its status is 405 for methods and 505 for versions that are not supported."""
    parts = raw.split(b" ")
    if len(parts) != 3 or not parts[0] or parts[0].translate(None, TOKEN):
        raise Malformed("the request line is not 'METHOD TARGET HTTP/1.1'")
    method, target, version = parts
    if version not in VERSIONS:
        if re.fullmatch(rb"HTTP/[0-9]\.[0-9]", version):
            raise Malformed("only HTTP/1.1 and HTTP/1.0 are supported", 505, "version-not-supported")
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


known_request_lines = LineCache(read_request_line)
