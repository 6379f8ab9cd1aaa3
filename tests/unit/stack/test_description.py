"""stack.toml: what it may say, and what is said when it says something else."""

import json
from pathlib import Path

import pytest

from aistack.stack.errors import StackError
from aistack.stack.loader import find_stack_file, load_stack


def load(folder: Path, text: str, **environ: str):
    path = folder / "stack.toml"
    path.write_text(text)
    return load_stack(path, environ)


def test_a_working_directory_that_is_gone_does_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert find_stack_file({}).name in ("default.toml", "stack.toml")


def test_the_default_stack_runs_every_service_on_loopback():
    stack = load_stack(Path(__file__).parents[3] / "stack.toml", {})
    names = [service.entry.name for service in stack.enabled]
    assert names == ["gateway", "rag", "trend", "connection", "query", "ai", "agent"]
    assert stack.gateway_url == "http://127.0.0.1:9000"
    assert stack.data_dir == Path.home() / ".aistack"


def test_the_environment_wins_over_the_file(tmp_path: Path):
    stack = load(tmp_path, "[services.rag]\nport = 7000\n", RAG_PORT="7001", AISTACK_DATA_DIR=str(tmp_path))
    assert stack.services["rag"].port == 7001
    assert stack.data_dir == tmp_path


def test_a_static_upstream_is_read(tmp_path: Path):
    stack = load(tmp_path, '[upstreams.shop]\nurls = ["http://127.0.0.1:1"]\nroutes = ["/shop"]\n')
    assert stack.upstreams[0].routes == ("/shop",)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[stack\n", "not valid TOML"),
        ("[typo]\n", "typo is not a key; allowed here: deploy, identity, models, profiles, services, stack, upstreams"),
        (
            "[services.mail]\n",
            "services.mail is not a key; "
            "allowed here: agent, ai, connection, gateway, query, rag, sidecar, trend, worker",
        ),
        ("[services.rag]\nport = 'x'\n", "services.rag.port = 'x' is not allowed"),
        ("[services.rag]\nport = 0\n", "from 1 to 65535"),
        ("[services.rag]\nport = true\n", "from 1 to 65535"),
        ("[services.rag]\nport = 9000\n", "services.gateway already uses this port"),
        ("[services.rag]\nenabled = 'yes'\n", "true or false"),
        ("[services.gateway]\nenabled = false\n", "always enabled"),
        ("[services.rag]\nfiles = [1]\n", "services.rag.files"),
        ("services = 3\n", "allowed: a table"),
        ("[stack]\nname = ''\n", "stack.name = '' is not allowed"),
        ("[upstreams.rag]\nurls=['http://a']\nroutes=['/a']\n", "use another name"),
        ("[upstreams.a]\nurls=['ftp://a']\nroutes=['/a']\n", "allowed: http://NAME or http://ADDRESS"),
        ("[upstreams.a]\nroutes=['/a']\n", "upstreams.a.urls"),
        ("[upstreams.a]\nurls=['http://a']\nroutes=['a']\n", "must start with /"),
        ("[upstreams.a]\nurls=['http://a']\nroutes=['/a']\nhealth_path = '/h\\r\\nX: y'\n", "upstreams.a.health_path"),
        (
            "[upstreams.a]\nurls=['http://a']\nroutes=['/x']\n[upstreams.b]\nurls=['http://b']\nroutes=['/x/']\n",
            "upstreams.a already has this route",
        ),
    ],
)
def test_a_broken_description_is_refused_with_one_line_that_names_the_key(tmp_path: Path, text: str, says: str):
    with pytest.raises(StackError, match=r"stack\.toml") as refusal:
        load(tmp_path, text)
    assert says in str(refusal.value)
    assert "\n" not in str(refusal.value).removesuffix("\n")


def upstream(folder: Path, url: str = "http://a", route: str = "/a", more: str = ""):
    return load(folder, f"[upstreams.a]\nurls = [{json.dumps(url)}]\nroutes = [{json.dumps(route)}]\n{more}").upstreams[
        0
    ]


@pytest.mark.parametrize(
    "url",
    [
        "http://shop", "http://shop:7001", "http://shop.example.:80", "http://my_shop-1:1", "http://xn--fsq.example",
        "http://10.0.0.1", "http://127.0.0.1:7001/", "http://[::1]:7001", "http://[fd00::1]", "http://localhost:65535",
    ],
)  # fmt: skip
def test_an_upstream_is_at_a_name_or_an_address(tmp_path: Path, url: str):
    assert upstream(tmp_path, url).urls == (url,)


@pytest.mark.parametrize(
    "url",
    [
        "https://shop", "shop:80", "//shop", "http://", "http://:80", "http://shop:", "http://shop:0", "http://shop:65536",
        "http://shop:-1", "http://shop:8o", "http://shop:80:80", "http:// shop", "http://shop ", "http://sh op",
        "http://shop\n", "http://shop#x", "http://shop?x", "http://shop/x", "http://me@shop", "http://me:pw@shop",
        "http://127.1", "http://0x7f.1", "http://2130706433", "http://0x7f000001", "http://1.2.3.4.5",
        "http://1.2.3.256",
        "http://01.2.3.4", "http://[::1", "http://::1", "http://[1.2.3.4]", "http://[::1%25eth0]", "http://[v1.a]",
        "http://-a.example", "http://a..b", "http://shöp", "http://a\\b", "http://a%41", "HTTP:/a",
        "http://" + "a" * 64,
        "http://127.0.0.1:9000", "http://localhost:9000", "http://[::1]:9000",
    ],
)  # fmt: skip
def test_an_upstream_anywhere_else_is_refused(tmp_path: Path, url: str):
    with pytest.raises(StackError, match=r"upstreams\.a\.urls"):
        upstream(tmp_path, url)


@pytest.mark.parametrize("route", ["/shop", "/shop/", "/a/b.c/~d_e-f", "/v1/ragged", "/v1/rag/extra", "/registry2"])
def test_a_route_is_a_plain_prefix(tmp_path: Path, route: str):
    assert upstream(tmp_path, route=route).routes == (route,)


@pytest.mark.parametrize(
    "route",
    [
        "/", "//", "//a", "/a//b", "/a/./b", "/a/..", "/../a", "/.", "/a b", "/a?b", "/a#b", "/a%2e", "/ä", "/a\\b",
        "/a*", "/a\n", "/" + "a" * 300, "/registry", "/registry/x", "/gateway/", "/health", "/api/health", "/metrics/x",
        "/console", "/v1/rag", "/api/query/", "",
    ],
)  # fmt: skip
def test_any_other_route_is_refused(tmp_path: Path, route: str):
    with pytest.raises(StackError, match=r"upstreams\.a\.routes"):
        upstream(tmp_path, route=route)


def test_a_service_that_is_off_leaves_its_prefix_to_others(tmp_path: Path):
    assert upstream(tmp_path, route="/v1/rag", more="[services.rag]\nenabled = false\n").routes == ("/v1/rag",)


def test_a_file_that_is_not_there_or_not_text_is_refused(tmp_path: Path):
    with pytest.raises(StackError, match="no such file"):
        load_stack(tmp_path / "nothing.toml", {})
    (tmp_path / "stack.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(StackError, match="cannot be read"):
        load_stack(tmp_path / "stack.toml", {})
