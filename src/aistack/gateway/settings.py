"""What can be set on the gateway."""

import ipaddress
from pathlib import Path
from typing import Self

from pydantic import model_validator

from aistack.chassis.settings import ServiceSettings, setting

KEY_CHARACTERS_MIN = 32


class GatewaySettings(ServiceSettings):
    listen: list[str] = setting(
        ["127.0.0.1"],
        "where to listen, comma-separated: ADDRESS, ADDRESS:PORT or unix:/PATH",
        min_length=1,
        max_length=16,
    )
    api_keys_file: str = setting("", "file with one API key a line; with keys, every call needs one")
    lease_ttl_seconds: float = setting(15.0, "a lease that is not renewed for this long expires", gt=0, le=3600)
    health_interval_seconds: float = setting(5.0, "time between active health checks", gt=0, le=300)
    health_down_after: int = setting(2, "failed checks in a row that take an instance out", ge=1, le=100)
    health_up_after: int = setting(1, "good checks in a row that bring it back", ge=1, le=100)
    health_timeout_seconds: float = setting(2.0, "a health check may take this long", gt=0, le=60)
    max_concurrent_requests: int = setting(
        100, "requests in flight per service; above it 503", env="MAX_CONCURRENT_REQUESTS", ge=1, le=100_000
    )
    requests_max: int = setting(10_000, "requests in flight in all; above it 503", ge=1, le=1_000_000)
    connections_max: int = setting(20_000, "client connections in all", ge=1, le=1_000_000)
    connections_per_client_max: int = setting(
        1_024, "connections per client address; trusted proxies are exempt", ge=1, le=1_000_000
    )
    request_timeout_seconds: float = setting(
        60.0, "longest time without progress of a request", env="REQUEST_TIMEOUT", gt=0, le=86_400
    )
    head_timeout_seconds: float = setting(10.0, "a request head must be whole within this time", gt=0, le=300)
    idle_timeout_seconds: float = setting(75.0, "an idle client connection is closed after this time", gt=0, le=3600)
    connect_timeout_seconds: float = setting(2.0, "connecting to an instance may take this long", gt=0, le=60)
    head_bytes_max: int = setting(32_768, "request line and headers together, bytes", ge=1024, le=1_048_576)
    headers_max: int = setting(100, "number of request headers", ge=8, le=10_000)
    target_bytes_max: int = setting(8_192, "request target, bytes", ge=256, le=65_536)
    retries_max: int = setting(2, "times that a safe request is tried again elsewhere", ge=0, le=10)
    max_fails: int = setting(3, "failures in a row after which an instance is ejected", ge=1, le=100)
    fail_timeout_seconds: float = setting(30.0, "how long an ejected instance rests", gt=0, le=3600)
    slow_start_seconds: float = setting(
        10.0, "time over which an instance that came back is given its full share", ge=0, le=3600
    )
    breaker_requests_min: int = setting(20, "requests within 10 s before the breaker may open", ge=1, le=1_000_000)
    breaker_share: float = setting(0.5, "share of failed requests that opens the breaker", gt=0, le=1)
    breaker_open_seconds: float = setting(5.0, "how long an open breaker refuses, doubling", gt=0, le=60)
    balance: list[str] = setting(
        [], "'SERVICE POLICY': least_connections, round_robin, consistent_hash:key, consistent_hash:HEADER"
    )
    rate_limits: list[str] = setting(
        ["/api 10/s burst 20", "/v1 10/s burst 20", "/upload 1/s burst 5"],
        "'PREFIX RATE/s burst N' per key, or per client address without one; the longest prefix decides",
    )
    trusted_proxies: list[str] = setting(
        [], "networks (or 'unix') whose X-Forwarded-* and Forwarded headers are believed, comma-separated"
    )
    cors_origins: list[str] = setting([], "origins whose pages may call this gateway, or '*', comma-separated")
    registry_networks: list[str] = setting(
        ["127.0.0.0/8", "::1/128"], "networks that instances may be registered in, comma-separated"
    )

    @model_validator(mode="after")
    def closed_by_default(self) -> Self:
        for network in self.registry_networks:
            ipaddress.ip_network(network)
        if not self.api_keys and not all(is_loopback(address) for address in self.listen):
            raise ValueError(
                "listening beyond loopback needs keys: set services.gateway.api_keys_file (GATEWAY_API_KEYS_FILE) "
                "to a file with one key a line, or keep listen = ['127.0.0.1']"
            )
        return self

    @property
    def api_keys(self) -> tuple[str, ...]:
        """The keys in `api_keys_file`. Raises ValueError when it cannot be read or holds a weak key."""
        if not self.api_keys_file:
            return ()
        path = Path(self.api_keys_file).expanduser()
        try:
            lines = path.read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"api_keys_file {path} cannot be read: {error}") from None
        keys = tuple(line.strip() for line in lines if line.strip() and not line.startswith("#"))
        if not keys or any(len(key) < KEY_CHARACTERS_MIN or len(set(key)) < 10 for key in keys):
            raise ValueError(
                f"api_keys_file {path} must hold keys of at least {KEY_CHARACTERS_MIN} random characters, one a line; "
                "make one with: python3 -c 'import secrets; print(\"ask_\" + secrets.token_urlsafe(32))'"
            )
        return keys

    @property
    def control_socket(self) -> Path:
        """Where the gateway's own API answers, for the data plane alone."""
        return self.data_dir / "run" / "gateway.sock"


def is_loopback(address: str) -> bool:
    """Whether an address (or `localhost`) is reached from this machine only."""
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
