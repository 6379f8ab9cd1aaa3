"""A whole stack, started as a user starts it."""

import asyncio
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from harness.processes import missing
from harness.servers.openai_upstream import OpenAIUpstream, openai_upstream
from harness.stack import Stack

QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
expect.set_options(timeout=60_000)  # a condition, not a measurement: the machine may be busy


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    one = Stack(tmp_path)
    yield one
    one.down()


@pytest.fixture(scope="module")
def shared_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    one = Stack(tmp_path_factory.mktemp("stack"))
    one.up("--demo")
    yield one
    one.down()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        missing("Chromium")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=QUIET)
        yield running
        running.close()


@pytest.fixture
def upstream() -> Iterator[OpenAIUpstream]:
    """A scripted model server on a loop of its own, for tests that block this one."""
    made: list[OpenAIUpstream] = []
    ready, end = threading.Event(), threading.Event()

    async def serve() -> None:
        async with openai_upstream() as running:
            made.append(running)
            ready.set()
            await asyncio.to_thread(end.wait)

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    assert ready.wait(60)
    yield made[0]
    end.set()
    thread.join()
