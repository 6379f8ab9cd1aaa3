"""Which path prefixes are whose. Two services never share one, and one inside another's needs that one's consent.

The longest prefix wins in routing, so a prefix under somebody else's takes a part of its requests; one above it takes
them all as soon as the other leaves, and keeps everybody else from the names beside it. Both directions count the
same, so that it does not matter which of two services starts first.
"""

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

from aistack.chassis.errors import Conflict, Forbidden
from aistack.gateway.identity.authorization import CONTROL, Actor
from aistack.gateway.registry.snapshot import Claim
from aistack.stack.catalogue import CATALOGUE, GATEWAY_PREFIXES

Claims = Mapping[str, tuple[Claim, ...]]  # by service

OWN_PATHS = ("/favicon.ico",)  # answered without a key, so nobody else may
PREFIXES_MAX = 4096
SITE_PATHS = ("/.well-known", "/robots.txt")  # speak for the whole site, certificates included


class ClaimIndex:
    """What every service claims, with the prefixes of the stack's own services whether they run or not."""

    def __init__(self) -> None:
        self._by_service: dict[str, Counter[str]] = {}
        self._holders: dict[str, set[str]] = {}
        self._sorted: list[str] = []  # each with a slash at its end, so that what lies under one follows it
        for entry in CATALOGUE.values():
            if entry.name != CONTROL:
                self.add(entry.name, entry.prefixes)

    def add(self, service: str, prefixes: Iterable[str]) -> None:
        counts = self._by_service.setdefault(service, Counter())
        for prefix in filter(None, map(plain, prefixes)):
            counts[prefix] += 1
            holders = self._holders.setdefault(prefix, set())
            if not holders:
                insort(self._sorted, prefix + "/")
            holders.add(service)

    def remove(self, service: str, prefixes: Iterable[str]) -> None:
        """Takes back what `add` was given once."""
        counts = self._by_service.get(service)
        if counts is None:
            return
        for prefix in filter(None, map(plain, prefixes)):
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
        return frozenset(self._holders.get(plain(prefix), ()))

    def refuse(self, name: str, prefix: str, actor: Actor, owner_of: Callable[[str], str]) -> None:
        """Raises Conflict or Forbidden when `actor` may not claim the prefix for the service `name`.

        What the service claims already is not asked about again.
        """
        if prefix in self._by_service.get(name, ()):
            return
        if len(self._sorted) >= PREFIXES_MAX and name not in CATALOGUE:
            raise Conflict(f"the registry routes {PREFIXES_MAX} prefixes already; deregister some first")
        lower = prefix.lower()  # some proxies and file systems do not tell cases apart; nobody needs /Registry
        if not prefix or any(lower == own or lower.startswith(own + "/") for own in (*GATEWAY_PREFIXES, *OWN_PATHS)):
            raise Conflict(f"{prefix or '/'} belongs to the gateway; claim a prefix of your own, like /{name}")
        if not actor.is_administrator and any(lower == own or lower.startswith(own + "/") for own in SITE_PATHS):
            raise Forbidden(f"{prefix} speaks for the whole site; ask an administrator to register it")
        for other, theirs in self._rivals(name, prefix):
            self._refuse_rival(prefix, other, theirs, actor, owner_of)

    def _refuse_rival(self, prefix: str, other: str, theirs: str, actor: Actor, owner_of: Callable[[str], str]) -> None:
        whose = f"{other}, a service of this stack" if other in CATALOGUE else other
        if prefix == theirs:
            relation, way_out = f"{prefix} belongs to {whose}", f"claim another prefix or deregister {other}"
        else:
            lies = "lies under" if prefix.startswith(theirs) else "encloses"
            relation, way_out = f"{prefix} {lies} {theirs}, which belongs to {whose}", "claim another prefix"
        if not actor.identified or (prefix == theirs and actor.may_act_for(owner_of(other))):
            raise Conflict(f"{relation}; {way_out}")
        if not actor.may_act_for(owner_of(other)):
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


def plain(prefix: str) -> str:
    """The prefix as routing sees it; empty for the root."""
    return prefix.rstrip("/")
