"""`/sign-in/providers`: the way to a provider and back, and the provider's word that a session has ended."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from starlette.requests import Request

from aistack.chassis.errors import InvalidInput, NotFound, Problem
from aistack.chassis.identity import ANONYMOUS
from aistack.chassis.telemetry.logs import get_log
from aistack.gateway.providers.id_tokens import ProviderFailed, ProviderRefused
from aistack.gateway.providers.people import ProviderAccounts
from aistack.gateway.providers.provider import Exchange, Provider
from aistack.gateway.sign_in.entrance import Entrance
from aistack.gateway.sign_in.pages import cookies
from aistack.gateway.sign_in.pages.forms import form_of
from aistack.gateway.sign_in.pages.page import Page, redirect
from aistack.gateway.sign_in.pages.refused import Refused
from aistack.gateway.sign_in.pages.return_to import return_path, sign_in_path
from aistack.gateway.sign_in.used_once import use_once
from aistack.stores.records import Records

PREFIX = "/sign-in/providers"
FLOW_SECONDS = 600
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
LOGOUT_SECONDS = 900.0  # longer than any logout token is accepted
PARAMETERS_MAX = 4096


def provider_routes(
    entrance: Entrance, providers: Mapping[str, Provider], accounts: ProviderAccounts, records: Records
) -> APIRouter:
    router = APIRouter(prefix=PREFIX, include_in_schema=False)
    public_host = urlsplit(entrance.settings.public_url).netloc

    def known(name: str) -> Provider:
        if name not in providers:
            raise NotFound("there is no such identity provider")
        return providers[name]

    @router.get("/{name}")
    async def start(name: str, request: Request) -> Response:
        """Sends the browser to the provider, with what only this browser can come back with."""
        provider = known(name)
        to = return_path(request.query_params.get("next", ""))
        host = request.headers.get("x-forwarded-host") or request.headers.get("host", "")
        if host.lower() != public_host and "here" not in request.query_params:  # the cookie would be lost there
            return redirect(f"{entrance.settings.public_url}{PREFIX}/{name}?{urlencode({'next': to, 'here': '1'})}")
        exchange = Exchange(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(64))
        try:
            response = redirect(await provider.authorization_url(exchange))
        except ProviderFailed as failed:
            return _failed(entrance, request, provider, failed)
        values = {"state": exchange.state, "nonce": exchange.nonce, "verifier": exchange.verifier, "next": to}
        sealed = entrance.steps.seal(f"provider {name}", values, FLOW_SECONDS)
        cookies.set_step(response, request, _flow(exchange.state), sealed, FLOW_SECONDS)
        return response

    @router.get("/{name}/callback")
    async def callback(name: str, request: Request) -> Response:
        """The provider sent the browser back."""
        provider = known(name)
        try:
            given = _parameters(request)
            step = entrance.steps.open(f"provider {name}", cookies.step_of(request, _flow(given.get("state", ""))))
            if step is None or not hmac.compare_digest(step["state"].encode(), given["state"].encode()):
                raise ProviderRefused("this browser did not begin this sign-in")
            async with entrance.counted(request, ProviderFailed):  # only what no other site's page can cause
                if not await use_once(records, f"state {step['state']}", FLOW_SECONDS):
                    raise ProviderRefused("this response was used already")
                claims = await provider.claims_of(given, Exchange(step["state"], step["nonce"], step["verifier"]))
                row, ignored = await accounts.account_of(provider.settings, claims)
            if ignored:
                detail = f"{len(ignored)} groups of {name}: {', '.join(ignored[:10])}"
                entrance.note(request, ANONYMOUS, "sign-in.groups-ignored", f"user:{row.id}", detail)
            response = redirect(return_path(step["next"]))
            sid = claims.get("sid")
            how = entrance.signed_in(
                request, "provider", provider=name, subject=claims["sub"], session=sid if isinstance(sid, str) else ""
            )
            await entrance.begin_session(request, response, row.id, how)
            cookies.clear_step(response, request, _flow(given["state"]))
            return response
        except (ProviderFailed, ProviderRefused, Refused) as error:
            return _failed(entrance, request, provider, error)

    @router.post("/{name}/logout")
    async def logout(name: str, request: Request) -> Response:
        """Back-channel logout: the provider ends one of its sessions, or all of a person's."""
        provider = known(name)
        headers = {"cache-control": "no-store"}
        try:
            claims = await provider.logout_claims((await form_of(request)).get("logout_token", ""))
            subject, session = _ended(claims)
            if not await use_once(records, f"logout {name} {claims['jti']}", LOGOUT_SECONDS):
                raise ProviderRefused("this logout token was used already")
        except (ProviderRefused, InvalidInput) as error:
            _log(entrance, request, provider, str(error))
            body = {"error": "invalid_request", "error_description": str(error)}
            return JSONResponse(body, 400, headers)
        except ProviderFailed as failed:
            raise Problem(f"the provider {failed}", code="provider-failed", status=502) from None
        count = await entrance.sessions.end_of_provider(name, subject, session)
        entrance.note(request, ANONYMOUS, "session.ended", f"{name}: {subject or session}", f"{count} by the provider")
        return Response(status_code=200, headers=headers)

    return router


def _parameters(request: Request) -> dict[str, str]:
    """The response's parameters. Raises ProviderRefused for one that is repeated, as only attackers do that."""
    if len(request.url.query) > PARAMETERS_MAX:
        raise ProviderRefused("the response is too long")
    pairs = request.query_params.multi_items()
    if len({name for name, _ in pairs}) != len(pairs):
        raise ProviderRefused("the response repeats a parameter")
    return dict(pairs)


def _ended(claims: Mapping[str, object]) -> tuple[str, str]:
    """The subject and the session that a logout token is about. Raises ProviderRefused."""
    events, token_id = claims.get("events"), claims.get("jti")
    if not isinstance(events, Mapping) or LOGOUT_EVENT not in events:
        raise ProviderRefused("the token is not a logout token")
    if not isinstance(token_id, str) or not token_id:
        raise ProviderRefused("the token has no jti")
    subject, session = claims.get("sub"), claims.get("sid")
    found = (subject if isinstance(subject, str) else "", session if isinstance(session, str) else "")
    if not any(found):
        raise ProviderRefused("the token names nobody")
    return found


def _flow(state: str) -> str:
    """The name of the cookie of one sign-in, so that several tabs do not disturb each other."""
    return f"flow-{hashlib.sha256(state.encode('utf-8', 'replace')).hexdigest()[:12]}"


def _failed(entrance: Entrance, request: Request, provider: Provider, error: Exception) -> Response:
    """A page that says what happened; the details are for administrators."""
    title = provider.settings.title
    if isinstance(error, Refused):
        refused = error
        _log(entrance, request, provider, error.key.removeprefix("error-"))
    elif isinstance(error, ProviderFailed):
        refused = Refused("error-provider-away", 502, name=title)
        get_log("gateway").warning("provider.failed", provider=provider.settings.name, error=str(error))
    else:
        refused = Refused("error-provider", 403, name=title)
        _log(entrance, request, provider, str(error))
    page = Page(request, "sign-in")
    page.refuse(refused)
    page.link("sign-in", sign_in_path())
    return page.response()


def _log(entrance: Entrance, request: Request, provider: Provider, reason: str) -> None:
    entrance.note_refused(request, f"provider {provider.settings.name}", reason)
