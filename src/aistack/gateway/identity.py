"""Who is calling: API keys, kept as digests. Without keys the gateway listens on loopback only."""

import hashlib
from collections.abc import Iterable

PUBLIC_PATHS = frozenset((b"/", b"/health", b"/api/health", b"/health/live", b"/health/ready", b"/favicon.ico"))
PUBLIC_PREFIX = b"/console/"


def is_public(path: bytes) -> bool:
    """Whether everyone may ask for this path: the page itself, and whether the gateway lives."""
    return path in PUBLIC_PATHS or path.startswith(PUBLIC_PREFIX)


class Keyring:
    """The keys that are let in. Keys are looked up by SHA-256, so timing tells nothing about them."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._digests = frozenset(hashlib.sha256(key.encode()).digest() for key in keys)
        self.open = not self._digests  # without keys everyone on this machine is let in

    def admits(self, presented: bytes) -> bool:
        return hashlib.sha256(presented).digest() in self._digests
