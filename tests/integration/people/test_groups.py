"""Groups: names, nesting without cycles, many of them, and what members are told to services as."""

import asyncio

import pytest

from aistack.gateway.people.groups import change_groups, insert_group
from harness.services.gateway import Gateway, echo
from tests.integration.people.conftest import Administrator
from tests.integration.test_gateway_identity import told_to


@pytest.fixture
def gateway_toml(either_records: str) -> str:
    return either_records


def id_of(subject: str) -> str:
    return subject.partition(":")[2]


async def test_names_with_commas_and_quotes_stay_one_name(admin: Administrator):
    for name in ("Sales, EMEA", 'Q"A', "研发部", "a:b*c", "'; DROP TABLE gateway_groups; --"):
        await admin.group(name)
    assert {one["name"] for one in await admin.done("GET", "/groups")} >= {"Sales, EMEA", "研发部", "a:b*c"}


@pytest.mark.parametrize("name", ["SALES", "Sаles", " Sales ", "Sale\u200ds"])
async def test_a_name_that_looks_like_another_is_refused(admin: Administrator, name: str):
    await admin.group("Sales")
    other = await admin.group("Other")
    assert (await admin.ask("POST", "/groups", json={"name": name})).status_code == 409
    assert (await admin.ask("PATCH", f"/groups/{id_of(other)}", json={"name": name})).status_code == 409


async def test_a_group_keeps_its_own_name_in_other_case(admin: Administrator):
    group = await admin.group("Sales")
    assert (await admin.done("PATCH", f"/groups/{id_of(group)}", json={"name": "SALES"}))["name"] == "SALES"


async def test_groups_in_groups_count_and_cycles_are_refused(admin: Administrator, gateway: Gateway):
    await gateway.instance("echo", echo)
    ada = await admin.user("ada")
    inner = await admin.group("inner", ada["subject"])
    middle = await admin.group("middle", inner)
    outer = await admin.group("outer", middle)
    caller = await admin.holder(ada["subject"])
    assert set((await told_to(gateway, caller.headers)).groups) == {inner, middle, outer}
    for group, member in ((inner, inner), (inner, middle), (inner, outer), (middle, outer)):
        refused = await admin.ask("PUT", f"/groups/{id_of(group)}/members/{member}")
        assert (refused.status_code, refused.json()["detail"][:30]) == (409, "the group would contain itself"), group
    await admin.done("DELETE", f"/groups/{id_of(middle)}")
    assert set((await told_to(gateway, caller.headers)).groups) == {inner}


async def test_two_halves_of_a_cycle_at_once_make_none(admin: Administrator):
    one, two = await admin.group("one"), await admin.group("two")
    answers = await asyncio.gather(
        admin.ask("PUT", f"/groups/{id_of(one)}/members/{two}"),
        admin.ask("PUT", f"/groups/{id_of(two)}/members/{one}"),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]


@pytest.mark.parametrize(
    ("member", "status"),
    [
        ("user:000000000000", 404), ("group:000000000000", 404), ("service-account:000000000000", 404),
        ("jwt:ann", 422), ("owner", 422), ("everyone", 422), ("user:", 422), ("user:ABC", 422),
    ],
)  # fmt: skip
async def test_who_does_not_exist_cannot_join(admin: Administrator, member: str, status: int):
    group = await admin.group("Sales")
    assert (await admin.ask("PUT", f"/groups/{id_of(group)}/members/{member}")).status_code == status


async def test_a_user_may_be_in_500_groups_and_their_calls_pass(admin: Administrator, gateway: Gateway):
    await gateway.instance("echo", echo, ttl_seconds=3600)
    ada = await admin.user("ada")
    async with gateway.app.state.callers.changes.write() as connection:
        groups = [await insert_group(connection, f"group {number:03}") for number in range(501)]
        assert await change_groups(connection, ada["subject"], groups, ()) == {max(groups)}
    caller = await admin.holder(ada["subject"])
    assert len((await told_to(gateway, caller.headers)).groups) == 500
    assert len((await caller.done("GET", "/me"))["groups"]) == 500  # by a service of the stack
    one_more = await admin.group("one more")
    refused = await admin.ask("PUT", f"/groups/{id_of(one_more)}/members/{ada['subject']}")
    assert (refused.status_code, "500 groups" in refused.json()["detail"]) == (409, True)
    nested = await admin.ask("PUT", f"/groups/{id_of(one_more)}/members/group:{min(groups)}")
    assert nested.status_code == 409
