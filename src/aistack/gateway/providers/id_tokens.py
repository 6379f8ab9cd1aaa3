"""ID tokens and logout tokens: signed by the provider, for this client, now (OpenID Connect Core §3.1.3.7)."""

import hmac
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

LEEWAY_SECONDS = 60.0
AGE_SECONDS_MAX = 600.0  # how old a token may be that the provider just sent
TOKEN_CHARACTERS_MAX = 64 * 1024
SUBJECT_CHARACTERS_MAX = 255
ALGORITHMS = frozenset(
    ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
)
KEY_TYPES = ("RSA", "EC", "OKP")


class ProviderFailed(Exception):
    """The provider cannot be used right now; the text says why."""


class ProviderRefused(Exception):
    """What came from the provider, or in its name, is not accepted; the text says why."""


class NoKey(Exception):
    """The token is signed with a key that is not known."""


@dataclass(frozen=True, slots=True)
class IdTokenRules:
    """What a token must say. Without a `nonce` it must not have one, as logout tokens."""

    issuer: str
    client_id: str
    nonce: str | None


class KeyRing:
    """The public keys of a JWKS that may sign tokens. Keys of other kinds are ignored."""

    def __init__(self, keys: Iterable[object]) -> None:
        known = [cast(dict[str, Any], key) for key in keys if isinstance(key, dict)]
        self._keys = [key for key in known if _may_sign(key)]

    def key_for(self, header: Mapping[str, Any]) -> dict[str, Any]:
        """The key that a token's header names; without a name, the only one there is. Raises NoKey."""
        name = header.get("kid")
        found = [key for key in self._keys if name is None or key.get("kid") == name]
        if len(found) != 1:
            raise NoKey
        return found[0]


def verified(token: str, keys: KeyRing, offered: Iterable[object], rules: IdTokenRules) -> dict[str, Any]:
    """The claims of a token. Raises ProviderRefused, and NoKey when its key is not known."""
    from joserfc import jwk, jws, jwt
    from joserfc.errors import JoseError

    if not token or len(token) > TOKEN_CHARACTERS_MAX or token.count(".") != 2:
        raise ProviderRefused("there is no token, or it is malformed")
    try:
        header = jws.extract_compact(token.encode("ascii")).headers()
        algorithm = str(header.get("alg"))
        if algorithm not in ALGORITHMS or algorithm not in offered:
            raise ProviderRefused(f"the token is signed with {algorithm[:20]}, which is not accepted")
        key = jwk.import_key(keys.key_for(header))
        claims: dict[str, Any] = jwt.decode(token, key, algorithms=[algorithm]).claims
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise ProviderRefused(f"the token's signature is not accepted: {type(error).__name__}") from None
    check_claims(claims, rules, time.time())
    return claims


def check_claims(claims: Mapping[str, Any], rules: IdTokenRules, now: float) -> None:
    """Raises ProviderRefused for a token that is not for this client, not from this issuer, or not of this time."""
    if claims.get("iss") != rules.issuer:
        raise ProviderRefused("the token is from another issuer")
    audience = claims.get("aud")
    names = cast(list[object], audience) if isinstance(audience, list) else [audience]
    if rules.client_id not in names:
        raise ProviderRefused("the token is for another client")
    if (len(names) > 1 or "azp" in claims) and claims.get("azp") != rules.client_id and rules.nonce is not None:
        raise ProviderRefused("the token was issued to another client")
    _check_times(claims, now, needs_end=rules.nonce is not None)
    _check_nonce(claims, rules.nonce)
    subject = claims.get("sub")
    if subject is None and rules.nonce is None:
        return
    if not isinstance(subject, str) or not 0 < len(subject) <= SUBJECT_CHARACTERS_MAX or not subject.isprintable():
        raise ProviderRefused("the token's subject is missing or malformed")


def _check_times(claims: Mapping[str, Any], now: float, *, needs_end: bool) -> None:
    begins, ends, issued = (_number(claims, name) for name in ("nbf", "exp", "iat"))
    if issued is None or (ends is None and needs_end):
        raise ProviderRefused("the token does not say when it was issued and when it ends")
    if issued > now + LEEWAY_SECONDS or (begins is not None and begins > now + LEEWAY_SECONDS):
        raise ProviderRefused("the token is from the future; check the clocks of both machines")
    if (ends is not None and ends <= now - LEEWAY_SECONDS) or issued < now - AGE_SECONDS_MAX - LEEWAY_SECONDS:
        raise ProviderRefused("the token has expired; check the clocks of both machines")


def _check_nonce(claims: Mapping[str, Any], wanted: str | None) -> None:
    given = claims.get("nonce")
    if wanted is None:
        if given is not None:
            raise ProviderRefused("an ID token is not a logout token")
    elif not isinstance(given, str) or not hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode()):
        raise ProviderRefused("the token belongs to another sign-in")


def _number(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e12:
        raise ProviderRefused(f"the token's {name} is not a time")
    return float(value)


def _may_sign(key: Mapping[str, Any]) -> bool:
    operations = key.get("key_ops", ["verify"])
    return key.get("kty") in KEY_TYPES and key.get("use", "sig") == "sig" and "verify" in operations and "d" not in key
