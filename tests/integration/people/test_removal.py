"""Removal of people: what is theirs is shown first, then handed over or deleted at every service."""

import asyncio
import json
from typing import Any

import pytest

from aistack.chassis.errors import problem_body
from aistack.stack.secrets import service_key
from harness.services.gateway import Gateway, plain, read_head
from tests.integration.people.conftest import Administrator

SERVICES = {"rag": "/v1/rag", "connection": "/api/connections"}


class Keeper:
    """A service that keeps three things of everybody, and may fail."""

    def __init__(self) -> None:
        self.status = 200
        self.handed_over: list[dict[str, Any]] = []
        self.asked: list[str] = []

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = (await read_head(reader)).decode()
            target = head.split(" ")[1]
            if target == "/health":
                writer.write(plain(b"{}"))
                continue
            self.asked.append(target)
            if head.startswith("POST "):
                length = int(head.lower().partition("content-length: ")[2].split("\r\n")[0])
                body = json.loads(await reader.readexactly(length))
                if self.status == 200:
                    self.handed_over.append(body)
            writer.write(self._answer())
            await writer.drain()

    def _answer(self) -> bytes:
        if self.status == 200:
            return plain(json.dumps({"subject": "x", "counts": {"collection": 3, "source": 1}}).encode())
        problem = json.dumps(problem_body("test", self.status, "not this time")).encode()
        return plain(problem).replace(b"200 OK", b"%d X" % self.status, 1)


async def keeper(gateway: Gateway, name: str) -> Keeper:
    """Registers a service of the stack."""
    secret = (gateway.folder / "secrets" / "stack.key").read_text().strip()
    one = Keeper()
    body = {"url": f"http://127.0.0.1:{await gateway.serve(one.answer)}", "routes": [SERVICES[name]]}
    headers = {"authorization": f"Bearer {service_key(secret, name)}"}
    answer = await gateway.client.put(f"/registry/services/{name}/instances/one", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    return one


async def test_what_would_happen_is_shown_first(admin: Administrator, gateway: Gateway):
    ada = await admin.user("ada")
    await admin.key_for(ada["subject"])
    rag = await keeper(gateway, "rag")
    (await keeper(gateway, "connection")).status = 500
    shown = await admin.done("GET", f"/users/{ada['id']}/belongings")
    assert [(one["service"], one["counts"]) for one in shown] == [
        ("gateway", {"keys": 1, "models": 0}), ("connection", {}), ("rag", {"collection": 3, "source": 1})
    ]  # fmt: skip
    assert shown[1]["problem"]
    assert rag.asked == [f"/v1/rag/belongings?subject=user%3A{ada['id']}"]
    assert rag.handed_over == []
    assert (await admin.done("GET", f"/users/{ada['id']}"))["status"] == "active"


async def test_things_go_to_the_heir_at_every_service(admin: Administrator, gateway: Gateway):
    ada, bob = await admin.user("ada"), await admin.user("bob")
    keepers = [await keeper(gateway, name) for name in SERVICES]
    removed = await admin.done("DELETE", f"/users/{ada['id']}", params={"heir": bob["subject"]})
    assert removed == {"id": ada["id"], "name": "ada", "heir": bob["subject"]}
    assert [one.handed_over for one in keepers] == [[{"subject": ada["subject"], "heir": bob["subject"]}]] * 2
    assert (await admin.ask("GET", f"/users/{ada['id']}")).status_code == 404


async def test_or_are_deleted_when_that_is_said(admin: Administrator, gateway: Gateway):
    ada = await admin.user("ada")
    rag = await keeper(gateway, "rag")
    for params in ({}, {"heir": "owner", "delete": True}):
        assert (await admin.ask("DELETE", f"/users/{ada['id']}", params=params)).status_code == 400
    assert rag.handed_over == []
    await admin.done("DELETE", f"/users/{ada['id']}", params={"delete": True})
    assert rag.handed_over == [{"subject": ada["subject"], "heir": None}]


async def test_nothing_is_removed_while_a_service_cannot_say_what_is_theirs(admin: Administrator, gateway: Gateway):
    ada = await admin.user("ada")
    rag, connection = await keeper(gateway, "rag"), await keeper(gateway, "connection")
    connection.status = 500
    refused = await admin.ask("DELETE", f"/users/{ada['id']}", params={"heir": "owner"})
    assert (refused.status_code, "connection" in refused.json()["detail"]) == (503, True)
    assert rag.handed_over == []
    assert (await admin.done("GET", f"/users/{ada['id']}"))["status"] == "active"


async def test_a_service_without_the_route_keeps_nothing(admin: Administrator, gateway: Gateway):
    ada = await admin.user("ada")
    rag = await keeper(gateway, "rag")
    (await keeper(gateway, "connection")).status = 404
    await admin.done("DELETE", f"/users/{ada['id']}", params={"heir": "owner"})
    assert rag.handed_over == [{"subject": ada["subject"], "heir": "owner"}]


@pytest.mark.parametrize(
    ("heir", "status"),
    [
        ("group", 400),
        ("herself", 400),
        ("user:000000000000", 404),
        ("guest", 409),
        ("disabled", 404),
        ("everyone", 400),
    ],
)
async def test_who_cannot_inherit_is_refused(admin: Administrator, gateway: Gateway, heir: str, status: int):
    ada, guest, disabled = await admin.user("ada"), await admin.user("guest", "guest"), await admin.user("gone")
    await admin.done("PATCH", f"/users/{disabled['id']}", json={"status": "disabled"})
    rag = await keeper(gateway, "rag")
    heirs = {
        "group": await admin.group("Sales"), "herself": ada["subject"], "guest": guest["subject"],
        "disabled": disabled["subject"],
    }  # fmt: skip
    answer = await admin.ask("DELETE", f"/users/{ada['id']}", params={"heir": heirs.get(heir, heir)})
    assert answer.status_code == status, answer.text
    assert rag.handed_over == []


async def test_the_last_owner_hands_nothing_over(admin: Administrator, gateway: Gateway):
    ada, bob = await admin.user("ada", "owner"), await admin.user("bob")
    rag = await keeper(gateway, "rag")
    assert (await admin.ask("DELETE", f"/users/{ada['id']}", params={"heir": bob["subject"]})).status_code == 409
    assert rag.handed_over == []


async def test_two_that_inherit_from_each_other_do_not_both_go(admin: Administrator, gateway: Gateway):
    ada, bob = await admin.user("ada"), await admin.user("bob")
    rag = await keeper(gateway, "rag")
    answers = await asyncio.gather(
        admin.ask("DELETE", f"/users/{ada['id']}", params={"heir": bob["subject"]}),
        admin.ask("DELETE", f"/users/{bob['id']}", params={"heir": ada["subject"]}),
    )
    assert sorted(answer.status_code for answer in answers) in ([200, 404], [200, 409])
    (left,) = (await admin.done("GET", "/users"))["users"]
    assert (left["status"], [one["heir"] for one in rag.handed_over]) == ("active", [left["subject"]])
