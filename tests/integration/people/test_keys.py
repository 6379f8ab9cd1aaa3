"""Keys that belong to people: they reach what their owner reaches now, or less."""

import asyncio

import pytest

from aistack.chassis.identity import Principal
from harness.services.gateway import Gateway, echo
from tests.integration.people.conftest import Administrator
from tests.integration.test_gateway_fairness import UPGRADE, connected, key_line, read_head, shop
from tests.integration.test_gateway_identity import told_to
from tests.integration.test_gateway_revocation import ended


def line(caller: Administrator) -> bytes:
    return key_line(caller.headers["authorization"].removeprefix("Bearer "))


async def test_a_service_is_told_whose_key_it_is(admin: Administrator, gateway: Gateway):
    await gateway.instance("echo", echo)
    ada, bot = await admin.user("ada", "guest"), await admin.user("bot", email="", kind="service-account")
    group = await admin.group("Sales, EMEA", ada["subject"], bot["subject"])
    made = await admin.key_for(ada["subject"], name="phone", services=["echo"], read_only=True, things=["collection:a"])
    who = await told_to(gateway, {"authorization": f"Bearer {made['key']}"})
    assert who == Principal(
        f"key:{made['id']}", "key", "phone", ("echo",), ada["subject"], (group,), "guest", True, ("collection:a",),
        "ada@example.com",
    )  # fmt: skip
    who = await told_to(gateway, (await admin.holder(bot["subject"])).headers)
    assert (who.subject, who.groups, who.role, who.is_administrator) == (bot["subject"], (group,), "member", False)


async def test_keys_from_before_there_were_people_are_the_owners(admin: Administrator, gateway: Gateway):
    await gateway.instance("echo", echo)
    narrow, wide = await admin.holder("owner", services=["echo"]), await admin.holder("owner")
    assert (await told_to(gateway, narrow.headers)).subject == "owner"
    assert not (await told_to(gateway, narrow.headers)).is_administrator
    assert (await told_to(gateway, wide.headers)).is_administrator
    assert (await admin.done("GET", "/me"))["role"] == "owner"


@pytest.mark.parametrize(
    ("role", "administers"), [("owner", True), ("admin", True), ("member", False), ("guest", False)]
)
async def test_a_key_administers_only_if_its_owner_does(admin: Administrator, role: str, administers: bool):
    someone = await admin.user("ada", role)
    caller = await admin.holder(someone["subject"])
    me = await caller.done("GET", "/me")
    assert (me["role"], me["is_administrator"], me["email"]) == (role, administers, "ada@example.com")
    for path in ("/users", "/groups", "/audit"):
        assert (await caller.ask("GET", path)).status_code == (200 if administers else 403), path
    for path in ("/registry/services", "/metrics", "/api/health/all"):
        answer = await caller.gateway.client.get(path, headers=caller.headers)
        assert answer.status_code == (200 if administers else 403), path


async def test_a_role_that_is_taken_away_is_gone_from_all_keys_at_once(admin: Administrator):
    ada = await admin.user("ada", "admin")
    caller = await admin.holder(ada["subject"])
    reader = await admin.holder(ada["subject"], services=["gateway", "gateway:register"])
    assert (await caller.ask("GET", "/users")).status_code == 200
    assert (await reader.gateway.client.get("/registry/services", headers=reader.headers)).status_code == 200
    await admin.done("PATCH", f"/users/{ada['id']}", json={"role": "member"})
    assert (await caller.ask("GET", "/users")).status_code == 403
    assert (await reader.gateway.client.get("/registry/services", headers=reader.headers)).status_code == 403


@pytest.mark.parametrize("narrowing", [{"read_only": True}, {"things": ["collection:a"]}, {"services": ["gateway"]}])
async def test_a_narrowed_key_of_an_owner_administers_nothing(admin: Administrator, narrowing: dict[str, object]):
    ada = await admin.user("ada", "owner")
    for subject in (ada["subject"], "owner"):
        caller = await admin.holder(subject, **narrowing)
        for method, path in (
            ("GET", "/users"),
            ("POST", "/keys"),
            ("GET", "/me"),
            ("GET", "/keys"),
            ("GET", "/directory"),
        ):
            assert (await caller.ask(method, path, json={"name": "x"})).status_code == 403, path


@pytest.mark.parametrize(
    "things", [["report:1"], ["collection:"], ["collection:a b"], [""], ["a"] * 65, ["collection:a:b"]]
)
async def test_what_is_no_thing_is_refused(admin: Administrator, things: list[str]):
    assert (await admin.ask("POST", "/keys", json={"name": "x", "things": things})).status_code == 422


async def test_keys_of_disabled_and_removed_people_are_refused(admin: Administrator):
    ada = await admin.user("ada")
    caller = await admin.holder(ada["subject"])
    await admin.done("PATCH", f"/users/{ada['id']}", json={"status": "disabled"})
    assert (await caller.ask("GET", "/me")).status_code == 401
    assert (await admin.ask("POST", "/keys", json={"name": "x", "subject": ada["subject"]})).status_code == 404
    await admin.done("PATCH", f"/users/{ada['id']}", json={"status": "active"})
    assert (await caller.ask("GET", "/me")).status_code == 200
    await admin.done("DELETE", f"/users/{ada['id']}", params={"delete": True})
    assert (await caller.ask("GET", "/me")).status_code == 401
    assert [one["state"] for one in (await admin.done("GET", "/keys"))["keys"]] == ["revoked"]


