"""Who is calling: API keys, service keys and JWTs, and the header that vouches for them towards services."""

import hashlib
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from aistack.chassis.identity import ANONYMOUS, PRINCIPAL_HEADER, Principal, sign
from aistack.gateway.identity.authorization import reach_of
from aistack.gateway.identity.json_web_tokens import BadToken, TokenVerifier
from aistack.gateway.policy.rate_limits import RateRule, bucket_of

PUBLIC_PATHS = frozenset((b"/", b"/health", b"/api/health", b"/health/live", b"/health/ready", b"/favicon.ico"))
PUBLIC_PREFIX = b"/console/"
VOUCHER_SECONDS = 120.0
VOUCHER_RENEWED_SECONDS = 60.0
LINES_MAX = 256
NO_LINE = (0.0, b"")
TOKENS_KNOWN_MAX = 4096
KEY_BYTES_MAX = 8192
ADDRESSES_MAX, OTHER_ADDRESSES = 256, "other addresses"


class Unknown(Exception):
    """Nobody is known by this credential; the text says what to do."""


@dataclass(slots=True, eq=False)
class Caller:
    """A principal as the data plane knows it. Times are of `time.monotonic()`; `reach` None is everywhere.

    `lines` are the header lines that vouch for the caller, by the service they are for, each with the end of its time.
    """

    who: Principal
    expires_at: float = float("inf")
    rate: RateRule | None = None
    reach: frozenset[str] | None = field(init=False)
    limited: bool = field(init=False)  # services of the stack are not: what they ask is counted at their callers
    lines: dict[str, tuple[float, bytes]] = field(default_factory=dict[str, tuple[float, bytes]])

    def __post_init__(self) -> None:
        self.reach = None if self.who.services is None else reach_of(self.who.services)
        self.limited = self.who.kind != "service"

    def vouch(self, service: str, secret: str, now: float) -> bytes:
        """A fresh line towards a service, kept in `lines`. Needed about once a minute."""
        if len(self.lines) >= LINES_MAX:  # services come and go
            self.lines.clear()
        token = sign(self.who, secret, time.time() + VOUCHER_SECONDS, service)
        line = f"{PRINCIPAL_HEADER}: {token}\r\n".encode()
        self.lines[service] = now + VOUCHER_RENEWED_SECONDS, line
        return line


@dataclass(frozen=True, slots=True)
class KnownKey:
    """An API key as the registry of keys hands it over. `digest` is the key's SHA-256, `expires_at` Unix time."""

    digest: bytes
    who: Principal
    expires_at: float | None = None
    rate: RateRule | None = None


def digest_of(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def is_public(path: bytes) -> bool:
    """Whether everyone may ask for this path: the page itself, and whether the gateway lives."""
    return path in PUBLIC_PATHS or path.startswith(PUBLIC_PREFIX)


@dataclass(slots=True)
class Identity:
    """Everyone who may call. `version` changes whenever someone is added or taken away.

    Keys are looked up by digest, so timing tells nothing about them. `required` off lets everyone in.
    """

    required: bool
    secret: str
    tokens: TokenVerifier
    version: int = 0
    anonymous: Caller = field(default_factory=lambda: Caller(ANONYMOUS))
    _callers: dict[bytes, Caller] = field(default_factory=dict[bytes, Caller])
    _by_token: dict[bytes, Caller] = field(default_factory=dict[bytes, Caller])

    def apply(self, keys: Iterable[KnownKey]) -> None:
        """Makes these the keys that are known; what is not among them is refused from now on."""
        now, wall = time.monotonic(), time.time()
        self._callers = {
            key.digest: Caller(
                key.who, float("inf") if key.expires_at is None else now + key.expires_at - wall, key.rate
            )
            for key in keys
        }
        self._by_token = {}
        self.version += 1

    def caller_of(self, credential: bytes, now: float) -> Caller:
        """Who shows this key or token. Raises Unknown."""
        if len(credential) > KEY_BYTES_MAX:
            raise Unknown("the key is not valid")
        digest = hashlib.sha256(credential).digest()
        caller = self._callers.get(digest)
        if caller is None:
            if credential.count(b".") != 2:
                raise Unknown("the key is not valid, or was revoked")
            caller = self._by_token.get(digest)
            if caller is None or caller.expires_at <= now:
                caller = self._caller_of_token(credential, digest, now)
        elif caller.expires_at <= now:
            raise Unknown("the key has expired; ask for a new one")
        return caller

    def set_jwks(self, document: bytes) -> None:
        """Takes the issuer's keys; tokens are held against them again. Raises ValueError when they are none."""
        self.tokens.set_jwks(document)
        self._by_token = {}
        self.version += 1

    def _caller_of_token(self, credential: bytes, digest: bytes, now: float) -> Caller:
        try:
            who, expires_at = self.tokens.verify(credential)
        except BadToken as bad:
            raise Unknown(str(bad)) from None
        if len(self._by_token) >= TOKENS_KNOWN_MAX:
            self._by_token.clear()
        caller = self._by_token[digest] = Caller(who, now + expires_at - time.time())
        return caller


class RefusedCredentials:
    """Keys and tokens that were refused since the last look, by address: how many, and why the last one was."""

    __slots__ = ("_seen",)

    def __init__(self) -> None:
        self._seen: dict[str, tuple[int, str]] = {}

    def note(self, address: str, reason: str) -> None:
        if address not in self._seen and len(self._seen) >= ADDRESSES_MAX:
            address = OTHER_ADDRESSES
        self._seen[address] = self._seen.get(address, (0, ""))[0] + 1, reason

    def take(self) -> list[tuple[str, int, str]]:
        """(address, count, reason); nothing of it is told again."""
        seen, self._seen = self._seen, {}
        return [(address, count, reason) for address, (count, reason) in seen.items()]


class RememberedCaller:
    """The caller of a connection's last request, and the bucket that its requests were taken from."""

    __slots__ = ("_identity", "bucket", "bucket_rule", "caller", "credential", "version")

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self.credential = b""
        self.caller: Caller | None = None
        self.version = 0
        self.bucket = 0
        self.bucket_rule: RateRule | None = None

    def look_up(self, credential: bytes, now: float) -> Caller:
        """Who shows this credential. Raises Unknown."""
        self.caller = self.bucket_rule = None
        caller = self._identity.caller_of(credential, now)
        self.caller, self.credential, self.version = caller, credential, self._identity.version
        return caller

    def bucket_under(self, rule: RateRule, caller: Caller) -> int:
        """The caller's bucket under a rule, remembered as `bucket` for `bucket_rule`."""
        self.bucket_rule = rule
        self.bucket = bucket_of(rule.name, caller.who.id)
        return self.bucket
