"""What of a client's headers reaches a service, and what of the gateway's own reaches the client."""

import asyncio
import json
import re
from email.utils import parsedate_to_datetime

import httpx
import pytest

from harness.services.gateway import BEHIND_PROXY, Gateway, answering, echo, plain, read_head

FORGED = (
    "X-Forwarded-Port", "X-Forwarded-Prefix", "X-Forwarded-Ssl", "X-Forwarded-Scheme", "X-Forwarded-Server",
    "X-Forwarded-Client-Cert", "X-Forwarded-Anything", "X-AIStack-Principal", "X-AIStack-On-Behalf", "X-AIStack-Role",
    "X-Real-IP", "X_Forwarded_For", "X-Forwarded_For", "X_AIStack_Principal", "X_Real_IP", "X_Request_ID", "Some_Thing",
)  # fmt: skip
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.mark.parametrize("name", FORGED)
async def test_a_stranger_s_header_is_dropped(gateway: Gateway, name: str):
    await gateway.instance("echo", echo)
    head = (await gateway.client.get("/echo", headers={name: "forged", "x-kept": "1"})).text
    assert "forged" not in head
    assert "x-kept: 1" in head


@pytest.mark.parametrize("name", FORGED)
async def test_a_stranger_s_trailer_is_dropped(gateway: Gateway, name: str):
    seen = asyncio.Queue[bytes]()

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        await seen.put(await reader.readuntil(b"\r\n\r\n"))
        writer.write(plain(b"ok"))
        await writer.drain()

    await gateway.instance("shop", behave)
    head = b"POST /shop HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    await gateway.raw(head + f"1\r\na\r\n0\r\n{name}: forged\r\nX-Kept: 1\r\n\r\n".encode())
    body = await seen.get()
    assert b"forged" not in body
    assert b"X-Kept: 1" in body


@pytest.mark.parametrize("gateway_toml", ["underscores_in_headers = true\n"])
async def test_underscores_pass_where_a_setting_says_so_but_not_for_what_the_gateway_says(gateway: Gateway):
    await gateway.instance("echo", echo)
    given = {"some_thing": "kept", "x_forwarded_for": "forged", "x_aistack_principal": "forged", "x_real_ip": "forged"}
    head = (await gateway.client.get("/echo", headers=given)).text
    assert "some_thing: kept" in head
    assert "forged" not in head


@pytest.mark.parametrize("gateway_toml", [BEHIND_PROXY])
async def test_a_trusted_proxy_s_forwarded_headers_pass_and_nothing_else_of_ours(gateway: Gateway):
    await gateway.instance("echo", echo)
    given = {
        "x-forwarded-port": "8443",
        "x-forwarded-prefix": "/shop",
        "x-aistack-on-behalf": "forged",
        "x-real-ip": "forged",
    }
    head = (await gateway.client.get("/echo", headers=given)).text
    assert "x-forwarded-port: 8443" in head
    assert "x-forwarded-prefix: /shop" in head
    assert "forged" not in head


class TestOnBehalf:
    @pytest.fixture
    def identity(self) -> bool:
        return True

    async def test_only_a_service_of_the_stack_speaks_for_somebody(self, gateway: Gateway):
        from aistack.stack.secrets import service_key

        await gateway.instance("echo", echo)
        key = service_key((gateway.folder / "secrets" / "stack.key").read_text().strip(), "ai")
        given = {"x-aistack-on-behalf": "somebody"}
        by_service = await gateway.client.get("/echo", headers=given | {"authorization": f"Bearer {key}"})
        assert "x-aistack-on-behalf: somebody" in by_service.text
        assert "somebody" not in (await gateway.client.get("/echo", headers=given)).text


class TestTraces:
    @pytest.mark.parametrize(
        ("given", "passes"),
        [
            (TRACE, True),
            (TRACE.replace("00-4", "01-4", 1) + "-more", True),
            (TRACE + "-more", False),
            (TRACE.upper(), False),
            (TRACE.replace("00-4", "ff-4", 1), False),
            (f"00-{'0' * 32}-00f067aa0ba902b7-01", False),
            (f"00-4bf92f3577b34da6a3ce929d0e0e4736-{'0' * 16}-01", False),
            ("nonsense", False),
        ],
    )
    async def test_a_trace_goes_on_with_its_state_or_not_at_all(self, gateway: Gateway, given: str, passes: bool):
        await gateway.instance("echo", echo)
        head = (await gateway.client.get("/echo", headers={"traceparent": given, "tracestate": "a=b"})).text
        assert (f"traceparent: {given}" in head) == passes
        assert ("tracestate: a=b" in head) == passes

    async def test_two_of_them_are_none(self, gateway: Gateway):
        await gateway.instance("echo", echo)
        headers = [("traceparent", TRACE), ("traceparent", TRACE)]
        assert "traceparent" not in (await gateway.client.get("/echo", headers=headers)).text


