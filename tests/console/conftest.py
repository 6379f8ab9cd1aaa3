"""The console's components on a page of their own, under the policy with which the gateway serves them."""

import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.responses import FileResponse, RedirectResponse
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

from aistack.gateway.routes.console import HEADERS, console_routes
from harness.processes import free_port, missing, until

PAGE = Path(__file__).with_name("page")
CHROMIUM = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync",
            "--disable-component-update", "--enable-unsafe-swiftshader"]  # fmt: skip
expect.set_options(timeout=60_000)  # a condition, not a measurement: the machine may be busy


@dataclass
class Viewers:
    """A page that shows one component at a time, and what it asked the network for."""

    page: Page
    origin: str
    evil: str
    requests: list[str] = field(default_factory=list[str])
    errors: list[str] = field(default_factory=list[str])

    def show(self, name: str, /, callbacks: tuple[str, ...] = (), **props: object) -> None:
        self.page.evaluate("([name, props, callbacks]) => show(name, props, callbacks)", [name, props, list(callbacks)])

    def elsewhere(self) -> list[str]:
        return [one for one in self.requests if not one.startswith((self.origin, "blob:", "data:"))]

    def violations(self) -> list[str]:
        """What the policy stopped, but for handlers and styles that are in an answer when it is parsed, and dropped."""
        parsed = ("script-src-attr inline", "style-src-attr inline", "style-src-elem inline")
        return [
            one
            for one in self.page.evaluate("violations")
            if not one.startswith(parsed) or "vendor/markdown" not in one
        ]

    def calls(self) -> list[list[object]]:
        return self.page.evaluate("calls")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        missing("Chromium")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=CHROMIUM)
        yield running
        running.close()


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    app = FastAPI()

    @app.get("/viewers/{name}")
    async def viewer(name: str) -> FileResponse:
        return FileResponse(PAGE / name, headers=HEADERS)

    @app.get("/v1/rag/redirect")
    async def redirect(to: str) -> RedirectResponse:
        return RedirectResponse(to)

    app.include_router(console_routes())
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", loop="asyncio"))
    thread = threading.Thread(target=server.run)
    thread.start()
    until(lambda: server.started, what="the page's server")
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def viewers(chromium: Browser, origin: str) -> Iterator[Viewers]:
    context = chromium.new_context(viewport={"width": 1000, "height": 800})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    one = Viewers(page, origin, f"http://127.0.0.1:{free_port()}")

    def note(request: Request) -> None:
        one.requests.append(request.url)

    context.on("request", note)
    page.on("pageerror", lambda error: one.errors.append(str(error)))
    page.goto(f"{origin}/viewers/index.html")
    page.wait_for_function("window.isReady")
    yield one
    context.close()
