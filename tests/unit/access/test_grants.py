"""Grants in the database: the same as the pure rule, for checks and for lists."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Column, MetaData, String, Table, insert, select
from sqlalchemy.ext.asyncio import create_async_engine

from aistack.access.access import EVERYONE, Grant, Manager, Thing, held
from aistack.access.grants import AccessStore
from aistack.access.levels import LEVELS, at_least
from aistack.access.tables import Things, access_grants
from aistack.chassis.errors import Conflict
from aistack.chassis.identity import ANONYMOUS, Principal
from aistack.stores.records import Records

METADATA = MetaData()
BOXES = Table("boxes", METADATA, Column("id", String(12), primary_key=True), Column("owner", String(256)))
GRANTS = access_grants(METADATA, "test")
ADA, BOB, TEAM = "user:aaaaaaaaaaaa", "user:bbbbbbbbbbbb", "group:111111111111"


def person(subject: str, **more) -> Principal:
    return Principal(subject, "user", "", None, subject, **more)


def box(name: str, owner: str = ADA) -> Thing:
    return Thing("box", name, owner)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[AccessStore]:
    engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path}/records.sqlite3")
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
        for name, owner in (("a1", ADA), ("a2", ADA), ("b1", BOB), ("old", "owner")):
            await connection.execute(insert(BOXES).values(id=name, owner=owner))
    records = Records(engine)
    yield AccessStore(records, GRANTS, [Things("box", BOXES.c.id, BOXES.c.owner, BOXES.c.id, 2)])
    await records.close()


async def visible(store: AccessStore, who: Principal, level="view") -> set[str]:
    async with store.records.read() as connection:
        return set(await connection.scalars(select(BOXES.c.id).where(store.visible(who, "box", level))))


async def test_a_list_contains_exactly_what_a_check_allows(store: AccessStore):
    await store.set(box("a1"), [Grant(EVERYONE, "view"), Grant(TEAM, "edit")])
    await store.set(box("b1", BOB), [Grant(ADA, "use")])
    callers = [
        person(ADA), person(BOB), person(BOB, groups=(TEAM,)), person(BOB, role="guest"), person(ADA, read_only=True),
        person(ADA, things=("box:a2", "crate:a1")), person(ADA, things=()), person(BOB, role="owner"),
        Principal("key:1", "key", "shop", ("rag",)), Principal("service:ai", "service", "ai"), ANONYMOUS,
    ]  # fmt: skip
    things = [box("a1"), box("a2"), box("b1", BOB), box("old", "owner")]
    for who in callers:
        for level in LEVELS:
            allowed = {one.id for one in things if at_least(held(who, one, await store.of(one)), level)}
            assert await visible(store, who, level) == allowed, (who, level)


async def test_access_that_is_taken_back_ends_at_once(store: AccessStore):
    await store.set(box("a1"), [Grant(BOB, "edit")])
    assert await store.held_on(person(BOB), box("a1")) == "edit"
    await store.set(box("a1"), [])
    assert await store.held_on(person(BOB), box("a1")) is None


async def test_a_new_owner_manages_and_the_former_keeps_only_what_is_granted(store: AccessStore):
    await store.set(box("a1"), [Grant(BOB, "view"), Grant(TEAM, "use")])
    assert await store.transfer(box("a1"), BOB)
    assert await store.of(box("a1", BOB)) == (Grant(TEAM, "use"),)
    assert await store.held_on(person(BOB), box("a1", BOB)) == "manage"
    assert await store.held_on(person(ADA), box("a1", BOB)) is None


async def test_a_thing_that_is_deleted_meanwhile_is_not_shared(store: AccessStore):
    async with store.records.write() as connection:
        await connection.execute(BOXES.delete().where(BOXES.c.id == "a1"))
        await store.remove_thing(connection, "box", "a1")
    assert not await store.set(box("a1"), [Grant(BOB, "edit")])
    assert not await store.transfer(box("a1"), BOB)
    assert await store.of(box("a1")) == ()


async def test_a_request_waits_until_it_is_granted_or_declined(store: AccessStore):
    await store.request(person(BOB), "box", "a1", "edit")
    await store.request(person(BOB), "box", "a1", "edit")
    assert [one[:2] for one in await store.requests(box("a1"))] == [(BOB, "edit")]
    assert await store.of(box("a1")) == ()
    await store.set(box("a1"), [Grant(BOB, "view")])
    assert [one[:2] for one in await store.requests(box("a1"))] == [(BOB, "edit")]
    await store.set(box("a1"), [Grant(BOB, "manage")])
    assert await store.requests(box("a1")) == []
    await store.request(person(BOB), "box", "a2", "view")
    await store.decline(box("a2"), BOB)
    assert await store.requests(box("a2")) == []


async def test_a_request_for_nothing_or_for_what_one_has_leaves_no_trace(store: AccessStore):
    for who, name in ((person(BOB), "none"), (person(ADA), "a1"), (Principal("service:ai", "service", "ai"), "a1")):
        await store.request(who, "box", name, "view")
    async with store.records.read() as connection:
        assert (await connection.execute(select(GRANTS))).all() == []


async def test_what_belongs_to_somebody_is_counted_and_their_grants_are_forgotten(store: AccessStore):
    await store.set(box("b1", BOB), [Grant(ADA, "use"), Grant(TEAM, "use")])
    assert await store.counts(ADA) == {"box": 2}
    assert await store.owned(ADA, "box") == ["a1", "a2"]
    await store.forget(ADA)
    assert await store.of(box("b1", BOB)) == (Grant(TEAM, "use"),)


async def test_grants_are_limited_and_concurrent_changes_leave_one_of_them(store: AccessStore):
    with pytest.raises(Conflict):
        await store.set(box("a1"), [Grant(f"user:{number:012x}", "view") for number in range(1001)])
    changes = [[Grant(f"user:{number:012x}", "view")] for number in range(10)]
    await asyncio.gather(*(store.set(box("a1"), one) for one in changes))
    assert list(await store.of(box("a1"))) in changes


async def test_nobody_takes_over_more_than_they_may_own(store: AccessStore):
    await store.set(box("b1", BOB), [Grant(ADA, "manage")])
    with pytest.raises(Conflict, match="already has 2"):
        await store.transfer(box("b1", BOB), ADA, Manager(person(ADA)))
    assert await store.transfer(box("b1", BOB), "owner", Manager(person("owner", role="owner")))
    assert await store.transfer(box("old", "owner"), ADA)  # as the heir of somebody who left
