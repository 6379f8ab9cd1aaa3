"""Failed sign-ins are limited by account and by address, and the owner of an account is never locked out."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from aistack.chassis.errors import Problem
from aistack.gateway.app import MIGRATIONS
from aistack.gateway.sign_in.credentials.attempts import SignInAttempts
from aistack.gateway.sign_in.tables import FailedSignIns
from aistack.gateway.tables import HEAD, VERSION_TABLE
from aistack.stores.records import Records, service_records


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def records(tmp_path: Path) -> AsyncIterator[Records]:
    async with service_records("", tmp_path, MIGRATIONS, HEAD, VERSION_TABLE) as opened:
        yield opened


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def attempts(records: Records, clock: Clock) -> SignInAttempts:
    return SignInAttempts(records, clock)


async def failures(attempts: SignInAttempts, account: str, address: str, count: int) -> int:
    """How many of these attempts were let through to fail."""
    passed, refused = 0, list[Problem]()
    for _ in range(count):
        try:
            await attempts.take(account, address)
        except Problem as problem:
            refused.append(problem)
        else:
            passed += 1
    assert all(problem.status == 429 and int(problem.headers["retry-after"]) >= 1 for problem in refused)
    return passed


async def test_guessing_one_account_from_one_address_ends_soon_and_goes_on_slowly(
    attempts: SignInAttempts, clock: Clock
):
    assert await failures(attempts, "ann@a", "203.0.113.1", 100) == 10
    clock.now += 60
    assert await failures(attempts, "ann@a", "203.0.113.1", 100) == 1
    clock.now += 600
    assert await failures(attempts, "ann@a", "203.0.113.1", 100) == 10


async def test_guessing_many_accounts_from_one_address_ends_soon(attempts: SignInAttempts):
    assert sum([await failures(attempts, f"user{number}@a", "203.0.113.1", 1) for number in range(200)]) == 50
    assert await failures(attempts, "ann@a", "198.51.100.1", 1) == 1


async def test_an_attack_from_everywhere_leaves_the_owner_attempts_of_their_own(attempts: SignInAttempts):
    for number in range(60):
        await failures(attempts, "ann@a", f"203.0.113.{number}", 4)
    assert await failures(attempts, "ann@a", "198.51.100.77", 10) == 3


async def test_an_ipv6_network_counts_as_one_address(attempts: SignInAttempts):
    assert sum([await failures(attempts, "ann@a", f"2001:db8::{number:x}", 1) for number in range(1, 100)]) == 10


async def test_people_who_sign_in_are_not_limited(attempts: SignInAttempts):
    for number in range(200):
        await attempts.take(f"user{number % 10}@a", "203.0.113.1")
        await attempts.succeeded(f"user{number % 10}@a", "203.0.113.1")


async def test_gateways_count_together_and_a_restart_forgets_nothing(records: Records, clock: Clock):
    gateways = [SignInAttempts(records, clock) for _ in range(3)]
    assert sum([await failures(gateways[number % 3], "ann@a", "203.0.113.1", 1) for number in range(40)]) == 10
    assert await failures(SignInAttempts(records, clock), "ann@a", "203.0.113.1", 1) == 0


async def test_made_up_names_fill_neither_the_memory_nor_the_records(
    monkeypatch: pytest.MonkeyPatch, attempts: SignInAttempts, records: Records, clock: Clock
):
    monkeypatch.setattr("aistack.gateway.sign_in.credentials.attempts.REFUSED_MAX", 100)
    for number in range(400):
        await failures(attempts, f"{number}@a", "203.0.113.1", 1)
    assert len(attempts._refused_until) <= 100  # pyright: ignore[reportPrivateUsage]
    clock.now += 3600
    await attempts.take("ann@a", "203.0.113.1")
    async with records.read() as connection:
        assert await connection.scalar(select(func.count()).select_from(FailedSignIns)) == 3
