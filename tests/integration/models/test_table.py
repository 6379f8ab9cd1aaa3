"""The model table: from stack.toml, from variables, through the API, in force at once in every worker."""

import asyncio
from pathlib import Path

import pytest

from aistack.stack.errors import StackError
from aistack.stack.loader import load_stack
from harness.servers.openai_upstream import OpenAIUpstream
from harness.services.gateway import Gateway, running_gateway

HELLO = [{"role": "user", "content": "hello"}]
SECRET = "sk-upstream-secret-4711"


async def ask(gateway: Gateway, model: str):
    return await gateway.client.post("/v1/chat/completions", json={"model": model, "messages": HELLO})


async def test_an_entry_is_added_changed_and_removed(gateway: Gateway, upstream: OpenAIUpstream):
    entry = {"upstreams": [{"url": upstream.url, "model": "m", "key": SECRET}], "prices": {"input": 2, "output": 8}}
    answer = await gateway.client.put("/gateway/models/team/big", json=entry)
    assert answer.status_code == 200, answer.text
    assert answer.json()["source"] == "api"
    assert answer.json()["prices"]["output"] == 8
    assert (await ask(gateway, "team/big")).status_code == 200
    assert upstream.received[-1].headers["authorization"] == f"Bearer {SECRET}"
    assert (await gateway.client.get("/v1/models/team/big")).json()["id"] == "team/big"
    entry["upstreams"][0] = {"url": upstream.url, "model": "other"}
    await gateway.client.put("/gateway/models/team/big", json=entry)
    await ask(gateway, "team/big")
    assert upstream.received[-1].body["model"] == "other"
    assert upstream.received[-1].headers["authorization"] == f"Bearer {SECRET}"
    assert (await gateway.client.delete("/gateway/models/team/big")).status_code == 204
    assert (await ask(gateway, "team/big")).status_code == 404
    assert (await gateway.client.delete("/gateway/models/team/big")).status_code == 404


async def test_a_key_is_sealed_and_never_shown(gateway: Gateway, upstream: OpenAIUpstream, capfd):
    entry = {"upstreams": [{"url": upstream.url, "key": SECRET}]}
    shown = (await gateway.client.put("/gateway/models/big", json=entry)).text
    shown += (await gateway.client.get("/gateway/models")).text + (await gateway.client.get("/v1/models")).text
    assert '"has_key":true' in shown
    assert SECRET not in shown
    kept = b"".join(path.read_bytes() for path in (gateway.folder / "gateway").rglob("*") if path.is_file())
    assert SECRET.encode() not in kept
    wrong = await gateway.client.put("/gateway/models/big", json={"upstreams": [{"url": "ftp://x", "key": SECRET}]})
    assert wrong.status_code == 400
    assert SECRET not in wrong.text + "".join(capfd.readouterr())


async def test_a_key_moves_to_no_other_url(gateway: Gateway, upstream: OpenAIUpstream):
    await gateway.client.put("/gateway/models/big", json={"upstreams": [{"url": upstream.url, "key": SECRET}]})
    other = upstream.url + "/other"
    await gateway.client.put("/gateway/models/big", json={"upstreams": [{"url": other}]})
    await ask(gateway, "big")
    assert "authorization" not in upstream.received[-1].headers


async def test_entries_outlive_a_restart_and_replace_those_of_the_file(
    gateway: Gateway, upstream: OpenAIUpstream, tmp_path: Path
):
    entry = {"upstreams": [{"url": upstream.url, "model": "changed", "key": SECRET}]}
    answer = await gateway.client.put("/gateway/models/small", json=entry)
    assert answer.json()["replaces"].endswith("stack.toml")
    await gateway.stop()
    async with running_gateway(tmp_path, gateway.toml) as again:
        await ask(again, "small")
        assert upstream.received[-1].body["model"] == "changed"
        assert upstream.received[-1].headers["authorization"] == f"Bearer {SECRET}"
        await again.client.delete("/gateway/models/small")
        await ask(again, "small")
        assert upstream.received[-1].body["model"] == "upstream-small"
        await gateway.start()


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({}, "upstreams"),
        ({"upstreams": [{"url": "http://x/v1?y=1"}]}, "base URL"),
        ({"upstreams": [{"url": "http://u:p@x/v1"}]}, "password"),
        ({"upstreams": [{"url": "http://x/v1"}], "fallbacks": ["nothing"]}, "small"),
        ({"upstreams": [{"url": "http://x/v1"}], "seconds": -1}, "seconds"),
        ({"upstreams": [{"url": "http://x/v1"}], "speed": 1}, "speed"),
        ("nothing", "small"),
        ([], "table"),
    ],
)
async def test_a_wrong_entry_is_refused_in_one_line(gateway: Gateway, entry: object, words: str):
    answer = await gateway.client.put("/gateway/models/big", json=entry)
    assert answer.status_code == 400
    assert words in answer.json()["detail"]
    assert (await gateway.client.get("/gateway/models/big")).status_code == 404


