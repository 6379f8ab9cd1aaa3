"""What the audit log tells: registrations, refusals, failed logins; also in a flood, and while the records are away."""

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from aistack.chassis.identity import Principal
from aistack.gateway import tables
from aistack.gateway.app import MIGRATIONS
from aistack.gateway.identity import audit_log as auditing
from aistack.gateway.identity.audit_log import AuditLog
from aistack.gateway.identity.authorization import Actor
from aistack.gateway.tables import HEAD, VERSION_TABLE, AuditEntry
from aistack.stores.records import Records, service_records
from harness.services.gateway import Gateway
from tests.integration.test_gateway_identity import bearing, new_key

INSTANCE = "/registry/services/hello/instances/one"
LEASE = {"url": "http://127.0.0.1:7001", "routes": ["/hello", "/hi"]}
ANN = Actor(Principal("key:ann", "key", "ann", ("gateway:register",)), "192.0.2.1", True)


@pytest.fixture
def identity() -> bool:
    return True


async def entries(gateway: Gateway, *actions: str) -> list[dict[str, str]]:
    """Those with one of these actions, the oldest first."""
    read = (await gateway.client.get("/gateway/audit", params={"limit": 200})).json()
    return [one for one in reversed(read) if one["action"] in actions]


class TestRegistrations:
    async def test_each_change_is_told_with_who_what_and_from_where_and_renewals_are_not(self, gateway: Gateway):
        made = await new_key(gateway, name="ci", services=["gateway:register"])
        headers = bearing(made["key"])
        for lease in (LEASE, LEASE, LEASE | {"version": "2", "weight": 5}):
            await gateway.client.put(INSTANCE, json=lease, headers=headers)
            await gateway.client.post(INSTANCE + "/heartbeat", headers=headers)
        await gateway.client.delete(INSTANCE)
        seen = await entries(gateway, "service.registered", "service.deregistered")
        assert [(one["action"], one["actor"], one["detail"]) for one in seen] == [
            ("service.registered", f"key:{made['id']} (ci)", "new: http://127.0.0.1:7001 for /hello /hi, weight 1"),
            ("service.registered", f"key:{made['id']} (ci)", "changed: http://127.0.0.1:7001 for /hello /hi, weight 5"),
            ("service.deregistered", "key:admin (administrator)", "http://127.0.0.1:7001 for /hello /hi"),
        ]
        assert {(one["subject"], one["address"]) for one in seen} == {("hello/one", "127.0.0.1")}
        assert all(re.fullmatch(r"[0-9a-f]{32}", one["request_id"]) for one in seen)

    @pytest.mark.parametrize(
        ("method", "path", "body", "says"),
        [
            ("PUT", INSTANCE, LEASE | {"url": "http://169.254.169.254"}, "PUT 400: .*outside the networks"),
            (
                "PUT",
                INSTANCE,
                LEASE | {"routes": ["/taken/x"]},
                r"PUT 403: /taken/x is under .*http://127.0.0.1:7001 for",
            ),
            ("PUT", INSTANCE, LEASE | {"routes": ["/registry"]}, "PUT 409: .*belongs to the gateway"),
            ("PUT", INSTANCE, LEASE | {"routes": ["/a/../b"]}, "PUT 422: .*dot segment"),
            ("PUT", INSTANCE, LEASE | {"weight": 5000}, "PUT 422: .*weight"),
            ("PUT", "/registry/services/rag/instances/one", LEASE, "PUT 403: rag is a service of this stack"),
            ("PUT", "/registry/services/taken/instances/one", LEASE, "PUT 403: taken belongs to key:admin"),
            ("DELETE", "/registry/services/taken/instances/one", None, "DELETE 403: taken belongs to key:admin"),
            ("POST", "/registry/services/taken/instances/one/heartbeat", None, "POST 403: taken belongs to key:admin"),
        ],
    )
    async def test_a_refused_one_is_told_with_what_was_asked_and_why(
        self, gateway: Gateway, method: str, path: str, body: object, says: str
    ):
        await gateway.client.put("/registry/services/taken/instances/one", json=LEASE | {"routes": ["/taken"]})
        made = await new_key(gateway, services=["gateway:register"])
        answer = await gateway.client.request(method, path, json=body, headers=bearing(made["key"]))
        assert answer.status_code in (400, 403, 409, 422)
        (told,) = await entries(gateway, "service.refused")
        assert told["actor"] == f"key:{made['id']} (test)"
        assert told["address"] == "127.0.0.1"
        assert told["subject"] == "/".join(path.split("/")[3:6:2])
        assert re.search(says, told["detail"]), told["detail"]

    async def test_a_caller_without_the_scope_is_told_too_and_a_lost_lease_is_not(self, gateway: Gateway):
        reader = await new_key(gateway, services=["gateway"])
        await gateway.client.put(INSTANCE, json=LEASE, headers=bearing(reader["key"]))
        assert (await gateway.client.post(INSTANCE + "/heartbeat")).status_code == 404
        told = await entries(gateway, "service.refused")
        assert [one["actor"] for one in told] == [f"key:{reader['id']} (test)"]
        assert "needs the scope gateway:register" in told[0]["detail"]

    async def test_hostile_text_reaches_the_log_as_text_that_can_be_shown(self, gateway: Gateway):
        for url in ("http://127.0.0.1:1\r\nX: y", "http://\x1b[31m", "http://\u202e", "x" * 512):
            assert (await gateway.client.put(INSTANCE, json=LEASE | {"url": url})).status_code == 400
        assert (
            await gateway.client.put(INSTANCE, content=b'{"url": "\\ud800", "routes": ["/\\ud800"]}')
        ).status_code < 500
        told = await entries(gateway, "service.refused")
        assert len(told) == 5
        assert all(one["detail"].isprintable() and len(one["detail"]) <= 2000 for one in told)

    async def test_a_flood_writes_a_bounded_number_of_entries_and_says_how_many_more_there_were(self, gateway: Gateway):
        made = await new_key(gateway, services=["gateway:register"])
        async with httpx.AsyncClient(base_url=gateway.url, headers=bearing(made["key"]), timeout=60) as caller:

            async def refused(number: int) -> None:
                body = LEASE | {"routes": ["/gateway"]}
                assert (await caller.put(f"/registry/services/s{number}/instances/one", json=body)).status_code == 409

            for start in range(0, 500, 50):
                await asyncio.gather(*(refused(start + number) for number in range(50)))
        async with asyncio.timeout(60):
            while not await entries(gateway, "audit.summary"):
                await asyncio.sleep(0.1)
        everything: list[dict[str, str]] = []
        before: dict[str, int] = {}
        while page := (await gateway.client.get("/gateway/audit", params={"limit": 200} | before)).json():
            everything += page
            before = {"before": page[-1]["id"]}
        single = [one for one in everything if one["action"] == "service.refused"]
        summed = [one for one in everything if one["action"] == "audit.summary"]
        more = sum(int(one["detail"].split()[0]) for one in summed)
        assert 300 <= len(single) < 320
        assert len(single) + more == 500
        assert {(one["actor"], one["subject"]) for one in summed} == {(f"key:{made['id']} (test)", "service.refused")}


