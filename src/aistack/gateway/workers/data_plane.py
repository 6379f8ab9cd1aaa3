"""A data plane: accepts client connections, runs the periodic checks, and drains."""

import asyncio
import socket
import time
from collections.abc import Callable, Iterable, Mapping

from aistack.chassis.identity import Principal
from aistack.chassis.runtime.periodic import Periodic
from aistack.chassis.telemetry.event_loop import LoopLag
from aistack.gateway.identity.authentication import KnownKey, KnownSession
from aistack.gateway.models.accounting.budgets import Counted, KeyRules
from aistack.gateway.models.plane import ModelPlane
from aistack.gateway.models.sidecars import sidecar_client
from aistack.gateway.models.table.compiled import ModelTable
from aistack.gateway.policy.connection_limits import OpenConnections
from aistack.gateway.policy.redis_rate_limits import RedisBuckets
from aistack.gateway.proxy.admission import recheck
from aistack.gateway.proxy.client_connection import ClientConnection
from aistack.gateway.proxy.context import ProxyContext
from aistack.gateway.proxy.timeouts import check_timeouts
from aistack.gateway.registry.snapshot import Snapshot
from aistack.gateway.settings import GatewaySettings
from aistack.gateway.telemetry.statistics import Report
from aistack.gateway.upstream.cluster import Endpoint
from aistack.gateway.workers.listeners import Certificates
from aistack.stack.catalogue import MODELS

SWEEP_SECONDS = 1.0
CHECK_SECONDS = 0.5  # requests of a revoked key end within a second, so checks run more often than that
DRAIN_POLL_SECONDS = 0.02
IDLE_SECONDS = 0.5

OnEjected = Callable[[str, str, float, str], None]  # service, instance, seconds, error
OnRecovered = Callable[[str, str], None]  # service, instance
OnRejectedCredentials = Callable[[list[tuple[str, int, str]]], None]  # (address, count, reason)
OnUsedSessions = Callable[[list[str]], None]  # their ids


