"""A pool of worker processes, each with a data plane and a listener of its own.

The listeners belong to this process and outlive every worker: the connections queued for a worker that died, or is
being replaced, are accepted by its successor.
"""

import asyncio
import os
import socket
import sys
import time
from asyncio.subprocess import Process
from collections.abc import Iterable, Mapping
from mmap import mmap

from aistack.chassis.identity import Principal
from aistack.chassis.telemetry.logs import get_log
from aistack.gateway.identity.authentication import KnownKey, KnownSession
from aistack.gateway.models.accounting.budgets import Counted, KeyRules
from aistack.gateway.models.table.compiled import ModelTable
from aistack.gateway.policy.concurrency_limits import SharedTable
from aistack.gateway.policy.rate_limits import BUCKET_BYTES, BUCKETS
from aistack.gateway.registry.snapshot import Snapshot
from aistack.gateway.settings import GatewaySettings
from aistack.gateway.telemetry.statistics import Report, merged
from aistack.gateway.workers.data_plane import (
    OnEjected,
    OnRecovered,
    OnRejectedCredentials,
    OnUsedSessions,
    ignore_ejection,
    ignore_recovery,
    ignore_rejected_credentials,
    ignore_used_sessions,
)
from aistack.gateway.workers.pipe import MESSAGE_BYTES_MAX, Pipe

START_SECONDS_MAX = 20.0
RESTART_SECONDS_MIN, RESTART_SECONDS_MAX = 0.1, 5.0
STABLE_SECONDS = 10.0


class Worker:
    """One slot of the pool: its listeners, and the process that serves them at the moment."""

    def __init__(self, number: int, listeners: list[socket.socket], tls: list[bool]) -> None:
        self.number = number
        self.listeners = listeners
        self.tls = tls
        self.process: Process | None = None
        self.pipe: Pipe | None = None
        self.listening: asyncio.Task[None] | None = None
        self.ready = asyncio.Event()


