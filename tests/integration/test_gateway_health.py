"""Health checks: what one instance answers is its own affair, bounded in time and bytes."""

import asyncio
import contextlib
import gzip
import os
import re
import resource
import socket
import ssl
import struct
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import httpx
import pytest

from aistack import __version__
from aistack.gateway.health.probe_queue import ProbeQueue
from aistack.gateway.registry.leases import Registered
from harness.certificates import write_certificate
from harness.services.gateway import Behaviour, Gateway, answering, plain, read_head

SECONDS_MAX = 60
OK = b"HTTP/1.1 200 OK\r\n"
QUICK = "health_interval_seconds = 0.1\nhealth_timeout_seconds = 0.4\n"
LARGE = 64 * 1024 * 1024


@pytest.fixture
def gateway_toml() -> str:
    return QUICK


def saying(*pieces: bytes, then: str = "close", every: bytes = b"", pause: float = 0.0) -> Behaviour:
    """Sends the pieces, then closes, hangs, resets, or sends `every` for ever."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        while then == "repeat":
            writer.write(every)
            await writer.drain()
            await asyncio.sleep(pause)
        if then == "hang":
            await reader.read()
        if then == "reset":
            await asyncio.sleep(0.05)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()

    return behave


def dripping(data: bytes) -> Behaviour:
    """Sends one byte after the other, slower than a check waits."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        for byte in data:
            writer.write(bytes((byte,)))
            await writer.drain()
            await asyncio.sleep(0.05)

    return behave


async def report_of(gateway: Gateway) -> dict[str, Any]:
    return (await gateway.client.get("/api/health/all")).json()


def instances_in(report: dict[str, Any], service: str) -> list[dict[str, Any]]:
    return next((one["instances"] for one in report["services"] if one["name"] == service), [])


async def until(condition: Callable[[], Any], what: str) -> None:
    async with asyncio.timeout(SECONDS_MAX):
        while True:
            found = condition()
            if await found if asyncio.iscoroutine(found) else found:
                return
            await asyncio.sleep(0.02)
    raise AssertionError(what)


def counting(hits: "Counter[str]", name: str, behaviour: Behaviour) -> Behaviour:
    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hits[name] += 1
        await behaviour(reader, writer)

    return behave


async def state_of(gateway: Gateway, service: str, instance: str = "one") -> str:
    shown = (await gateway.client.get(f"/registry/services/{service}")).json()
    return next(one["state"] for one in shown["instances"] if one["id"] == instance)


def metric(text: str, name: str, **labels: str) -> float:
    """A sample of Prometheus text; 0 when there is none."""
    for line in text.splitlines():
        found = re.fullmatch(rf"{name}(?:\{{(.*)\}})? (\S+)", line)
        if found and dict(re.findall(r'(\w+)="([^"]*)"', found[1] or "")) == labels:
            return float(found[2])
    return 0.0


