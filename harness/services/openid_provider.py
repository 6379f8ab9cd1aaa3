"""An OpenID Connect provider that can lie: for what a certified one refuses to do.

The tests of honest sign-ins run against real providers (`oidc-provider`, `oidc-provider-mock`) and against this one, so
it is held to the same behaviour.
"""

import asyncio
import base64
import hashlib
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from harness.processes import free_port

CLIENT, SECRET = "the-stack", "a client secret that nobody guesses"
Claims = dict[str, Any]


def unsigned(claims: Claims, header: Claims) -> str:
    """A token with the algorithm `none`, or with a signature that is somebody else's."""
    parts = (json.dumps(header).encode(), json.dumps(claims).encode())
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."


class OpenIdProvider:
    """`person` are the claims of whoever signs in. The other attributes are what a hostile provider changes."""

    def __init__(self, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}"
        self.person: Claims = {"sub": "ann-1", "email": "ann@example.test", "email_verified": True, "name": "Ann"}
        self.key = OWN_KEY
        self.published: list[Any] = [self.key]
        self.metadata: Claims = {}
        self.change_claims: Callable[[Claims], Claims] = lambda claims: claims
        self.sign: Callable[[Claims], str] = self.signed
        self.token_answer: Callable[[Claims], tuple[int, Any]] = lambda answer: (200, answer)
        self.user_info: Claims | None = None
        self.delay_seconds = 0.0
        self.codes: dict[str, Claims] = {}
        self.requests: list[str] = []

    def signed(self, claims: Claims, key: Any = None, **header: Any) -> str:
        key = key or self.key
        return jwt.encode(
            {"alg": "RS256", "kid": key.kid, **header}, claims, key, algorithms=["RS256", "HS256", "ES256"]
        )

    def configuration(self) -> Claims:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": self.issuer + "/authorize",
            "token_endpoint": self.issuer + "/token",
            "jwks_uri": self.issuer + "/keys",
            "userinfo_endpoint": self.issuer + "/me",
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "authorization_response_iss_parameter_supported": True,
        } | self.metadata

    def authorize(self, location: str, **changes: str) -> str:
        """Signs the person in at the provider: where it sends the browser back to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        assert asked["client_id"] == CLIENT
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = f"code-{len(self.codes)}-{time.monotonic_ns()}"
        self.codes[code] = asked
        answer = {"code": code, "state": asked["state"], "iss": self.issuer} | changes
        kept = {name: value for name, value in answer.items() if value}
        return f"{asked['redirect_uri']}?{urlencode(kept)}"

    def claims(self, asked: Claims) -> Claims:
        now = int(time.time())
        own = {"iss": self.issuer, "aud": CLIENT, "exp": now + 300, "iat": now, "nonce": asked["nonce"]}
        return self.change_claims(asked.get("person", self.person) | own)

    def logout_token(self, **changes: Any) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 120, "jti": f"jti-{time.monotonic_ns()}",
            "sub": self.person["sub"], "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        }  # fmt: skip
        return self.signed(
            {name: value for name, value in (claims | changes).items() if value is not None}, typ="logout+jwt"
        )

    def redeem(self, head: str, form: dict[str, str]) -> tuple[int, Any]:
        """The token endpoint: checks the client, the code, its verifier and its redirect URI."""
        wanted = base64.b64encode(f"{CLIENT}:{SECRET.replace(' ', '+')}".encode()).decode()
        plain = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if (
            f"Basic {wanted}" not in head
            and f"Basic {plain}" not in head
            and f"basic {plain.lower()}" not in head.lower()
        ):
            return 401, {"error": "invalid_client"}
        asked = self.codes.pop(form.get("code", ""), None)
        verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
        if asked is None or asked["code_challenge"] != challenge or asked["redirect_uri"] != form.get("redirect_uri"):
            return 400, {"error": "invalid_grant"}
        answer = {"access_token": "access", "token_type": "Bearer", "id_token": self.sign(self.claims(asked))}
        return self.token_answer(answer)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            method, path, _ = head.split(" ", 2)
            length = next((int(one[15:]) for one in head.split("\r\n") if one.lower().startswith("content-length:")), 0)
            form = dict(parse_qsl((await reader.readexactly(length)).decode()))
            self.requests.append(f"{method} {path}")
            await asyncio.sleep(self.delay_seconds)
            status, answer = self.answer(path, head, form)
            body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            writer.write(b"HTTP/1.1 %d X\r\ncontent-type: application/json\r\n" % status)
            writer.write(b"content-length: %d\r\nconnection: close\r\n\r\n%b" % (len(body), body))
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def answer(self, path: str, head: str, form: dict[str, str]) -> tuple[int, Any]:
        if path == "/.well-known/openid-configuration":
            return 200, self.configuration()
        if path == "/keys":
            return 200, {"keys": [key.as_dict(private=False) for key in self.published]}
        if path == "/token":
            return self.redeem(head, form)
        if path == "/me":
            return 200, self.person if self.user_info is None else self.user_info
        return 404, {}


@asynccontextmanager
async def openid_provider() -> AsyncIterator[OpenIdProvider]:
    port = free_port()
    provider = OpenIdProvider(port)
    server = await asyncio.start_server(provider.serve, "127.0.0.1", port)
    async with server:
        yield provider


OWN_KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}, private=True)
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}, private=True)
UNKNOWN_KEY = RSAKey.generate_key(2048, {"kid": "unknown", "use": "sig"}, private=True)
EC_KEY = ECKey.generate_key("P-256", {"kid": "one", "use": "sig"}, private=True)


def shared_secret_key(text: str) -> OctKey:
    return OctKey.import_key(text, {"kid": "one"})
