"""What claims say: which values a rule matches, and which addresses count."""

from dataclasses import replace

import pytest

from aistack.gateway.providers.claims import email_of, mapped
from aistack.stack.identity.settings import ClaimRule, ProviderSettings

SETTINGS = ProviderSettings("fake", "Fake", "https://login.example.com", "ai-stack")


@pytest.mark.parametrize(
    ("value", "claim", "matches"),
    [
        ("*", True, True), ("*", "yes", True), ("*", 1, True), ("*", ["", "a"], True),
        ("*", False, False), ("*", 0, False), ("*", "", False), ("*", " ", False), ("*", [""], False), ("*", [], False),
        ("*", None, False), ("*", "false", False), ("*", {}, False), ("*", 1.5, False),
        ("true", True, True), ("true", "true", True), ("True", True, False), ("false", False, True),
        ("7", 7, True), ("7", "7", True), ("a", ["b", "a"], True), ("a", "ab", False), ("a", ["A"], False),
    ],
)  # fmt: skip
def test_a_rule_matches_values_as_json_writes_them(value: str, claim: object, matches: bool):
    settings = replace(SETTINGS, rules=(ClaimRule("vip", value, role="admin"),))
    assert mapped(settings, {"vip": claim}).role == ("admin" if matches else "member")


def test_the_highest_role_counts_and_claims_inside_others_are_found():
    rules = (ClaimRule("realm_access.roles", "boss", role="owner"), ClaimRule("groups", "staff", role="member"))
    claims = {"realm_access": {"roles": ["boss"]}, "groups": ["staff"]}
    assert mapped(replace(SETTINGS, rules=rules), claims).role == "owner"
    assert mapped(replace(SETTINGS, rules=rules, unknown="guest"), {}).role == "guest"
    assert mapped(SETTINGS, claims).role is None


def test_groups_of_rules_and_of_the_claim_are_kept_apart():
    settings = replace(SETTINGS, groups_claim="teams", rules=(ClaimRule("groups", "staff", group="Staff"),))
    found = mapped(settings, {"groups": ["staff"], "teams": ["b", " a ", "", True, 7]})
    assert (found.groups, found.claimed) == (("Staff",), ("7", "a", "b"))


@pytest.mark.parametrize(
    ("verified", "counts", "counts_if_trusted"),
    [
        (True, True, True), ("true", True, True), (None, False, True), (False, False, False), ("false", False, False),
        (0, False, False), (1, False, False), ("yes", False, False), ([], False, False), ({"a": 1}, False, False),
    ],
)  # fmt: skip
def test_an_address_counts_when_it_is_verified(verified: object, counts: bool, counts_if_trusted: bool):
    claims = {"email": "ann@example.com", "email_verified": verified}
    assert bool(email_of(SETTINGS, claims)) == counts
    assert bool(email_of(replace(SETTINGS, trust_email=True), claims)) == counts_if_trusted
