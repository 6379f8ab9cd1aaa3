"""What the gateway answers to pages of other sites in a browser on the same machine, while identity is off."""

import re

import httpx
import pytest

from harness.processes import free_port
from harness.services.gateway import Gateway, echo, plain, read_head

LEASE = {"url": "http://127.0.0.1:1", "routes": ["/evil"]}
EVIL = {"origin": "http://evil.example", "sec-fetch-site": "cross-site"}


def code_of(answer: httpx.Response) -> str:
    return answer.json()["type"].rpartition(":")[2]


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.nip.io", "localhost.evil.example", "0.0.0.0", "2130706433"]
)
@pytest.mark.parametrize("path", ["/", "/console/", "/health", "/registry/services", "/metrics", "/echo", "/no/such"])
async def test_a_name_that_was_rebound_to_this_machine_gets_nothing(gateway: Gateway, host: str, path: str):
    await gateway.instance("echo", echo)
    for method in ("GET", "POST", "OPTIONS", "DELETE"):
        answer = await gateway.client.request(method, path, headers={"host": host})
        assert (answer.status_code, code_of(answer)) == (421, "misdirected-request"), (method, path)
        assert "AISTACK_ALLOWED_HOSTS" in answer.json()["detail"]


async def test_the_authority_of_the_target_is_judged_as_a_host_is(gateway: Gateway):
    ask = b"GET http://%b/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    assert (await gateway.raw(ask % b"evil.example")).startswith(b"HTTP/1.1 421 ")
    assert (await gateway.raw(ask % b"localhost")).startswith(b"HTTP/1.1 200 ")
    assert (await gateway.raw(b"GET /health HTTP/1.0\r\n\r\n")).startswith(b"HTTP/1.1 200 ")


async def test_one_connection_is_judged_request_by_request(gateway: Gateway):
    good = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
    evil = b"GET /health HTTP/1.1\r\nHost: evil.example\r\n\r\n"
    last = good.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    answer = await gateway.raw(good + good + evil + evil + last)
    assert re.findall(rb"HTTP/1\.1 (\d{3}) ", answer) == [b"200", b"200", b"421", b"421", b"200"]


async def test_pages_of_other_sites_change_nothing(gateway: Gateway):
    await gateway.instance("echo", echo)
    for headers in (
        EVIL,
        {"origin": "null"},
        {"origin": f"http://localhost:{gateway.port + 1}"},
        {"sec-fetch-site": "cross-site"},
    ):
        refused = [
            await gateway.client.put("/registry/services/evil/instances/one", json=LEASE, headers=headers),
            await gateway.client.delete("/registry/services/echo/instances/one", headers=headers),
            await gateway.client.post("/echo", content=b"x", headers=headers),
            await gateway.client.request("PROPFIND", "/echo", headers=headers),
        ]
        assert [(one.status_code, code_of(one)) for one in refused] == [(403, "cross-site-request")] * 4, headers
        assert (await gateway.client.get("/echo", headers=headers)).status_code == 200
    services = (await gateway.client.get("/registry/services")).text
    assert "echo" in services and "evil" not in services


async def test_pages_of_other_sites_open_no_websockets(gateway: Gateway):
    await gateway.instance("echo", echo)
    ask = {
        "host": f"localhost:{gateway.port}", "connection": "Upgrade", "upgrade": "websocket",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==", "sec-websocket-version": "13",
    }  # fmt: skip
    for origin in ("http://evil.example", "null", f"http://localhost:{free_port()}"):
        answer = await gateway.client.get("/echo", headers=ask | {"origin": origin})
        assert (answer.status_code, code_of(answer)) == (403, "cross-site-request"), origin
    own = await gateway.client.get("/echo", headers=ask | {"origin": f"http://localhost:{gateway.port}"})
    assert "upgrade: websocket" in own.text.lower()


async def test_the_console_s_own_pages_and_programs_change_what_they_like(gateway: Gateway):
    async def instance(reader, writer) -> None:
        while True:
            await read_head(reader)
            writer.write(plain(b"done"))

    await gateway.instance("shop", instance)
    for name in ("localhost", "127.0.0.1", "LOCALHOST", "127.0.0.9"):
        host = f"{name}:{gateway.port}"
        same = {"host": host, "origin": f"http://{host.lower()}", "sec-fetch-site": "same-origin"}
        assert (await gateway.client.post("/shop", headers=same)).text == "done", name
    assert (await gateway.client.post("/shop")).text == "done"


class TestNamed:
    @pytest.fixture
    def gateway_toml(self) -> str:
        return "cors_origins = ['https://app.example']\n"

    async def test_an_origin_that_was_named_may_act_and_read(self, gateway: Gateway):
        await gateway.instance("echo", echo)
        headers = {"origin": "https://app.example", "sec-fetch-site": "cross-site"}
        answer = await gateway.client.post("/echo", content=b"x", headers=headers)
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "https://app.example")
        assert (await gateway.client.post("/echo", content=b"x", headers=EVIL)).status_code == 403

    async def test_identity_that_is_turned_on_in_the_file_only_leaves_the_rules_in_force(self, gateway: Gateway):
        gateway.identity = True
        await gateway.reload()
        assert (await gateway.client.get("/registry/services", headers={"host": "evil.example"})).status_code == 421
        assert (
            await gateway.client.put("/registry/services/x/instances/1", json=LEASE, headers=EVIL)
        ).status_code == 403

    async def test_origins_are_read_anew(self, gateway: Gateway):
        await gateway.instance("echo", echo)
        gateway.toml = "cors_origins = ['http://evil.example']\n"
        await gateway.reload()
        assert (await gateway.client.post("/echo", content=b"x", headers=EVIL)).status_code == 200
        was = {"origin": "https://app.example"}
        assert (await gateway.client.post("/echo", content=b"x", headers=was)).status_code == 403


class TestWithIdentity:
    @pytest.fixture
    def identity(self) -> bool:
        return True

    async def test_a_page_comes_without_a_key_by_whatever_name(self, gateway: Gateway):
        async with httpx.AsyncClient(base_url=gateway.url, timeout=60) as page:
            for host in ("evil.example", f"localhost:{gateway.port}"):
                headers = EVIL | {"host": host}
                assert (
                    await page.put("/registry/services/x/instances/1", json=LEASE, headers=headers)
                ).status_code == 401
        assert (await gateway.client.get("/registry/services", headers={"host": "any.example"})).status_code == 200
