"""Limits of failed sign-ins, by account and by address, that lock nobody out of their account.

Failures from one network use up the attempts of that network. Many failures of one account from everywhere leave each
network only its first attempts, so that an attacker who knows an e-mail address can neither guess its password nor keep
its owner out. Attempts are counted before they are checked, and given back when they succeed.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from aistack.chassis.errors import Problem
from aistack.gateway.identity.trusted_proxies import network_of

FIRST_ATTEMPTS = 3
NAMES_MAX = 50_000


@dataclass(slots=True)
class FailureLimit:
    """`burst` failures at once, and one more every `seconds_each`, for each name (GCRA)."""

    burst: int
    seconds_each: float
    _full_at: OrderedDict[str, float] = field(default_factory=OrderedDict[str, float])

    def take(self, name: str, now: float, burst: int | None = None) -> float:
        """Seconds to wait; 0 when the attempt is allowed, which counts it."""
        at = max(self._full_at.get(name, 0.0), now) + self.seconds_each
        wait = at - now - self.seconds_each * (self.burst if burst is None else burst)
        if wait > 0:
            return wait
        self._full_at[name] = at
        self._full_at.move_to_end(name)
        if len(self._full_at) > NAMES_MAX:
            self._full_at.popitem(last=False)
        return 0.0

    def give_back(self, name: str) -> None:
        if name in self._full_at:
            self._full_at[name] -= self.seconds_each


class SignInAttempts:
    """`clock` returns seconds that only grow."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._pairs = FailureLimit(10, 60.0)
        self._networks = FailureLimit(50, 12.0)
        self._accounts = FailureLimit(60, 12.0)

    def take(self, account: str, address: str) -> None:
        """Counts an attempt before it is checked. Raises Problem with status 429 when there were too many.

        `account` is the canonical e-mail address that was given, whether it exists or not; empty for attempts that are
        limited by network only.
        """
        network, now = network_of(address), self._clock()
        is_attacked = account != "" and self._accounts.take(account, now) > 0
        pair = f"{account} {network}"
        wait = self._pairs.take(pair, now, FIRST_ATTEMPTS if is_attacked else None) if account else 0.0
        if not wait and (wait := self._networks.take(network, now)):
            self._pairs.give_back(pair)
        if wait:
            if not is_attacked:
                self._accounts.give_back(account)
            seconds = max(1, math.ceil(wait))
            raise Problem(
                f"too many failed sign-ins; try again in {seconds} s",
                code="too-many-sign-ins", status=429, headers={"retry-after": str(seconds)},
            )  # fmt: skip

    def succeeded(self, account: str, address: str) -> None:
        """Gives the attempt back."""
        network = network_of(address)
        for limit, name in (
            (self._pairs, f"{account} {network}"),
            (self._networks, network),
            (self._accounts, account),
        ):
            limit.give_back(name)
