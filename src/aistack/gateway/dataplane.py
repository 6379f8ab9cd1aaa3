"""The data plane: listeners, client connections, the once-a-second sweep, and the drain."""

import asyncio
import socket
import time
from collections.abc import Callable, Iterable

from aistack.chassis.logs import get_log
from aistack.chassis.periodic import Periodic
from aistack.gateway.absence import Absences
from aistack.gateway.admission import CrossOrigin
from aistack.gateway.breaker import BreakerRules, EjectionRules
from aistack.gateway.connecting import Connector
from aistack.gateway.crowding import Crowd
from aistack.gateway.deadlines import check_clocks, deadline_lines
from aistack.gateway.downstream import ClientConnection
from aistack.gateway.forwarding import LOCAL, TrustedProxies
from aistack.gateway.identity import Identity, KnownKey
from aistack.gateway.limits import Buckets, RateRules
from aistack.gateway.listening import Certificates
from aistack.gateway.measures import Measures, Report
from aistack.gateway.refusals import Refusal
from aistack.gateway.retries import RetryBudget
from aistack.gateway.routing import Snapshot
from aistack.gateway.settings import GatewaySettings
from aistack.gateway.shared_limits import SharedBuckets
from aistack.gateway.tokens import TokenRules, TokenVerifier
from aistack.gateway.turns import Turn
from aistack.gateway.upstreams import Instance, Upstreams
from aistack.stack.catalogue import CATALOGUE

SWEEP_SECONDS = 1.0
DRAIN_LOOK_SECONDS = 0.02
QUIET_SECONDS = 0.5

OnEjected = Callable[[str, str, float, str], None]  # service, instance, seconds, error


class DataPlane:
    """Accepts connections and carries requests to instances until it is drained."""

    def __init__(self, settings: GatewaySettings) -> None:
        self.crowd = Crowd(settings.requests_max)
        self._configure(settings)
        self.log = get_log("gateway")
        self.upstreams = Upstreams(*_rules(settings), self._ejected)
        self.absences = Absences(self.upstreams)
        self.measures = Measures(self.upstreams)
        self.on_ejected: OnEjected = nobody_is_told
        rules = TokenRules(settings.jwt_secret, settings.jwt_public_key, settings.jwt_issuer, settings.jwt_audience)
        self.identity = Identity(settings.identity, settings.secret, TokenVerifier(rules, tuple(CATALOGUE)))
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
        self._sweeper: Periodic | None = None

    def _configure(self, settings: GatewaySettings) -> None:
        self.settings = settings
        self.proxies = TrustedProxies(settings.trusted_proxies)
        self.cors = CrossOrigin(settings.cors_origins)
        self.crowd.count_max = settings.requests_max
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
        self._sweeper = Periodic(SWEEP_SECONDS, self._sweep, "gateway:sweep")

    def apply(self, snapshot: Snapshot) -> None:
        self.upstreams.apply(snapshot)

    def know_keys(self, keys: Iterable[KnownKey]) -> None:
        self.identity.apply(keys)

    def know_jwks(self, document: bytes) -> None:
        self.identity.tokens.set_jwks(document)

    def misses_token_key(self) -> bool:
        """Whether a token named a key of the issuer that is not known here."""
        return self.identity.tokens.missing_key

    def report(self) -> Report:
        report = self.measures.report(self.upstreams, len(self.clients))
        report.misses_token_key = self.misses_token_key()
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

    def _sweep(self) -> None:
        now = time.monotonic()
        self.upstreams.sweep(now)
        requests = sum(service.requests for service in self.upstreams.services.values())
        self.retry_budget.refill(requests, SWEEP_SECONDS)
        if self._certificates is not None:
            self._certificates.refresh()
        for client in tuple(self.clients):
            check_clocks(client, now)

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
        if self._sweeper is not None:
            await self._sweeper.stop()
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
