"""Names and e-mail addresses: which are accepted, and which are taken for the same."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aistack.chassis.errors import InvalidInput
from aistack.gateway.people.look_alikes import TO_LATIN
from aistack.gateway.people.names import checked_email, checked_name, email_key, name_key


@pytest.mark.parametrize(
    "other",
    [
        "Ada@Example.com", "ADA@EXAMPLE.COM", "аda@example.com", "adа@exаmple.com", "ｄ".join(("a", "a@example.com")),
        "áda@example.com", "ada@ехample.com", "ɑda@example.com", "ada@examp1e.com", "ada@exampӏe.com",
        " ada@example.com ",
    ],
)  # fmt: skip
def test_addresses_that_look_the_same_are_the_same(other: str):
    assert email_key(checked_email(other)) == email_key("ada@example.com")


@pytest.mark.parametrize("other", ["ada.l@example.com", "ada@example.org", "ida@example.com", "ad@example.com"])
def test_other_addresses_are_not(other: str):
    assert email_key(checked_email(other)) != email_key("ada@example.com")


@pytest.mark.parametrize(
    "email", ["张三@例子.公司", "o'neil+tag@sub.example.co.uk", "ada@localhost", "josé@example.com"]
)
def test_addresses_of_the_whole_world_are_accepted(email: str):
    assert checked_email(email) == email


@pytest.mark.parametrize(
    "email",
    [
        "", "ada", "@example.com", "ada@", "ada@@example.com", "a b@example.com", "ada@.com", "ada@example..com",
        "ada@example.com\n", "ada@exam\u202eple.com", "ada\u200b@example.com", "ada\u200d@example.com", "a" * 10_000,
        "ada@" + "e" * 300, "ada@example.com, bob@example.com", "<ada@example.com>", "ada\x00@example.com",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(email: str):
    with pytest.raises(InvalidInput):
        checked_email(email)


@pytest.mark.parametrize("name", ["Sales, EMEA", "研发部", "مهندسی", "Zoë", "R&D / Ops", "می\u200cخواهم"])
def test_names_of_the_whole_world_are_accepted(name: str):
    assert checked_name(f"  {name} ") == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "  ",
        "\u200d",
        "a\u202eb",
        "a\u2066b",
        "a\u200fb",
        "a\x07b",
        "a\nb",
        "x" * 129,
        "x" * 10_240,
        "\ud800",
        "a\ufeffb",
    ],
)
def test_names_that_are_empty_too_long_or_not_visible_are_refused(name: str):
    with pytest.raises(InvalidInput):
        checked_name(name)


def test_names_are_compared_without_case_and_look_alikes():
    assert name_key("Sales") == name_key("SALES") == name_key("Sаles") == name_key("Sa\u200dles")
    assert name_key("Sales") != name_key("Sales 2")


def test_look_alikes_lead_to_letters_that_stay_as_they_are():
    assert not {chr(one) for one in TO_LATIN} & set(TO_LATIN.values())


@pytest.mark.property
@given(st.text(max_size=200))
def test_a_name_is_accepted_as_it_was_returned_and_its_key_is_stable(text: str):
    try:
        name = checked_name(text)
    except InvalidInput:
        return
    assert checked_name(name) == name
    assert name_key(name_key(name)) == name_key(name)