async def test_what_others_need_stays(gateway: Gateway, upstream: OpenAIUpstream):
    await gateway.client.put("/gateway/models/big", json={"upstreams": [{"url": upstream.url}]})
    await gateway.client.put("/gateway/models/alias", json="big")
    assert (await gateway.client.delete("/gateway/models/big")).status_code == 400
    assert (await ask(gateway, "alias")).status_code == 200


async def test_a_reload_applies_the_file(gateway: Gateway, upstream: OpenAIUpstream):
    gateway.toml += f"\n[models.more]\nupstreams = [{{ url = '{upstream.url}' }}]\n"
    await gateway.reload()
    assert (await ask(gateway, "more")).status_code == 200


async def test_a_gateway_without_models_opens_no_records_and_says_what_to_do(tmp_path: Path):
    async with running_gateway(tmp_path) as gateway:
        assert (await gateway.client.get("/v1/models")).json()["data"] == []
        answer = await ask(gateway, "x")
        assert answer.status_code == 404
        assert "[models]" in answer.json()["error"]["message"]
        assert not (tmp_path / "gateway").exists()


class TestInEveryWorker:
    @pytest.fixture
    def settings_toml(self) -> str:
        return "workers = 3\n"

    async def test_a_change_is_in_force_in_all_of_them(self, gateway: Gateway, upstream: OpenAIUpstream):
        await gateway.client.put("/gateway/models/big", json={"upstreams": [{"url": upstream.url}]})
        for _ in range(12):  # each over a connection of its own
            assert await until_answered(gateway, "big") == 200
        rows = (await gateway.client.get("/gateway/usage")).json()["rows"]
        assert [(row["model"], row["requests"], row["prompt_tokens"]) for row in rows] == [("big", 12, 12 * 11)]


async def until_answered(gateway: Gateway, model: str) -> int:
    """The status over a new connection; a worker that has not heard of a change yet is asked once more."""
    import httpx

    async with asyncio.timeout(60):
        while True:
            body = {"model": model, "messages": HELLO}
            async with httpx.AsyncClient() as client:
                answer = await client.post(f"{gateway.url}/v1/chat/completions", json=body, timeout=30)
            if answer.status_code != 404:
                return answer.status_code


def described(folder: Path, toml: str, environ: dict[str, str]):
    path = folder / "stack.toml"
    path.write_text(toml)
    return {one.name: one for one in load_stack(path, environ).models}


def test_variables_describe_models(tmp_path: Path):
    environ = {
        "LLM_BASE_URL": "http://127.0.0.1:8000/v1/", "LLM_API_KEY": "k", "LLM_DEFAULT_MODEL": "a",
        "LLM_HIGH_PRECISION_MODEL": "b", "OPENAI_TEMPERATURE": "0.2",
    }  # fmt: skip
    models = described(tmp_path, "", environ)
    assert models["default"].alias_of == "a"
    assert models["precise"].alias_of == "b"
    assert models["a"].upstreams[0].url == "http://127.0.0.1:8000/v1"
    assert models["a"].upstreams[0].key == "$LLM_API_KEY"
    assert models["a"].defaults == {"temperature": 0.2}
    assert models["a"].source == "$LLM_BASE_URL"


def test_ark_needs_only_its_key_and_a_model(tmp_path: Path):
    models = described(tmp_path, "", {"ARK_API_KEY": "k", "OPENAI_MODEL": "doubao-pro"})
    assert models["default"].alias_of == "doubao-pro"
    assert models["doubao-pro"].upstreams[0].key == "$ARK_API_KEY"
    assert models["doubao-pro"].upstreams[0].url.startswith("https://ark.")


def test_the_file_comes_before_variables(tmp_path: Path):
    toml = "[models]\ndefault = 'mine'\n[models.mine]\nupstreams = [{ url = 'http://x/v1' }]\n"
    models = described(tmp_path, toml, {"LLM_BASE_URL": "http://y/v1", "LLM_DEFAULT_MODEL": "a"})
    assert models["default"].alias_of == "mine"
    assert "a" in models


@pytest.mark.parametrize(
    ("toml", "environ", "words"),
    [
        ("[models.a]\nupstreams = [{ url = 'http://x', key = 'sk-1' }]", {}, "$VARIABLE"),
        ("[models.a]\nupstreams = []", {}, "upstreams"),
        ("[models]\na = 'b'", {}, "no other model"),
        ("[models.a]\nupstreams = [{ worker = 'm', sidecar = 'x' }]", {}, "sidecar"),
        ("", {"LLM_BASE_URL": "x", "LLM_DEFAULT_MODEL": "a"}, "LLM_BASE_URL"),
        ("", {"LLM_BASE_URL": "http://x", "LLM_DEFAULT_MODEL": "a", "OPENAI_TEMPERATURE": "hot"}, "OPENAI_TEMPERATURE"),
    ],
)
def test_a_wrong_description_stops_the_start(tmp_path: Path, toml: str, environ: dict[str, str], words: str):
    with pytest.raises(StackError) as error:
        described(tmp_path, toml, environ)
    assert words in str(error.value)
    assert "sk-1" not in str(error.value)
