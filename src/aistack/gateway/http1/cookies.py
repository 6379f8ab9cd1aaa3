"""The gateway's own cookies in requests and responses (RFC 6265): services neither get the session's nor set any.

Over TLS the cookie is called `__Host-aistack-session`: browsers accept that name only from this host itself.
"""

import re

from aistack.gateway.http1.header_fields import Field

SESSION_COOKIE = "aistack-session"
HOST_SESSION_COOKIE = "__Host-aistack-session"
SESSION_MARK = b"\0"  # begins a credential that is a cookie; no header value can hold it
SESSION = SESSION_MARK + SESSION_COOKIE.encode() + b"="
HOST_SESSION = SESSION_MARK + HOST_SESSION_COOKIE.encode() + b"="
_sets_own = re.compile(rb"[\t =]*(?:__(?:host|secure)-)?aistack-", re.IGNORECASE).match


def session_credential(fields: list[Field]) -> bytes:
    """The session cookie as a credential, NAME=VALUE after a mark; empty without one, or with two that differ."""
    pairs = {pair.strip() for field in fields if field.name == b"cookie" for pair in field.value.split(b";")}
    for prefix in (HOST_SESSION, SESSION):
        found = [pair for pair in pairs if pair.startswith(prefix[1:])]
        if found:
            return SESSION_MARK + found[0] if len(found) == 1 else b""
    return b""


def without_session(field: Field) -> bytes:
    """The header line of a cookie field without the session cookie; empty when nothing else is left."""
    pairs = [pair.strip() for pair in field.value.split(b";")]
    kept = [pair for pair in pairs if not pair.startswith((HOST_SESSION[1:], SESSION[1:]))]
    if len(kept) == len(pairs):
        return field.line
    return b"cookie: %b\r\n" % b"; ".join(kept) if any(kept) else b""


def sets_own(set_cookie: bytes) -> bool:
    """Whether a Set-Cookie value sets a cookie of the gateway: of sessions, steps of signing in, or the language.

    A browser sends the cookie of `=NAME=VALUE`, which has no name, as NAME=VALUE.
    """
    return _sets_own(set_cookie) is not None
