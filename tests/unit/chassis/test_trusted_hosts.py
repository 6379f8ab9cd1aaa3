"""Which Host a stack without keys answers to, and which pages of other sites it refuses."""

import json
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aistack.chassis.app import create_service_app
from aistack.chassis.settings import resolve
from aistack.chassis.trusted_hosts import SiteRules, TrustedHosts
from aistack.rag.settings import RagSettings
from aistack.stack.errors import StackError
from aistack.stack.loader import load_stack

LAPTOP = SiteRules((), (), beyond_loopback=False)


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "localhost:9000", "LocalHost:9000", "localhost.", "localhost.:9000", "127.0.0.1", "127.0.0.1:1",
        "127.0.0.1:65535", "127.8.9.10:9000", "[::1]", "[::1]:9000", "[0:0:0:0:0:0:0:1]:80", "[::ffff:127.0.0.1]:9000",
        "[::FFFF:7f00:1]", "",
    ],
)  # fmt: skip
def test_loopback_is_answered_and_so_is_a_request_without_a_host(host: str):
    assert LAPTOP.accepts_host(host.encode())
    assert LAPTOP.accepts_host(host.encode())  # from what it remembers, too


@pytest.mark.parametrize(
    "host",
    [
        "localhost.evil.example", "evil.example", "evil.example:9000", "127.0.0.1.nip.io", "127.0.0.1.nip.io:9000",
        "localhost..", "localhost..:9000", ".localhost", "a.localhost", "localhost:", "localhost:0", "localhost:65536",
        "localhost:99999", "localhost:090", "localhost:9000:1", "localhost:9000,evil.example", "localhost,localhost",
        "localhost@evil.example", "evil@localhost", "evil:x@localhost", "localhost/", "localhost#", "localhost?x",
        " localhost", "localhost ", "localhost\t", "localhost%00", "localhost\0", "localh\u00f6st", "xn--lcalhost-n7a",
        "\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3", "localhost\uff0eevil", "loca1host", "lοcalhost",
        "0.0.0.0", "0.0.0.0:9000", "0", "0:9000", "127.1", "127.0.1", "127", "2130706433", "0x7f000001", "0x7f.0.0.1",
        "0177.0.0.1", "127.0.0.01", "127.000.000.001", "127.0.0.1.", "127.0.0.256", "127.0.0.1.1", "128.0.0.1",
        "192.168.1.5:9000", "169.254.169.254", "[::]", "[::]:9000", "[::ffff:0.0.0.0]", "[::2]", "[::1", "::1", "::1]",
        "[::1]9000", "[::1]:", "[::1%25lo]", "[::1%lo]", "[127.0.0.1]", "[localhost]", "[]", "[fe80::1]",
        "[::ffff:8.8.8.8]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "*", "localhost:*", ":9000", ":",
        "l" * 5000, "localhost" + "." * 300,
    ],
)  # fmt: skip
def test_any_other_name_is_not_answered(host: str):
    assert not LAPTOP.accepts_host(host.encode())
    assert not LAPTOP.accepts_host(host.encode())


def test_names_that_the_owner_set_are_answered_with_any_port_or_with_the_one_that_was_named():
    rules = SiteRules(["stack.Example", "other.example:8443", "192.168.1.5"], (), beyond_loopback=False)
    for host in (
        b"stack.example",
        b"STACK.example:9000",
        b"stack.example.:80",
        b"other.example:8443",
        b"192.168.1.5:1",
    ):
        assert rules.accepts_host(host), host
    for host in (b"other.example", b"other.example:8444", b"a.stack.example", b"stack.example.evil", b"192.168.1.6"):
        assert not rules.accepts_host(host), host


def test_beyond_loopback_an_address_is_answered_since_no_name_was_rebound_to_it():
    rules = SiteRules((), (), beyond_loopback=True)
    for host in (b"192.168.1.5", b"10.0.0.7:9000", b"[fd00::1]:9000", b"localhost", b"[::ffff:10.0.0.7]"):
        assert rules.accepts_host(host), host
    for host in (b"evil.example", b"0.0.0.0", b"[::]", b"10.7", b"167772167", b"192.168.1.5.nip.io", b"010.0.0.7"):
        assert not rules.accepts_host(host), host