class DataPlane:
    """Carries requests to instances until it is drained."""

    def __init__(self, settings: GatewaySettings) -> None:
        self.context = ProxyContext(settings, self._ejected, self._recovered)
        self.models = ModelPlane(settings, self.context.io, sidecar_client)
        self.context.topology.makers[MODELS] = self.models.endpoint
        self.on_ejected: OnEjected = ignore_ejection
        self.on_rejected_credentials: OnRejectedCredentials = ignore_rejected_credentials
        self.on_recovered: OnRecovered = ignore_recovery
        self.on_used_sessions: OnUsedSessions = ignore_used_sessions
        self._connections: OpenConnections[ClientConnection] = OpenConnections()
        self._servers: list[asyncio.Server] = []
        self._certificates: Certificates | None = None
        self._checks: Periodic | None = None
        self._swept_at = 0.0
        self._lag: LoopLag | None = None

    @property
    def settings(self) -> GatewaySettings:
        return self.context.settings

    async def start(self, listeners: list[socket.socket], tls: list[bool]) -> None:
        """Begins to accept connections; `tls` says for each listener whether it uses TLS."""
        loop = asyncio.get_running_loop()
        context, settings = self.context, self.settings
        if settings.redis_url:
            context.redis_buckets = RedisBuckets(settings.redis_url, settings.redis_prefix, context.buckets)
        if any(tls):
            self._certificates = Certificates(settings.tls_cert_file, settings.tls_key_file)
        for listener, secure in zip(listeners, tls, strict=True):
            ssl_context = self._certificates.context if secure and self._certificates else None
            server = await loop.create_server(
                lambda: ClientConnection(context, self._connections),
                sock=listener,
                ssl=ssl_context,
                ssl_handshake_timeout=settings.head_timeout_seconds if ssl_context else None,
            )
            self._servers.append(server)
        self._checks = Periodic(CHECK_SECONDS, self._check, "gateway:clock")
        self._lag = LoopLag()

    def apply(self, snapshot: Snapshot) -> None:
        self.context.topology.apply(snapshot)

    def set_api_keys(self, keys: Iterable[KnownKey]) -> None:
        self.context.identity.set_api_keys(keys)
        self._recheck_callers(time.monotonic())

    def set_sessions(self, sessions: Iterable[KnownSession]) -> None:
        self.context.identity.set_sessions(sessions)
        self._recheck_callers(time.monotonic())

    def set_people(self, people: Mapping[str, Principal]) -> None:
        self.context.identity.set_people(people)
        self._recheck_callers(time.monotonic())

    def set_jwks(self, document: bytes) -> None:
        self.context.identity.set_jwks(document)

    def set_models(self, table: ModelTable) -> None:
        self.models.set_table(table)

    def set_key_rules(self, rules: Mapping[str, KeyRules]) -> None:
        self.models.set_rules(rules)

    def set_counted(self, counted: Counted) -> None:
        self.models.set_counted(counted)

    def misses_token_key(self) -> bool:
        """Whether a token was signed with a key of the issuer that is not known here."""
        return self.context.identity.tokens.missing_key

    def report(self) -> Report:
        report = self.context.statistics.report(self.context.topology, len(self._connections.open))
        report.misses_token_key = self.misses_token_key()
        report.lag_seconds = self._lag.seconds if self._lag else 0.0
        report.certificate_expires_at = self._certificates.expires_at if self._certificates else 0.0
        return report

    def load(self, service: str, instance: str) -> int:
        """Requests in flight to an instance, even if it is leaving."""
        return self.context.topology.load(service, instance)

    async def reload(self, settings: GatewaySettings) -> None:
        """Applies changed settings, except for listeners, identity and the names of TLS files."""
        self.context.configure(settings)
        self.models.configure(settings)

    def _ejected(self, endpoint: Endpoint, seconds: float) -> None:
        self.context.statistics.ejection(endpoint.cluster.name)
        self.on_ejected(endpoint.cluster.name, endpoint.id, seconds, endpoint.last_error)

    def _recovered(self, endpoint: Endpoint) -> None:
        self.on_recovered(endpoint.cluster.name, endpoint.id)

    def _check(self) -> None:
        now = time.monotonic()
        if self.context.identity.required:
            self._recheck_callers(now)
        for client in tuple(self._connections.open):
            check_timeouts(client, now)
        if now - self._swept_at > SWEEP_SECONDS - CHECK_SECONDS / 2:
            self._sweep(now)

    def _sweep(self, now: float) -> None:
        """Runs about once a second."""
        context = self.context
        seconds = min(now - self._swept_at, 2 * SWEEP_SECONDS)
        self._swept_at = now
        clusters = context.topology.clusters.values()
        context.topology.sweep(now)
        self.models.sweep(now)
        context.retry_budget.refill(sum(cluster.requests_total for cluster in clusters), seconds)
        if self._certificates is not None:
            self._certificates.refresh()
        if rejected := context.rejected_credentials.take():
            self.on_rejected_credentials(rejected)
        if used := context.identity.take_used_sessions():
            self.on_used_sessions(used)
        context.access_log.refill(context.statistics.count())

    def _recheck_callers(self, now: float) -> None:
        """Ends the requests of keys and tokens that are not valid any more."""
        for client in tuple(self._connections.open):
            if client.exchange is not None and (reply := recheck(client.exchange, now)) is not None:
                client.exchange.send_local_reply(reply)

    async def drain(self) -> None:
        """Stops accepting, lets requests in flight finish within `drain_seconds`, then closes the rest.

        Connections in use close with their next response. Only those that have been idle for a while are closed from
        here, as a request may be on its way over the others.
        """
        self.context.draining = True
        for server in self._servers:
            server.close()
        connections = self._connections.open
        deadline = time.monotonic() + self.settings.drain_seconds
        while connections and (now := time.monotonic()) < deadline:
            for client in tuple(connections):
                client.close_if_idle(now - IDLE_SECONDS)
            await asyncio.sleep(DRAIN_POLL_SECONDS)
        if connections:
            self.context.log.warning("gateway.drain_timed_out", connections=len(connections))
        for client in tuple(connections):
            client.abort()

    async def stop(self) -> None:
        context = self.context
        if self._checks is not None:
            await self._checks.stop()
        if self._lag is not None:
            self._lag.stop()
        if context.redis_buckets is not None:
            await context.redis_buckets.close()
        await self.models.stop()
        context.connector.stop()
        context.recovery.stop()
        context.topology.close()


def ignore_ejection(service: str, instance: str, seconds: float, error: str) -> None:
    return None


def ignore_recovery(service: str, instance: str) -> None:
    return None


def ignore_rejected_credentials(rejected: list[tuple[str, int, str]]) -> None:
    return None


def ignore_used_sessions(used: list[str]) -> None:
    return None
