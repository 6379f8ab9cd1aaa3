"""What all requests of one data plane share: settings, topology, limits, counters, and the parts that do the work."""

from collections.abc import Callable

from aistack.chassis.telemetry.logs import get_log
from aistack.gateway.http1.io_batching import IoBatch
from aistack.gateway.identity.authentication import Authenticator, RejectedCredentials
from aistack.gateway.identity.json_web_tokens import TokenRules, TokenVerifier
from aistack.gateway.identity.trusted_proxies import TrustedProxies
from aistack.gateway.policy.circuit_breaker import BreakerRules
from aistack.gateway.policy.concurrency_limits import ConcurrencyLimits
from aistack.gateway.policy.cors import CorsRules
from aistack.gateway.policy.deadlines import deadline_lines
from aistack.gateway.policy.outlier_detection import EjectionRules
from aistack.gateway.policy.rate_limits import Buckets, RateRules
from aistack.gateway.policy.redis_rate_limits import RedisBuckets
from aistack.gateway.policy.retries import RetryBudget
from aistack.gateway.settings import GatewaySettings
from aistack.gateway.telemetry.access_log import AccessLog
from aistack.gateway.telemetry.statistics import Statistics
from aistack.gateway.upstream.cluster import Endpoint
from aistack.gateway.upstream.connector import Connector
from aistack.gateway.upstream.pending_requests import EndpointRecovery
from aistack.gateway.upstream.topology import Topology
from aistack.stack.catalogue import CATALOGUE


class ProxyContext:
    """One per data plane. `on_ejected` is called with an endpoint and seconds, `on_recovered` with an endpoint."""

    def __init__(
        self,
        settings: GatewaySettings,
        on_ejected: Callable[[Endpoint, float], None],
        on_recovered: Callable[[Endpoint], None],
    ) -> None:
        rules = TokenRules(settings.jwt_secret, settings.jwt_public_key, settings.jwt_issuer, settings.jwt_audience)
        self.identity = Authenticator(settings.identity, settings.secret, TokenVerifier(rules, tuple(CATALOGUE)))
        self.concurrency = ConcurrencyLimits(settings.requests_max)
        self.access_log = AccessLog(settings.access_log_per_second, settings.log_format)
        self.log = get_log("gateway")
        self.topology = Topology(*_rules(settings), on_ejected)
        self.recovery = EndpointRecovery(self.topology, on_recovered)
        self.statistics = Statistics(self.topology)
        self.rejected_credentials = RejectedCredentials()
        self.buckets = Buckets()
        self.redis_buckets: RedisBuckets | None = None
        self.retry_budget = RetryBudget()
        self.io = IoBatch()
        self.connector = Connector(settings.connect_timeout_seconds, self.io)
        self.draining = False
        self._apply(settings)

    def configure(self, settings: GatewaySettings) -> None:
        """Applies changed settings. Requests in progress go on."""
        self._apply(settings)
        self.connector.timeout_seconds = settings.connect_timeout_seconds
        self.topology.configure(*_rules(settings))

    def _apply(self, settings: GatewaySettings) -> None:
        self.settings = settings
        self.proxies = TrustedProxies(settings.trusted_proxies)
        self.cors = CorsRules(settings.cors_origins)
        # identity itself changes only at a restart
        self.site = None if self.identity.required else settings.site_rules
        self.cookie_site = settings.cookie_site_rules
        self.has_issuer = bool(settings.jwt_issuer)
        self.concurrency.count_max = settings.requests_max
        self.access_log.lines_per_second = settings.access_log_per_second
        self.deadline_lines = deadline_lines(int(settings.request_timeout_seconds * 1000))


def _rules(settings: GatewaySettings) -> tuple[EjectionRules, BreakerRules, RateRules, float]:
    return (
        EjectionRules(settings.max_fails, settings.fail_timeout_seconds),
        BreakerRules(settings.breaker_requests_min, settings.breaker_share, settings.breaker_open_seconds),
        RateRules(settings.rate_limits),
        settings.slow_start_seconds,
    )
