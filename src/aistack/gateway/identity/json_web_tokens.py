"""JSON Web Tokens (RFC 7519) of a trusted issuer, verified with a shared secret, a public key, or a JWKS."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import httpx

from aistack.chassis.identity import Principal
from aistack.chassis.telemetry.logs import get_log
from aistack.gateway.identity.authorization import CONTROL

LEEWAY_SECONDS = 30
CHECKED_SECONDS_MAX = 3600
REFRESH_SECONDS = 5.0
FETCH_SECONDS = 300.0
RETRY_SECONDS = 15.0
ANSWER_SECONDS_MAX = 5.0
DOCUMENT_BYTES_MAX = 1024 * 1024
REGISTERED = frozenset(("iss", "sub", "aud", "exp", "nbf", "iat", "jti", "azp", "services", "name"))
ATTRIBUTES_MAX, ATTRIBUTE_CHARACTERS_MAX = 20, 200
SUBJECT_CHARACTERS_MAX = 200  # what services store, and what can be granted something


class BadToken(Exception):
    """The token is not accepted; the text says why, without helping to forge one."""


@dataclass(frozen=True, slots=True)
class TokenRules:
    """What a token must satisfy. Without any of `secret`, `public_key` and keys of a JWKS no token is accepted."""

    secret: str = ""
    public_key: str = ""
    issuer: str = ""
    audience: str = ""


class TokenVerifier:
    """Verifies signature, times, issuer and audience. `set_jwks` replaces the issuer's keys."""

    def __init__(self, rules: TokenRules, services: tuple[str, ...] = ()) -> None:
        self._rules = rules
        self._default_services = services
        self._jwks: dict[str, Any] = {}
        self.missing_key = False  # a token was signed with an unknown key: time to fetch the issuer's keys

    def set_jwks(self, document: bytes) -> None:
        """Sets the issuer's keys. Raises ValueError if the document is not a JWKS."""
        import jwt

        keys: dict[str, Any] = {}
        try:
            for one in json.loads(document)["keys"]:
                if one.get("kty") == "RSA" and one.get("use", "sig") == "sig":
                    keys[str(one.get("kid", ""))] = jwt.PyJWK(one, "RS256").key
        except (KeyError, TypeError, AttributeError, jwt.PyJWTError) as error:
            raise ValueError(f"the issuer's keys are not a JWKS: {error}") from None
        self._jwks = keys
        self.missing_key = False

    def verify(self, token: bytes) -> tuple[Principal, float]:
        """The principal, and until when it holds, in Unix time: at most until the token has to be verified again.

        Raises BadToken.
        """
        import jwt

        try:
            header = jwt.get_unverified_header(token)
            algorithm = header.get("alg")
            key = self._key(algorithm, str(header.get("kid", "")))
            claims = jwt.decode(
                token,
                key,
                algorithms=[str(algorithm)],
                audience=self._rules.audience or None,
                issuer=self._rules.issuer or None,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "sub"], "verify_aud": bool(self._rules.audience)},
            )
        except jwt.ExpiredSignatureError:
            raise BadToken("the token has expired; sign in again") from None
        except jwt.PyJWTError as error:
            raise BadToken(f"the token is not accepted: {error}") from None
        except (ValueError, TypeError, UnicodeDecodeError):
            raise BadToken("the token is malformed") from None
        ends_at = float(claims["exp"]) + LEEWAY_SECONDS
        return self._principal(claims), min(ends_at, time.time() + CHECKED_SECONDS_MAX)

    def _key(self, algorithm: object, kid: str) -> Any:
        if algorithm == "HS256" and self._rules.secret:
            return self._rules.secret
        if algorithm == "RS256":
            if kid in self._jwks:
                return self._jwks[kid]
            if self._rules.public_key:
                return self._rules.public_key
            self.missing_key = True
        raise BadToken("the token's signing algorithm or key is not accepted")

    def _principal(self, claims: dict[str, Any]) -> Principal:
        """`services` lists what the bearer may access, `*` is all; without it, all but the gateway's own API."""
        subject = claims["sub"]
        if not isinstance(subject, str) or not subject.strip():
            raise BadToken("the token's 'sub' must be a non-empty string")
        if len(subject) > SUBJECT_CHARACTERS_MAX or not subject.isprintable():
            raise BadToken(f"the token's 'sub' must be at most {SUBJECT_CHARACTERS_MAX} printable characters")
        given: object = claims.get("services")
        if given is None:
            named = [name for name in self._default_services if name != CONTROL]
        else:
            named = given.split() if isinstance(given, str) else given
        if not isinstance(named, list) or not all(isinstance(name, str) for name in cast(list[object], named)):
            raise BadToken("the token's 'services' must be a list of names")
        services = cast(list[str], named)
        reach = None if "*" in services else tuple(services)
        name = str(claims.get("name", subject))
        return Principal(f"jwt:{subject}", "jwt", name, reach, attributes=_attributes(claims))


def _attributes(claims: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """The claims of a token that row filters can name: short texts, numbers and truth values of its own."""
    own = [(name, value) for name, value in claims.items() if name not in REGISTERED]
    texts = [
        (name, str(value).lower() if isinstance(value, bool) else str(value))
        for name, value in own
        if isinstance(value, str | int | bool)
    ]
    return tuple(one for one in texts if max(map(len, one)) <= ATTRIBUTE_CHARACTERS_MAX)[:ATTRIBUTES_MAX]


class IssuerKeys:
    """Fetches the issuer's JWKS and publishes it. While the issuer is unavailable, the known keys stay in use."""

    def __init__(self, url: str, publish: Callable[[bytes], None], is_missing: Callable[[], bool]) -> None:
        self._url = url
        self._publish = publish
        self._is_missing = is_missing
        self._next = 0.0

    async def refresh(self) -> None:
        """Fetches when it is due, or when a token was signed with an unknown key. Called every few seconds."""
        now = time.monotonic()
        if now < self._next and not (self._is_missing() and now > self._next - FETCH_SECONDS + RETRY_SECONDS):
            return
        self._next = now + RETRY_SECONDS
        try:
            async with httpx.AsyncClient(timeout=ANSWER_SECONDS_MAX) as client:
                answer = await client.get(self._url)
            answer.raise_for_status()
            if len(answer.content) > DOCUMENT_BYTES_MAX:
                raise ValueError("the document is too large")
            self._publish(answer.content)
        except (httpx.HTTPError, ValueError) as error:
            get_log("gateway").warning("jwks.not_fetched", url=self._url, error=str(error))
            return
        self._next = now + FETCH_SECONDS