class TestDate:
    async def test_an_answer_without_one_gets_it(self, gateway: Gateway):
        await gateway.instance("shop", answering(plain(b"ok")))
        assert parsedate_to_datetime((await gateway.client.get("/shop")).headers["date"])

    async def test_an_answer_that_has_one_keeps_it(self, gateway: Gateway):
        given = "Mon, 01 Jan 2024 00:00:00 GMT"
        await gateway.instance("shop", answering(plain(b"ok", f"Date: {given}\r\n".encode())))
        assert (await gateway.client.get("/shop")).headers.get_list("date") == [given]

    @pytest.mark.parametrize(
        "sent", [b"GET /none HTTP/1.1\r\nHost: a\r\n", b"nonsense\r\n", b"TRACE / HTTP/1.1\r\nHost: a\r\n"]
    )
    async def test_the_gateway_s_own_answers_have_one(self, gateway: Gateway, sent: bytes):
        head = (await gateway.raw(sent + b"Connection: close\r\n\r\n")).partition(b"\r\n\r\n")[0]
        assert len(re.findall(rb"\r\ndate: ", head, re.IGNORECASE)) == 1


@pytest.mark.parametrize("method", [b"TRACE", b"CONNECT"])
async def test_a_method_that_is_not_allowed_says_which_are(gateway: Gateway, method: bytes):
    head = await gateway.raw(method + b" / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 405 ")
    assert b"\r\nallow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n" in head