@given(st.binary(max_size=60))
def test_bytes_of_any_kind_are_judged_without_an_error(host: bytes):
    LAPTOP.accepts_host(host)
    LAPTOP.foreign(host, host, host)


@given(st.from_regex(r"[a-z0-9.-]{0,20}(localhost|127\.0\.0\.1)[a-z0-9.-]{1,20}", fullmatch=True))
def test_a_name_that_merely_holds_a_loopback_name_is_not_answered(host: str):
    loopback = host.removesuffix(".") == "localhost" or (host.startswith("127.") and host.count(".") == 3)
    assert loopback or not LAPTOP.accepts_host(host.encode())


def test_remembered_hosts_do_not_grow_without_end():
    for number in range(1, 5000):
        assert LAPTOP.accepts_host(b"localhost:%d" % number)
    assert len(LAPTOP._accepted) <= 1024


@pytest.mark.parametrize(
    ("host", "origin", "fetch_site"),
    [
        ("localhost:9000", "", ""),  # no browser: curl, a service, the command line
        ("localhost:9000", "", "same-origin"),
        ("localhost:9000", "", "none"),
        ("localhost:9000", "http://localhost:9000", "same-origin"),
        ("LOCALHOST:9000", "http://localhost:9000", ""),
        ("localhost", "http://localhost", ""),
        ("localhost:80", "http://localhost", ""),
        ("localhost", "http://localhost:80", ""),
        ("stack.example", "https://stack.example", "same-origin"),  # TLS ended before us
        ("stack.example:443", "https://stack.example", ""),
        ("[::1]:9000", "http://[::1]:9000", ""),
    ],
)
def test_pages_of_the_stack_and_programs_may_act(host: str, origin: str, fetch_site: str):
    assert not LAPTOP.foreign(host.encode(), origin.encode(), fetch_site.encode())


@pytest.mark.parametrize(
    ("host", "origin", "fetch_site"),
    [
        ("localhost:9000", "http://evil.example", "cross-site"),
        ("localhost:9000", "http://evil.example", "same-origin"),
        ("localhost:9000", "null", ""),
        ("localhost:9000", "null", "same-origin"),
        ("localhost:9000", "NULL", ""),
        ("localhost:9000", "file://", ""),
        ("localhost:9000", "chrome-extension://aapbdbdomjkkjkaonfhkkikfgjllcleb", "none"),
        ("localhost:9000", "chrome-extension://localhost:9000", "none"),
        ("localhost:9000", "moz-extension://localhost:9000", ""),
        ("localhost:9000", "http://localhost:8000", "same-site"),  # another program of this machine
        ("localhost:9000", "http://localhost", "same-site"),
        ("localhost", "https://localhost:80", ""),
        ("localhost:9000", "http://127.0.0.1:9000", "cross-site"),
        ("localhost:9000", "http://a.localhost:9000", "same-site"),
        ("localhost:9000", "http://localhost:9000.evil.example", ""),
        ("localhost:9000", "http://localhost:9000@evil.example", ""),
        ("localhost:9000", "http://evil.example/http://localhost:9000", ""),
        ("localhost:9000", "http://localhost:9000/", ""),
        ("localhost:9000", "http://localhost:9000,http://evil.example", ""),
        ("localhost:9000", "http://localhost:9000 http://evil.example", ""),
        ("localhost:9000", "localhost:9000", ""),
        ("localhost:9000", "://localhost:9000", ""),
        ("", "http://evil.example", ""),
        ("", "http://", "cross-site"),
        ("localhost:9000", "", "cross-site"),
        ("localhost:9000", "", "Cross-Site"),
        ("localhost:9000", "http://localhost:9000", "cross-site"),
    ],
)
def test_pages_of_other_sites_may_not_act(host: str, origin: str, fetch_site: str):
    assert LAPTOP.foreign(host.encode(), origin.encode(), fetch_site.encode())


