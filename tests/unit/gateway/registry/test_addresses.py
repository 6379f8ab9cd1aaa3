"""Which URLs an instance may register, and which route prefixes."""

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from aistack.chassis.errors import InvalidInput
from aistack.gateway.http1.request_line import Malformed, path_of
from aistack.gateway.registry.addresses import AddressRules
from aistack.gateway.upstream.route_table import Route, RouteTable
from aistack.gateway.wire.registry import LeaseRequest

ANYWHERE = AddressRules(["0.0.0.0/0", "::/0"], frozenset((9000, 9001)))
HERE = AddressRules(["127.0.0.0/8", "::1/128"], frozenset((9000, 9001)))


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("http://127.0.0.1:7001", "127.0.0.1", 7001),
        ("http://127.0.0.1:7001/", "127.0.0.1", 7001),
        ("http://127.0.0.1", "127.0.0.1", 80),
        ("http://localhost:65535", "127.0.0.1", 65535),
        ("http://10.1.2.3:1", "10.1.2.3", 1),
        ("http://[::1]:7001/", "::1", 7001),
        ("http://[0:0:0:0:0:0:0:1]", "::1", 80),
        ("http://[2001:DB8::1]:80", "2001:db8::1", 80),
    ],
)
def test_an_address_in_its_usual_spelling_is_taken(url: str, host: str, port: int):
    assert ANYWHERE.checked(url) == (host, port)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "does not start with http://"),
        ("http://", "must name an IP address"),
        ("http:///", "must name an IP address"),
        ("127.0.0.1:7001", "does not start with http://"),
        ("//127.0.0.1:7001", "does not start with http://"),
        ("HTTP://127.0.0.1:7001", "does not start with http://"),
        ("https://127.0.0.1:7001", "does not start with http://"),
        ("http:/127.0.0.1:7001", "does not start with http://"),
        ("http:\\\\127.0.0.1:7001", "does not start with http://"),
        ("unix:/run/gateway.sock", "does not start with http://"),
        ("http+unix://%2Frun%2Fgateway.sock", "does not start with http://"),
        ("file:///etc/passwd", "does not start with http://"),
        (" http://127.0.0.1:7001", "blank"),
        ("http://127.0.0.1:7001 ", "blank"),
        ("http://127.0.0.1 :7001", "blank"),
        ("http://127.0.0.1:7001\n", "U+000A"),
        ("http://127.0.0.1:70\t01", "U+0009"),
        ("http://127.0.0.1:7001\r\nX: y", "U+000D"),
        ("http://127.0.0.1\x00:7001", "U+0000"),
        ("http://127。0。0。1:7001", "outside ASCII"),
        ("http://１27.0.0.1:7001", "outside ASCII"),
        ("http://127.0.0.1:７001", "outside ASCII"),
        ("http://u:p@127.0.0.1:7001", "without password"),
        ("http://@127.0.0.1:7001", "without password"),
        ("http://127.0.0.1:7001@10.0.0.1", "without password"),
        ("http://127.0.0.1:7001?x", "has a query"),
        ("http://127.0.0.1:7001?", "has a query"),
        ("http://127.0.0.1:7001/?", "has a query"),
        ("http://127.0.0.1:7001#x", "has a fragment"),
        ("http://127.0.0.1:7001#", "has a fragment"),
        ("http://127.0.0.1:7001/x", "has a path"),
        ("http://127.0.0.1:7001//", "has a path"),
        ("http://127.0.0.1:7001/.", "has a path"),
        ("http://127.0.0.1:7001\\x", "malformed"),
        ("http://127.0.0.1:", "malformed"),
        ("http://127.0.0.1:0", "malformed"),
        ("http://127.0.0.1:00080", "malformed"),
        ("http://127.0.0.1:+80", "malformed"),
        ("http://127.0.0.1:-1", "malformed"),
        ("http://127.0.0.1:8_0", "malformed"),
        ("http://127.0.0.1:65536", "malformed"),
        ("http://127.0.0.1:99999", "malformed"),
        ("http://127.0.0.1:" + "9" * 400, "malformed"),
        ("http://127.0.0.1:80:80", "malformed"),
        ("http://127.0.0.1:http", "malformed"),
        ("http://[::1]:0", "malformed"),
        ("http://[::1]7001", "stands in brackets"),
        ("http://[::1", "stands in brackets"),
        ("http://::1:7001", "malformed"),
        ("http://[]:7001", "must name an IP address"),
        ("http://[127.0.0.1]:7001", "not an IPv6 address"),
        ("http://[fe80::1%25lo]:80", "zone"),
        ("http://[fe80::1%lo]:80", "zone"),
        ("http://[fe80::1]:80", "link-local"),
        ("http://[::ffff:127.0.0.1]:22", "stands for an IPv4 address"),
        ("http://[::ffff:7f00:1]:22", "stands for an IPv4 address"),
        ("http://[::ffff:169.254.169.254]", "stands for an IPv4 address"),
        ("http://[::127.0.0.1]:22", "stands for an IPv4 address"),
        ("http://[64:ff9b::7f00:1]:22", "stands for an IPv4 address"),
        ("http://[2002:7f00:1::]:22", "stands for an IPv4 address"),
        ("http://[::]:22", "stands for an IPv4 address"),
        ("http://[ff02::1]:80", "not the address of one machine"),
        ("http://0.0.0.0:22", "not the address of one machine"),
        ("http://255.255.255.255:22", "not the address of one machine"),
        ("http://224.0.0.1:22", "not the address of one machine"),
        ("http://2130706433:22", "usual spelling"),
        ("http://0x7f.1:22", "must name an IP address"),
        ("http://127.1:22", "usual spelling"),
        ("http://127.0.0.01:22", "usual spelling"),
        ("http://0177.0.0.1:22", "usual spelling"),
        ("http://127.0.0.1.:22", "usual spelling"),
        ("http://127.0.0.256:22", "usual spelling"),
        ("http://...:22", "usual spelling"),
        ("http://LOCALHOST:22", "must name an IP address"),
        ("http://localhost.:22", "must name an IP address"),
        ("http://localhost.evil.example:22", "must name an IP address"),
        ("http://127.0.0.1.nip.io:22", "must name an IP address"),
        ("http://evil.example", "must name an IP address"),
        ("http://xn--lcalhost-54a:22", "must name an IP address"),
        ("http://%31%32%37.0.0.1:22", "must name an IP address"),
    ],
)
def test_every_other_spelling_is_refused_and_the_refusal_says_why(url: str, says: str):
    with pytest.raises(InvalidInput) as refused:
        ANYWHERE.checked(url)
    assert says in refused.value.detail
    assert refused.value.detail.isprintable()


