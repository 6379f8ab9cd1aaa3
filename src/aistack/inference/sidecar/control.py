"""Control and Health: commands to the sidecar itself, and those that go on to workers.

`status`, `reload`, `drain` and `resume` are the sidecar's; any other command goes to the workers. `worker` in the
payload names one of them, otherwise a command is for all. Of a sidecar with one worker, its answers pass untouched.
"""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from aistack import __version__
from aistack.chassis.telemetry.logs import get_log
from aistack.http2.grpc.status import RpcError, Status
from aistack.inference.protocol.messages import ControlMessage, WorkerHealth
from aistack.inference.protocol.wire_format import Malformed
from aistack.inference.sidecar.settings import SidecarSettings
from aistack.inference.sidecar.workers.link import WorkerLink
from aistack.inference.sidecar.workers.pool import WorkerPool

STATUS_SECONDS = 2.0
RESTART_SECONDS = 60.0
SECONDS_MAX = 3600.0


class Counts(Protocol):
    """What `status` says of the sidecar's calls."""

    @property
    def waiting(self) -> int: ...

    @property
    def active(self) -> int: ...


class Control:
    """Answers the two methods; both take and return serialized messages and raise RpcError."""

    def __init__(self, pool: WorkerPool, settings: SidecarSettings, counts: Counts) -> None:
        self._pool = pool
        self._settings = settings
        self._counts = counts

    async def control(self, message: bytes) -> bytes:
        try:
            given = ControlMessage.decode(message)
        except Malformed as error:
            raise RpcError(Status.INVALID_ARGUMENT, f"the ControlMessage is malformed: {error}") from None
        name = given.payload.get("worker", "")
        links = [self._pool.named(name)] if name else self._pool.links
        if given.command == "status":
            payload = await self._status(links, message)
        elif given.command == "reload":
            return await self._reload(links, given, message)
        elif given.command == "drain":
            payload = await self._drain(links, _seconds(given, self._settings.drain_secs))
        elif given.command == "resume":
            for link in links:
                link.hold_calls("")
            get_log("sidecar").info("workers.resumed", workers=_listed(links))
            payload = {"workers": _listed(links)}
        else:
            return await self._forward(links, given, message)
        return ControlMessage(given.command, payload, given.trace_id).encode()

    async def health(self, message: bytes) -> bytes:
        links = self._pool.links
        if len(links) == 1 and links[0].state in ("connected", "reloading"):
            return await links[0].health(message, self._settings.check_interval_secs + STATUS_SECONDS)
        metrics = {f"worker.{link.name}.state": link.state for link in links}
        for link in links:
            metrics |= {f"worker.{link.name}.{key}": value for key, value in link.metrics.items()}
            if link.failure:
                metrics[f"worker.{link.name}.error"] = link.failure
        for key in ("models", "adapters"):
            names = {name for link in links if link.state == "connected" for name in getattr(link, key)}
            if names:
                metrics[key] = ",".join(sorted(names))
        return WorkerHealth(self._pool.status == 1, metrics).encode()

    async def _status(self, links: Sequence[WorkerLink], message: bytes) -> dict[str, str]:
        payload = {
            "sidecar.version": __version__,
            "sidecar.waiting": str(self._counts.waiting),
            "sidecar.calls": str(self._counts.active),
        }
        connected = [link for link in links if link.connection is not None]
        answers = await asyncio.gather(*(_asked(link, message) for link in connected))
        for link in links:
            payload[f"worker.{link.name}.state"] = link.state
            payload[f"worker.{link.name}.address"] = link.address
            payload[f"worker.{link.name}.calls"] = str(link.in_flight)
            if link.failure:
                payload[f"worker.{link.name}.error"] = link.failure
        for link, answer in zip(connected, answers, strict=True):
            payload |= {f"worker.{link.name}.{key}": value for key, value in answer.items()}
        return payload

    async def _drain(self, links: Sequence[WorkerLink], seconds: float) -> dict[str, str]:
        for link in links:
            link.hold_calls("drained")
        left = sum(await asyncio.gather(*(link.until_idle(seconds) for link in links)))
        get_log("sidecar").info("workers.drained", workers=_listed(links), calls=left)
        return {"workers": _listed(links), "calls": str(left)}

    async def _reload(self, links: Sequence[WorkerLink], given: ControlMessage, message: bytes) -> bytes:
        """Reloads one worker after the other, so that the others take the calls; with one, calls wait meanwhile."""
        seconds = _seconds(given, self._settings.drain_secs)
        present = [link for link in links if link.connection is not None]
        if not present:
            raise RpcError(Status.UNAVAILABLE, f"no worker is connected: {'; '.join(link.failure for link in links)}")
        payload: dict[str, str] = {}
        for link in present:
            if link.hold == "reloading":
                raise RpcError(Status.FAILED_PRECONDITION, f"worker {link.name} is reloading already")
            before = link.hold
            link.hold_calls("reloading")
            get_log("sidecar").info("worker.reloading", worker=link.name, calls=link.in_flight)
            try:
                answer = await self._reload_one(link, message, seconds)
            finally:
                link.hold_calls(before)
            get_log("sidecar").info("worker.reloaded", worker=link.name)
            if len(links) == 1:
                return answer
            payload |= {f"{link.name}.{key}": value for key, value in _payload(answer).items()}
        return ControlMessage(given.command, payload, given.trace_id).encode()

    async def _reload_one(self, link: WorkerLink, message: bytes, seconds: float) -> bytes:
        left = await link.until_idle(seconds)
        if left:
            text = f"worker {link.name} still has {left} calls in progress after {seconds:g} s; nothing was reloaded"
            raise RpcError(Status.FAILED_PRECONDITION, f"{text}, give it more `seconds`")
        try:
            return await link.control(message)
        except RpcError as error:
            if error.status is not Status.UNAVAILABLE or not await link.until_connected(RESTART_SECONDS):
                raise
            return ControlMessage("reload", {"restarted": "true"}).encode()  # it reloads by starting again

    async def _forward(self, links: Sequence[WorkerLink], given: ControlMessage, message: bytes) -> bytes:
        if len(links) == 1:
            return await links[0].control(message)
        connected = [link for link in links if link.connection is not None]
        if not connected:
            raise RpcError(Status.UNAVAILABLE, f"no worker is connected: {'; '.join(link.failure for link in links)}")
        answers = await asyncio.gather(*(link.control(message) for link in connected))
        payload = {
            f"{link.name}.{key}": value
            for link, answer in zip(connected, answers, strict=True)
            for key, value in _payload(answer).items()
        }
        return ControlMessage(given.command, payload, given.trace_id).encode()


async def _asked(link: WorkerLink, message: bytes) -> dict[str, str]:
    """A worker's own status; empty when it has none."""
    try:
        return _payload(await link.control(message, STATUS_SECONDS))
    except RpcError:
        return {}


def _payload(answer: bytes) -> dict[str, str]:
    try:
        return dict(ControlMessage.decode(answer).payload)
    except Malformed as error:
        return {"error": f"the answer is malformed: {error}"}


def _seconds(given: ControlMessage, default: float) -> float:
    text = given.payload.get("seconds", "")
    if not text:
        return default
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= SECONDS_MAX:
        raise RpcError(Status.INVALID_ARGUMENT, f"seconds = {text!r} is not allowed; give 0 to {SECONDS_MAX:g}")
    return seconds


def _listed(links: Sequence[WorkerLink]) -> str:
    return ",".join(link.name for link in links)
