"""Failed sign-ins are limited by account and by address, and the owner of an account is never locked out."""

import pytest

from aistack.chassis.errors import Problem
from aistack.gateway.sign_in.credentials.attempts import SignInAttempts


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def failures(attempts: SignInAttempts, account: str, address: str, count: int) -> int:
    """How many of these attempts were let through to fail."""
    passed, refused = 0, list[Problem]()
    for _ in range(count):
        try:
            attempts.take(account, address)
        except Problem as problem:
            refused.append(problem)
        else:
            passed += 1
    assert all(problem.status == 429 and int(problem.headers["retry-after"]) >= 1 for problem in refused)
    return passed


def test_guessing_one_account_from_one_address_ends_soon_and_goes_on_slowly():
    clock = Clock()
    attempts = SignInAttempts(clock)
    assert failures(attempts, "ann@a", "203.0.113.1", 100) == 10
    clock.now += 600
    assert failures(attempts, "ann@a", "203.0.113.1", 100) == 10


def test_guessing_many_accounts_from_one_address_ends_soon():
    attempts = SignInAttempts(Clock())
    assert sum(failures(attempts, f"user{number}@a", "203.0.113.1", 1) for number in range(500)) == 50
    assert failures(attempts, "ann@a", "198.51.100.1", 1) == 1


def test_an_attack_from_everywhere_leaves_the_owner_attempts_of_their_own():
    attempts = SignInAttempts(Clock())
    for number in range(250):
        failures(attempts, "ann@a", f"203.0.113.{number}", 10)
    assert failures(attempts, "ann@a", "198.51.100.77", 10) == 3


def test_an_ipv6_network_counts_as_one_address():
    attempts = SignInAttempts(Clock())
    assert sum(failures(attempts, "ann@a", f"2001:db8::{number:x}", 1) for number in range(1, 100)) == 10


def test_people_who_sign_in_are_not_limited():
    attempts = SignInAttempts(Clock())
    for number in range(1000):
        attempts.take(f"user{number % 100}@a", "203.0.113.1")
        attempts.succeeded(f"user{number % 100}@a", "203.0.113.1")


def test_made_up_names_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("aistack.gateway.sign_in.credentials.attempts.NAMES_MAX", 100)
    attempts = SignInAttempts(Clock())
    for number in range(10_000):
        failures(attempts, f"{number}@a", f"10.{number % 256}.{number // 256}.1", 1)
    assert len(attempts._accounts._full_at) <= 100
