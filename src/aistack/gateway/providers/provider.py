"""A client of one OpenID Connect provider: discovery, keys, the code flow with PKCE, and ID tokens.

OpenID Connect Core 1.0 and Discovery 1.0; PKCE is RFC 7636, `iss` in the response RFC 9207. Authlib forms the requests,
joserfc verifies the tokens.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

import httpx

from aistack.gateway.providers.id_tokens import IdTokenRules, KeyRing, NoKey, ProviderFailed, ProviderRefused, verified
from aistack.stack.identity.settings import LOOPBACK, ProviderSettings

DISCOVERY_PATH = "/.well-known/openid-configuration"
METADATA_SECONDS, KEYS_SECONDS = 3600.0, 300.0
REFETCH_SECONDS_MIN = 10.0  # a token with an unknown key is no reason to ask more often than this
ANSWER_SECONDS_MAX = 10.0
ANSWER_BYTES_MAX = 1024 * 1024
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
AUTH_METHODS = ("client_secret_basic", "client_secret_post")


@dataclass(frozen=True, slots=True)
class Exchange:
    """What one sign-in at the provider began with. `verifier` is PKCE's."""

    state: str
    nonce: str
    verifier: str


class Provider:
    """`redirect_uri` is where the provider sends people back to; each provider has its own."""

    def __init__(self, settings: ProviderSettings, redirect_uri: str, http: httpx.AsyncClient) -> None:
        self.settings = settings
        self._redirect_uri = redirect_uri
        self._http = http
        self._metadata: dict[str, Any] = {}
        self._metadata_until = 0.0
        self._keys = KeyRing([])
        self._keys_at = 0.0
        self._fetching = asyncio.Lock()

    async def authorization_url(self, exchange: Exchange) -> str:
        """Where to send a person who wants to sign in. Raises ProviderFailed."""
        from aistack.gateway.providers.oauth import authorization_request

        settings, url = self.settings, (await self.metadata())["authorization_endpoint"]
        scope = " ".join(settings.scopes)
        return authorization_request(
            url, settings.client_id, self._redirect_uri, scope, exchange.state, exchange.nonce, exchange.verifier
        )

    async def claims_of(self, response: Mapping[str, str], exchange: Exchange) -> dict[str, Any]:
        """The claims of the person that the provider sent back. Raises ProviderFailed and ProviderRefused."""
        metadata = await self.metadata()
        issuer = response.get("iss")
        if issuer is None and metadata.get("authorization_response_iss_parameter_supported") is True:
            raise ProviderRefused("the response does not name its issuer")
        if issuer is not None and issuer != self.settings.issuer:
            raise ProviderRefused("the response names another issuer")
        if "error" in response:
            raise ProviderRefused(f"the provider answered {response['error'][:100]!r}")
        if not response.get("code"):
            raise ProviderRefused("the response has no code")
        tokens = await self._redeem(response["code"], exchange)
        rules = IdTokenRules(self.settings.issuer, self.settings.client_id, exchange.nonce)
        claims = await self._verify(str(tokens.get("id_token", "")), rules)
        if self._lacks(claims) and metadata.get("userinfo_endpoint") and tokens.get("access_token"):
            more = await self._user_info(metadata["userinfo_endpoint"], str(tokens["access_token"]))
            if more.get("sub") != claims["sub"]:
                raise ProviderRefused("the user info is about somebody else")
            claims = more | claims
        return claims

    async def logout_claims(self, token: str) -> dict[str, Any]:
        """The claims of a logout token (Back-Channel Logout 1.0). Raises ProviderFailed and ProviderRefused."""
        await self.metadata()
        return await self._verify(token, IdTokenRules(self.settings.issuer, self.settings.client_id, nonce=None))

    async def metadata(self) -> dict[str, Any]:
        """The provider's configuration, from a cache. Raises ProviderFailed."""
        async with self._fetching:
            if time.monotonic() < self._metadata_until:
                return self._metadata
            try:
                found = await self._get(self.settings.issuer.rstrip("/") + DISCOVERY_PATH)
                self._check_metadata(found)
            except ProviderFailed:
                if not self._metadata:
                    raise
                self._metadata_until = time.monotonic() + REFETCH_SECONDS_MIN
                return self._metadata
            self._metadata, self._metadata_until = found, time.monotonic() + METADATA_SECONDS
            return found

    def _check_metadata(self, found: Mapping[str, Any]) -> None:
        if found.get("issuer") != self.settings.issuer:
            raise ProviderFailed(f"it says that its issuer is {str(found.get('issuer'))[:200]!r}")
        for name in (*ENDPOINTS, "userinfo_endpoint"):
            url = found.get(name)
            if url is None and name not in ENDPOINTS:
                continue
            if not isinstance(url, str) or not _is_safe(url, self.settings.issuer):
                raise ProviderFailed(f"its {name} is missing or not an https:// URL")

    async def _redeem(self, code: str, exchange: Exchange) -> dict[str, Any]:
        """The tokens for a code. Raises ProviderFailed, and ProviderRefused when the provider does not take it."""
        from aistack.gateway.providers.oauth import token_request

        settings, method = self.settings, self._auth_method()
        url, headers, body = token_request(
            self._metadata["token_endpoint"], settings.client_id, settings.client_secret, method, self._redirect_uri,
            code, exchange.verifier,
        )  # fmt: skip
        answer = await self._send("POST", url, headers=headers, content=body)
        if answer.status_code in (400, 401):
            raise ProviderRefused(f"the provider did not accept the code: {_error_of(answer)}")
        return _document(answer)

    def _auth_method(self) -> str:
        if not self.settings.client_secret:
            return "none"
        offered: object = self._metadata.get("token_endpoint_auth_methods_supported")
        methods = cast(list[object], offered) if isinstance(offered, list) else ["client_secret_basic"]
        return next((one for one in AUTH_METHODS if one in methods), "client_secret_basic")

    async def _verify(self, token: str, rules: IdTokenRules) -> dict[str, Any]:
        offered: object = self._metadata.get("id_token_signing_alg_values_supported")
        algorithms = cast(list[object], offered) if isinstance(offered, list) else ["RS256"]
        if time.monotonic() - self._keys_at > KEYS_SECONDS:
            await self._fetch_keys()
        try:
            return verified(token, self._keys, algorithms, rules)
        except NoKey:
            if time.monotonic() - self._keys_at < REFETCH_SECONDS_MIN:
                raise ProviderRefused("the token is signed with an unknown key") from None
        await self._fetch_keys()
        try:
            return verified(token, self._keys, algorithms, rules)
        except NoKey:
            raise ProviderRefused("the token is signed with an unknown key") from None

    async def _fetch_keys(self) -> None:
        keys: object = (await self._get(self._metadata["jwks_uri"])).get("keys")
        if not isinstance(keys, list):
            raise ProviderFailed("its keys are not a JWKS")
        self._keys, self._keys_at = KeyRing(cast(list[object], keys)), time.monotonic()

    async def _user_info(self, url: str, access_token: str) -> dict[str, Any]:
        return _document(await self._send("GET", url, headers={"authorization": f"Bearer {access_token}"}))

    def _lacks(self, claims: Mapping[str, Any]) -> bool:
        """Whether the ID token leaves out a claim that is needed."""
        wanted = {"email", self.settings.groups_claim, *(rule.claim for rule in self.settings.rules)} - {""}
        return any(name not in claims for name in wanted)

    async def _get(self, url: str) -> dict[str, Any]:
        return _document(await self._send("GET", url, headers={"accept": "application/json"}))

    async def _send(self, method: str, url: str, **parts: Any) -> httpx.Response:
        """The provider's answer. Raises ProviderFailed."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS_MAX), self._http.stream(method, url, **parts) as answer:
                body = b""
                async for piece in answer.aiter_bytes():
                    body += piece
                    if len(body) > ANSWER_BYTES_MAX:
                        raise ProviderFailed(f"its answer has more than {ANSWER_BYTES_MAX} bytes")
                return httpx.Response(answer.status_code, content=body)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise ProviderFailed(f"it does not answer: {type(error).__name__}") from None


def _document(answer: httpx.Response) -> dict[str, Any]:
    """A JSON object. Raises ProviderFailed."""
    if answer.status_code != 200:
        raise ProviderFailed(f"it answered {answer.status_code}")
    try:
        document = answer.json()
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise ProviderFailed("its answer is not a JSON object")
    return cast(dict[str, Any], document)


def _error_of(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["error"])[:100]
    except (ValueError, KeyError, TypeError):
        return str(answer.status_code)


def _is_safe(url: str, issuer: str) -> bool:
    """Whether an endpoint uses TLS; on this machine it need not, if its issuer does not."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    is_local = parts.hostname in LOOPBACK and urlsplit(issuer).hostname in LOOPBACK
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and is_local))
