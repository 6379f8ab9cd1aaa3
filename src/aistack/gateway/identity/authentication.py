"""Authentication: API keys, service keys and JWTs, and the header that vouches for the caller towards services."""

import hashlib
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from aistack.chassis.identity import ANONYMOUS, PRINCIPAL_HEADER, Principal, sign
from aistack.gateway.http1.cookies import SESSION_MARK
from aistack.gateway.identity.authorization import CONTROL, reach_of
from aistack.gateway.identity.json_web_tokens import BadToken, TokenVerifier
from aistack.gateway.policy.rate_limits import RateRule, bucket_of
from aistack.stack.catalogue import CONSOLE_PREFIXES

PUBLIC_PATHS = frozenset(
    (
        b"/", b"/console", b"/health", b"/api/health", b"/health/live", b"/health/ready", b"/favicon.ico", b"/sign-in",
        b"/account", *(prefix.encode() for prefix in CONSOLE_PREFIXES),
    )
)  # fmt: skip
PUBLIC_PREFIXES = (
    b"/console/", b"/sign-in/", b"/account/", *(f"{prefix}/".encode() for prefix in CONSOLE_PREFIXES),
)  # fmt: skip
SESSION_HEADER = "x-aistack-session"  # tells the gateway's own API which session a request belongs to
VOUCHER_SECONDS = 120.0
VOUCHER_RENEWED_SECONDS = 60.0
LINES_MAX = 256
NO_LINE = (0.0, b"")
TOKENS_KNOWN_MAX = 4096
KEY_BYTES_MAX = 8192
ADDRESSES_MAX, OTHER_ADDRESSES = 256, "other addresses"


class BadCredential(Exception):
    """The credential is not valid; the text says what to do."""


@dataclass(slots=True, eq=False)
class Caller:
    """A principal as the data plane knows it. Times are of `time.monotonic()`; `reach` None means every service.

    `lines` are the header lines that vouch for the caller, by service, each with the time until which it is used.
    `session` is the id of the session that the caller's cookie stands for; empty for keys and tokens.
    """

    who: Principal
    expires_at: float = float("inf")
    rate: RateRule | None = None
    session: str = ""
    reach: frozenset[str] | None = field(init=False)
    limited: bool = field(init=False)  # services of the stack are not: their callers are
    lines: dict[str, tuple[float, bytes]] = field(default_factory=dict[str, tuple[float, bytes]])

    def __post_init__(self) -> None:
        self.reach = None if self.who.services is None else reach_of(self.who.services)
        self.limited = self.who.kind != "service"

    def vouch(self, service: str, secret: str, now: float) -> bytes:
        """A new line for a service, kept in `lines`. Needed about once a minute."""
        if len(self.lines) >= LINES_MAX:  # services come and go
            self.lines.clear()
        token = sign(self.who, secret, time.time() + VOUCHER_SECONDS, service)
        line = f"{PRINCIPAL_HEADER}: {token}\r\n".encode()
        if self.session and service == CONTROL:
            line += f"{SESSION_HEADER}: {self.session}\r\n".encode()
        self.lines[service] = now + VOUCHER_RENEWED_SECONDS, line
        return line


@dataclass(frozen=True, slots=True)
class KnownKey:
    """An API key as the key store publishes it. `digest` is the key's SHA-256, `expires_at` Unix time."""

    digest: bytes
    who: Principal
    expires_at: float | None = None
    rate: RateRule | None = None


@dataclass(frozen=True, slots=True)
class KnownSession:
    """A session as the session store publishes it. `digest` is its cookie's SHA-256, `ends_at` Unix time."""

    digest: bytes
    id: str
    who: Principal
    ends_at: float


ROLES = ("guest", "member", "admin", "owner")


def has_lost_rights(before: Principal, now: Principal) -> bool:
    """Whether a caller may do less now: a lower role, fewer groups or services. What it has open must end then."""
    if before == now:
        return False
    fewer = now.services is not None and (before.services is None or not set(before.services) <= set(now.services))
    return fewer or ROLES.index(now.role) < ROLES.index(before.role) or not set(before.groups) <= set(now.groups)


