"""A reload is taken up whole or not at all, and says what came of it. Real apps, served; their steps are the test's."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from fastapi import FastAPI

from aistack.chassis.app import create_service_app
from aistack.chassis.runtime.listeners import bind_tcp
from aistack.chassis.runtime.server import Host, Hosted
from aistack.chassis.settings import MASK, ServiceSettings
from aistack.deploy.processes.reload import Reloader
from aistack.deploy.processes.reload_report import FILE_BYTES
from aistack.deploy.settings import settings_of
from aistack.stack.description import Stack
from aistack.stack.loader import load_stack


class House:
    """Two services that note what they are told; `broken` names those whose step raises."""

    def __init__(self, folder: Path) -> None:
        self.file, self.report_path = folder / "stack.toml", folder / "stack.reload"
        self.env_file = folder / ".env"
        self.told: list[tuple[str, ServiceSettings]] = []
        self.broken: list[str] = []
        self.stubborn: list[str] = []
        self.exported: list[Stack] = []

    def stack(self) -> Stack:
        return load_stack(self.file)

    def open(self) -> None:
        stack = self.stack()
        hosted = []
        for name in ("rag", "query"):
            settings = settings_of(stack.services[name], stack)[0]
            app = create_service_app(settings, nothing, front_door=True)
            app.state.lifecycle.on_reload.append(self.step)
            hosted.append(Hosted(app, (bind_tcp("127.0.0.1", settings.port, "x"),)))
        self.host = Host(hosted)
        self.reloader = Reloader(self.host, stack, self.report_path, self.exported.append)

    async def step(self, settings: ServiceSettings, _stack: Stack) -> None:
        self.told.append((settings.service, settings))
        if settings.service in self.broken:
            self.broken.remove(settings.service)
            raise RuntimeError("the step broke")
        if settings.service in self.stubborn and len(self.told) > 2:
            raise RuntimeError("it does not go back")

    async def reload(self) -> dict:
        await self.reloader.reload()
        return json.loads(self.report_path.read_text())

    def last(self, service: str) -> ServiceSettings:
        return next(settings for name, settings in reversed(self.told) if name == service)


@asynccontextmanager
async def nothing(_app: FastAPI) -> AsyncIterator[None]:
    yield


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    from harness.processes import free_port

    one = House(tmp_path)
    ports = "".join(f"[services.{name}]\nport = {free_port()}\n" for name in ("gateway", "connection", "ai"))
    one.head = f"[stack]\ndata_dir = '{tmp_path}/data'\n{ports}[services.query]\nport = {free_port()}\n"
    one.tail = f"[services.rag]\nport = {free_port()}\n"
    one.file.write_text(one.head + one.tail)
    one.open()
    await one.host.start()
    yield one
    await one.host.stop()


async def test_what_changed_is_told_and_what_waits_for_a_restart_is_not_taken_up(house: House):
    house.file.write_text(
        f"{house.head}rows_max = 7\n{house.tail}chat_url = 'http://a/v1'\nchat_model = 'm'\nchat_key = 'hunter2'\n"
        "pages_max = 3\n"
    )
    report = await house.reload()
    assert (report["outcome"], report["reason"]) == ("reloaded", "")
    changes = {one["setting"]: (one["after"], one["live"]) for one in report["changes"]}
    assert changes == {
        "query.rows_max": ("7", True),
        "rag.chat_url": ('"http://a/v1"', True),
        "rag.chat_model": ('"m"', True),
        "rag.chat_key": (MASK, True),
        "rag.pages_max": ("3", False),
    }
    assert "hunter2" not in house.report_path.read_text()
    rag = house.last("rag")
    assert (rag.chat_key, rag.pages_max) == ("hunter2", 5000)
    again = await house.reload()
    assert [one["setting"] for one in again["changes"]] == ["rag.pages_max"]


async def test_a_changed_env_file_is_taken_up(house: House):
    house.env_file.write_text("RAG_CHAT_URL=http://b/v1\nRAG_CHAT_MODEL=m\n")
    await house.reload()
    assert house.last("rag").chat_url == "http://b/v1"
    assert house.exported[-1].environment["RAG_CHAT_URL"] == "http://b/v1"
    house.env_file.unlink()
    await house.reload()
    assert house.last("rag").chat_url == ""


@pytest.mark.parametrize(
    ("toml", "env_file", "says"),
    [
        ("pages_max = 0\n", "", "services.rag.pages_max"),
        ("nonsense = 1\n", "", "services.rag.nonsense is not a key"),
        ("", "RAG_CHAT_URL\n", ".env:1: the line has no ="),
        ("", "RAG_CHAT_URL=http://a\n", "chat_url needs chat_model"),
        ("\n[[", "", "not valid TOML"),
    ],
)
async def test_what_is_wrong_is_refused_before_anything_is_told(house: House, toml: str, env_file: str, says: str):
    house.file.write_text(house.head + house.tail + toml)
    house.env_file.write_text(env_file)
    report = await house.reload()
    assert report["outcome"] == "refused" and says in report["reason"]
    assert (house.told, house.exported) == ([], [])
    house.file.write_text(house.head + house.tail)
    house.env_file.unlink()
    assert (await house.reload())["outcome"] == "reloaded"


async def test_a_choice_of_local_models_that_is_damaged_leaves_what_runs(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("AISTACK_DATA_DIR", str(tmp_path))
    choice = tmp_path / "models" / "served.json"
    choice.parent.mkdir()
    choice.write_text('{"models": 5')
    report = await house.reload()
    assert report["outcome"] == "refused" and "served.json is damaged" in report["reason"]


async def test_a_file_that_is_gone_is_refused(house: House):
    house.file.unlink()
    report = await house.reload()
    assert report["outcome"] == "refused" and "no such file" in report["reason"]


async def test_where_a_step_breaks_everything_goes_back(house: House):
    house.file.write_text(f"{house.head}rows_max = 7\n{house.tail}")
    house.broken = ["query"]
    report = await house.reload()
    assert report["outcome"] == "failed"
    assert report["reason"] == "query: the step broke; all changes were rolled back"
    assert house.last("query").rows_max == 10_000_000
    assert [name for name, _ in house.told] == ["rag", "query", "query", "rag"]
    assert [len(stack.services["query"].settings) for stack in house.exported] == [1, 0]
    assert (await house.reload())["outcome"] == "reloaded"
    assert house.last("query").rows_max == 7


async def test_where_it_cannot_go_back_a_restart_is_asked_for(house: House):
    house.file.write_text(f"{house.head}rows_max = 7\n{house.tail}")
    house.broken, house.stubborn = ["query"], ["rag"]
    report = await house.reload()
    assert report["outcome"] == "failed"
    assert "rolling back rag failed as well (it does not go back): restart it" in report["reason"]


async def test_a_report_is_written_where_the_disk_takes_no_new_file(house: House, monkeypatch: pytest.MonkeyPatch):
    from aistack.deploy.processes import reload_report
    from aistack.stack.errors import StackError

    def full(path: Path, text: str) -> None:
        raise StackError("No space left on device")

    monkeypatch.setattr(reload_report, "write_atomically", full)
    report = await house.reload()
    assert report["outcome"] == "reloaded"
    assert house.report_path.stat().st_size == FILE_BYTES


async def test_two_at_once_come_one_after_the_other(house: House):
    await asyncio.gather(house.reload(), house.reload())
    assert json.loads(house.report_path.read_text())["outcome"] == "reloaded"
