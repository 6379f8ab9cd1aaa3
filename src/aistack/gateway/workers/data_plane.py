"""The data plane: listeners, client connections, the once-a-second sweep, and the drain."""

import asyncio
import socket
import time
from collections.abc import Callable, Iterable

from aistack.chassis.runtime.periodic import Periodic
from aistack.chassis.telemetry.event_loop import LoopLag
from aistack.chassis.telemetry.logs import get_log
from aistack.gateway.http1.io_batching import Turn
from aistack.gateway.identity.authentication import Identity, KnownKey, RefusedCredentials
from aistack.gateway.identity.json_web_tokens import TokenRules, TokenVerifier
from aistack.gateway.policy.circuit_breaker import BreakerRules, EjectionRules
from aistack.gateway.policy.concurrency_limits import Concurrency
from aistack.gateway.policy.local_replies import Refusal
from aistack.gateway.policy.rate_limits import Buckets, RateRules
from aistack.gateway.policy.redis_rate_limits import SharedBuckets
from aistack.gateway.policy.retries import RetryBudget
from aistack.gateway.proxy.admission import CrossOrigin, recheck
from aistack.gateway.proxy.client_connection import ClientConnection
from aistack.gateway.proxy.forwarding import LOCAL, TrustedProxies
from aistack.gateway.proxy.timeouts import check_clocks, deadline_lines
from aistack.gateway.settings import GatewaySettings
from aistack.gateway.telemetry.access_log import AccessLog
from aistack.gateway.telemetry.statistics import Measures, Report
from aistack.gateway.upstream.cluster import Instance
from aistack.gateway.upstream.connector import Connector
from aistack.gateway.upstream.pending_requests import Absences
from aistack.gateway.upstream.route_table import Snapshot
from aistack.gateway.upstream.topology import Upstreams
from aistack.gateway.workers.listeners import Certificates
from aistack.stack.catalogue import CATALOGUE

SWEEP_SECONDS = 1.0
CLOCK_SECONDS = 0.5  # what was revoked ends within a second, so it is looked at more often than that
DRAIN_LOOK_SECONDS = 0.02
QUIET_SECONDS = 0.5

OnEjected = Callable[[str, str, float, str], None]  # service, instance, seconds, error
OnBack = Callable[[str, str], None]  # service, instance
OnRefusedCredentials = Callable[[list[tuple[str, int, str]]], None]  # (address, count, reason)


