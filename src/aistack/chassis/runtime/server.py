"""Serves apps on one event loop, and stops them in an order that loses no request.

A stop drains first (deregisters, lets the gateway finish), then closes the listeners, waits for requests in flight, and
closes the services' resources.
"""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass

import uvicorn
from fastapi import FastAPI

from aistack.chassis.runtime.lifecycle import Lifecycle
from aistack.chassis.runtime.tasks import Tasks
from aistack.chassis.settings import ServiceSettings

START_SECONDS_MAX = 60.0


class StartFailed(Exception):
    """A service could not start; the message names it and the reason."""


@dataclass(frozen=True, slots=True)
class Hosted:
    """An app with its listening sockets."""

    app: FastAPI
    listeners: tuple[socket.socket, ...]

    @property
    def settings(self) -> ServiceSettings:
        return self.app.state.settings

    @property
    def lifecycle(self) -> Lifecycle:
        return self.app.state.lifecycle


class _Server(uvicorn.Server):
    """uvicorn without signal handlers, raising an exception where it would exit the process."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        except SystemExit:
            raise StartFailed("startup failed") from None

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


class Host:
    """Runs several apps side by side. `start` returns when all are ready, `stop` when all are drained."""

    def __init__(self, hosted: list[Hosted]) -> None:
        self.hosted = hosted
        self._servers: list[tuple[Hosted, _Server, asyncio.Task[None]]] = []

    async def start(self) -> None:
        """Raises StartFailed, after stopping what had started."""
        for one in self.hosted:
            config = uvicorn.Config(
                one.app,
                log_config=None,
                access_log=False,
                lifespan="on",
                server_header=False,
                date_header=True,
                timeout_keep_alive=75,
                timeout_graceful_shutdown=max(1, int(one.settings.drain_seconds)),
                backlog=1024,
                h11_max_incomplete_event_size=64 * 1024,
            )
            server = _Server(config)
            task = asyncio.create_task(server.serve(sockets=list(one.listeners)), name=f"serve:{one.settings.service}")
            self._servers.append((one, server, task))
        try:
            async with asyncio.timeout(START_SECONDS_MAX):
                await asyncio.gather(*(self._wait_until_ready(*entry) for entry in self._servers))
        except BaseException:
            await self.stop()
            raise

    async def _wait_until_ready(self, one: Hosted, server: _Server, task: asyncio.Task[None]) -> None:
        while not server.started:
            if task.done():
                cause = one.app.state.start_error if hasattr(one.app.state, "start_error") else task.exception()
                raise StartFailed(f"{one.settings.service} did not start: {cause or 'see the log above'}")
            await asyncio.sleep(0.005)
        await one.lifecycle.become_ready()

    async def stop(self) -> None:
        """Drains services before the gateway, so that no request routed to them is refused."""
        for one, server, task in reversed(self._servers):
            if server.started:
                await one.lifecycle.drain()
            server.should_exit = True
            with contextlib.suppress(Exception):
                await task

    async def until_signal(self, on_reload: Callable[[], Awaitable[None]]) -> None:
        """Returns at SIGTERM or SIGINT; calls `on_reload` at each SIGHUP, one at a time."""
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        reloading = asyncio.Lock()
        tasks = Tasks()

        async def reload() -> None:
            async with reloading:
                await on_reload()

        loop.add_signal_handler(signal.SIGHUP, lambda: tasks.start(reload(), "reload"))
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopping.set)
        await stopping.wait()
