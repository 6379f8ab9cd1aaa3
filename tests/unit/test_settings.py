"""Settings: their sources, their ranges, their secrets."""

from pathlib import Path

import pytest

from aistack.chassis.settings import MASK, resolve
from aistack.gateway.settings import GatewaySettings
from aistack.rag.settings import RagSettings
from aistack.stack.errors import StackError
from aistack.stack.loading import load_stack


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
        ("chunk_token = 300\n", "services.rag.chunk_token is not a key; allowed here: enabled, api_key"),
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


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.168.1.5", "example.com"])
def test_listening_beyond_loopback_without_keys_is_refused(tmp_path: Path, address: str):
    with pytest.raises(StackError, match="beyond loopback needs keys"):
        gateway(tmp_path, GATEWAY_LISTEN=address)


def test_listening_beyond_loopback_with_keys_is_allowed(tmp_path: Path):
    keys = tmp_path / "keys"
    keys.write_text("ask_0123456789abcdefghijABCDEFGHIJ_-xyz\n")
    settings, _ = gateway(tmp_path, GATEWAY_LISTEN="0.0.0.0", GATEWAY_API_KEYS_FILE=str(keys))
    assert settings.listen == ["0.0.0.0"]


@pytest.mark.parametrize("keys", ["", "# none\n", "short\n", "a" * 64 + "\n"])
def test_weak_or_missing_keys_are_refused(tmp_path: Path, keys: str):
    (tmp_path / "keys").write_text(keys)
    with pytest.raises(StackError, match="random characters"):
        gateway(tmp_path, GATEWAY_API_KEYS_FILE=str(tmp_path / "keys"))
