"""Connections as the connection service describes them, decrypted, and cached for a moment."""

import asyncio
import time
from dataclasses import dataclass

from aistack.chassis.errors import Problem
from aistack.chassis.identity import Principal
from aistack.connection.client import ConnectionClient
from aistack.connection.rights import Rights, chosen, no_connection
from aistack.connection.rules.binding import BoundRules, bind
from aistack.connection.rules.model import Relation, Rules
from aistack.connection.wire import SealedTarget
from aistack.databases.sealing import CannotOpen, Sealer
from aistack.databases.target import Target, decoded
from aistack.query.guard.masks import mask_key

CACHE_SECONDS = 0.5  # after that, what somebody was given or lost applies
CACHED_MAX = 1_000
MASKS = "masks"
REFRESH_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class ResolvedConnection:
    """A connection with its decrypted target, which holds the password: it goes to the pool and nowhere else."""

    id: str
    name: str
    revision: int
    target: Target
    max_connections: int
    rules: Rules
    rights: Rights  # of the principal that it was looked up for


class Targets:
    """Looks up connections through `client`, the client of the connection service."""

    def __init__(self, client: ConnectionClient, sealer: Sealer) -> None:
        self.client = client
        self.sealer = sealer
        self._cached: dict[str, tuple[float, SealedTarget, Target]] = {}
        self._relations: dict[tuple[str, int], tuple[float, list[Relation]]] = {}
        self._stale: set[str] = set()
        self._refreshed: dict[str, float] = {}
        self._bound: dict[tuple[str, str], tuple[tuple[float, int], BoundRules]] = {}

    async def of(self, asked: str, who: Principal, age_max: float = CACHE_SECONDS) -> ResolvedConnection:
        """The connection that a principal means with an id or a name, as it was at most `age_max` seconds ago.

        Names are looked up each time, so that one that is given to another connection leads there at once. Raises
        NotFound, Conflict if several have the name, or Problem when it cannot be fetched or decrypted.
        """
        known = self._fresh(asked, age_max)
        rights = known[0].rights_of(who) if known is not None else Rights(None)
        if known is None or rights.level is None:
            found = await self.client.candidates(asked)
            one = chosen(asked, [one for one in found if one.rights_of(who).level is not None], who)
            if one is None:
                raise no_connection(asked)
            known, rights = self._fresh(one.id, age_max) or await self._fetch(one.id), one.rights_of(who)
        sealed, target = known
        return ResolvedConnection(
            sealed.id, sealed.name, sealed.revision, target, sealed.max_connections, sealed.rules, rights
        )

    def _fresh(self, connection_id: str, age_max: float) -> tuple[SealedTarget, Target] | None:
        cached = self._cached.get(connection_id)
        return cached[1:] if cached is not None and time.monotonic() - cached[0] < age_max else None

    async def _fetch(self, connection_id: str) -> tuple[SealedTarget, Target]:
        sealed = await self.client.target(connection_id)
        try:
            target = decoded(self.sealer.open(sealed.sealed, f"target:{sealed.id}"))
        except CannotOpen as error:
            detail = (
                f"the credentials of {sealed.name} cannot be decrypted: {error}; the connection and query services "
                "need the same ENCRYPTION_KEY"
            )
            raise Problem(detail, code="sealed", status=500) from None
        if len(self._cached) >= CACHED_MAX:
            self._cached.clear()
        self._cached[sealed.id] = time.monotonic(), sealed, target
        return sealed, target

    async def bound_rules(self, connection: ResolvedConnection, rules: Rules, age_max: float) -> BoundRules:
        """The rules of each table, for a schema that was read at most `age_max` seconds ago. Raises Problem."""
        read_at, relations = await self._relations_of(connection, age_max)
        key = connection.id, rules.model_dump_json()
        cached = self._bound.get(key)
        if cached is not None and cached[0] == (read_at, connection.revision):
            return cached[1]
        if len(self._bound) >= CACHED_MAX:
            self._bound.clear()
        bound = await asyncio.to_thread(bind, rules, relations, connection.target.engine, connection.target.database)
        self._bound[key] = (read_at, connection.revision), bound
        return bound

    async def _relations_of(self, connection: ResolvedConnection, age_max: float) -> tuple[float, list[Relation]]:
        key = connection.id, connection.revision
        cached = self._relations.get(key)
        if cached is not None and time.monotonic() - cached[0] <= age_max:
            return cached
        begun = time.monotonic()
        stale = connection.id in self._stale or not age_max
        if stale:
            self._refreshed[connection.id] = time.monotonic()
        relations = await self.client.relations(connection.id, 0.0 if stale else age_max)
        self._stale.discard(connection.id)
        if len(self._relations) >= CACHED_MAX:
            self._relations.clear()
            self._refreshed.clear()
        self._relations[key] = begun, relations
        return begun, relations

    def may_refresh(self, connection: ResolvedConnection) -> bool:
        """Whether the schema may be read again now: a wrong name should not do that each time."""
        return time.monotonic() - self._refreshed.get(connection.id, -REFRESH_SECONDS) >= REFRESH_SECONDS

    def forget_schema(self, connection: ResolvedConnection) -> None:
        """Has the next statement read the schema again, unless that was done a moment ago."""
        if self.may_refresh(connection):
            self._relations.pop((connection.id, connection.revision), None)
            self._stale.add(connection.id)

    def mask_key(self, connection: ResolvedConnection) -> bytes:
        """The key of the hashes that masks show."""
        return mask_key(self.sealer.derived(MASKS), connection.id)
