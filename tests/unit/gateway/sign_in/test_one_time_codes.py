"""Codes of authenticator apps and recovery codes."""

import pyotp
import pytest

from aistack.gateway.sign_in.credentials.one_time_codes import (
    is_recovery_code,
    matching_step,
    new_recovery_codes,
    new_totp_secret,
    provisioning_uri,
    recovery_digest,
)

NOW = 1_800_000_015.0
SECRET = new_totp_secret()


def code_at(seconds: float) -> str:
    return pyotp.TOTP(SECRET).at(int(NOW + seconds))


@pytest.mark.parametrize("drift", [-30, 0, 30])
def test_clocks_may_differ_by_a_step(drift: int):
    assert matching_step(SECRET, code_at(drift), 0, NOW) == int((NOW + drift) // 30)


@pytest.mark.parametrize("drift", [-3600, -90, 90, 3600])
def test_a_clock_that_is_far_off_is_not_accepted(drift: int):
    assert matching_step(SECRET, code_at(drift), 0, NOW) is None


def test_no_code_works_twice_nor_one_before_it():
    step = matching_step(SECRET, code_at(0), 0, NOW)
    assert step is not None
    assert matching_step(SECRET, code_at(0), step, NOW) is None
    assert matching_step(SECRET, code_at(-30), step, NOW) is None
    assert matching_step(SECRET, code_at(30), step, NOW) == step + 1


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "१२३४५६", "-12345", "0x1234", "123456" * 1000])
def test_what_is_not_six_digits_is_refused(code: str):
    assert matching_step(SECRET, code, 0, NOW) is None


def test_spaces_in_a_code_are_ignored():
    code = code_at(0)
    assert matching_step(SECRET, f" {code[:3]} {code[3:]} ", 0, NOW)


def test_recovery_codes_are_read_however_they_are_typed():
    codes = new_recovery_codes()
    assert len(set(codes)) == 10
    for code in codes:
        assert is_recovery_code(code)
        assert recovery_digest(code) == recovery_digest(f"  {code.upper().replace('-', ' ')}")
    assert not is_recovery_code("123456")


def test_the_address_for_an_app_names_the_account():
    uri = provisioning_uri(SECRET, "ann@example.test", "AI Stack")
    assert uri.startswith("otpauth://totp/AI%20Stack:ann%40example.test?secret=")