def test_an_origin_that_the_owner_named_may_act_and_only_that_one():
    rules = SiteRules((), ["https://app.example", "http://localhost:3000", "https://b.example:443"], False)
    for origin in (b"https://app.example", b"http://localhost:3000", b"https://APP.example", b"https://b.example"):
        assert not rules.foreign(b"localhost:9000", origin, b"cross-site"), origin
    for origin in (b"http://app.example", b"https://app.example:444", b"https://app.example.evil", b"null"):
        assert rules.foreign(b"localhost:9000", origin, b""), origin


def load(folder: Path, text: str, **environ: str):
    (folder / "stack.toml").write_text(text)
    return load_stack(folder / "stack.toml", environ)


def test_allowed_hosts_come_from_the_file_or_the_environment(tmp_path: Path):
    text = "[stack]\nallowed_hosts = ['Stack.Example', 'b.example:8443']\n"
    assert load(tmp_path, text).allowed_hosts == ("stack.example", "b.example:8443")
    assert load(tmp_path, text, AISTACK_ALLOWED_HOSTS=" c.example, [fd00::1] ,").allowed_hosts == (
        "c.example",
        "[fd00::1]",
    )
    assert load(tmp_path, text, AISTACK_ALLOWED_HOSTS="").allowed_hosts == ()


@pytest.mark.parametrize(
    "entry", ["*", "*.example", "http://a.example", "a.example/", "a.example:0", "a b", "ä.example", "", "a@b", "-a"]
)
def test_what_is_no_host_name_is_refused(tmp_path: Path, entry: str):
    with pytest.raises(StackError, match=r"stack\.allowed_hosts"):
        load(tmp_path, f"[stack]\nallowed_hosts = ['{entry}']\n")


async def answer(scope: dict) -> list[dict]:
    """What the middleware sends for a request; the app behind it answers 200."""
    sent: list[dict] = []

    async def app(scope, receive, send) -> None:
        await send({"type": "app was reached"})

    async def send(message) -> None:
        sent.append(message)

    await TrustedHosts(app, lambda: LAPTOP)(scope, None, send)
    return sent


@pytest.mark.parametrize("kind", ["http", "websocket"])
async def test_a_service_refuses_a_rebound_name_with_a_problem_that_says_what_to_set(kind: str):
    sent = await answer({"type": kind, "method": "GET", "headers": [(b"host", b"evil.example")]})
    assert sent[0]["status"] == 421
    problem = json.loads(sent[1]["body"])
    assert problem["type"] == "urn:ai-stack:problem:misdirected-request"
    assert "AISTACK_ALLOWED_HOSTS" in problem["detail"]


@pytest.mark.parametrize(
    ("kind", "method", "status"),
    [("http", "POST", 403), ("http", "DELETE", 403), ("websocket", "GET", 403), ("http", "GET", None)],
)
async def test_a_service_refuses_pages_of_other_sites_what_changes_something(kind: str, method: str, status):
    headers = [(b"host", b"localhost:1"), (b"origin", b"http://evil.example")]
    sent = await answer({"type": kind, "method": method, "headers": headers})
    if status is None:
        assert sent[0]["type"] == "app was reached"
    else:
        assert (sent[0]["status"], json.loads(sent[1]["body"])["type"].rpartition(":")[2]) == (
            status,
            "cross-site-request",
        )


async def test_two_hosts_are_none_that_is_answered():
    headers = [(b"host", b"localhost:1"), (b"host", b"evil.example")]
    assert (await answer({"type": "http", "method": "GET", "headers": headers}))[0]["status"] == 421


async def test_a_service_goes_by_other_hosts_after_a_reload(tmp_path: Path):
    @asynccontextmanager
    async def resources(_app):
        yield

    def settings(text: str) -> RagSettings:
        stack = load(tmp_path, text)
        return resolve(RagSettings, stack.services["rag"], stack, {})[0]

    app = create_service_app(settings(""), resources)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://stack.example") as client:
        assert (await client.get("/health/live")).status_code == 421
        for step in app.state.lifecycle.on_reload:
            await step(settings("[stack]\nallowed_hosts = ['stack.example']\n"), load(tmp_path, ""))
        assert (await client.get("/health/live")).status_code == 200