class TestBehindAProxy:
    @pytest.fixture
    def gateway_toml(self) -> str:
        return "trusted_proxies = ['127.0.0.0/8']\n"

    async def test_the_address_is_the_clients(self, gateway: Gateway):
        headers = {"x-forwarded-for": "6.6.6.6, 198.51.100.7"}
        await gateway.client.put(INSTANCE, json=LEASE, headers=headers)
        await gateway.client.post("/gateway/keys", json={"name": "x"}, headers=headers)
        seen = await entries(gateway, "service.registered", "key.created")
        assert [one["address"] for one in seen] == ["198.51.100.7"] * 2


@pytest.fixture
async def records(tmp_path: Path) -> AsyncIterator[Records]:
    async with service_records("", tmp_path / "gateway", MIGRATIONS, HEAD, VERSION_TABLE) as held:
        yield held


@pytest.fixture
async def log(records: Records) -> AsyncIterator[AuditLog]:
    made = AuditLog(records)
    yield made
    await made.stop()


async def count(records: Records) -> int:
    async with records.read() as connection:
        return await connection.scalar(select(func.count(AuditEntry.id))) or 0


class TestFailedLogins:
    async def test_the_first_of_an_address_is_told_at_once_and_the_next_together(self, log: AuditLog):
        for _ in range(30):
            log.note_rejected_credentials([("192.0.2.1", 7, "the key is not valid"), ("192.0.2.2", 1, "expired")])
            await log.flush()
        rows = await log.page(None, 50)
        assert {(row.action, row.address, row.detail) for row in rows} == {
            ("login.refused", "192.0.2.1", "7 times: the key is not valid"),
            ("login.refused", "192.0.2.2", "expired"),
        }

    async def test_from_a_hundred_thousand_addresses_few_rows_and_little_memory(self, log: AuditLog, records: Records):
        for start in range(0, 100_000, 1000):
            log.note_rejected_credentials((f"2001:db8::{number:x}", 1, "no") for number in range(start, start + 1000))
            await log.flush()
        assert len(log._logins) <= auditing.ADDRESSES_MAX + 1
        await log.stop()
        rows = await log.page(None, 200)
        assert await count(records) < 150
        assert (
            sum(int(number) for row in rows for number in re.findall(r"^([0-9]+) (?:more|times)", row.detail))
            + sum(row.detail == "no" for row in rows)
            == 100_000
        )


