"""Passwords: what may be chosen, how they are checked, and that nobody waits for the event loop."""

import asyncio
import hashlib
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from aistack.chassis.errors import InvalidInput, Unavailable
from aistack.gateway.sign_in.credentials import passwords as module
from aistack.gateway.sign_in.credentials.breached_passwords import BreachedPasswords
from aistack.gateway.sign_in.credentials.passwords import Passwords

GOOD = "correct horse battery staple"


async def test_a_password_is_known_again_and_no_other_is():
    passwords = Passwords()
    known = await passwords.hash(GOOD)
    assert known.startswith("$argon2id$")
    assert await passwords.verify(GOOD, known)
    assert not await passwords.verify(GOOD + " ", known)
    assert not await passwords.verify(GOOD, None)
    assert not await passwords.verify("nobody has this password", None)
    assert not await passwords.verify(GOOD, "not a hash")
    assert not await passwords.verify("x" * 100_000, known)


async def test_the_same_letters_typed_on_another_keyboard_are_the_same_password():
    passwords = Passwords()
    assert await passwords.verify("cafe\u0301 ﬁne words", await passwords.hash("café fine words"))


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "password-length"),
        ("x" * 1025, "password-length"),
        ("", "password-length"),
        ("aaaabbbbaaaabbbb", "password-simple"),
        ("Ann@Example.Test", "password-simple"),
    ],
)
async def test_weak_passwords_are_refused(password: str, code: str):
    with pytest.raises(InvalidInput) as refused:
        await Passwords().check_new(password, "ann@example.test", "Ann")
    assert refused.value.code == code


@pytest.mark.parametrize("password", [GOOD, "一二三四五六七八九十甲乙", "123456789012", "🙂🙃😀😃 🙂🙃😀😃 🙂🙂"])
async def test_no_rule_asks_for_kinds_of_letters(password: str):
    await Passwords().check_new(password, "ann@example.test")


async def test_breached_passwords_are_refused_however_the_list_is_written(tmp_path: Path):
    sha1 = hashlib.sha1(b"hunter2 hunter2").hexdigest().upper()
    lines = ["correct horse battery staple", f"{sha1}:17", hashlib.sha1(b"winter is coming").hexdigest()[:16], ""]
    (tmp_path / "list").write_text("\n".join(lines))
    passwords = Passwords(BreachedPasswords(tmp_path / "list"))
    for password in (GOOD, "Correct Horse Battery Staple", "hunter2 hunter2", "winter is coming"):
        with pytest.raises(InvalidInput) as refused:
            await passwords.check_new(password)
        assert refused.value.code == "password-breached"
    await passwords.check_new("summer is coming")
    with pytest.raises(ValueError, match="cannot be read"):
        BreachedPasswords(tmp_path / "missing")


async def test_hashes_with_old_parameters_are_recognised():
    passwords = Passwords()
    assert not passwords.is_outdated(await passwords.hash(GOOD))
    assert passwords.is_outdated(PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(GOOD))


async def test_too_many_sign_ins_at_once_are_turned_away(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "WAITING_MAX", 3)
    passwords = Passwords(concurrent_max=1)
    results = await asyncio.gather(*(passwords.hash(GOOD) for _ in range(6)), return_exceptions=True)
    assert sum(isinstance(one, Unavailable) for one in results) == 3
    assert await passwords.hash(GOOD)