async def test_a_204_has_no_length(gateway: Gateway):
    await gateway.instance("shop", answering(b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"))
    for _ in range(2):
        answer = await gateway.client.get("/shop")
        assert answer.status_code == 204
        assert "content-length" not in answer.headers
        assert "transfer-encoding" not in answer.headers


@pytest.mark.parametrize(
    "lines",
    ["Expect: 100-Continue, 100-continue", "Expect: 100-continue\r\nExpect: 100-continue", "Expect: ,100-continue,"],
)
async def test_an_expectation_is_a_list(gateway: Gateway, lines: str):
    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await reader.readexactly(2)
        writer.write(plain(b"ok"))
        await writer.drain()

    await gateway.instance("shop", behave)
    sent = f"POST /shop HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n{lines}\r\n\r\n".encode()
    assert b"HTTP/1.1 200 OK" in await gateway.raw(sent, b"hi")


@pytest.mark.parametrize("expected", ["200-ok", "100-continue, 200-ok", "100-continue;q=1"])
async def test_any_other_expectation_is_refused(gateway: Gateway, expected: str):
    sent = f"POST /shop HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: {expected}\r\n\r\n".encode()
    assert (await gateway.raw(sent)).startswith(b"HTTP/1.1 417 ")


class TestAccessLog:
    async def lines(
        self, gateway: Gateway, capfd: pytest.CaptureFixture[str], number: int = 1
    ) -> list[dict[str, object]]:
        found: list[dict[str, object]] = []
        async with asyncio.timeout(60):
            while len(found) < number:
                await asyncio.sleep(0.1)
                for line in capfd.readouterr().err.splitlines():
                    if line.startswith("{") and (event := json.loads(line))["message"] == "request":
                        found.append(event)
        return found

    @pytest.fixture
    def gateway_toml(self) -> str:
        return "log_format = 'json'\n" + BEHIND_PROXY

    async def test_a_request_is_a_line_with_who_where_and_how_long(
        self, gateway: Gateway, capfd: pytest.CaptureFixture[str]
    ):
        await gateway.instance("echo", echo)
        await self.lines(gateway, capfd)
        given = {"x-forwarded-for": "203.0.113.7", "x-request-id": "mine", "traceparent": TRACE, "user-agent": "me/1"}
        await gateway.client.post("/echo/a?password=secret", content=b"hello", headers=given)
        (line,) = await self.lines(gateway, capfd)
        assert line["http.request.id"] == "mine"
        assert line["http.request.method"] == "POST"
        assert line["url.path"] == "/echo/a"
        assert line["http.response.status_code"] == 200
        assert line["client.ip"] == "203.0.113.7"
        assert line["aistack.upstream"] == "echo"
        assert line["service.node.name"] == "one"
        assert line["aistack.route"] == "/echo"
        assert line["http.request.body.bytes"] == 5
        assert line["http.response.body.bytes"] > 100
        assert line["trace.id"] == "4bf92f3577b34da6a3ce929d0e0e4736"
        assert line["user_agent.original"] == "me/1"
        assert line["event.duration_ms"] >= line["aistack.first_byte_ms"] > 0
        assert "secret" not in json.dumps(line)

    async def test_a_refusal_says_why(self, gateway: Gateway, capfd: pytest.CaptureFixture[str]):
        await gateway.client.post("/none", headers={"origin": "https://evil.example"})
        (line,) = await self.lines(gateway, capfd)
        assert line["http.response.status_code"] == 403
        assert line["aistack.refused"] == "cross-site-request"

    @pytest.mark.parametrize(
        ("sent", "status"),
        [
            (b"GET / HTTP/3.0\r\n\r\n", 505),
            (b"GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
            (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        ],
        ids=["version", "host", "lengths", "target"],
    )
    async def test_what_never_became_a_request_has_a_line_too(
        self, gateway: Gateway, capfd: pytest.CaptureFixture[str], sent: bytes, status: int
    ):
        answer = await gateway.raw(sent)
        (line,) = await self.lines(gateway, capfd)
        assert line["http.response.status_code"] == status
        assert line["client.ip"] == "127.0.0.1"
        assert line["http.request.id"].encode() in answer

    async def test_what_a_client_only_promised_to_send_is_not_counted(
        self, gateway: Gateway, capfd: pytest.CaptureFixture[str]
    ):
        await gateway.raw(b"POST /none HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n")
        (line,) = await self.lines(gateway, capfd)
        assert line["http.request.body.bytes"] == 0
        assert line["http.response.body.bytes"] > 0

    async def test_heartbeats_and_health_leave_no_lines(self, gateway: Gateway, capfd: pytest.CaptureFixture[str]):
        await gateway.instance("echo", echo)
        await self.lines(gateway, capfd)
        for _ in range(5):
            await gateway.client.post("/registry/services/echo/instances/one/heartbeat")
            await gateway.client.get("/health")
            await gateway.client.get("/api/health/all")
        await gateway.client.post("/registry/services/none/instances/one/heartbeat")
        (line,) = await self.lines(gateway, capfd)
        assert line["http.response.status_code"] == 404

    async def test_lines_cannot_be_forged(self, gateway: Gateway, capfd: pytest.CaptureFixture[str]):
        await gateway.client.get("/none", headers={"user-agent": 'x"}\t{"message": "request'})
        (line,) = await self.lines(gateway, capfd)
        assert line["user_agent.original"] == 'x"}\t{"message": "request'


class TestSampledAccessLog:
    @pytest.fixture
    def gateway_toml(self) -> str:
        return "log_format = 'json'\naccess_log_per_second = 3\n"

    async def test_a_flood_is_a_sample_and_the_number_left_out(
        self, gateway: Gateway, capfd: pytest.CaptureFixture[str]
    ):
        await gateway.instance("shop", answering(plain(b"ok")))
        for _ in range(60):
            await gateway.client.get("/shop")
        skipped = requests = 0
        async with asyncio.timeout(60):
            while requests + skipped < 61:
                await asyncio.sleep(0.1)
                events = [json.loads(line) for line in capfd.readouterr().err.splitlines() if line.startswith("{")]
                requests += sum(1 for event in events if event["message"] == "request")
                skipped += sum(event["aistack.skipped"] for event in events if event["message"] == "access.sampled")
        assert requests + skipped == 61
        assert skipped > 0
        assert requests < 60


@pytest.mark.parametrize("gateway_toml", ["log_format = 'json'\naccess_log_per_second = 0\n"])
async def test_the_access_log_can_be_off(gateway: Gateway, capfd: pytest.CaptureFixture[str]):
    for _ in range(5):
        await gateway.client.get("/none")
    await gateway.client.aclose()
    await gateway.stop()
    assert '"message": "request"' not in capfd.readouterr().err


async def test_metrics_tell_of_process_loop_and_first_bytes(gateway: Gateway):
    await gateway.instance("echo", echo)
    async with httpx.AsyncClient() as client:
        await client.get(f"{gateway.url}/echo")
    text = (await gateway.client.get("/metrics")).text
    for name in (
        "process_resident_memory_bytes", "process_open_fds", "process_max_fds", "process_start_time_seconds",
        "aistack_event_loop_lag_seconds", 'aistack_time_to_first_byte_seconds_count{service="echo"} 1.0',
    ):  # fmt: skip
        assert name in text, name


@pytest.mark.parametrize("gateway_toml", [BEHIND_PROXY + "rate_limits = ['/shop 1/m burst 1']\n"])
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"x-forwarded-for": "203.0.113.7:4711"}, {"x-forwarded-for": "203.0.113.7"}),
        ({"x-forwarded-for": "[2001:db8::1]"}, {"x-forwarded-for": "[2001:db8::1]:99"}),
        ({"forwarded": "for=203.0.113.7;proto=https"}, {"x-forwarded-for": "203.0.113.7"}),
        ({"forwarded": 'for="[2001:db8::1]:4711"'}, {"x-forwarded-for": "2001:db8::1"}),
        ({"x-forwarded-for": "2001:db8::1"}, {"x-forwarded-for": "2001:db8::2:3:4"}),
    ],
    ids=["port", "brackets", "forwarded", "forwarded with port", "one network"],
)
async def test_a_client_behind_a_proxy_is_known_in_every_spelling(
    gateway: Gateway, first: dict[str, str], second: dict[str, str]
):
    await gateway.instance("shop", answering(plain(b"ok")))
    assert [(await gateway.client.get("/shop", headers=given)).status_code for given in (first, second)] == [200, 429]


