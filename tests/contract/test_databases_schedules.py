"""Schedules and jobs act as their owner, with the rights of that moment."""

import asyncio
from dataclasses import replace

import pytest

from aistack.chassis.identity import Principal
from harness.services.sql_people import People, person

pytestmark = pytest.mark.heavy

MAKER, STRANGER, OWNER = person("maker"), person("stranger"), person("owner", role="owner")


async def until(condition) -> dict:
    async with asyncio.timeout(30):
        while (found := await condition()) is None:
            await asyncio.sleep(0.05)
        return found


async def scheduled(people: People, who: Principal) -> dict:
    new = {"name": "hourly", "connection_id": "shop", "sql": "SELECT 1", "every_seconds": 3600}
    return await people.done(who, "POST", "/api/query/saved", new)


def directory(people: People, found: Principal | None) -> None:
    async def principal_of(subject: str) -> Principal | None:
        return found

    people.services.query.state.directory.principal_of = principal_of


async def state_of(people: People, who: Principal, saved: dict) -> dict:
    return await people.done(who, "GET", f"/api/query/saved/{saved['id']}")


async def test_schedules_run_as_their_owner(people: People):
    await people.connect(MAKER)
    directory(people, MAKER)
    saved = await scheduled(people, MAKER)
    await people.services.query.state.saved.run_due()
    state = await state_of(people, MAKER, saved)
    assert state["last_job"] and state["stopped"] == "" and state["due_at"]

    async def done() -> dict | None:
        job = await people.done(MAKER, "GET", f"/api/query/jobs/{state['last_job']}")
        return job if job["state"] == "done" else None

    assert (await until(done))["owner"] == MAKER.subject


@pytest.mark.parametrize("case", ["gone", "unshared"])
async def test_schedules_stop_with_a_reason_when_the_rights_are_gone(people: People, case: str):
    connection = await people.connect(OWNER)
    await people.share(OWNER, f"/api/connections/{connection}", {MAKER.subject: "use"})
    directory(people, MAKER)
    saved = await scheduled(people, MAKER)
    if case == "gone":
        directory(people, None)
    else:
        await people.share(OWNER, f"/api/connections/{connection}", {})
        people.services.query.state.runner.targets._cached.clear()
    await people.services.query.state.saved.run_due()
    state = await state_of(people, MAKER, saved)
    assert state["due_at"] is None and state["last_job"] is None
    reasons = {
        "gone": "its owner no longer exists or is disabled",
        "unshared": f"there is no connection {connection}",
    }
    assert state["stopped"] == reasons[case]


async def test_schedules_wait_while_nobody_knows_who_the_owner_is(people: People):
    await people.connect(MAKER)
    saved = await scheduled(people, MAKER)  # the directory of these services cannot be reached
    await people.services.query.state.saved.run_due()
    state = await state_of(people, MAKER, saved)
    assert state["due_at"] and state["stopped"] == "" and state["last_job"] is None


async def test_schedules_keep_the_limits_of_the_key_that_made_them(people: People):
    await people.connect(MAKER)
    other = await people.connect(MAKER, "other")
    key = replace(MAKER, id="key:5", kind="key", services=("query",))
    directory(people, MAKER)
    saved = await scheduled(people, key)
    found = people.services.query.state.saved
    who = await found._background.principal_of(MAKER.subject, replace(key, things=(f"connection:{other}",)).claims())
    assert (who.subject, who.services, who.things) == (MAKER.subject, ("query",), (f"connection:{other}",))
    assert saved["owner"] == MAKER.subject


async def test_schedules_stop_when_someone_else_changes_the_statement(people: People):
    await people.connect(MAKER)
    await people.share(MAKER, "/api/connections/shop", {"everyone": "use"})
    saved = await scheduled(people, MAKER)
    await people.share(MAKER, f"/api/query/saved/{saved['id']}", {STRANGER.subject: "edit"})
    new = {"name": "hourly", "connection_id": saved["connection_id"], "sql": "SELECT 2", "every_seconds": 3600}
    changed = await people.done(STRANGER, "PUT", f"/api/query/saved/{saved['id']}", new)
    assert changed["due_at"] is None and "someone else" in changed["stopped"]
    again = await people.done(MAKER, "PUT", f"/api/query/saved/{saved['id']}", new)
    assert again["due_at"] and again["stopped"] == "" and again["id"] == saved["id"]