class TestBounds:
    async def test_many_callers_at_once_do_not_fill_the_queue_or_the_table(self, log: AuditLog, records: Records):
        for number in range(50_000):
            who = Actor(Principal(f"key:{number % 3000}", "key", "", ("gateway:register",)), "192.0.2.1", True)
            log.record(who, "service.registered", f"s{number}/one", "new")
        assert len(log._pending) <= auditing.PENDING_MAX
        assert len(log._omitted) <= auditing.ADDRESSES_MAX + 1
        await log.stop()
        rows = await log.page(None, 200)
        assert await count(records) <= auditing.PENDING_MAX + auditing.SUMMARIES_MAX + 1
        summed = sum(int(row.detail.split()[0]) for row in rows if row.action == "audit.summary")
        assert summed == 50_000 - auditing.PENDING_MAX

    async def test_a_flood_does_not_push_the_acts_of_administrators_out(
        self, log: AuditLog, records: Records, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(tables, "OTHERS_KEPT_MAX", 100)
        monkeypatch.setattr(auditing, "PRUNED_EVERY", 50)
        await log.note("key.created", "abc")
        for number in range(290):
            log.record(ANN, "service.registered", f"s{number}/one", "new")
        await log.flush()
        assert await count(records) <= 151
        rows = await log.page(None, 200)
        assert rows[-1].action == "key.created"
        assert rows[0].subject == "s289/one"

    async def test_what_cannot_be_written_now_is_written_when_the_records_are_back(
        self, log: AuditLog, records: Records, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(log, "_write", failing(log))
        for number in range(5000):
            log.record(Actor(Principal(f"key:{number}", "key"), "", True), "service.registered", f"s{number}", "new")
            if number % 500 == 0:
                await log.flush()
        assert len(log._pending) <= auditing.PENDING_MAX
        monkeypatch.undo()
        await log.stop()
        stored = sqlite3.connect(tmp_path / "gateway" / "records.sqlite3").execute(
            "SELECT action, detail FROM gateway_audit"
        )
        rows = stored.fetchall()
        summed = sum(int(detail.split()[0]) for action, detail in rows if action == "audit.summary")
        assert sum(action == "service.registered" for action, _ in rows) + summed == 5000

    @pytest.mark.parametrize("text", ["a\x00b", "\ud800", "x" * 100_000, "\u202e", "行\n二"])
    async def test_text_that_a_database_would_refuse_does_not_hold_up_the_others(self, log: AuditLog, text: str):
        log.record(Actor(Principal(f"jwt:{text}", "jwt", text), text, True), "service.refused", text, text)
        log.record(ANN, "service.registered", "hello/one", "new")
        log.note_rejected_credentials([(text, 1, text)])
        assert len(await log.page(None, 10)) == 3


def failing(log: AuditLog):
    async def write(entries: object) -> None:
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    return write