async def test_people_see_and_revoke_their_own_keys_alone(admin: Administrator):
    ada, bob = await admin.user("ada"), await admin.user("bob")
    caller, other = await admin.holder(ada["subject"]), await admin.key_for(bob["subject"])
    assert [one["subject"] for one in (await caller.done("GET", "/keys"))["keys"]] == [ada["subject"]]
    refused = await caller.ask("DELETE", f"/keys/{other['id']}")
    none = await caller.ask("DELETE", "/keys/000000000000")
    assert (refused.status_code, none.status_code) == (404, 404)
    assert refused.json()["detail"].replace(other["id"], "") == none.json()["detail"].replace("000000000000", "")
    assert (await caller.ask("POST", "/keys", json={"name": "more"})).status_code == 403
    mine = (await caller.done("GET", "/keys"))["keys"][0]["id"]
    assert (await caller.ask("DELETE", f"/keys/{mine}")).status_code == 401  # it ends with the key
    assert (await admin.done("GET", "/keys"))["keys"][-1]["state"] == "revoked"


class TestWhatIsOpen:
    @pytest.mark.parametrize("end", ["disabled", "demoted", "group left", "group removed", "removed"])
    async def test_it_ends_when_its_person_may_do_less(self, admin: Administrator, gateway: Gateway, end: str):
        await gateway.instance("shop", shop, ttl_seconds=3600)
        ada, bob = await admin.user("ada"), await admin.user("bob")
        group = (await admin.group("Sales", ada["subject"])).partition(":")[2]
        hers, his = await admin.holder(ada["subject"]), await admin.holder(bob["subject"])
        async with (
            connected(gateway, UPGRADE % line(hers)) as (reader, _),
            connected(gateway, UPGRADE % line(his)) as (other, _),
        ):
            await read_head(reader)
            await read_head(other)
            await {
                "disabled": lambda: admin.done("PATCH", f"/users/{ada['id']}", json={"status": "disabled"}),
                "demoted": lambda: admin.done("PATCH", f"/users/{ada['id']}", json={"role": "guest"}),
                "group left": lambda: admin.done("DELETE", f"/groups/{group}/members/{ada['subject']}"),
                "group removed": lambda: admin.done("DELETE", f"/groups/{group}"),
                "removed": lambda: admin.done("DELETE", f"/users/{ada['id']}", params={"delete": True}),
            }[end]()
            await ended(reader)
            with pytest.raises(TimeoutError):  # what somebody else asked goes on
                await asyncio.wait_for(other.read(), 0.3)

    async def test_it_goes_on_when_its_person_may_do_more(self, admin: Administrator, gateway: Gateway):
        await gateway.instance("shop", shop, ttl_seconds=3600)
        ada = await admin.user("ada")
        caller = await admin.holder(ada["subject"])
        async with connected(gateway, UPGRADE % line(caller)) as (reader, _):
            await read_head(reader)
            await admin.group("Sales", ada["subject"])
            await admin.done("PATCH", f"/users/{ada['id']}", json={"role": "admin"})
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(reader.read(), 0.7)


async def test_the_directory_names_people_and_groups_but_not_for_guests(admin: Administrator):
    ada, guest = await admin.user("ada"), await admin.user("eve", "guest")
    gone = await admin.user("adam")
    group = await admin.group("Adams, all of them")
    await admin.done("PATCH", f"/users/{gone['id']}", json={"status": "disabled"})
    caller = await admin.holder(ada["subject"])
    found = await caller.done("GET", "/directory", params={"q": "ADA"})
    assert [(one["subject"], one["name"]) for one in found] == [(ada["subject"], "ada"), (group, "Adams, all of them")]
    wanted = [gone["subject"], group, "user:0123456789ab"]
    named = await caller.done("GET", "/directory", params={"subject": wanted})
    assert {one["subject"]: one["name"] for one in named} == {gone["subject"]: "adam", group: "Adams, all of them"}
    refused = await (await admin.holder(guest["subject"])).ask("GET", "/directory")
    assert refused.status_code == 403


async def test_services_ask_who_a_subject_is_now_and_others_may_not(admin: Administrator, gateway: Gateway):
    from aistack.stack.secrets import service_key

    ada = await admin.user("ada", "admin")
    group = await admin.group("Sales", ada["subject"])
    secret = (gateway.folder / "secrets" / "stack.key").read_text().strip()
    rag = Administrator(gateway, service_key(secret, "rag"))
    told = Principal.from_claims(await rag.done("GET", f"/directory/principals/{ada['subject']}"))
    assert told == Principal(
        ada["subject"], "user", "ada", subject=ada["subject"], groups=(group,), role="admin", email="ada@example.com"
    )
    await admin.done("PATCH", f"/users/{ada['id']}", json={"status": "disabled"})
    for subject in (ada["subject"], "user:000000000000", group, "nobody", "everyone"):
        assert (await rag.ask("GET", f"/directory/principals/{subject}")).status_code == 404, subject
    assert Principal.from_claims(await rag.done("GET", "/directory/principals/owner")).role == "owner"
    assert (await admin.ask("GET", f"/directory/principals/{ada['subject']}")).status_code == 403
    for path in ("/users", "/keys", "/me", "/groups"):
        assert (await rag.ask("GET", path)).status_code == 403, path
