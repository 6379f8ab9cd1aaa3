"""Settings: their sources, their ranges, their secrets."""

from pathlib import Path

import pytest

from aistack.chassis.settings import MASK, resolve
from aistack.gateway.settings import GatewaySettings
from aistack.rag.settings import RagSettings
from aistack.stack.data_paths import DataPaths
from aistack.stack.errors import StackError
from aistack.stack.loader import load_stack
from aistack.stack.secrets import admin_key, stack_secret


def rag(tmp_path: Path, text: str = "", **environ: str):
    path = tmp_path / "stack.toml"
    path.write_text("[services.rag]\n" + text)
    stack = load_stack(path, environ)
    return resolve(RagSettings, stack.services["rag"], stack, environ)


def gateway(tmp_path: Path, text: str = "", **environ: str):
    path = tmp_path / "stack.toml"
    path.write_text("[services.gateway]\n" + text)
    stack = load_stack(path, environ)
    return resolve(GatewaySettings, stack.services["gateway"], stack, environ)


def test_every_value_tells_where_it_came_from(tmp_path: Path):
    settings, origins = rag(tmp_path, "chunk_tokens = 100\npages_max = 7\n", RAG_PAGES_MAX="9")
    sources = {origin.key: origin.source for origin in origins}
    assert (settings.chunk_tokens, settings.pages_max, settings.parse_workers) == (100, 9, 1)
    assert sources["chunk_tokens"] == str(tmp_path / "stack.toml")
    assert sources["pages_max"] == "$RAG_PAGES_MAX"
    assert sources["parse_workers"] == "default"


def test_secrets_are_masked(tmp_path: Path):
    _, origins = rag(tmp_path, RAG_DATABASE_URL="postgresql://me:hunter2@db/rag")
    assert next(origin.value for origin in origins if origin.key == "database_url") == MASK


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("chunk_tokens = 3\n", "services.rag.chunk_tokens = 3 is not allowed"),
        ("chunk_tokens = 'many'\n", "services.rag.chunk_tokens = 'many' is not allowed"),
        ("chunk_token = 300\n", "services.rag.chunk_token is not a key; allowed here: enabled, "),
        ("log_level = 'loud'\n", "services.rag.log_level"),
    ],
)
def test_a_bad_value_is_refused_with_its_key(tmp_path: Path, text: str, says: str):
    with pytest.raises(StackError) as refusal:
        rag(tmp_path, text)
    assert says in str(refusal.value)


def test_a_bad_secret_is_refused_without_showing_it(tmp_path: Path):
    with pytest.raises(StackError) as refusal:
        rag(tmp_path, "database_url = 5\n")
    assert MASK in str(refusal.value)


def test_lists_come_from_the_environment_by_commas(tmp_path: Path):
    settings, _ = gateway(tmp_path, GATEWAY_LISTEN="127.0.0.1, ::1")
    assert settings.listen == ["127.0.0.1", "::1"]


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.168.1.5", "127.0.0.1,0.0.0.0:9001", "[::]:9001"])
def test_listening_beyond_loopback_without_identity_is_refused(tmp_path: Path, address: str):
    with pytest.raises(StackError, match="needs identity: set identity = true"):
        gateway(tmp_path, GATEWAY_LISTEN=address)


def test_listening_beyond_loopback_is_allowed_with_identity_or_when_told_to(tmp_path: Path):
    assert gateway(tmp_path, GATEWAY_LISTEN="0.0.0.0", AISTACK_IDENTITY="true")[0].identity
    assert gateway(tmp_path, GATEWAY_LISTEN="0.0.0.0", GATEWAY_INSECURE="true")[0].insecure


@pytest.mark.parametrize(
    "address", ["example.com", "127.0.0.1:0", "127.0.0.1:http", "unix:relative.sock", "[::1]:99999"]
)
def test_an_address_that_is_none_is_refused(tmp_path: Path, address: str):
    with pytest.raises(StackError, match=r"services\.gateway\.listen"):
        gateway(tmp_path, GATEWAY_LISTEN=address)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("rate_limits", "fast"),
        ("balance", "rag fastest"),
        ("trusted_proxies", "10.0.0.0/33"),
        ("registry_networks", "everywhere"),
        ("jwt_secret", "short"),
    ],
)
def test_a_setting_of_the_gateway_that_makes_no_sense_is_refused(tmp_path: Path, key: str, value: str):
    with pytest.raises(StackError, match=f"services.gateway.{key} = "):
        gateway(tmp_path, f"{key} = {[value] if key != 'jwt_secret' else value!r}\n")


