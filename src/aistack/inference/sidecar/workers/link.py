"""One worker: a connection that is opened again when it is lost, and what the worker's health checks say."""

import asyncio
import contextlib
import random
import socket
import time
from collections.abc import Callable
from typing import Literal

from aistack.chassis.telemetry.logs import get_log
from aistack.http2.client import ClientConnection, connect
from aistack.http2.grpc.client_calls import unary_call
from aistack.http2.grpc.status import RpcError, Status
from aistack.http2.multiplexing.connection import Connection
from aistack.http2.unix_sockets import SocketRefused, check_folder, only_users
from aistack.http2.wire.errors import ErrorCode
from aistack.http2.wire.limits import Limits
from aistack.inference.protocol.messages import CONTROL, HEALTH, WorkerHealth, health_request
from aistack.inference.protocol.wire_format import Malformed
from aistack.inference.sidecar.settings import SidecarSettings, WorkerAddress
from aistack.inference.sidecar.workers.balancing import PrefixMemory

RECONNECT_SECONDS_MAX = 1.0
CONNECT_SECONDS = 3.0
CHECK_SECONDS_MIN = 2.0
FAILED_CHECKS_MAX = 3
CONTROL_SECONDS = 600.0
State = Literal["connected", "disconnected", "unhealthy", "reloading", "drained"]
Hold = Literal["", "reloading", "drained"]


