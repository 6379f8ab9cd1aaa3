"""What the gateway asks of the worker, through its sidecar: which models are loaded; load one, unload one."""

import asyncio
from collections.abc import Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aistack.chassis.runtime.tasks import Tasks
from aistack.chassis.telemetry.logs import get_log

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from aistack.inference.client import InferenceClient

HEALTH_SECONDS_MAX, CONTROL_SECONDS_MAX = 1.0, 300.0
UNAVAILABLE, DEADLINE_EXCEEDED = 14, 4


class WorkerAway(Exception):
    """No worker answers."""


class WorkerRefused(Exception):
    """The worker does not do it. The message is its own."""


class WorkerLink:
    """`address` gives the sidecar's, at the time of the call. Each call has a connection of its own: they are rare."""

    def __init__(self, address: Callable[[], str]) -> None:
        self._address = address
        self._tasks = Tasks()

    def stop(self) -> None:
        self._tasks.cancel()

    async def loaded(self) -> frozenset[str] | None:
        """The models that are in memory; None if no worker answers."""
        try:
            async with self._client() as client:
                health = await client.health(HEALTH_SECONDS_MAX)
        except (WorkerAway, WorkerRefused):
            return None
        if not health.healthy:
            return None
        listed = [value for key, value in health.metrics.items() if key == "loaded" or _is_of_worker(key)]
        return frozenset(name for value in listed for name in value.split(",") if name)

    async def load(self, name: str, seconds_max: float) -> None:
        """Returns when the model is in memory, or after `seconds_max`. Raises WorkerAway, WorkerRefused."""
        loading = self._tasks.start(self._control("load", name), f"load:{name}")
        loading.add_done_callback(lambda task: task.cancelled() or task.exception())  # it may be nobody's any more
        await asyncio.wait((loading,), timeout=seconds_max)
        if loading.done():
            loading.result()

    async def unload(self, name: str) -> None:
        """Raises WorkerAway, WorkerRefused."""
        await self._control("unload", name)

    async def _control(self, command: str, name: str) -> None:
        from aistack.inference.client import ControlMessage

        async with self._client() as client:
            await client.control(ControlMessage(command, {"model": name}), CONTROL_SECONDS_MAX)
        get_log("gateway").info(f"local_model.{command}", model=name)

    @asynccontextmanager
    async def _client(self) -> "AsyncGenerator[InferenceClient]":
        from aistack.inference.client import InferenceClient, RpcError

        client = InferenceClient(self._address())
        try:
            yield client
        except RpcError as error:
            if error.status in (UNAVAILABLE, DEADLINE_EXCEEDED):
                raise WorkerAway(str(error)) from None
            raise WorkerRefused(str(error)) from None
        finally:
            await client.close()


def _is_of_worker(key: str) -> bool:
    return key.startswith("worker.") and key.endswith(".loaded") and key.count(".") == 2
