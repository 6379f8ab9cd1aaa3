"""The lifecycle of a service: starting, ready, draining. Health checks, registration and shutdown depend on it."""

from collections.abc import Awaitable, Callable
from typing import Literal

from aistack.chassis.settings import ServiceSettings
from aistack.stack.description import Stack

Phase = Literal["starting", "ready", "draining"]
Reload = Callable[[ServiceSettings, Stack], Awaitable[None]]
Check = Callable[[], Awaitable[None]]


class Lifecycle:
    """The phase of a service, its readiness checks, and its hooks.

    `checks` raise when a dependency is not available. `before_stop` runs in order when draining begins, while the
    service still answers. `on_ready` runs once the service can be called; `on_reload` gets the new settings on reload.
    `request_reload` makes the process read its description again, where that starts and stops programs of the stack.
    """

    def __init__(self) -> None:
        self.phase: Phase = "starting"
        self.checks: dict[str, Check] = {}
        self.on_ready: list[Callable[[], Awaitable[None]]] = []
        self.before_stop: list[Callable[[], Awaitable[None]]] = []
        self.on_reload: list[Reload] = []
        self.request_reload: Callable[[], None] | None = None

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
        """Why the service is not ready, by check; empty when it is ready."""
        failed: dict[str, str] = {} if self.phase == "ready" else {"phase": self.phase}
        for name, check in self.checks.items():
            try:
                await check()
            except Exception as error:
                failed[name] = f"{type(error).__name__}: {error}"
        return failed
