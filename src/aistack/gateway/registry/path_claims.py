"""Path claims: which service owns which path prefix. Two services never share one, and nesting needs the same owner.

The longest prefix wins in routing, so a prefix under another service's takes a part of its requests, and one above it
takes all of them as soon as the other leaves. Both directions are checked alike, so that it does not matter which of
two services starts first.
"""

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

from aistack.chassis.errors import Conflict, Forbidden
from aistack.gateway.identity.authorization import CONTROL, Actor
from aistack.gateway.registry.snapshot import Claim
from aistack.stack.catalogue import CATALOGUE, GATEWAY_PREFIXES

Claims = Mapping[str, tuple[Claim, ...]]  # by service

OWN_PATHS = ("/favicon.ico",)  # answered without a key, so no service may claim them
PREFIXES_MAX = 4096
SITE_PATHS = ("/.well-known", "/robots.txt")  # they represent the whole site, also towards certificate authorities


class ClaimIndex:
    """The claims of every service, including those of the stack's own services, whether they run or not."""

    def __init__(self) -> None:
        self._by_service: dict[str, Counter[str]] = {}
        self._holders: dict[str, set[str]] = {}
        self._sorted: list[str] = []  # each with a slash at its end, so that nested prefixes follow it
        for entry in CATALOGUE.values():
            if entry.name != CONTROL:
                self.add(entry.name, entry.prefixes)

    def add(self, service: str, prefixes: Iterable[str]) -> None:
        counts = self._by_service.setdefault(service, Counter())
        for prefix in filter(None, map(normalized, prefixes)):
            counts[prefix] += 1
            holders = self._holders.setdefault(prefix, set())
            if not holders:
                insort(self._sorted, prefix + "/")
            holders.add(service)

    def remove(self, service: str, prefixes: Iterable[str]) -> None:
        """Undoes one call of `add`."""
        counts = self._by_service.get(service)
        if counts is None:
            return
        for prefix in filter(None, map(normalized, prefixes)):
            counts[prefix] -= 1
            if counts[prefix]:
                continue
            del counts[prefix]
            holders = self._holders[prefix]
            holders.discard(service)
            if not holders:
                del self._holders[prefix]
                del self._sorted[bisect_left(self._sorted, prefix + "/")]
        if not counts:
            del self._by_service[service]

    def holders(self, prefix: str) -> frozenset[str]:
        """The services that claim exactly this prefix."""
        return frozenset(self._holders.get(normalized(prefix), ()))

    def check(self, name: str, prefix: str, actor: Actor, owner_of: Callable[[str], str]) -> None:
        """Raises Conflict or Forbidden if `actor` may not claim the prefix for the service `name`.

        Prefixes that the service claims already are not checked again.
        """
        if prefix in self._by_service.get(name, ()):
            return
        if len(self._sorted) >= PREFIXES_MAX and name not in CATALOGUE:
            raise Conflict(f"the registry already routes {PREFIXES_MAX} prefixes, its limit; deregister some first")
        lower = prefix.lower()  # some proxies and file systems ignore case; nobody needs /Registry
        if not prefix or any(lower == own or lower.startswith(own + "/") for own in (*GATEWAY_PREFIXES, *OWN_PATHS)):
            raise Conflict(f"{prefix or '/'} belongs to the gateway; claim a prefix of your own, like /{name}")
        if not actor.is_administrator and any(lower == own or lower.startswith(own + "/") for own in SITE_PATHS):
            raise Forbidden(f"{prefix} stands for the whole site; ask an administrator to register it")
        for other, theirs in self._rivals(name, prefix):
            self._check_rival(prefix, other, theirs, actor, owner_of)

    def _check_rival(self, prefix: str, other: str, theirs: str, actor: Actor, owner_of: Callable[[str], str]) -> None:
        whose = f"{other}, a service of this stack" if other in CATALOGUE else other
        if prefix == theirs:
            relation, way_out = f"{prefix} belongs to {whose}", f"claim another prefix or deregister {other}"
        else:
            lies = "is under" if prefix.startswith(theirs) else "is above"
            relation, way_out = f"{prefix} {lies} {theirs}, which belongs to {whose}", "claim another prefix"
        if not actor.identified or (prefix == theirs and actor.may_manage(owner_of(other))):
            raise Conflict(f"{relation}; {way_out}")
        if not actor.may_manage(owner_of(other)):
            raise Forbidden(f"{relation}; claim another prefix, or ask the owner of {other} or an administrator")

    def _rivals(self, name: str, prefix: str) -> Iterator[tuple[str, str]]:
        """Other services with a claim at, above or below the prefix, and that claim."""
        above = prefix
        while above:
            for other in sorted(self._holders.get(above, ())):
                if other != name:
                    yield other, above
            above = above.rpartition("/")[0]
        for own in GATEWAY_PREFIXES:
            if own.startswith(prefix.lower() + "/"):
                yield CONTROL, own
        at = bisect_left(self._sorted, prefix + "/")
        while at < len(self._sorted) and self._sorted[at].startswith(prefix + "/"):
            below = self._sorted[at][:-1]
            at += 1
            for other in sorted(self._holders[below]):
                if other != name and below != prefix:
                    yield other, below


def normalized(prefix: str) -> str:
    """The prefix as routing uses it; empty for the root."""
    return prefix.rstrip("/")
