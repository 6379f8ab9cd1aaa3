"""The life of one service: starting, ready, draining. Health, registration and shutdown all look here."""

from collections.abc import Awaitable, Callable
from typing import Literal

from aistack.chassis.settings import ServiceSettings
from aistack.stack.description import Stack

Phase = Literal["starting", "ready", "draining"]
Reload = Callable[[ServiceSettings, Stack], Awaitable[None]]
Check = Callable[[], Awaitable[None]]


class Lifecycle:
    """What phase the service is in, what must hold to be ready, and what to do before it stops.

    `checks` raise when something the service needs is not there. `before_stop` run in order when
    draining begins, while the service still answers. `on_ready` runs once the service can be called;
    `on_reload` is told the settings when they are read anew.
    """

    def __init__(self) -> None:
        self.phase: Phase = "starting"
        self.checks: dict[str, Check] = {}
        self.on_ready: list[Callable[[], Awaitable[None]]] = []
        self.before_stop: list[Callable[[], Awaitable[None]]] = []
        self.on_reload: list[Reload] = []

    async def become_ready(self) -> None:
        self.phase = "ready"
        for step in self.on_ready:
            await step()

    async def drain(self) -> None:
        """Runs once; a second call does nothing."""
        if self.phase == "draining":
            return
        self.phase = "draining"
        for step in self.before_stop:
            await step()

    async def failures(self) -> dict[str, str]:
        """What is missing for the service to be ready: empty when nothing is."""
        failed: dict[str, str] = {} if self.phase == "ready" else {"phase": self.phase}
        for name, check in self.checks.items():
            try:
                await check()
            except Exception as error:
                failed[name] = f"{type(error).__name__}: {error}"
        return failed
