"""Whose the kept responses are."""

import pytest

from aistack.gateway.models.responses.client import owner_key


@pytest.mark.parametrize("subject", ["user:0123456789ab", "jwt:ada@example.org", "owner"])
def test_a_subject_is_its_own_key(subject: str):
    assert owner_key(subject) == subject


@pytest.mark.parametrize("subject", ["jwt:" + "x" * 300, "jwt:a\0b", "jwt:a\u202eb", "jwt:\ud800"])
def test_what_a_database_might_refuse_is_hashed(subject: str):
    key = owner_key(subject)
    assert key.startswith("sha256:") and len(key) == 71
    assert owner_key(subject + "x") != key