@pytest.mark.parametrize("url", ["http://169.254.169.254", "http://10.0.0.1:80", "http://[2001:db8::1]:80"])
def test_an_address_outside_the_allowed_networks_is_refused(url: str):
    with pytest.raises(InvalidInput, match="outside the networks"):
        HERE.checked(url)


@pytest.mark.parametrize("port", [9000, 9001])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.9", "127.255.255.254", "[::1]"])
def test_the_gateways_own_ports_are_refused_at_every_address_of_this_machine(host: str, port: int):
    with pytest.raises(InvalidInput, match="the gateway itself"):
        HERE.checked(f"http://{host}:{port}")


def test_the_gateways_own_ports_are_refused_at_addresses_beyond_loopback_too():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as towards:
        try:
            towards.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has no address beyond loopback")
        own = towards.getsockname()[0]
    with pytest.raises(InvalidInput, match="the gateway itself"):
        ANYWHERE.checked(f"http://{own}:9000")
    assert ANYWHERE.checked("http://192.0.2.1:9000") == ("192.0.2.1", 9000)


@given(st.text(max_size=40) | st.from_regex(r"http://[\[\]0-9a-fx.:%@/?#]{0,30}", fullmatch=True))
def test_what_is_taken_is_what_the_text_says(url: str):
    try:
        host, port = ANYWHERE.checked(url)
    except InvalidInput:
        return
    shown = f"[{host}]" if ":" in host else host
    if "[" not in url and "localhost" not in url:
        assert url.rstrip("/") in (f"http://{shown}:{port}", f"http://{shown}")