@pytest.mark.parametrize(
    "path", ["/health", "/api/health", "/health/live", "/health/ready", "/api/health/all", "/metrics"]
)
async def test_health_may_be_asked_for_its_head_alone(gateway: Gateway, path: str):
    answer = await gateway.client.head(path)
    assert answer.status_code == 200
    assert answer.content == b""


async def test_a_method_that_a_path_does_not_have_names_all_that_it_has(gateway: Gateway):
    answer = await gateway.client.patch("/registry/services/shop/instances/one")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "DELETE, PUT"


async def test_a_service_s_own_words_of_the_stack_do_not_reach_clients(gateway: Gateway):
    await gateway.instance("shop", answering(plain(b"ok", b"X-AIStack-Principal: v2.secret\r\nX-Mine: 1\r\n")))
    answer = await gateway.client.get("/shop")
    assert "x-aistack-principal" not in answer.headers
    assert answer.headers["x-mine"] == "1"


async def test_a_date_that_the_connection_takes_away_is_replaced(gateway: Gateway):
    lines = b"Connection: date\r\nDate: Mon, 01 Jan 2024 00:00:00 GMT\r\n"
    await gateway.instance("shop", answering(plain(b"ok", lines)))
    assert "2024" not in (await gateway.client.get("/shop")).headers["date"]


OWN_COOKIES = (
    "aistack-session=x; Path=/", "__Host-aistack-session=x; Path=/; Secure", "__Secure-aistack-second-step=x; Secure",
    "aistack-flow-0123456789ab=x", "aistack-language=zh", "__HOST-aistack-session=x; Path=/; Secure",
    "=aistack-session=x; Path=/", "\t= aistack-session=x",
)  # fmt: skip


async def test_a_service_cannot_set_the_gateway_s_cookies(gateway: Gateway):
    others = ["theme=aistack-dark; Path=/", "my-aistack-session=y", "aistack=z"]
    lines = "".join(f"Set-Cookie: {cookie}\r\n" for cookie in (*OWN_COOKIES, *others)).encode()
    final = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n" + lines + b"\r\n"
    await gateway.instance("shop", answering(b"HTTP/1.1 103 Early Hints\r\n" + lines + b"\r\n" + final))
    for _ in range(2):
        assert (await gateway.client.get("/shop/page")).headers.get_list("set-cookie") == others
    raw = await gateway.raw(b"GET /shop/page HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert raw.lower().count(b"set-cookie:") == 2 * len(others)
