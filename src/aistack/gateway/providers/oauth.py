"""OAuth requests as Authlib forms them; Authlib has no types, so its functions get theirs here."""

from collections.abc import Callable
from typing import Any, cast

from authlib.oauth2 import auth
from authlib.oauth2.rfc6749 import parameters
from authlib.oauth2.rfc7636 import challenge

Headers = dict[str, str]


def authorization_request(
    url: str, client_id: str, redirect_uri: str, scope: str, state: str, nonce: str, verifier: str
) -> str:
    """The URL that begins the code flow with PKCE (RFC 7636, S256)."""
    digest = cast(Callable[[str], str], _of(challenge, "create_s256_code_challenge"))
    build = cast(Callable[..., str], _of(parameters, "prepare_grant_uri"))
    pkce = {"code_challenge": digest(verifier), "code_challenge_method": "S256"}
    return build(url, client_id, "code", redirect_uri, scope, state, nonce=nonce, **pkce)


def token_request(
    url: str, client_id: str, secret: str, method: str, redirect_uri: str, code: str, verifier: str
) -> tuple[str, Headers, str]:
    """URL, headers and body that redeem a code. `method` is how the client authenticates at the token endpoint."""
    build = cast(Callable[..., str], _of(parameters, "prepare_token_request"))
    client = cast(Callable[..., Any], _of(auth, "ClientAuth"))(client_id, secret, method)
    headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
    body = build("authorization_code", redirect_uri=redirect_uri, code=code, code_verifier=verifier)
    return cast(tuple[str, Headers, str], client.prepare("POST", url, headers, body))


def _of(module: object, name: str) -> object:
    return getattr(module, name)