class DataPlane:
    """Accepts connections and carries requests to instances until it is drained."""

    def __init__(self, settings: GatewaySettings) -> None:
        self.concurrency = Concurrency(settings.requests_max)
        self.access = AccessLog(settings.access_log_per_second, settings.log_format)
        rules = TokenRules(settings.jwt_secret, settings.jwt_public_key, settings.jwt_issuer, settings.jwt_audience)
        self.identity = Identity(settings.identity, settings.secret, TokenVerifier(rules, tuple(CATALOGUE)))
        self._configure(settings)
        self.log = get_log("gateway")
        self.upstreams = Upstreams(*_rules(settings), self._ejected)
        self.absences = Absences(self.upstreams, lambda one: self.on_back(one.service.name, one.id))
        self.measures = Measures(self.upstreams)
        self.on_ejected: OnEjected = nobody_is_told
        self.on_refused_credentials: OnRefusedCredentials = nobody_counts
        self.on_back: OnBack = nobody_asks
        self.refused_credentials = RefusedCredentials()
        self.buckets = Buckets()
        self.shared_buckets: SharedBuckets | None = None
        self.retry_budget = RetryBudget()
        self.turn = Turn()
        self.connector = Connector(settings.connect_timeout_seconds, self.turn)
        self.clients: set[ClientConnection] = set()
        self.draining = False
        self._per_address: dict[str, int] = {}
        self._servers: list[asyncio.Server] = []
        self._certificates: Certificates | None = None
        self._clock: Periodic | None = None
        self._swept_at = 0.0
        self._lag: LoopLag | None = None

    def _configure(self, settings: GatewaySettings) -> None:
        self.settings = settings
        self.proxies = TrustedProxies(settings.trusted_proxies)
        self.cors = CrossOrigin(settings.cors_origins)
        self.site = None if self.identity.required else settings.site_rules  # identity itself changes at a restart only
        self.concurrency.count_max = settings.requests_max
        self.access.lines_per_second = settings.access_log_per_second
        self.deadline_lines = deadline_lines(int(settings.request_timeout_seconds * 1000))

    async def start(self, listeners: list[socket.socket], tls: list[bool]) -> None:
        """Begins to accept; `tls` says for each listener whether it speaks TLS."""
        loop = asyncio.get_running_loop()
        if self.settings.redis_url:
            self.shared_buckets = SharedBuckets(self.settings.redis_url, self.settings.redis_prefix, self.buckets)
        if any(tls):
            self._certificates = Certificates(self.settings.tls_cert_file, self.settings.tls_key_file)
        for listener, secure in zip(listeners, tls, strict=True):
            context = self._certificates.context if secure and self._certificates else None
            server = await loop.create_server(
                lambda: ClientConnection(self),
                sock=listener,
                ssl=context,
                ssl_handshake_timeout=self.settings.head_timeout_seconds if context else None,
            )
            self._servers.append(server)
        self._clock = Periodic(CLOCK_SECONDS, self._look_at_clock, "gateway:clock")
        self._lag = LoopLag()

    def apply(self, snapshot: Snapshot) -> None:
        self.upstreams.apply(snapshot)

    def know_keys(self, keys: Iterable[KnownKey]) -> None:
        self.identity.apply(keys)
        self._recheck_callers(time.monotonic())

    def know_jwks(self, document: bytes) -> None:
        self.identity.set_jwks(document)

    def misses_token_key(self) -> bool:
        """Whether a token named a key of the issuer that is not known here."""
        return self.identity.tokens.missing_key

    def report(self) -> Report:
        report = self.measures.report(self.upstreams, len(self.clients))
        report.misses_token_key = self.misses_token_key()
        report.lag_seconds = self._lag.seconds if self._lag else 0.0
        report.certificate_expires_at = self._certificates.expires_at if self._certificates else 0.0
        return report

    def load(self, service: str, instance: str) -> int:
        """Requests in flight to an instance, also to one that is leaving."""
        return self.upstreams.load(service, instance)

    async def reload(self, settings: GatewaySettings) -> None:
        """Goes on with other settings. Where to listen, identity and TLS files' names stay until a restart."""
        self._configure(settings)
        self.connector.timeout_seconds = settings.connect_timeout_seconds
        self.upstreams.configure(*_rules(settings))

    def accepted(self, client: ClientConnection) -> Refusal | None:
        """Counts a new connection; why it is refused, or None."""
        self.clients.add(client)
        address = client.origin.peer
        held = self._per_address[address] = self._per_address.get(address, 0) + 1
        if len(self.clients) > self.settings.connections_max:
            return Refusal(503, "overloaded", "the gateway has all the client connections that it may have")
        shared = client.origin.trusted or address == LOCAL
        if held > self.settings.connections_per_client_max and not shared:
            return Refusal(503, "overloaded", "this address has all the connections that it may have")
        return None

    def lost(self, client: ClientConnection) -> None:
        self.clients.discard(client)
        address = client.origin.peer
        left = self._per_address.get(address, 0) - 1
        if left > 0:
            self._per_address[address] = left
        else:
            self._per_address.pop(address, None)

    def _ejected(self, instance: Instance, seconds: float) -> None:
        self.measures.ejected(instance.service.name)
        self.on_ejected(instance.service.name, instance.id, seconds, instance.last_error)

    def _look_at_clock(self) -> None:
        now = time.monotonic()
        if self.identity.required:
            self._recheck_callers(now)
        for client in tuple(self.clients):
            check_clocks(client, now)
        if now - self._swept_at > SWEEP_SECONDS - CLOCK_SECONDS / 2:
            self._sweep(now)

    def _sweep(self, now: float) -> None:
        """What is done about once a second."""
        seconds = min(now - self._swept_at, 2 * SWEEP_SECONDS)
        self._swept_at = now
        services = self.upstreams.services.values()
        self.upstreams.sweep(now)
        self.retry_budget.refill(sum(service.requests_total for service in services), seconds)
        if self._certificates is not None:
            self._certificates.refresh()
        if refused := self.refused_credentials.take():
            self.on_refused_credentials(refused)
        self.access.refill(self.measures.count())

    def _recheck_callers(self, now: float) -> None:
        """Ends what was asked with a key or token that does not hold any more."""
        for client in tuple(self.clients):
            if client.exchange is not None and (refusal := recheck(client.exchange, now)) is not None:
                client.exchange.refuse(refusal)

    async def drain(self) -> None:
        """Stops accepting, lets what is in flight finish within `drain_seconds`, then closes the rest.

        Connections in use are told to close with their next answer. Only those that were quiet for a while are closed
        from here, for a request may be on its way over the others.
        """
        self.draining = True
        for server in self._servers:
            server.close()
        deadline = time.monotonic() + self.settings.drain_seconds
        while self.clients and (now := time.monotonic()) < deadline:
            for client in tuple(self.clients):
                client.close_if_quiet(now - QUIET_SECONDS)
            await asyncio.sleep(DRAIN_LOOK_SECONDS)
        if self.clients:
            self.log.warning("gateway.drain_cut", connections=len(self.clients))
        for client in tuple(self.clients):
            client.abort()

    async def stop(self) -> None:
        if self._clock is not None:
            await self._clock.stop()
        if self._lag is not None:
            self._lag.stop()
        if self.shared_buckets is not None:
            await self.shared_buckets.close()
        self.connector.stop()
        self.absences.stop()
        self.upstreams.close()


def _rules(settings: GatewaySettings) -> tuple[EjectionRules, BreakerRules, RateRules, float]:
    return (
        EjectionRules(settings.max_fails, settings.fail_timeout_seconds),
        BreakerRules(settings.breaker_requests_min, settings.breaker_share, settings.breaker_open_seconds),
        RateRules(settings.rate_limits),
        settings.slow_start_seconds,
    )


def nobody_is_told(service: str, instance: str, seconds: float, error: str) -> None:
    return None


def nobody_asks(service: str, instance: str) -> None:
    return None


def nobody_counts(refused: list[tuple[str, int, str]]) -> None:
    return None
