"""Who is calling: API keys, kept as digests. Without keys the gateway listens on loopback only."""

import hashlib
from collections.abc import Iterable

PUBLIC_PATHS = frozenset((b"/", b"/health", b"/api/health", b"/health/live", b"/health/ready", b"/favicon.ico"))
PUBLIC_PREFIX = b"/console/"


class Keyring:
    """The keys that are let in. Keys are looked up by SHA-256, so timing tells nothing about them."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._digests = frozenset(hashlib.sha256(key.encode()).digest() for key in keys)
        self.open = not self._digests  # without keys everyone on this machine is let in

    def admits(self, path: bytes, presented: bytes) -> bool:
        """Whether a request for `path` with this key may pass."""
        if not self._digests or path in PUBLIC_PATHS or path.startswith(PUBLIC_PREFIX):
            return True
        return hashlib.sha256(presented).digest() in self._digests


def presented_key(authorization: bytes, x_api_key: bytes) -> bytes:
    """The key in a request's `Authorization: Bearer` or `X-API-Key` header; empty when there is none."""
    if authorization[:7].lower() == b"bearer ":
        return authorization[7:].strip()
    return x_api_key
