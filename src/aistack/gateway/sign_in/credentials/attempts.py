"""Limits of failed sign-ins, by account and by address, that lock nobody out of their account.

Failures from one network use up the attempts of that network. Many failures of one account from everywhere leave each
network only its first attempts, so that an attacker who knows an e-mail address can neither guess its password nor keep
its owner out. Attempts are counted before they are checked, and given back when they succeed. Gateways that share the
records count together, and a restart forgets nothing.
"""

import hashlib
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Table, case, delete, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from aistack.chassis.errors import Problem
from aistack.gateway.identity.trusted_proxies import network_of
from aistack.gateway.sign_in.tables import FailedSignIns
from aistack.stores.records import Records

FIRST_ATTEMPTS = 3
REFUSED_MAX = 10_000


@dataclass(frozen=True, slots=True)
class FailureLimit:
    """`burst` failures at once, and one more every `seconds_each`, for each name (GCRA)."""

    kind: str
    burst: int
    seconds_each: float

    def digest(self, name: str) -> bytes:
        return hashlib.sha256(f"{self.kind} {name}".encode("utf-8", "replace")).digest()


ACCOUNT = FailureLimit("account", 60, 12.0)
PAIR = FailureLimit("pair", 10, 60.0)
NETWORK = FailureLimit("network", 50, 12.0)


class _TooMany(Exception):
    def __init__(self, seconds: float) -> None:
        self.seconds = seconds


class SignInAttempts:
    """`clock` returns seconds since 1970."""

    def __init__(self, records: Records, clock: Callable[[], float] = time.time) -> None:
        self._records = records
        self._clock = clock
        self._refused_until = OrderedDict[bytes, float]()

    async def take(self, account: str, address: str) -> None:
        """Counts an attempt before it is checked. Raises Problem with status 429 when there were too many.

        `account` is the canonical e-mail address that was given, whether it exists or not; empty for attempts that are
        limited by network only.
        """
        network, now = network_of(address), self._clock()
        refused = PAIR.digest(f"{account} {network}")
        if (wait := self._refused_until.get(refused, 0.0) - now) > 0:
            raise _problem(wait)
        try:
            async with self._records.write() as connection:
                await connection.execute(delete(FailedSignIns).where(FailedSignIns.full_at < now))
                if account:
                    is_attacked = await self._count(connection, ACCOUNT, account, now) > 0
                    burst = FIRST_ATTEMPTS if is_attacked else PAIR.burst
                    if wait := await self._count(connection, PAIR, f"{account} {network}", now, burst):
                        raise _TooMany(wait)
                if wait := await self._count(connection, NETWORK, network, now):
                    raise _TooMany(wait)
        except _TooMany as too_many:
            self._refused_until[refused] = now + too_many.seconds
            if len(self._refused_until) > REFUSED_MAX:
                self._refused_until.popitem(last=False)
            raise _problem(too_many.seconds) from None

    async def succeeded(self, account: str, address: str) -> None:
        """Gives the attempt back."""
        network = network_of(address)
        names = {ACCOUNT: account, PAIR: f"{account} {network}"} if account else {}
        async with self._records.write() as connection:
            for limit, name in (names | {NETWORK: network}).items():
                await connection.execute(
                    update(FailedSignIns)
                    .where(FailedSignIns.digest == limit.digest(name))
                    .values(full_at=FailedSignIns.full_at - limit.seconds_each)
                )

    async def _count(
        self, connection: AsyncConnection, limit: FailureLimit, name: str, now: float, burst: int | None = None
    ) -> float:
        """Counts an attempt if it is allowed, in one statement. Returns 0, or the seconds to wait."""
        insert = sqlite_insert if self._records.embedded else postgres_insert
        table: Table = FailedSignIns.__table__  # pyright: ignore[reportAssignmentType]
        digest, each, most = limit.digest(name), limit.seconds_each, now + limit.seconds_each * (burst or limit.burst)
        full_at = case((table.c.full_at > now, table.c.full_at), else_=now) + each
        counted = await connection.execute(
            insert(table)
            .values(digest=digest, full_at=now + each)
            .on_conflict_do_update(index_elements=["digest"], set_={"full_at": full_at}, where=full_at <= most)
            .returning(table.c.full_at)
        )
        if counted.first() is not None:
            return 0.0
        known = await connection.scalar(select(table.c.full_at).where(table.c.digest == digest))
        return (known or now) + each - most


def _problem(wait: float) -> Problem:
    seconds = max(1, math.ceil(wait))
    return Problem(
        f"too many failed sign-ins; try again in {seconds} s",
        code="too-many-sign-ins", status=429, headers={"retry-after": str(seconds)},
    )  # fmt: skip