class TestSecrets:
    def test_they_are_made_once_and_only_this_user_can_read_them(self, tmp_path: Path):
        places = DataPaths(tmp_path)
        first = admin_key(places, {})
        assert admin_key(places, {}) == first
        assert places.admin_key.stat().st_mode & 0o777 == 0o600
        assert stack_secret(places, {}) != first

    def test_the_environment_wins(self, tmp_path: Path):
        given = "ask_0123456789abcdefghijABCDEFGHIJ_-xyz"
        assert admin_key(DataPaths(tmp_path), {"GATEWAY_ADMIN_KEY": given}) == given
        assert not DataPaths(tmp_path).admin_key.exists()

    @pytest.mark.parametrize("weak", ["short", "a" * 64])
    def test_a_weak_one_is_refused(self, tmp_path: Path, weak: str):
        with pytest.raises(StackError, match="too weak"):
            stack_secret(DataPaths(tmp_path), {"AISTACK_SECRET": weak})
        DataPaths(tmp_path).stack_secret.parent.mkdir()
        DataPaths(tmp_path).stack_secret.write_text(f"# mine\n{weak}\n")
        with pytest.raises(StackError, match="too weak"):
            stack_secret(DataPaths(tmp_path), {})


def test_any_origin_is_refused_while_identity_is_off(tmp_path: Path):
    with pytest.raises(StackError, match="needs identity: without it, any page"):
        gateway(tmp_path, "cors_origins = ['*']\n")
    assert gateway(tmp_path, "cors_origins = ['*']\n", AISTACK_IDENTITY="true")[0].cors_origins == ["*"]
    assert gateway(tmp_path, "cors_origins = ['*']\ninsecure = true\n")[0].cors_origins == ["*"]


@pytest.mark.parametrize(
    "entry", ["null", "app.example", "https://app.example/", "https://a@b", "https://a b", "https://"]
)
def test_what_is_no_origin_is_refused(tmp_path: Path, entry: str):
    with pytest.raises(StackError, match=r"services\.gateway\.cors_origins"):
        gateway(tmp_path, f"cors_origins = ['{entry}']\n")


def test_origins_are_kept_as_browsers_write_them(tmp_path: Path):
    settings, _ = gateway(tmp_path, "cors_origins = ['https://App.Example:443', 'http://localhost:3000']\n")
    assert settings.cors_origins == ["https://app.example", "http://localhost:3000"]


def test_services_go_by_the_stacks_hosts_and_the_gateways_origins(tmp_path: Path):
    text = "[stack]\nallowed_hosts = ['stack.example']\n[services.gateway]\ncors_origins = ['https://app.example']\n"
    (tmp_path / "stack.toml").write_text(text)
    stack = load_stack(tmp_path / "stack.toml", {})
    rules = resolve(RagSettings, stack.services["rag"], stack, {})[0].site_rules
    assert rules.accepts_host(b"stack.example")
    assert not rules.accepts_host(b"192.168.1.5")
    assert not rules.foreign(b"stack.example", b"https://app.example", b"cross-site")
    environ = {"GATEWAY_LISTEN": "0.0.0.0", "GATEWAY_CORS_ORIGINS": "https://b.example"}
    rules = resolve(RagSettings, stack.services["rag"], stack, environ)[0].site_rules
    assert rules.accepts_host(b"192.168.1.5")
    assert rules.foreign(b"stack.example", b"https://app.example", b"")
    assert not rules.foreign(b"stack.example", b"https://b.example", b"")


@pytest.mark.parametrize("key", ["allowed_hosts", "cors_origins", "gateway_listen", "identity"])
def test_what_belongs_to_the_stack_or_the_gateway_is_no_key_of_a_service(tmp_path: Path, key: str):
    with pytest.raises(StackError, match=f"services.rag.{key} is not a key"):
        rag(tmp_path, f"{key} = ['a']\n")