def digest_of(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def is_public(path: bytes) -> bool:
    """Whether a path needs no key: the console's pages, those for signing in, and the gateway's own health."""
    return path in PUBLIC_PATHS or path.startswith(PUBLIC_PREFIXES)


@dataclass(slots=True)
class Authenticator:
    """Everyone who may call. `version` changes when a key or session is added or removed, or people change.

    `people` are the principals of the active accounts, by subject. Keys are looked up by digest, so timing reveals
    nothing about them. With `required` off, no key is needed.
    """

    required: bool
    secret: str
    tokens: TokenVerifier
    version: int = 0
    anonymous: Caller = field(default_factory=lambda: Caller(ANONYMOUS))
    people: Mapping[str, Principal] = field(default_factory=dict[str, Principal])
    _callers: dict[bytes, Caller] = field(default_factory=dict[bytes, Caller])
    _by_token: dict[bytes, Caller] = field(default_factory=dict[bytes, Caller])
    _sessions: dict[bytes, Caller] = field(default_factory=dict[bytes, Caller])
    used_sessions: set[str] = field(default_factory=set[str])

    def set_api_keys(self, keys: Iterable[KnownKey]) -> None:
        """Replaces the API keys; from now on, all others are rejected."""
        now, wall = time.monotonic(), time.time()
        self._callers = {
            key.digest: Caller(
                key.who, float("inf") if key.expires_at is None else now + key.expires_at - wall, key.rate
            )
            for key in keys
        }
        self._by_token = {}
        self.version += 1

    def set_sessions(self, sessions: Iterable[KnownSession]) -> None:
        """Replaces the sessions; from now on, all others are rejected."""
        now, wall, known = time.monotonic(), time.time(), self._sessions
        self._sessions = {}
        for one in sessions:
            caller = known.get(one.digest)
            if caller is None or caller.who != one.who:
                caller = Caller(one.who, session=one.id)
            caller.expires_at = now + one.ends_at - wall
            self._sessions[one.digest] = caller
        self.version += 1

    def take_used_sessions(self) -> list[str]:
        """The ids of the sessions with requests since the last call."""
        used, self.used_sessions = self.used_sessions, set()
        return list(used)

    def set_people(self, people: Mapping[str, Principal]) -> None:
        """Replaces the active accounts."""
        self.people = people
        self.version += 1

    def caller_of(self, credential: bytes, now: float) -> Caller:
        """The caller with this key, token or session cookie. Raises BadCredential."""
        if len(credential) > KEY_BYTES_MAX:
            raise BadCredential("the key is not valid")
        if credential.startswith(SESSION_MARK):
            return self._caller_of_session(credential, now)
        digest = hashlib.sha256(credential).digest()
        caller = self._callers.get(digest)
        if caller is None:
            if credential.count(b".") != 2:
                raise BadCredential("the key is not valid, or was revoked")
            caller = self._by_token.get(digest)
            if caller is None or caller.expires_at <= now:
                caller = self._caller_of_token(credential, digest, now)
        elif caller.expires_at <= now:
            raise BadCredential("the key has expired; ask for a new one")
        return caller

    def set_jwks(self, document: bytes) -> None:
        """Sets the issuer's keys and verifies tokens again. Raises ValueError for an invalid document."""
        self.tokens.set_jwks(document)
        self._by_token = {}
        self.version += 1

    def _caller_of_session(self, credential: bytes, now: float) -> Caller:
        caller = self._sessions.get(hashlib.sha256(credential.partition(b"=")[2]).digest())
        if caller is None or caller.expires_at <= now:
            raise BadCredential("the session has ended; sign in again")
        return caller

    def _caller_of_token(self, credential: bytes, digest: bytes, now: float) -> Caller:
        try:
            who, expires_at = self.tokens.verify(credential)
        except BadToken as bad:
            raise BadCredential(str(bad)) from None
        if len(self._by_token) >= TOKENS_KNOWN_MAX:
            self._by_token.clear()
        caller = self._by_token[digest] = Caller(who, now + expires_at - time.time())
        return caller


class RejectedCredentials:
    """Keys and tokens that were rejected since the last `take`, by address: how many, and why the last one."""

    __slots__ = ("_seen",)

    def __init__(self) -> None:
        self._seen: dict[str, tuple[int, str]] = {}

    def add(self, address: str, reason: str) -> None:
        if address not in self._seen and len(self._seen) >= ADDRESSES_MAX:
            address = OTHER_ADDRESSES
        self._seen[address] = self._seen.get(address, (0, ""))[0] + 1, reason

    def take(self) -> list[tuple[str, int, str]]:
        """A list of (address, count, reason); clears it."""
        seen, self._seen = self._seen, {}
        return [(address, count, reason) for address, (count, reason) in seen.items()]


class RememberedCaller:
    """The caller of a connection's last request, and the bucket that its requests were taken from."""

    __slots__ = ("_identity", "bucket", "bucket_rule", "caller", "credential", "version")

    def __init__(self, identity: Authenticator) -> None:
        self._identity = identity
        self.credential = b""
        self.caller: Caller | None = None
        self.version = 0
        self.bucket = 0
        self.bucket_rule: RateRule | None = None

    def look_up(self, credential: bytes, now: float) -> Caller:
        """The caller with this credential. Raises BadCredential."""
        self.caller = self.bucket_rule = None
        caller = self._identity.caller_of(credential, now)
        self.caller, self.credential, self.version = caller, credential, self._identity.version
        return caller

    def bucket_under(self, rule: RateRule, caller: Caller) -> int:
        """The caller's bucket under a rule, remembered as `bucket` for `bucket_rule`."""
        self.bucket_rule = rule
        self.bucket = bucket_of(rule.name, caller.who.id)
        return self.bucket
