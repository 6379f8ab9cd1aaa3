"""Groups in groups: what a person is in, and the limit, where many people are in the same groups."""

import pytest

from aistack.chassis.errors import Conflict
from aistack.gateway.people.directory import Person, _principals
from aistack.gateway.people.groups import GROUPS_OF_ONE_MAX, _check_numbers

MANY = [f"group:{number:03}" for number in range(GROUPS_OF_ONE_MAX - 2)]


def person(name: str) -> Person:
    return Person(name, f"user:{name}", name, "", "member", True)


@pytest.mark.parametrize("inner", ["group:left", "group:right"])
def test_somebody_below_a_group_that_is_nested_as_its_sibling_is_counts(inner: str):
    parents = {"group:left": ["group:top"], "group:right": ["group:top"], "user:ann": [inner, *MANY]}
    _check_numbers("group:left", parents)
    parents["group:top"] = ["group:one-more"]
    with pytest.raises(Conflict, match="user:ann would be in more than 500 groups"):
        _check_numbers("group:top", parents)


def test_people_in_the_same_groups_are_in_all_that_these_are_in():
    parents = {
        "user:ann": ["group:a", "group:b"], "user:bob": ["group:a", "group:b"], "user:cy": ["group:b"],
        "group:a": ["group:top"], "group:top": ["group:a"],
    }  # fmt: skip
    found = _principals([person(name) for name in ("ann", "bob", "cy", "di")], parents)
    assert [found[f"user:{name}"].groups for name in ("ann", "bob", "cy", "di")] == [
        ("group:a", "group:b", "group:top"), ("group:a", "group:b", "group:top"), ("group:b",), ()
    ]  # fmt: skip
