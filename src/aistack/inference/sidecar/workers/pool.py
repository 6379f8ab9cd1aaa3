"""The workers of a sidecar, and the choice among them."""

import asyncio
from collections.abc import Callable, Collection

from aistack.http2.grpc.status import RpcError, Status
from aistack.inference.protocol.routing_fields import RoutingFields
from aistack.inference.sidecar.settings import SidecarSettings
from aistack.inference.sidecar.workers.balancing import choose, prefix_blocks, suitable
from aistack.inference.sidecar.workers.link import WorkerLink

COMMAND = "aistack worker --serve --uds-path {path} --model NAME"

PRESENT = ("connected", "reloading")


class WorkerPool:
    """All workers. `changed` is called whenever one may take more or fewer calls."""

    def __init__(self, settings: SidecarSettings, changed: Callable[[], None]) -> None:
        self.links = [WorkerLink(worker, settings, changed) for worker in settings.workers]
        self._settings = settings

    @property
    def status(self) -> int:
        """1 when a worker is connected, 2 when all that are connected reload, 0 when none is."""
        states = {link.state for link in self.links}
        if "connected" in states:
            return 1
        return 2 if "reloading" in states else 0

    def named(self, name: str) -> WorkerLink:
        """Raises RpcError."""
        for link in self.links:
            if link.name == name:
                return link
        names = ", ".join(link.name for link in self.links)
        raise RpcError(Status.NOT_FOUND, f"there is no worker {name!r}; workers: {names}")

    def choose(self, routing: RoutingFields, tried: Collection[WorkerLink] = ()) -> WorkerLink | None:
        """A worker with a free place; None when a call has to wait for one. Raises RpcError when none will come."""
        present = [link for link in self.links if link.state in PRESENT and link not in tried]
        if not present:
            raise RpcError(Status.UNAVAILABLE, self._absence(tried))
        if len(present) == 1:
            return present[0] if present[0].has_room else None
        able = [link for link in suitable(present, routing) if link.has_room]
        blocks = prefix_blocks(routing.prefix) if routing.sticky else ()
        return choose(able, routing, blocks, self._settings.sticky_beta, self._settings.sticky_queue_max)

    def only_worker(self) -> WorkerLink | None:
        """The worker, when there is just one and it has room."""
        return self.links[0] if len(self.links) == 1 and self.links[0].has_room else None

    def has_another(self, tried: Collection[WorkerLink]) -> bool:
        """Whether a worker that was not tried is there."""
        return any(link.state in PRESENT and link not in tried for link in self.links)

    async def close(self) -> None:
        await asyncio.gather(*(link.close() for link in self.links))

    def _absence(self, tried: Collection[WorkerLink]) -> str:
        """Why there is no worker, and what to do."""
        if any(link.state in PRESENT for link in tried):
            return "no other worker is there; send the request again"
        drained = [link.name for link in self.links if link.state == "drained"]
        if drained:
            return f"no worker takes calls: {', '.join(drained)} drained; send the command `resume`"
        reasons = "; ".join(f"{link.name}: {link.failure or link.state}" for link in self.links)
        path = next((link.path for link in self.links if link.path is not None), None)
        hint = f"; start one: {COMMAND.format(path=path)}" if path is not None else ""
        return f"no worker is available ({reasons}){hint}"
