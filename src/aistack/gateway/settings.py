"""The settings of the gateway."""

import ipaddress
import re
from pathlib import Path
from typing import Self

from pydantic import field_validator, model_validator

from aistack.chassis import aliases
from aistack.chassis.listen_address import Address, listen_address
from aistack.chassis.settings import ServiceSettings, setting
from aistack.chassis.trusted_hosts import SiteRules, normal_origin
from aistack.gateway.identity.trusted_proxies import LOCAL
from aistack.gateway.policy.load_balancing import policy_named
from aistack.gateway.policy.rate_limits import RateRules
from aistack.stack.secrets import check_encryption_keys

JWT_SECRET_CHARACTERS_MIN = 32
TLS_PORT = 9443
METRICS_PORT = 9001
ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#\s,@]+")
AT_START = {
    "listen", "workers", "tls_listen", "tls_cert_file", "tls_key_file", "metrics_listen", "redis_url", "redis_prefix",
    "registry_networks", "database_url", "encryption_key",
    "jwt_secret", "jwt_public_key_file", "jwt_jwks_url", "jwt_issuer", "jwt_audience",
}  # fmt: skip


class GatewaySettings(ServiceSettings):
    listen: list[str] = setting(
        ["127.0.0.1"],
        "where to listen, comma-separated: ADDRESS, ADDRESS:PORT or unix:/PATH",
        min_length=1,
        max_length=16,
    )
    workers: int = setting(
        1,
        "processes that handle requests; with 1, the gateway's own process handles them",
        aliases=(aliases.MAX_WORKERS,),
        ge=1,
        le=64,
    )
    tls_listen: list[str] = setting([], "where to listen with TLS, comma-separated: ADDRESS or ADDRESS:PORT")
    tls_cert_file: str = setting("", "PEM file of the certificate and its chain; reloaded when it changes")
    tls_key_file: str = setting("", "PEM file of the certificate's key")
    access_log_per_second: int = setting(
        100,
        "maximum number of access log lines per second, sampled above that; 0 turns the log off",
        ge=0,
        le=1_000_000,
    )
    metrics_listen: str = setting(
        "",
        "ADDRESS:PORT that serves only /metrics and /health, without a key, for Prometheus",
        aliases=(aliases.METRICS_PORT,),
    )
    redis_url: str = setting(
        "",
        "redis://HOST:PORT shares the registry and limits between gateways; empty keeps them local",
        aliases=(aliases.REDIS_URL,),
        secret=True,
    )
    redis_prefix: str = setting("ai-stack", "prefix of all names in Redis", pattern=r"^[A-Za-z0-9:_-]{1,64}$")
    lease_ttl_seconds: float = setting(15.0, "time after which a lease expires if it is not renewed", gt=0, le=3600)
    health_interval_seconds: float = setting(5.0, "time between active health checks", gt=0, le=300)
    health_down_after: int = setting(
        2, "consecutive failed checks after which an instance is marked down", ge=1, le=100
    )
    health_up_after: int = setting(1, "consecutive successful checks after which it is marked up again", ge=1, le=100)
    health_timeout_seconds: float = setting(2.0, "timeout for a health check", gt=0, le=60)
    max_concurrent_requests: int = setting(
        100,
        "maximum number of requests in flight per service; further ones get status 503",
        env="MAX_CONCURRENT_REQUESTS",
        ge=1,
        le=100_000,
    )
    max_concurrent_streams: int = setting(
        1_000,
        "maximum number of WebSockets, event streams and other long transfers per service, counted separately",
        env="MAX_CONCURRENT_STREAMS",
        ge=1,
        le=100_000,
    )
    requests_max: int = setting(
        10_000, "maximum number of requests in flight in total; further ones get status 503", ge=1, le=1_000_000
    )
    connections_max: int = setting(20_000, "maximum number of client connections", ge=1, le=1_000_000)
    connections_per_client_max: int = setting(
        1_024, "maximum number of connections per client address; trusted proxies are exempt", ge=1, le=1_000_000
    )
    wait_seconds: float = setting(
        10.0,
        "how long requests wait for a service that lost its last instance, for example during a restart",
        ge=0,
        le=300,
    )
    request_timeout_seconds: float = setting(
        60.0, "timeout for a request that makes no progress", env="REQUEST_TIMEOUT", gt=0, le=86_400
    )
    body_timeout_seconds: float = setting(
        30.0, "a transfer slower than body_bytes_per_second_min for this long is aborted", gt=0, le=3600
    )
    body_bytes_per_second_min: int = setting(
        1_000, "minimum rate at which a client must send or read a body, bytes/s", ge=1, le=1_000_000
    )
    tunnel_timeout_seconds: float = setting(3600.0, "an idle WebSocket is closed after this time", gt=0, le=86_400)
    head_timeout_seconds: float = setting(10.0, "timeout for a complete request head", gt=0, le=300)
    idle_timeout_seconds: float = setting(75.0, "an idle client connection is closed after this time", gt=0, le=3600)
    connect_timeout_seconds: float = setting(2.0, "timeout for connecting to an instance", gt=0, le=60)
    head_bytes_max: int = setting(
        32_768, "maximum size of the request line and headers together, bytes", ge=1024, le=1_048_576
    )
    underscores_in_headers: bool = setting(
        False, "pass on headers with '_' in their name, which many servers treat as '-'"
    )
    headers_max: int = setting(100, "maximum number of request headers", ge=8, le=10_000)
    target_bytes_max: int = setting(8_192, "maximum size of the request target, bytes", ge=256, le=65_536)
    retries_max: int = setting(2, "maximum number of retries of a safe request at other instances", ge=0, le=10)
    max_fails: int = setting(3, "consecutive failures after which an instance is ejected", ge=1, le=100)
    fail_timeout_seconds: float = setting(30.0, "how long an instance stays ejected", gt=0, le=3600)
    slow_start_seconds: float = setting(
        10.0, "time over which a recovered instance gets its full share again", ge=0, le=3600
    )
    breaker_requests_min: int = setting(
        20, "minimum number of requests within 10 s before the circuit breaker may open", ge=1, le=1_000_000
    )
    breaker_share: float = setting(0.5, "share of failed requests that opens the circuit breaker", gt=0, le=1)
    breaker_open_seconds: float = setting(
        5.0, "how long an open circuit breaker rejects requests; doubles each time", gt=0, le=60
    )
    balance: list[str] = setting(
        [], "'SERVICE POLICY': least_connections, round_robin, consistent_hash:key, consistent_hash:HEADER"
    )
    hedge: list[str] = setting(
        [], "'SERVICE MILLISECONDS': try a second instance if the first has not answered by then"
    )
    rate_limits: list[str] = setting(
        ["/api 10/s burst 20", "/v1 10/s burst 20", "/upload 1/s burst 5"],
        "'PREFIX RATE/s burst N' per key, or per client address without one; the longest prefix wins",
    )
    trusted_proxies: list[str] = setting(
        [], "networks (or 'unix') whose X-Forwarded-* and Forwarded headers are trusted, comma-separated"
    )
    cors_origins: list[str] = setting([], "origins whose pages may call this gateway, or '*', comma-separated")
    registry_networks: list[str] = setting(
        ["127.0.0.0/8", "::1/128"], "networks that instances may be registered in, comma-separated"
    )

    model_calls_max: int = setting(2_000, "requests for models in flight", ge=1, le=100_000)
    model_body_bytes_max: int = setting(
        33_554_432, "largest body of a request for a model, bytes", ge=1024, le=1_073_741_824
    )
    model_stream_open_seconds: float = setting(
        10.0, "silence before a streamed answer is opened with a comment, so that no proxy gives it up", gt=0, le=3600
    )
    model_ping_seconds: float = setting(10.0, "time between such comments", gt=0, le=3600)
    model_drain_seconds: float = setting(
        30.0, "how long an answer is read on for its usage after its client left; 0 for not at all", ge=0, le=3600
    )
    model_drains_max: int = setting(64, "answers that are read on at the same time", ge=0, le=10_000)
    model_cache_ttl_seconds: float = setting(
        3600.0,
        "lifetime of answers in the cache, for keys that use it; 0 turns it off",
        aliases=(aliases.CACHE_TTL,),
        ge=0,
        le=2_592_000,
    )
    model_cache_bytes_max: int = setting(67_108_864, "size of that cache, bytes, in each worker", ge=0, le=1 << 40)
    model_responses_days: float = setting(
        30.0, "how long responses of /v1/responses with store: true are kept; 0 turns it off", ge=0, le=3650
    )
    model_responses_max: int = setting(1000, "responses that are kept for one owner; older ones go", ge=1, le=1_000_000)
    prices_file: str = setting("", "TOML file of prices of models; empty for the prices that ship")
    encryption_key: str = setting(
        "",
        "encrypts keys of models at rest; empty generates one. Several, comma-separated: the first encrypts",
        env="ENCRYPTION_KEY",
        secret=True,
    )
    database_url: str = setting(
        "",
        "database for keys and the audit log: empty = SQLite in the data folder, or postgresql://...",
        aliases=(aliases.POSTGRES_URL,),
        secret=True,
    )
    jwt_secret: str = setting("", "shared secret of JWTs signed with HS256", env="JWT_SECRET", secret=True)
    jwt_public_key_file: str = setting("", "PEM file of the public key of JWTs (RS256)")
    jwt_jwks_url: str = setting("", "URL of the issuer's public keys, a JWKS (RS256)")
    jwt_issuer: str = setting("", "the required 'iss' of a JWT; empty accepts any")
    jwt_audience: str = setting("", "the required 'aud' of a JWT; empty accepts any")

    @field_validator("tls_listen")
    @classmethod
    def are_tls_addresses(cls, entries: list[str]) -> list[str]:
        return cls.are_addresses(entries)

    @field_validator("metrics_listen")
    @classmethod
    def is_an_address_or_empty(cls, entry: str) -> str:
        if entry:
            listen_address(entry, METRICS_PORT)
        return entry

    @field_validator("registry_networks", "trusted_proxies")
    @classmethod
    def are_networks(cls, entries: list[str]) -> list[str]:
        for entry in entries:
            if entry != LOCAL:
                ipaddress.ip_network(entry)
        return entries

    @field_validator("rate_limits")
    @classmethod
    def are_rules(cls, entries: list[str]) -> list[str]:
        RateRules(entries)
        return entries

    @field_validator("encryption_key")
    @classmethod
    def are_strong(cls, keys: str) -> str:
        check_encryption_keys(keys)
        return keys

    @field_validator("cors_origins")
    @classmethod
    def are_origins(cls, entries: list[str]) -> list[str]:
        for entry in entries:
            if entry != "*" and not ORIGIN.fullmatch(entry):
                raise ValueError(f"{entry!r} is not an origin; write it like https://app.example, without a path")
        return [normal_origin(entry) for entry in entries]

    @field_validator("balance")
    @classmethod
    def name_policies(cls, entries: list[str]) -> list[str]:
        for entry in entries:
            policy_named(entry.partition(" ")[2].strip())
        return entries

    @field_validator("hedge")
    @classmethod
    def name_times(cls, entries: list[str]) -> list[str]:
        for entry in entries:
            words = entry.split()
            if len(words) != 2 or not words[1].isdecimal() or not int(words[1]):
                raise ValueError(f"{entry!r} must be a service and a number of milliseconds, as in 'rag 200'")
        return entries

    @field_validator("jwt_secret")
    @classmethod
    def is_long_enough(cls, secret: str) -> str:
        if secret and len(secret) < JWT_SECRET_CHARACTERS_MIN:
            raise ValueError(f"it must have at least {JWT_SECRET_CHARACTERS_MIN} characters")
        return secret

    @model_validator(mode="after")
    def tls_is_whole(self) -> Self:
        if self.tls_listen and not (self.tls_cert_file and self.tls_key_file):
            raise ValueError("tls_listen needs tls_cert_file and tls_key_file")
        return self

    @model_validator(mode="after")
    def origins_are_named(self) -> Self:
        if "*" in self.cors_origins and not self.identity and not self.insecure:
            raise ValueError(
                "cors_origins = '*' needs identity: without it, any page in a browser on this machine could read and "
                "change everything; name the origins, or set identity = true under [stack] (AISTACK_IDENTITY)"
            )
        return self

    @model_validator(mode="after")
    def metrics_have_their_own_listener(self) -> Self:
        own = self.metrics_address
        if own is None:
            return self
        if not own.is_local and not self.identity and not self.insecure:
            raise ValueError(f"metrics_listen on {own.host} needs identity; without it, name an address on loopback")
        if own.path is None and any((one.host, one.port) == (own.host, own.port) for one in self.addresses):
            raise ValueError(f"metrics_listen uses port {own.port}, which is the gateway's own; choose another one")
        return self

    @classmethod
    def is_live(cls, key: str) -> bool:
        """A reload applies all settings of the gateway, except those that it opens resources with at its start."""
        if super().is_live(key) or key == "drain_seconds":
            return True
        return key not in ServiceSettings.model_fields and key not in AT_START

    @property
    def addresses(self) -> list[Address]:
        """Where to listen: the plain ones, then those with TLS."""
        return [*super().addresses, *(listen_address(entry, TLS_PORT) for entry in self.tls_listen)]

    @property
    def cookie_site_rules(self) -> SiteRules:
        """Which origins may change something with a session cookie: this one, and those that are named."""
        return SiteRules((), [origin for origin in self.cors_origins if origin != "*"], beyond_loopback=False)

    @property
    def tls(self) -> list[bool]:
        """For each of `addresses`, whether it uses TLS."""
        return [False] * len(self.listen) + [True] * len(self.tls_listen)

    @property
    def metrics_address(self) -> Address | None:
        return listen_address(self.metrics_listen, METRICS_PORT) if self.metrics_listen else None

    @property
    def jwt_public_key(self) -> str:
        """The PEM text of `jwt_public_key_file`. Raises ValueError."""
        if not self.jwt_public_key_file:
            return ""
        try:
            return Path(self.jwt_public_key_file).expanduser().read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"jwt_public_key_file {self.jwt_public_key_file} cannot be read: {error}") from None

    @property
    def control_socket(self) -> Path:
        """The socket of the gateway's own API, for the data plane only."""
        return self.data_dir / "run" / "gateway.sock"