REFUSED = {
    "a status of failure": (saying(b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n"), "/health answered 503"),
    "a status that is not known": (saying(b"HTTP/1.1 799 Odd\r\ncontent-length: 0\r\n\r\n"), "/health answered 799"),
    "a redirect": (
        saying(b"HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/latest/meta-data/\r\n\r\n"),
        "/health answered 302, a redirect, which health checks do not follow",
    ),
    "not modified": (saying(b"HTTP/1.1 304 Not Modified\r\n\r\n"), "/health answered 304, a redirect"),
    "HTTP/0.9": (saying(b"<html>fine</html>\n"), "it is not HTTP/1.1"),
    "HTTP/2": (saying(b"\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x64", then="hang"), "it is not HTTP/1.1"),
    "binary": (saying(bytes(range(256)) * 9), "it is not HTTP/1.1"),
    "another protocol": (saying(b"220 mail.example ESMTP\r\n", then="hang"), "it is not HTTP/1.1"),
    "no answer at all": (saying(), "closed the connection without a response"),
    "a head cut off": (saying(OK + b"content-le"), "closed the connection before its response was complete"),
    "a body cut off": (saying(OK + b"content-length: 50\r\n\r\nok"), "before its response was complete"),
    "chunks cut off": (saying(OK + b"transfer-encoding: chunked\r\n\r\n5\r\nab"), "before its response was complete"),
    "a reset at once": (saying(then="reset"), "broke off: Connection reset by peer"),
    "a reset in the head": (saying(OK + b"x: ", then="reset"), "broke off: Connection reset by peer"),
    "a reset in the body": (saying(OK + b"\r\nsome", then="reset"), "broke off: Connection reset by peer"),
    "a negative length": (saying(OK + b"content-length: -1\r\n\r\n"), "Content-Length must be a single whole number"),
    "a length of thirty digits": (saying(OK + b"content-length: %b\r\n\r\n" % (b"9" * 30)), "a single whole number"),
    "two lengths": (saying(OK + b"content-length: 1\r\ncontent-length: 2\r\n\r\nab"), "two different lengths"),
    "length and chunks": (
        saying(OK + b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"),
        "the length of the response is ambiguous",
    ),
    "a bad chunk size": (saying(OK + b"transfer-encoding: chunked\r\n\r\nzz\r\n"), "not a hexadecimal number"),
    "bare line feeds": (saying(b"HTTP/1.1 200 OK\ncontent-length: 2\n\nok", then="hang"), "lines must end with CRLF"),
    "a blank before the colon": (saying(OK + b"x : y\r\n\r\n"), "a header line is not 'name: value'"),
    "a cookie of odd letters": (saying(OK + b"set-cookie: \xff=\x01\r\n\r\n"), "control character"),
    "a header name of odd letters": (saying(OK + b"s\xc3\xa9t: 1\r\n\r\n"), "a header line is not"),
    "a NUL": (saying(OK + b"x: \0\r\n\r\n"), "control character"),
    "a thousand headers": (saying(OK + b"x: y\r\n" * 1000 + b"\r\n"), "more than 200 headers"),
    "ten megabytes of headers": (saying(OK, *[b"x: " + b"y" * 65000 + b"\r\n"] * 160, b"\r\n"), "its head is larger"),
    "a header without end": (saying(OK + b"x: ", then="repeat", every=b"y" * 65536), "its head is larger"),
    "switching protocols": (
        saying(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n", then="hang"),
        "switches protocols",
    ),
    "a flood of early hints": (
        saying(then="repeat", every=b"HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\n" * 9),
        "too many interim responses",
    ),
    "silence": (saying(then="hang"), "/health sent no complete response head within 0.4 s"),
    "a head that drips": (dripping(OK + b"x: " + b"y" * 900), "/health sent no complete response head within 0.4 s"),
    "interim responses that drip": (
        saying(then="repeat", every=b"HTTP/1.1 102 Processing\r\n\r\n", pause=0.1),
        "/health sent no complete response head within 0.4 s",
    ),
    "a body that drips": (
        saying(OK + b"content-length: 500\r\n\r\n", then="repeat", every=b"x", pause=0.05),
        "the body of /health did not end within 0.4 s",
    ),
    "a body shorter than its length": (saying(OK + b"content-length: 9\r\n\r\nok", then="hang"), "did not end within"),
    "server-sent events": (
        saying(OK + b"content-type: text/event-stream\r\n\r\n", then="repeat", every=b": ping\n\n", pause=0.1),
        "the body of /health did not end within 0.4 s",
    ),
    "chunks for ever": (
        saying(OK + b"transfer-encoding: chunked\r\n\r\n", then="repeat", every=b"1\r\nx\r\n", pause=0.05),
        "the body of /health did not end within 0.4 s",
    ),
    "trailers for ever": (
        saying(OK + b"transfer-encoding: chunked\r\n\r\n0\r\n", then="repeat", every=b"x: %b\r\n" % (b"y" * 4000)),
        "the trailers are larger than allowed",
    ),
}

ACCEPTED = {
    "a small body": saying(plain(b"fine")),
    "no body": saying(b"HTTP/1.1 204 No Content\r\n\r\n", then="hang"),
    "a body that ends with the connection": saying(b"HTTP/1.0 200 OK\r\n\r\nfine"),
    "chunks with a trailer": saying(OK + b"transfer-encoding: chunked\r\n\r\n4;a=b\r\nfine\r\n0\r\nx: y\r\n\r\n"),
    "a response in pieces": saying(b"HTTP/1", b".1 200 OK\r", b"\ncontent-length: 4\r\n\r", b"\nfi", b"ne"),
    "a few interim responses": saying(b"HTTP/1.1 100 Continue\r\n\r\n" * 5 + plain(b"fine"), then="hang"),
    "more than its length": saying(plain(b"fine") + b"HTTP/1.1 500 Oops\r\n\r\n"),
    "a body too large to be read": saying(OK + b"content-length: %d\r\n\r\n" % LARGE, *[b"x" * 65536] * 3, then="hang"),
    "a body that never stops": saying(OK + b"\r\n", then="repeat", every=b"x" * 65536),
    "large chunks that never stop": saying(
        OK + b"transfer-encoding: chunked\r\n\r\n", then="repeat", every=b"10000\r\n%b\r\n" % (b"x" * 65536)
    ),
    "cookies": saying(plain(b"fine", b"set-cookie: session=1; Path=/\r\nset-cookie: __Host-x=y; Secure\r\n" * 9)),
    "a compressed bomb": saying(plain(gzip.compress(bytes(LARGE)), b"content-encoding: gzip\r\n")),
    "an encoding that nobody knows": saying(plain(b"\xff\xfe", b"content-encoding: x-unknown\r\n")),
}


@pytest.mark.parametrize("answer", REFUSED)
async def test_an_instance_is_unhealthy_that_answers_with(gateway: Gateway, answer: str):
    behaviour, error = REFUSED[answer]
    hits: Counter[str] = Counter()
    await gateway.instance("good", counting(hits, "good", answering(plain(b"ok"))))
    await gateway.instance("odd", behaviour)
    report = await report_of(gateway)
    (odd,) = instances_in(report, "odd")
    assert odd["status"] == "unhealthy"
    assert error in odd["error"]
    assert len(odd["error"]) <= 200
    assert odd["error"].isprintable()
    assert odd["latency_ms"] is None
    assert instances_in(report, "good")[0]["status"] == "healthy"
    await until(lambda: _is_in_state(gateway, "odd", "down"), "the odd instance is taken out")
    seen = hits["good"]
    await until(lambda: hits["good"] > seen + 2, "the other service goes on being checked")
    assert await state_of(gateway, "good") == "up"


@pytest.mark.parametrize("answer", ACCEPTED)
async def test_an_instance_is_healthy_that_answers_with(gateway: Gateway, answer: str):
    await gateway.instance("odd", ACCEPTED[answer])
    (odd,) = instances_in(await report_of(gateway), "odd")
    assert (odd["status"], odd["error"]) == ("healthy", "")
    assert odd["latency_ms"] > 0


async def _is_in_state(gateway: Gateway, service: str, state: str) -> bool:
    return await state_of(gateway, service) == state


async def test_an_instance_that_speaks_tls_is_unhealthy(gateway: Gateway, tmp_path: Path):
    write_certificate(tmp_path, "localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    server = await asyncio.start_server(lambda r, w: None, "127.0.0.1", 0, ssl=context)
    gateway.servers.append(server)
    await register(gateway, "secure", server.sockets[0].getsockname()[1])
    (secure,) = instances_in(await report_of(gateway), "secure")
    assert secure["status"] == "unhealthy"


async def register(gateway: Gateway, name: str, port: int, instance: str = "one", **lease: object) -> None:
    body = {"url": f"http://127.0.0.1:{port}", "routes": [f"/{name}"]} | lease
    answer = await gateway.client.put(f"/registry/services/{name}/instances/{instance}", json=body)
    assert answer.status_code in (200, 201), answer.text


async def test_an_instance_where_nothing_listens_is_unhealthy_and_says_why(gateway: Gateway):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        await register(gateway, "gone", taken.getsockname()[1])
        (gone,) = instances_in(await report_of(gateway), "gone")
    assert gone["error"] == "cannot be reached: Connection refused"


async def test_an_instance_whose_backlog_is_full_is_unhealthy_and_leaks_nothing(gateway: Gateway):
    with socket.socket() as full, contextlib.ExitStack() as held:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(4):
            client = held.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(full.getsockname())
        await register(gateway, "full", full.getsockname()[1])
        (one,) = instances_in(await report_of(gateway), "full")
        assert one["error"] == "it did not accept a connection within 0.4 s"
        before = len(os.listdir("/proc/self/fd"))
        for _ in range(5):
            await report_of(gateway)
        assert len(os.listdir("/proc/self/fd")) <= before + 2


async def test_a_check_is_one_plain_get_on_a_connection_of_its_own(gateway: Gateway):
    heads: list[bytes] = []

    async def spread(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await read_head(reader))
        writer.write(plain(b"ok", b"set-cookie: session=1; Path=/\r\nconnection: keep-alive\r\n"))
        await writer.drain()
        assert await reader.read() == b""

    port = await gateway.instance("shop", spread, health_path="/up?deep=1")
    await until(lambda: len(heads) > 3, "four checks came, each on a connection of its own")
    assert set(heads) == {
        b"GET /up?deep=1 HTTP/1.1\r\nhost: 127.0.0.1:%d\r\nuser-agent: aistack-health-check/%b\r\naccept: */*\r\n"
        b"accept-encoding: identity\r\nconnection: close\r\n\r\n" % (port, __version__.encode())
    }


@pytest.mark.parametrize(
    "answer", [plain(b"ok"), b"", OK + b"content-length: 9\r\n\r\nok", b"HTTP/1.1 500 Oops\r\n\r\n"]
)
async def test_a_connection_is_closed_when_its_check_is_over(gateway: Gateway, answer: bytes):
    opened, closed = 0, 0

    async def staying(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opened, closed
        opened += 1
        await read_head(reader)
        writer.write(answer)
        with contextlib.suppress(ConnectionError):
            await reader.read()
        closed += 1

    await gateway.instance("shop", staying)
    await until(lambda: closed >= 4, "connections were closed")
    assert opened - closed <= 1


async def test_of_a_large_answer_little_is_read_and_nothing_kept(gateway: Gateway):
    sent: list[int] = []

    async def large(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        writer.write(OK + b"content-length: %d\r\n\r\n" % (1 << 40))
        sent.append(0)
        number = len(sent) - 1
        with contextlib.suppress(ConnectionError):
            while True:
                writer.write(b"x" * 65536)
                await writer.drain()
                sent[number] += 65536

    await gateway.instance("large", large)
    await until(lambda: len(sent) > 3, "the instance was checked a few times")
    before = _resident_bytes()
    await until(lambda: len(sent) > 40, "the instance was checked many times")
    assert _resident_bytes() - before < 32 << 20
    assert max(sent[:-1]) < 32 << 20  # what the sockets of both ends take


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


async def test_a_slow_instance_holds_up_no_other(gateway: Gateway):
    hits: Counter[str] = Counter()
    await gateway.instance("frozen", saying(then="hang"))
    await gateway.instance("good", counting(hits, "good", answering(plain(b"ok"))))
    text = (await gateway.client.get("/metrics")).text
    rounds = metric(text, "aistack_health_checks_total", service="frozen", result="timeout")
    seen = hits["good"]

    async def frozen_checks() -> int:
        now = (await gateway.client.get("/metrics")).text
        return metric(now, "aistack_health_checks_total", service="frozen", result="timeout") >= rounds + 4

    await until(frozen_checks, "the frozen instance was checked four times")
    assert hits["good"] - seen >= 8


class TestManyInstances:
    @pytest.fixture
    def gateway_toml(self) -> str:
        return "health_interval_seconds = 0.5\nhealth_timeout_seconds = 1\n"

    async def test_frozen_instances_by_the_hundred_delay_only_each_other(self, gateway: Gateway):
        hits: Counter[str] = Counter()
        good = await gateway.serve(counting(hits, "good", answering(plain(b"ok"))))
        frozen = await gateway.serve(saying(then="hang"))
        for number in range(30):
            await register(gateway, "shop", good, f"good{number}")
        for number in range(400):
            await register(gateway, "shop", frozen, f"frozen{number}")

        async def all_frozen_are_known() -> bool:
            shown = (await gateway.client.get("/registry/services/shop")).json()["instances"]
            return Counter(one["state"] for one in shown) == {"up": 30, "down": 400}

        await until(all_frozen_are_known, "every frozen instance is down, no other")

        async def checks_of_frozen() -> float:
            text = (await gateway.client.get("/metrics")).text
            return metric(text, "aistack_health_checks_total", service="shop", result="timeout")

        hits.clear()
        enough = await checks_of_frozen() + 1200

        async def frozen_were_checked() -> bool:
            return await checks_of_frozen() >= enough

        await until(frozen_were_checked, "every frozen instance was checked three times")
        assert hits["good"] >= 30 * 6
        for _ in range(3):
            report = await report_of(gateway)
            states = Counter((one["id"][:4], one["status"]) for one in instances_in(report, "shop"))
            assert states == {("good", "healthy"): 30, ("froz", "unhealthy"): 400}


class TestManyInstancesAtOnce:
    @pytest.fixture
    def gateway_toml(self) -> str:
        return "health_interval_seconds = 300\nhealth_timeout_seconds = 1\n"

    async def test_what_cannot_be_checked_in_time_is_reported_as_it_was_last_seen(self, gateway: Gateway):
        frozen = await gateway.serve(saying(then="hang"))
        for number in range(400):
            await register(gateway, "shop", frozen, f"i{number}")
        errors = [one["error"] for one in instances_in(await report_of(gateway), "shop")]
        assert len(errors) == 400
        assert any(error.startswith("not checked within 1.25 s; ") for error in errors)


class TestReport:
    @pytest.fixture
    def gateway_toml(self) -> str:
        return "health_interval_seconds = 300\nhealth_timeout_seconds = 30\nrate_limits = []\n"

    async def test_services_that_come_and_go_do_not_disturb_it(self, gateway: Gateway):
        good = await gateway.serve(answering(plain(b"ok")))
        over = False

        async def churn(name: str) -> None:
            async with httpx.AsyncClient(base_url=gateway.url) as client:
                number = 0
                while not over:
                    number += 1
                    lease = {"url": f"http://127.0.0.1:{good}", "routes": [f"/{name}"], "version": str(number)}
                    await client.put(f"/registry/services/{name}/instances/{number % 3}", json=lease)
                    if number % 2:
                        await client.delete(f"/registry/services/{name}/instances/{number % 3}")

        churning = [asyncio.create_task(churn(f"shop{number}")) for number in range(4)]
        statuses = Counter([(await gateway.client.get("/api/health/all")).status_code for _ in range(60)])
        over = True
        await asyncio.gather(*churning)
        assert statuses == {200: 60}

    async def test_many_readers_share_one_check(self, gateway: Gateway):
        hits: Counter[str] = Counter()
        asked, go = asyncio.Event(), asyncio.Event()

        async def held(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            hits["shop"] += 1
            await read_head(reader)
            asked.set()
            await go.wait()
            writer.write(plain(b"ok"))
            await writer.drain()

        await gateway.instance("shop", held)
        readers = [asyncio.create_task(report_of(gateway)) for _ in range(50)]
        await asked.wait()

        async def all_readers_wait() -> bool:
            return (await gateway.client.get("/registry/services/gateway")).json()["in_flight"] >= 50

        await until(all_readers_wait, "all readers wait for the one check")
        go.set()
        reports = await asyncio.gather(*readers)
        assert hits["shop"] == 1
        assert {instances_in(report, "shop")[0]["status"] for report in reports} == {"healthy"}

    async def test_readers_do_not_decide_what_is_used(self, gateway: Gateway):
        await gateway.instance("shop", saying(b"HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n"))
        for _ in range(4):
            (shop,) = instances_in(await report_of(gateway), "shop")
            assert shop["status"] == "unhealthy"
            await asyncio.sleep(0.3)
        assert await state_of(gateway, "shop") == "up"

    async def test_an_instance_that_drains_says_so_and_is_not_checked(self, gateway: Gateway):
        hits: Counter[str] = Counter()
        asked, go = asyncio.Event(), asyncio.Event()

        async def held(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            head = await read_head(reader)
            hits["health" if head.startswith(b"GET /health") else "request"] += 1
            asked.set()
            await go.wait()
            writer.write(plain(b"ok"))
            await writer.drain()

        await gateway.instance("shop", held)
        request = asyncio.create_task(gateway.client.get("/shop"))
        await asked.wait()
        await gateway.client.delete("/registry/services/shop/instances/one")
        (shop,) = instances_in(await report_of(gateway), "shop")
        assert (shop["status"], shop["error"]) == ("unhealthy", "draining")
        go.set()
        await request
        assert hits == {"request": 1}

    async def test_what_a_replaced_instance_answers_is_not_announced(self, gateway: Gateway):
        gateway.toml = "health_interval_seconds = 0.1\nhealth_timeout_seconds = 30\nhealth_down_after = 1\n"
        await gateway.reload()
        asked, go = asyncio.Event(), asyncio.Event()

        async def late_failure(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await read_head(reader)
            asked.set()
            await go.wait()
            writer.write(b"HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n")
            await writer.drain()

        await gateway.instance("shop", late_failure)
        await asked.wait()
        hits: Counter[str] = Counter()
        await gateway.instance("shop", counting(hits, "new", answering(plain(b"ok"))))
        events = (await gateway.client.get("/registry/services")).json()["revision"]
        go.set()
        await until(lambda: hits["new"] > 3, "the new instance was checked")
        assert (await gateway.client.get("/registry/services")).json()["revision"] == events
        assert await state_of(gateway, "shop") == "up"


@pytest.mark.parametrize("path", ["health", "/a b", "/x HTTP/1.1\\r\\nx-evil: 1\\r\\n\\r\\n", "/\\u00e9", ""])
async def test_a_health_path_from_the_description_cannot_say_more_than_a_path(gateway: Gateway, path: str):
    received: list[bytes] = []

    async def listening(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.append(await read_head(reader))

    port = await gateway.serve(listening)
    gateway.toml = QUICK + (
        f"[upstreams.legacy]\nurls = ['http://127.0.0.1:{port}']\nroutes = ['/legacy']\nhealth_path = \"{path}\"\n"
    )
    with contextlib.suppress(Exception):  # the description may refuse it, too
        await gateway.reload()
    for one in instances_in(await report_of(gateway), "legacy"):
        assert "health_path must begin with /" in one["error"]
    assert received == []


@pytest.mark.parametrize("host", ["no-such-host.invalid", "under_score.invalid"])
async def test_a_host_that_cannot_be_resolved_fails_alone(gateway: Gateway, host: str):
    await gateway.instance("good", answering(plain(b"ok")))
    gateway.toml = QUICK + f"[upstreams.legacy]\nurls = ['http://{host}:80']\nroutes = ['/legacy']\n"
    await gateway.reload()
    report = await report_of(gateway)
    (legacy,) = instances_in(report, "legacy")
    assert legacy["status"] == "unhealthy"
    assert legacy["error"].isprintable()
    assert instances_in(report, "good")[0]["status"] == "healthy"


async def test_a_name_is_checked_at_the_addresses_it_resolves_to(gateway: Gateway):
    heads: list[bytes] = []

    async def listening(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await read_head(reader))
        writer.write(plain(b"ok"))

    port = await gateway.serve(listening)
    gateway.toml = QUICK + f"[upstreams.legacy]\nurls = ['http://localhost:{port}']\nroutes = ['/legacy']\n"
    await gateway.reload()
    (legacy,) = instances_in(await report_of(gateway), "legacy")
    assert legacy["status"] == "healthy"
    assert b"host: localhost:%d\r\n" % port in heads[0]


async def test_a_gateway_without_file_descriptors_does_not_blame_the_instances(gateway: Gateway):
    await gateway.instance("shop", answering(plain(b"ok")))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)

    async def unknown_checks() -> bool:
        return metric(await _metrics(), "aistack_health_checks_total", service="shop", result="unknown") >= 3

    async def _metrics() -> str:
        return (await gateway.client.get("/metrics")).text

    await _metrics()  # its connections are open from here on
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
        await until(unknown_checks, "checks that could not be made were counted")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert await state_of(gateway, "shop") == "up"
    assert metric(await _metrics(), "aistack_health_checks_total", service="shop", result="failure") == 0


@pytest.mark.parametrize("seconds", [0.3, 0.45, 1.2])
async def test_a_gateway_that_stood_still_does_not_blame_the_instances(gateway: Gateway, seconds: float):
    hits: Counter[str] = Counter()

    async def steady(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        hits["shop"] += 1
        writer.write(plain(b"ok"))
        await writer.drain()
        if hits["shop"] % 3 == 0:
            time.sleep(seconds)  # the whole process stands still while the answer is on its way

    await gateway.instance("shop", steady)
    await until(lambda: hits["shop"] > 10, "the gateway stood still a few times")
    text = (await gateway.client.get("/metrics")).text
    assert metric(text, "aistack_health_checks_total", service="shop", result="timeout") == 0


async def test_checks_go_on_whatever_ends_a_round(gateway: Gateway, monkeypatch: pytest.MonkeyPatch):
    hits: Counter[str] = Counter()
    await gateway.instance("shop", counting(hits, "shop", answering(plain(b"ok"))))
    check = ProbeQueue.check
    for broken in (asyncio.CancelledError(), GeneratorExit(), RuntimeError("a fault of our own"), BaseException()):

        def failing(self: ProbeQueue, instance: Registered, broken: BaseException = broken) -> NoReturn:
            monkeypatch.setattr(ProbeQueue, "check", check)
            raise broken

        monkeypatch.setattr(ProbeQueue, "check", failing)
        seen = hits["shop"]
        await until(lambda seen=seen: hits["shop"] > seen + 2, f"checks went on after {broken!r}")
    text = (await gateway.client.get("/metrics")).text
    assert metric(text, "aistack_health_checker_restarts_total") == 4


class TestReload:
    @pytest.fixture
    def gateway_toml(self) -> str:
        return "health_interval_seconds = 300\nhealth_timeout_seconds = 0.4\n"

    async def test_another_interval_counts_at_once(self, gateway: Gateway):
        hits: Counter[str] = Counter()
        await gateway.instance("shop", counting(hits, "shop", saying(then="hang")))
        gateway.toml = QUICK
        await gateway.reload()
        await until(lambda: _is_in_state(gateway, "shop", "down"), "it is checked at the new interval")

    async def test_reloads_faster_than_the_interval_do_not_put_checks_off(self, gateway: Gateway):
        hits: Counter[str] = Counter()
        await gateway.instance("shop", counting(hits, "shop", answering(plain(b"ok"))))
        gateway.toml = "health_interval_seconds = 1\n"
        await gateway.reload()

        async def reload_once_more() -> bool:
            await gateway.reload()
            return hits["shop"] >= 2

        await until(reload_once_more, "checks come although settings are read again and again")


async def test_metrics_tell_of_checks_and_of_the_state_of_each_instance(gateway: Gateway):
    await gateway.instance("good", answering(plain(b"ok")))
    await gateway.instance("bad", saying(b"HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n"))
    await gateway.instance("frozen", saying(then="hang"))
    await until(lambda: _is_in_state(gateway, "frozen", "down"), "the frozen instance is down")
    began = time.time()

    async def rounds_end() -> bool:
        text = (await gateway.client.get("/metrics")).text
        return metric(text, "aistack_health_checker_last_round_timestamp_seconds") >= began

    await until(rounds_end, "a round ended")
    text = (await gateway.client.get("/metrics")).text
    checks = "aistack_health_checks_total"
    assert metric(text, checks, service="good", result="success") > 0
    assert metric(text, checks, service="good", result="failure") == 0
    assert metric(text, checks, service="bad", result="failure") > 0
    assert metric(text, checks, service="frozen", result="timeout") > 0
    assert metric(text, "aistack_health_check_duration_seconds_sum", service="frozen") >= 0.4
    assert metric(text, "aistack_health_checker_restarts_total") == 0
    for service, state in (("good", "up"), ("bad", "down"), ("frozen", "down")):
        for one in ("up", "down", "ejected", "draining"):
            value = metric(text, "aistack_instance_state", service=service, instance="one", state=one)
            assert value == float(one == state)
    await gateway.client.delete("/registry/services/bad/instances/one")
    assert 'service="bad"' not in "\n".join(
        line
        for line in (await gateway.client.get("/metrics")).text.splitlines()
        if line.startswith(("aistack_health", "aistack_instance"))
    )
