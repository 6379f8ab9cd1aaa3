"""What a principal holds on a thing."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aistack.access.access import EVERYONE, Grant, Thing, held
from aistack.access.levels import LEVELS, at_least
from aistack.chassis.identity import ANONYMOUS, Principal

ADA, BOB, TEAM, INNER = "user:aaaaaaaaaaaa", "user:bbbbbbbbbbbb", "group:111111111111", "group:222222222222"
THING = Thing("collection", "c0ffee000000", ADA)


def person(subject: str, **more) -> Principal:
    return Principal(subject, "user", "", None, subject, **more)


def level(who: Principal, *grants: Grant, thing: Thing = THING):
    return held(who, thing, grants)


def test_the_owner_of_a_thing_manages_it_and_others_do_not_see_it():
    assert level(person(ADA)) == "manage"
    assert level(person(BOB)) is None
    assert level(person(BOB, role="admin")) is None


def test_the_stacks_owners_manage_everything():
    for who in (person(BOB, role="owner"), Principal("key:admin", "key"), ANONYMOUS, Principal("jwt:root", "jwt")):
        assert level(who) == "manage", who


def test_a_key_from_before_there_were_people_reaches_what_there_was_and_no_ones_own_things():
    key = Principal("key:1", "key", "shop", ("rag",))
    assert level(key, thing=Thing("collection", "1", "owner")) == "manage"
    assert level(key) is None


@pytest.mark.parametrize("granted", LEVELS)
def test_a_grant_gives_its_level_to_the_subject_it_names(granted):
    assert level(person(BOB), Grant(BOB, granted)) == granted
    assert level(person(BOB, groups=(TEAM,)), Grant(TEAM, granted)) == granted
    assert level(person(BOB), Grant(TEAM, granted)) is None


def test_the_highest_of_several_grants_counts():
    grants = (Grant(EVERYONE, "view"), Grant(TEAM, "edit"), Grant(BOB, "use"))
    assert level(person(BOB, groups=(INNER, TEAM)), *grants) == "edit"
    assert level(person(BOB), *grants) == "use"


def test_everyone_does_not_include_guests():
    assert level(person(BOB, role="guest"), Grant(EVERYONE, "edit")) is None
    assert level(person(BOB, role="guest"), Grant(EVERYONE, "edit"), Grant(BOB, "view")) == "view"


def test_a_service_of_its_own_holds_nothing():
    service = Principal("service:ai", "service", "ai")
    assert level(service, Grant(EVERYONE, "manage")) is None
    assert level(service, thing=Thing("collection", "1", "")) is None


def test_a_narrowed_key_reaches_the_things_it_names_and_nothing_else():
    assert level(person(ADA, things=("collection:c0ffee000000",))) == "manage"
    for things in ((), ("collection:c0ffee000001",), ("connection:c0ffee000000",)):
        assert level(person(ADA, things=things)) is None
    assert level(person(BOB, things=("collection:c0ffee000000",))) is None


def test_a_read_only_key_uses_and_does_not_change():
    assert level(person(ADA, read_only=True)) == "use"
    assert level(person(BOB, read_only=True), Grant(BOB, "view")) == "view"
    assert level(Principal("key:admin", "key", read_only=True)) == "use"


def test_every_level_includes_the_ones_before():
    for (low, one), (high, other) in product(enumerate(LEVELS), repeat=2):
        assert at_least(one, other) is (low >= high)
    assert not any(at_least(None, one) for one in LEVELS)


SUBJECTS = st.sampled_from((ADA, BOB, TEAM, INNER, EVERYONE, "owner"))
GRANTS = st.lists(st.builds(Grant, SUBJECTS, st.sampled_from(LEVELS)), max_size=6)


@given(GRANTS, st.sampled_from(("admin", "member", "guest")), st.booleans(), st.sampled_from(((), (TEAM,))))
def test_narrowing_a_key_never_gives_more(grants, role, read_only, groups):
    whole = level(person(BOB, role=role, groups=groups), *grants)
    for things in (None, (), ("collection:c0ffee000000",)):
        narrow = level(person(BOB, role=role, groups=groups, read_only=read_only, things=things), *grants)
        assert narrow is None or at_least(whole, narrow)
