"""Users and service accounts: created, changed, disabled; who may, and who remains an owner."""

import asyncio

import pytest

from tests.integration.people.conftest import Administrator


@pytest.fixture
def gateway_toml(either_records: str) -> str:
    return either_records


async def test_a_user_is_created_with_an_invitation_that_is_kept_only_as_a_digest(admin: Administrator):
    made = await admin.user("ada")
    assert made["subject"] == f"user:{made['id']}"
    assert (made["role"], made["status"]) == ("member", "active")
    assert made["link"]["kind"] == "invitation"
    token = made["link"]["path"].partition("token=")[2]
    assert len(token) > 40
    assert token not in (await admin.ask("GET", "/users")).text
    for kept in (admin.gateway.folder / "gateway").glob("records.sqlite3*"):
        assert token.encode() not in kept.read_bytes()


async def test_a_service_account_has_no_email_and_no_link(admin: Administrator):
    made = await admin.user("nightly", email="", kind="service-account")
    assert (made["subject"], made["link"]) == (f"service-account:{made['id']}", None)
    assert (await admin.ask("POST", f"/users/{made['id']}/link", json={})).status_code == 400
    for wanted in ({"email": "a@b.c"}, {"role": "owner", "email": ""}):
        body = {"name": "other", "kind": "service-account"} | wanted
        assert (await admin.ask("POST", "/users", json=body)).status_code == 400


@pytest.mark.parametrize("email", ["ADA@example.com", "аda@example.com", "ada@examp1e.com", "áda@example.com"])
async def test_a_second_account_whose_email_looks_the_same_is_refused(admin: Administrator, email: str):
    await admin.user("ada")
    bob = await admin.user("bob")
    refused = await admin.ask("POST", "/users", json={"name": "Other", "email": email})
    assert refused.status_code == 409
    assert "ada@example.com" in refused.json()["detail"]
    assert (await admin.ask("PATCH", f"/users/{bob['id']}", json={"email": email})).status_code == 409