def lease(**change: object) -> LeaseRequest:
    return LeaseRequest.model_validate({"url": "http://127.0.0.1:1", "routes": ["/shop"]} | change)


@pytest.mark.parametrize("prefix", ["/shop", "/a/b/c", "/v1.2/x_y~z-0", "/...", "/..a", "/A", "/" + "a" * 255])
def test_a_prefix_of_whole_segments_is_taken_and_a_path_can_match_it(prefix: str):
    assert lease(routes=[prefix]).routes[0].prefix == prefix
    table = RouteTable([Route(prefix, None, 0, None, {})])  # pyright: ignore[reportArgumentType]
    assert table.match(path_of(prefix.encode())) is not None
    assert table.match(path_of(prefix.encode() + b"/more?x")) is not None


@pytest.mark.parametrize(
    "routes",
    [
        [""], ["shop"], ["//shop"], ["/shop/"], ["/shop//x"], ["//"], ["/."], ["/.."], ["/shop/.."], ["/x/../gateway"],
        ["/./gateway"], ["/shop/./x"], ["/%67ateway"], ["/sh op"], ["/shop\n"], ["/shop\x00"], ["/shop?x"], ["/shop#x"],
        ["/shop;x"], ["/shöp"], ["/商店"], ["/shop*"], ["/{name}"], ["\\shop"], ["/shop\\x"], ["http://a/shop"],
        ["/" + "a" * 256], ["/shop", "/shop"], ["/a", {"prefix": "/a", "body_bytes_max": 5}], [7], [None], [["/a"]],
        [{"prefix": "/a", "body_bytes_max": "7"}], [{"prefix": "/a", "body_bytes_max": -1}], [{"prefix": "/a", "x": 1}],
        {"prefix": "/a"}, "/shop", [f"/r{n}" for n in range(65)],
    ],
)  # fmt: skip
def test_a_prefix_that_no_path_could_have_or_that_hides_another_is_refused(routes: object):
    with pytest.raises(ValidationError):
        lease(routes=routes)


@given(st.text(st.sampled_from("/.aA~%?"), max_size=12).map(lambda text: "/" + text))
def test_a_prefix_that_is_taken_can_be_matched_by_a_request(prefix: str):
    try:
        taken = lease(routes=[prefix]).routes[0].prefix
    except ValidationError:
        return
    if taken != "/":
        try:
            assert path_of(taken.encode()).decode() == taken
        except Malformed:
            pytest.fail(f"no request for {taken} is let through")


@pytest.mark.parametrize(
    "change",
    [
        {"weight": 0}, {"weight": 1001}, {"weight": "5"}, {"weight": True}, {"weight": 1.5}, {"weight": None},
        {"ttl_seconds": float("nan")}, {"ttl_seconds": float("inf")}, {"ttl_seconds": 0}, {"ttl_seconds": 3601},
        {"version": "1\x1b[31m"}, {"version": "1\n2"}, {"version": "x" * 65}, {"version": "\ud800"},
        {"metadata": {"zone": "a\x00"}}, {"metadata": {"zo\nne": "a"}}, {"metadata": {"zone": "\u202eevil"}},
        {"metadata": {"zone": 5}}, {"metadata": {"zone": "\udc80"}}, {"metadata": {"zone": "x" * 4093}},
        {"metadata": {f"k{n:02}": "x" * 130 for n in range(32)}}, {"metadata": {str(n): "" for n in range(33)}},
        {"metadata": {"name": "界" * 1365}}, {"health_path": "health"}, {"health_path": "/a b"},
        {"health_path": "/\r\n"},
        {"unknown": 1}, {"url": 7}, {"url": "http://127.0.0.1:1" + " " * 600},
    ],
)  # fmt: skip
def test_what_is_said_of_an_instance_is_bounded_and_can_be_shown(change: dict[str, object]):
    with pytest.raises(ValidationError):
        lease(**change)


def test_metadata_in_any_script_is_taken():
    assert lease(metadata={"区": "上海", "note": "é ü 🙂"}, version="1.0 中文").metadata["区"] == "上海"