class WorkerPool:
    """Has the interface of one data plane. `on_ejected` is called with service, instance, seconds and error."""

    def __init__(self, settings: GatewaySettings) -> None:
        self.settings = settings
        self.on_ejected: OnEjected = ignore_ejection
        self.on_rejected_credentials: OnRejectedCredentials = ignore_rejected_credentials
        self.on_recovered: OnRecovered = ignore_recovery
        self.on_used_sessions: OnUsedSessions = ignore_used_sessions
        self._log = get_log("gateway")
        self._snapshot: Snapshot = ()
        self._keys: list[KnownKey] | None = None
        self._sessions: list[KnownSession] = []
        self._people: Mapping[str, Principal] = {}
        self._jwks: bytes | None = None
        self._models = ModelTable()
        self._key_rules: Mapping[str, KeyRules] = {}
        self._counted = Counted()
        self._reports: dict[Process, Report] = {}  # the last report of each process
        self._past = Report()  # the counters of workers that are gone
        self._workers: list[Worker] = []
        self._keepers: list[asyncio.Task[None]] = []
        self._stopping = False
        self._table = SharedTable(2 * settings.workers + 1)  # a worker and its replacement both count
        self._buckets = os.memfd_create("ai-stack-buckets", 0)
        self._counts = os.memfd_create("ai-stack-counts", 0)

    async def start(self, listeners: list[list[socket.socket]], tls: list[bool]) -> None:
        """Starts one worker for each list of listeners. Raises RuntimeError when one does not come up."""
        os.ftruncate(self._buckets, BUCKETS * BUCKET_BYTES)
        os.ftruncate(self._counts, self._table.bytes)
        self._workers = [Worker(number, held, tls) for number, held in enumerate(listeners)]
        for worker in self._workers:
            await self._spawn(worker)
            self._keepers.append(asyncio.create_task(self._keep(worker), name=f"worker:{worker.number}"))
        try:
            async with asyncio.timeout(START_SECONDS_MAX):
                for worker in self._workers:
                    await worker.ready.wait()
        except TimeoutError:
            raise RuntimeError("a worker of the gateway did not start; see its log lines") from None

    def apply(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._send("snapshot", self._topology())

    def set_api_keys(self, keys: Iterable[KnownKey]) -> None:
        self._keys = list(keys)
        self._send("keys", self._keys)

    def set_sessions(self, sessions: Iterable[KnownSession]) -> None:
        self._sessions = list(sessions)
        self._send("sessions", self._sessions)

    def set_people(self, people: Mapping[str, Principal]) -> None:
        self._people = people
        self._send("people", people)

    def set_jwks(self, document: bytes) -> None:
        self._jwks = document
        self._send("jwks", document)

    def set_models(self, table: ModelTable) -> None:
        self._models = table
        self._send("models", table)

    def set_key_rules(self, rules: Mapping[str, KeyRules]) -> None:
        self._key_rules = rules
        self._send("key rules", rules)

    def set_counted(self, counted: Counted) -> None:
        self._counted = counted
        self._send("counted", counted)

    def misses_token_key(self) -> bool:
        return any(report.misses_token_key for report in self._reports.values())

    def report(self) -> Report:
        """The sum of the workers' last reports, at most about a second old."""
        total = merged(self._reports.values())
        total.add_counters(self._past)
        return total

    def load(self, service: str, instance: str) -> int:
        return sum(report.active.get((service, instance), 0) for report in self._reports.values())

    async def reload(self, settings: GatewaySettings) -> None:
        """Replaces the workers one by one; the new one serves before the old one drains."""
        self.settings = settings
        for worker in self._workers:
            old_pipe, old_listening = worker.pipe, worker.listening
            await self._spawn(worker)
            async with asyncio.timeout(START_SECONDS_MAX):
                await worker.ready.wait()
            if old_pipe is not None and old_listening is not None:
                old_pipe.send("drain", None)
                await asyncio.wait({old_listening})

    async def drain(self) -> None:
        self._stopping = True
        self._send("drain", None)
        await asyncio.gather(*(worker.listening for worker in self._workers if worker.listening is not None))

    async def stop(self) -> None:
        self._stopping = True
        for keeper in self._keepers:
            keeper.cancel()
        for worker in self._workers:
            if worker.process is not None and worker.process.returncode is None:
                worker.process.kill()
            for listener in worker.listeners:
                listener.close()
        listening = [worker.listening for worker in self._workers if worker.listening is not None]
        await asyncio.gather(*self._keepers, *listening, return_exceptions=True)
        os.close(self._buckets)
        os.close(self._counts)

    async def _keep(self, worker: Worker) -> None:
        """Restarts the worker's process whenever it dies, with a growing delay if it dies soon."""
        wait = RESTART_SECONDS_MIN
        while not self._stopping and worker.listening is not None:
            begun, current = time.monotonic(), worker.listening
            await asyncio.wait({current})
            if self._stopping or worker.listening is not current:
                continue
            self._log.warning("worker.died", worker=worker.number, status=worker.process and worker.process.returncode)
            lasted = time.monotonic() - begun > STABLE_SECONDS
            wait = RESTART_SECONDS_MIN if lasted else min(wait * 2, RESTART_SECONDS_MAX)
            await asyncio.sleep(wait)
            await self._spawn(worker)

    async def _spawn(self, worker: Worker) -> None:
        """Starts a new process for the worker; it serves once `worker.ready` is set."""
        ours, theirs = socket.socketpair()
        fds = [theirs.fileno(), self._buckets, self._counts, *(listener.fileno() for listener in worker.listeners)]
        worker.ready.clear()
        worker.process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "aistack.gateway.workers.worker",
            *map(str, fds),
            pass_fds=fds,
            stdin=asyncio.subprocess.DEVNULL,
        )
        theirs.close()
        ours.setblocking(False)
        worker.pipe = Pipe(*await asyncio.open_connection(sock=ours, limit=MESSAGE_BYTES_MAX))
        row = self._table.take_row()
        worker.pipe.send("begin", (self.settings, worker.tls, row))
        worker.pipe.send("snapshot", self._topology())
        worker.pipe.send("people", self._people)
        if self._keys is not None:
            worker.pipe.send("keys", self._keys)
        if self._sessions:
            worker.pipe.send("sessions", self._sessions)
        if self._jwks is not None:
            worker.pipe.send("jwks", self._jwks)
        worker.pipe.send("models", self._models)
        worker.pipe.send("key rules", self._key_rules)
        worker.pipe.send("counted", self._counted)
        worker.pipe.send("serve", None)
        worker.listening = asyncio.create_task(self._listen(worker, worker.process, worker.pipe, row))

    async def _listen(self, worker: Worker, process: Process, pipe: Pipe, row: int) -> None:
        """Receives a process's messages until it ends; its counters stay."""
        async for kind, message in pipe.messages():
            if kind == "ready":
                worker.ready.set()
                self._log.info("worker.ready", worker=worker.number, pid=process.pid)
            elif kind == "ejected":
                self.on_ejected(*message)
            elif kind == "recovered":
                self.on_recovered(*message)
            elif kind == "rejected_credentials":
                self.on_rejected_credentials(message)
            elif kind == "used_sessions":
                self.on_used_sessions(message)
            elif kind == "report":
                self._reports[process] = message
        await process.wait()
        with mmap(self._counts, 0) as counts:
            self._table.return_row(row, counts)
        self._past.add_counters(self._reports.pop(process, Report()))

    def _topology(self) -> tuple[Snapshot, dict[str, int]]:
        return self._snapshot, self._table.assign_columns(tuple(spec.name for spec in self._snapshot))

    def _send(self, kind: str, content: object) -> None:
        for worker in self._workers:
            if worker.pipe is not None:
                worker.pipe.send(kind, content)