async def test_two_at_once_do_not_get_one_email(admin: Administrator):
    emails = ["eve@example.com", "EVE@example.com"] * 4
    answers = await asyncio.gather(
        *(admin.ask("POST", "/users", json={"name": "Eve", "email": email}) for email in emails)
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7


@pytest.mark.parametrize(
    "wanted",
    [
        {"name": "x" * 10_240}, {"name": "a\u202eb"}, {"name": "a\u0000b"}, {"name": " "}, {"email": "nobody"},
        {"email": ""}, {"role": "root"}, {"email": "a" * 10_240 + "@example.com"}, {"groups": []},
    ],
)  # fmt: skip
async def test_what_makes_no_sense_is_refused(admin: Administrator, wanted: dict[str, object]):
    answer = await admin.ask("POST", "/users", json={"name": "Ada", "email": "ada@example.com"} | wanted)
    assert answer.status_code in (400, 422), answer.text
    assert (await admin.done("GET", "/users"))["users"] == []


async def test_users_are_found_by_name_and_email_page_by_page(admin: Administrator):
    for name in ("ada", "adam", "bob%", "eve_x"):
        await admin.user(name)
    found = [one["name"] for one in (await admin.done("GET", "/users", params={"q": "ADA"}))["users"]]
    assert sorted(found) == ["ada", "adam"]
    assert [one["name"] for one in (await admin.done("GET", "/users", params={"q": "%"}))["users"]] == ["bob%"]
    assert [one["name"] for one in (await admin.done("GET", "/users", params={"q": "_"}))["users"]] == ["eve_x"]
    seen: list[str] = []
    after = ""
    while True:
        page = await admin.done("GET", "/users", params={"after": after, "limit": 3})
        seen += [one["name"] for one in page["users"]]
        after = page["next"]
        if not after:
            break
    assert sorted(seen) == ["ada", "adam", "bob%", "eve_x"]


KEY_CHANGES = (("DELETE", ""), ("PUT", "/models"))


class TestOwners:
    async def test_the_last_owner_cannot_be_demoted_disabled_or_removed(self, admin: Administrator):
        ada = await admin.user("ada", "owner")
        path = f"/users/{ada['id']}"
        for method, parts in (
            ("PATCH", {"json": {"role": "admin"}}),
            ("PATCH", {"json": {"status": "disabled"}}),
            ("DELETE", {"params": {"delete": True}}),
        ):
            refused = await admin.ask(method, path, **parts)
            assert refused.status_code == 409, refused.text
            assert "the last owner" in refused.json()["detail"]
        assert (await admin.done("GET", path))["status"] == "active"
        await admin.user("bob", "owner")
        assert (await admin.done("PATCH", path, json={"role": "member"}))["role"] == "member"

    async def test_a_disabled_owner_does_not_count(self, admin: Administrator):
        ada, bob = await admin.user("ada", "owner"), await admin.user("bob", "owner")
        await admin.done("PATCH", f"/users/{bob['id']}", json={"status": "disabled"})
        assert (await admin.ask("PATCH", f"/users/{ada['id']}", json={"role": "member"})).status_code == 409

    @pytest.mark.parametrize(
        "change", [{"role": "member"}, {"status": "disabled"}, None], ids=["demoted", "disabled", "removed"]
    )
    async def test_owners_who_end_each_other_at_once_leave_one(self, admin: Administrator, change: object):
        owners = [await admin.user(name, "owner") for name in ("ada", "bob", "eve")]
        callers = [await admin.holder(owner["subject"]) for owner in owners]
        answers = await asyncio.gather(
            *(
                caller.ask("PATCH", f"/users/{owner['id']}", json=change)
                if change
                else caller.ask("DELETE", f"/users/{owner['id']}", params={"delete": True})
                for caller, owner in zip(callers, owners[1:] + owners[:1], strict=True)
            )
        )
        assert {answer.status_code for answer in answers} & {401, 403, 409}
        left = (await admin.done("GET", "/users"))["users"]
        assert any(one["role"] == "owner" and one["status"] == "active" for one in left)

    async def test_an_administrator_neither_makes_nor_changes_owners(self, admin: Administrator):
        owner, chief = await admin.user("ada", "owner"), await admin.user("bob", "admin")
        caller = await admin.holder(chief["subject"])
        keys = [await admin.key_for(subject) for subject in (owner["subject"], "owner")]
        path = f"/users/{owner['id']}"
        for method, where, parts in (
            ("PATCH", path, {"json": {"name": "x"}}),
            ("PATCH", path, {"json": {"status": "disabled"}}),
            ("DELETE", path, {"params": {"delete": True}}),
            ("POST", f"{path}/link", {"json": {"kind": "reset"}}),
            ("GET", f"{path}/export", {}),
            ("PATCH", f"/users/{chief['id']}", {"json": {"role": "owner"}}),
            ("POST", "/users", {"json": {"name": "Eve", "email": "eve@example.com", "role": "owner"}}),
            ("POST", "/keys", {"json": {"name": "x", "subject": owner["subject"]}}),
            ("POST", "/keys", {"json": {"name": "x", "subject": "owner"}}),
            *((method, f"/keys/{key['id']}{what}", {"json": {}}) for key in keys for method, what in KEY_CHANGES),
        ):
            assert (await caller.ask(method, where, **parts)).status_code == 403, (method, where)
        await caller.done("POST", "/users", json={"name": "Eve", "email": "eve@example.com"})


class TestFirstOwner:
    async def test_the_link_is_made_once(self, admin: Administrator):
        link = await admin.done("POST", "/first-owner")
        assert link["kind"] == "first-owner"
        assert (await admin.ask("POST", "/first-owner")).status_code == 409

    async def test_there_is_none_when_there_is_an_owner(self, admin: Administrator):
        await admin.user("ada", "owner")
        assert (await admin.ask("POST", "/first-owner")).status_code == 409

    async def test_it_ends_when_the_stack_gets_an_owner_in_another_way(self, admin: Administrator):
        people = admin.gateway.app.state.callers.people
        token = (await admin.done("POST", "/first-owner"))["path"].partition("token=")[2]
        await admin.user("ada", "owner")
        with pytest.raises(Exception, match="expired"):
            await people.accept(token, "hash", "Mallory", "mallory@example.org")
        assert [one["name"] for one in (await admin.done("GET", "/users"))["users"]] == ["ada"]

    async def test_it_works_once_also_when_two_try(self, admin: Administrator):
        people = admin.gateway.app.state.callers.people
        token = (await admin.done("POST", "/first-owner"))["path"].partition("token=")[2]
        assert (await people.links.look_up(token)).kind == "first-owner"
        accepted = await asyncio.gather(
            *(people.accept(token, "hash", f"Ada {n}", f"ada.{n}@example.org") for n in range(4)),
            return_exceptions=True,
        )
        assert sum(isinstance(one, str) for one in accepted) == 1
        users = (await admin.done("GET", "/users"))["users"]
        assert [one["role"] for one in users] == ["owner"]


class TestInvitations:
    async def test_a_new_link_replaces_the_one_before(self, admin: Administrator):
        people = admin.gateway.app.state.callers.people
        made = await admin.user("ada")
        first = made["link"]["path"].partition("token=")[2]
        again = await admin.done("POST", f"/users/{made['id']}/link", json={})
        second = again["path"].partition("token=")[2]
        with pytest.raises(Exception, match="expired"):
            await people.accept(first, "hash")
        assert await people.accept(second, "hash") == made["id"]
        with pytest.raises(Exception, match="expired"):
            await people.accept(second, "hash")

    @pytest.mark.parametrize("token", ["", "x", "x" * 100_000, "\ud800"])
    async def test_what_is_no_link_is_refused(self, admin: Administrator, token: str):
        with pytest.raises(Exception, match="does not exist"):
            await admin.gateway.app.state.callers.people.accept(token, "hash")

    @pytest.mark.parametrize("change", ["disabled", "other address", "another link used", "removed"])
    async def test_a_link_ends_when_its_purpose_is_gone(self, admin: Administrator, change: str):
        people = admin.gateway.app.state.callers.people
        made = await admin.user("ada")
        path, token = f"/users/{made['id']}", made["link"]["path"].partition("token=")[2]
        if change == "disabled":
            await admin.done("PATCH", path, json={"status": "disabled"})
            await admin.done("PATCH", path, json={"status": "active"})
        elif change == "other address":
            await admin.done("PATCH", path, json={"email": "ada@example.org"})
        elif change == "another link used":
            reset = await admin.done("POST", f"{path}/link", json={"kind": "reset"})
            await people.accept(reset["path"].partition("token=")[2], "hash")
        else:
            await admin.done("DELETE", path, params={"delete": True})
        with pytest.raises(Exception, match="expired"):
            await people.accept(token, "hash")


async def test_changes_are_in_the_audit_log(admin: Administrator):
    ada = await admin.user("ada")
    await admin.done("PATCH", f"/users/{ada['id']}", json={"role": "admin"})
    group = (await admin.done("POST", "/groups", json={"name": "Sales, EMEA"}))["id"]
    await admin.done("PUT", f"/groups/{group}/members/{ada['subject']}")
    await admin.done("DELETE", f"/users/{ada['id']}", params={"delete": True})
    entries = [one for one in await admin.done("GET", "/audit") if one["action"].startswith(("user.", "group."))]
    assert [(one["action"], one["detail"]) for one in entries] == [
        ("user.removed", "ada: all deleted"),
        ("group.joined", f"Sales, EMEA: {ada['subject']} (ada)"),
        ("group.created", "Sales, EMEA"),
        ("user.changed", "ada: role: admin"),
        ("user.created", "ada <ada@example.com>: member"),
    ]
    assert {one["actor"] for one in entries} == {"key:admin (administrator)"}