class WorkerLink:
    """A worker as the sidecar sees it. `in_flight` counts its calls, `changed` is called when it may take more or less.

    `models` and `adapters` come from its health metrics of these names, separated by commas.
    """

    def __init__(self, worker: WorkerAddress, settings: SidecarSettings, changed: Callable[[], None]) -> None:
        self.name = worker.name
        self.address = worker.address
        self.path = worker.path
        self.connection: ClientConnection | None = None
        self.in_flight = 0
        self.models: frozenset[str] = frozenset()
        self.adapters: frozenset[str] = frozenset()
        self.prefixes = PrefixMemory()
        self.metrics: dict[str, str] = {}
        self.failure = "not connected yet"
        self.connects = 0
        self.hold: Hold = ""
        self._healthy = True
        self._failed_checks = 0
        self._heard_at = 0.0
        self._settings = settings
        self._changed = changed
        self._lost = asyncio.Event()
        self._connected = asyncio.Event()
        self._idle = asyncio.Event()
        self._task = asyncio.get_running_loop().create_task(self._run(), name=f"worker:{worker.name}")

    @property
    def state(self) -> State:
        if self.connection is None or self.connection.closed:
            return "disconnected"
        if self.hold:
            return self.hold
        return "connected" if self._healthy else "unhealthy"

    @property
    def has_room(self) -> bool:
        """Whether it can take another call now."""
        connection = self.connection
        return (
            connection is not None
            and connection.is_usable
            and self._healthy
            and not self.hold
            and self.in_flight < self._settings.calls_per_worker
        )

    def began(self) -> None:
        self.in_flight += 1

    def ended(self) -> None:
        self.in_flight -= 1
        if not self.in_flight:
            self._idle.set()
        self._changed()

    async def until_idle(self, seconds: float) -> int:
        """Waits for the calls in progress; returns how many there still are."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.in_flight:
                    self._idle.clear()
                    await self._idle.wait()
        return self.in_flight

    def hold_calls(self, why: Hold) -> None:
        """Gives it no new calls, or again."""
        self.hold = why
        self._changed()

    async def control(self, message: bytes, seconds: float = CONTROL_SECONDS) -> bytes:
        """Sends a ControlMessage and returns the worker's, both serialized. Raises RpcError."""
        return await self._unary(CONTROL, message, seconds)

    async def health(self, message: bytes, seconds: float) -> bytes:
        """Sends a WorkerHealthRequest and returns the worker's response, both serialized. Raises RpcError."""
        return await self._unary(HEALTH, message, seconds)

    async def until_connected(self, seconds: float) -> bool:
        """Waits for the connection, and returns whether it is there."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.connection is None:
                    await self._connected.wait()
        return self.connection is not None

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.wait((self._task,))
        if self.connection is not None:
            self.connection.close()

    async def _unary(self, path: str, message: bytes, seconds: float) -> bytes:
        if self.connection is None:
            raise RpcError(Status.UNAVAILABLE, f"worker {self.name} is not connected: {self.failure}")
        return await unary_call(self.connection, path, message, seconds)

    async def _run(self) -> None:
        delay = self._settings.reconnect_delay_secs
        while True:
            try:
                await self._connect()
            except (ConnectionError, SocketRefused, OSError) as error:
                failure = str(error)
                if failure != self.failure:
                    get_log("sidecar").warning("worker.unreachable", worker=self.name, error=failure)
                self.failure = failure
                await asyncio.sleep(delay * random.uniform(0.8, 1.2))  # noqa: S311
                delay = min(delay * 2, max(RECONNECT_SECONDS_MAX, self._settings.reconnect_delay_secs))
                continue
            except Exception as error:  # a bug must not be the end of the worker
                get_log("sidecar").exception("worker.failed", worker=self.name)
                self.failure = str(error)
                await asyncio.sleep(RECONNECT_SECONDS_MAX)
                continue
            delay = self._settings.reconnect_delay_secs
            await self._watch()

    async def _connect(self) -> None:
        if self.path is not None and self.path.parent.is_dir():
            check_folder(self.path.parent)
        self._lost.clear()
        connection = await connect(
            self.address,
            Limits(),
            on_closed=self._on_lost,
            check_peer=self._peer_check(),
            seconds_max=CONNECT_SECONDS,
        )
        self.prefixes.forget()
        self._failed_checks, self._healthy = 0, True
        self._heard_at = time.monotonic()
        self.connection = connection
        connection.on_going_away = self._on_going_away
        self.connects += 1
        self._connected.set()
        self.failure = ""
        await self._check()
        get_log("sidecar").info(
            "worker.connected", worker=self.name, address=self.address, models=",".join(sorted(self.models))
        )
        self._changed()

    def _peer_check(self) -> Callable[[socket.socket], str]:
        return only_users(self._settings.trusted_uids)

    def _on_lost(self, connection: Connection) -> None:
        if connection is self.connection:
            self.failure = connection.close_reason
            get_log("sidecar").warning("worker.lost", worker=self.name, error=self.failure, calls=self.in_flight)
            self._leave()

    async def _watch(self) -> None:
        """Checks the worker's health until the connection is lost."""
        while not self._lost.is_set():
            if not self._failed_checks:  # one that failed has taken its time
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._settings.check_interval_secs):
                        await self._lost.wait()
            if self.connection is not None:
                await self._check()

    def _on_going_away(self) -> None:
        """It takes no more calls here; those in progress go on, while a new connection is opened."""
        if self.connection is not None:
            self.failure = self.connection.close_reason
            get_log("sidecar").info("worker.going_away", worker=self.name, error=self.failure, calls=self.in_flight)
            self._leave()

    def _leave(self) -> None:
        self.connection = None
        self._connected.clear()
        self._lost.set()
        self._changed()

    async def _check(self) -> None:
        before = self._healthy
        connection = self.connection
        if connection is None:
            return
        reads = connection.reads
        seconds = min(max(CHECK_SECONDS_MIN, self._settings.check_interval_secs), self._settings.unresponsive_secs / 2)
        try:
            answer = WorkerHealth.decode(await self.health(health_request(), seconds))
        except (RpcError, Malformed) as error:
            if isinstance(error, RpcError) and error.status is Status.UNIMPLEMENTED:
                return
            self._failed_checks += 1
            if self._failed_checks >= FAILED_CHECKS_MAX:
                self._healthy, self.failure = False, f"its health check failed: {error}"
            self._give_up_if_silent(connection, reads)
            if not isinstance(error, RpcError) or error.status is not Status.DEADLINE_EXCEEDED:
                await asyncio.sleep(self._settings.check_interval_secs)  # it failed at once
        else:
            self._failed_checks = 0
            self._heard_at = time.monotonic()
            self._healthy = answer.healthy
            self.failure = "" if answer.healthy else "it says that it is not healthy"
            self.metrics = dict(answer.metrics)
            self.models, self.adapters = _names(answer, "models"), _names(answer, "adapters")
        if self._healthy != before:
            get_log("sidecar").warning("worker.health", worker=self.name, healthy=self._healthy, error=self.failure)
            self._changed()

    def _give_up_if_silent(self, connection: ClientConnection, reads: int) -> None:
        """Closes the connection of a worker that hangs: its calls end, or go elsewhere, instead of hanging with it."""
        now, most = time.monotonic(), self._settings.unresponsive_secs
        if connection.reads != reads:
            self._heard_at = now
        elif now - self._heard_at >= most and not connection.closed:
            connection.fail(ErrorCode.NO_ERROR, f"it has not given a sign of life for {now - self._heard_at:.0f} s")


def _names(health: WorkerHealth, key: str) -> frozenset[str]:
    return frozenset(part.strip() for part in health.metrics.get(key, "").split(",") if part.strip())
