"""The export of a person: one zip archive of what the gateway and every service keep, which says what is missing."""

import asyncio
import json
from contextlib import AsyncExitStack
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest

from aistack.chassis.errors import problem_body
from aistack.gateway.people.export import EXPORTS_MAX
from aistack.stack.secrets import service_key
from harness.services.gateway import Gateway, plain, read_head
from tests.integration.people.conftest import Administrator

SERVICES = {"rag": "/v1/rag", "connection": "/api/connections"}
END = b'{"end": true}\n'


def frame(path: str, content: bytes, size: int | None = None) -> bytes:
    return json.dumps({"path": path, "bytes": len(content) if size is None else size}).encode() + b"\n" + content


class Keeper:
    """A service whose export is `chunks`. It may fail, stop half way, or send without end."""

    def __init__(self, *chunks: bytes) -> None:
        self.chunks = chunks
        self.status, self.counts = 200, {"collection": 1}
        self.is_cut_off = self.is_endless = False
        self.stopped = asyncio.Event()
        self.asked: list[str] = []

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            target = (await read_head(reader)).decode().split(" ")[1]
            if target == "/health":
                writer.write(plain(b"{}"))
                continue
            self.asked.append(target)
            if "/belongings?" in target:
                writer.write(plain(json.dumps({"subject": "x", "counts": self.counts}).encode()))
            elif self.status == 200:
                await self._export(writer)
            else:
                problem = json.dumps(problem_body("test", self.status, "not this time")).encode()
                writer.write(plain(problem).replace(b"200 OK", b"%d X" % self.status, 1))
            await writer.drain()

    async def _export(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/octet-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        try:
            for chunk in self.chunks:
                writer.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
            while self.is_endless:
                writer.write(b"10000\r\n%b\r\n" % bytes(65536))
                await writer.drain()
        except OSError:
            self.stopped.set()
            raise
        if self.is_cut_off:
            writer.close()
            raise ConnectionError("killed")
        writer.write(b"0\r\n\r\n")


async def keeper(gateway: Gateway, name: str, *chunks: bytes) -> Keeper:
    """Registers a service of the stack."""
    secret = (gateway.folder / "secrets" / "stack.key").read_text().strip()
    one = Keeper(*chunks)
    body = {"url": f"http://127.0.0.1:{await gateway.serve(one.answer)}", "routes": [SERVICES[name]]}
    headers = {"authorization": f"Bearer {service_key(secret, name)}"}
    answer = await gateway.client.put(f"/registry/services/{name}/instances/one", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    return one


async def exported(who: Administrator, path: str) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The index and the other files of an export."""
    answer = await who.ask("GET", path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"].endswith('.zip"')
    with ZipFile(BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        files = {name: archive.read(name) for name in archive.namelist()}
    return json.loads(files.pop("index.json")), files


async def test_an_export_has_the_account_and_no_secrets(admin: Administrator, gateway: Gateway):
    ada, bob = await admin.user("ada", "admin"), await admin.user("bob")
    await admin.group("Sales, EMEA", ada["subject"])
    content = b"%PDF" + bytes(range(256)) * 2000
    rag = await keeper(gateway, "rag", frame("collections/notes/报告.pdf", content)[:5000],
                       frame("collections/notes/报告.pdf", content)[5000:] + frame("empty.txt", b""), END)  # fmt: skip
    (await keeper(gateway, "connection", END)).counts = {}
    made = await admin.key_for(ada["subject"], name="phone")
    caller = Administrator(gateway, made["key"])
    await caller.done("POST", "/users", json={"name": "Eve", "email": "eve@example.com"})
    index, files = await exported(admin, f"/users/{ada['id']}/export")
    assert (index["subject"], index["name"]) == (ada["subject"], "ada")
    assert index["services"]["rag"] == {"files": 2, "bytes": len(content), "missing": []}
    assert {name for name, one in index["services"].items() if one["missing"]} == {"query", "ai"} & set(
        index["services"]
    )
    assert rag.asked == [f"/v1/rag/belongings/contents?subject=user%3A{ada['id']}"]
    assert (files["rag/collections/notes/报告.pdf"], files["rag/empty.txt"]) == (content, b"")
    account = json.loads(files["gateway/account.json"])
    assert (account["email"], account["groups"][0]["name"]) == ("ada@example.com", "Sales, EMEA")
    assert [key["name"] for key in json.loads(files["gateway/keys.json"])] == ["phone"]
    assert json.loads(files["gateway/models.json"]) == []
    acts = {(entry["action"], entry["actor"].partition(" ")[0]) for entry in json.loads(files["gateway/audit.json"])}
    assert ("user.created", f"key:{made['id']}") in acts
    text = b"".join(one for name, one in files.items() if name.startswith("gateway/")).decode()
    assert made["key"] not in text
    assert not any(name in text for name in ("digest", "password", "bob@example.com", bob["id"]))
    assert (await exported(caller, "/me/export"))[1]["gateway/account.json"] == files["gateway/account.json"]
    assert (await admin.ask("GET", "/me/export")).status_code == 404
    assert (await admin.ask("GET", f"/users/{'0' * 12}/export")).status_code == 404


async def missing(admin: Administrator, service: str) -> tuple[list[tuple[str, str]], dict[str, bytes]]:
    """What is missing of a service in a new user's export, and the files."""
    ada = await admin.user("ada")
    index, files = await exported(admin, f"/users/{ada['id']}/export")
    found = [(one["path"], one["reason"]) for one in index["services"][service]["missing"]]
    assert not (found and index["complete"])
    return found, files


async def test_what_cannot_be_given_is_in_the_index(admin: Administrator, gateway: Gateway):
    omitted = json.dumps({"path": "lost.pdf", "reason": "it is gone"}).encode() + b"\n"
    await keeper(gateway, "rag", frame("a.txt", b"a"), omitted, frame("b.txt", b"b"), END)
    found, files = await missing(admin, "rag")
    assert found == [("lost.pdf", "it is gone")]
    assert (files["rag/a.txt"], files["rag/b.txt"]) == (b"a", b"b")


async def test_services_that_are_down_or_fail_are_in_the_index(admin: Administrator, gateway: Gateway):
    (await keeper(gateway, "rag")).status = 500
    assert (await missing(admin, "rag"))[0] == [("everything", "not this time")]
    index, _ = await exported(admin, f"/users/{(await admin.user('bob'))['id']}/export")
    for name in set(index["services"]) - {"gateway", "rag"}:
        assert index["services"][name]["missing"] == [{"path": "everything", "reason": f"{name} is not running"}]


@pytest.mark.parametrize("counts", [{}, {"collection": 2}])
async def test_a_service_without_the_route_is_missing_if_it_keeps_something(
    admin: Administrator, gateway: Gateway, counts: dict[str, int]
):
    rag = await keeper(gateway, "rag")
    rag.status, rag.counts = 404, counts
    expected = [("everything", "rag cannot export what it keeps; update it")] if counts else []
    assert (await missing(admin, "rag"))[0] == expected


async def test_a_service_that_is_killed_half_way(admin: Administrator, gateway: Gateway):
    rag = await keeper(gateway, "rag", frame("a.txt", b"a"), frame("b.txt", b"b" * 100, size=1000))
    rag.is_cut_off = True
    found, files = await missing(admin, "rag")
    assert found[0] == ("b.txt", "the file is cut off: its last 900 bytes are missing")
    assert [path for path, _ in found] == ["b.txt", "everything that would follow"]
    assert files["rag/b.txt"] == b"b" * 100


@pytest.mark.parametrize("path", ["../../etc/passwd", "/etc/passwd", "a/../../b", "C:\\x", "", "a\x00b", "con"])
async def test_no_path_leaves_the_archive(admin: Administrator, gateway: Gateway, path: str):
    await keeper(gateway, "rag", frame(path, b"evil"), frame("good.txt", b"good"), END)
    found, files = await missing(admin, "rag")
    assert found == [(repr(path), "its path is not safe to unpack")]
    assert [name for name in files if name.startswith("rag/")] == ["rag/good.txt"]


async def test_two_files_with_one_path(admin: Administrator, gateway: Gateway):
    await keeper(gateway, "rag", frame("a.txt", b"1"), frame("A.txt", b"2"), frame("b.txt", b"3"), END)
    found, files = await missing(admin, "rag")
    assert found == [("A.txt", "another file has this path")]
    assert (files["rag/a.txt"], files["rag/b.txt"]) == (b"1", b"3")


async def test_a_few_run_at_once_and_end_when_their_clients_leave(admin: Administrator, gateway: Gateway):
    rag = await keeper(gateway, "rag", frame("endless", b"", size=1 << 40))
    rag.is_endless = True
    path = f"/gateway/users/{(await admin.user('ada'))['id']}/export"
    async with AsyncExitStack() as running:
        requests = [gateway.client.stream("GET", path, headers=admin.headers) for _ in range(EXPORTS_MAX + 3)]
        answers = await asyncio.gather(*map(running.enter_async_context, requests))
        assert sorted(answer.status_code for answer in answers) == [200] * EXPORTS_MAX + [503] * 3
        async with asyncio.timeout(60):
            while len(rag.asked) < EXPORTS_MAX:
                await asyncio.sleep(0.05)
    await asyncio.wait_for(rag.stopped.wait(), 60)
    rag.is_endless = False
    async with asyncio.timeout(60):
        while (await admin.ask("GET", path.removeprefix("/gateway"))).status_code == 503:
            await asyncio.sleep(0.05)
