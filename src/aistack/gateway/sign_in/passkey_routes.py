"""The passkeys' part of `/sign-in` and `/account`, called by the page's script."""

import json
from datetime import UTC, datetime
from typing import Any, cast

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from starlette.requests import Request

from aistack.chassis.errors import Forbidden, InvalidInput, Problem
from aistack.chassis.identity import ANONYMOUS
from aistack.gateway.routes.scope_guard import actor_of
from aistack.gateway.sign_in.account import FRESH
from aistack.gateway.sign_in.credentials.passkeys import TIMEOUT_SECONDS, Passkeys
from aistack.gateway.sign_in.entrance import Entrance, Viewer
from aistack.gateway.sign_in.pages import cookies
from aistack.gateway.sign_in.pages.forms import body_of, is_own_page
from aistack.gateway.sign_in.pages.refused import Refused
from aistack.gateway.sign_in.pages.return_to import return_path

STEP = "passkey"
JSON_TYPE = "application/json"


def passkey_routes(entrance: Entrance, passkeys: Passkeys) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.post("/sign-in/passkey/options")
    async def sign_in_options(request: Request) -> Response:
        await _json_of(request)
        challenge, options = passkeys.sign_in_options()
        return _with_challenge(entrance, request, options, "sign-in", challenge)

    @router.post("/sign-in/passkey")
    async def sign_in(request: Request) -> Response:
        given = await _json_of(request)
        name, address = "passkeys", actor_of(request.scope).address
        try:
            await entrance.attempts.take(f"{name} {address}", address)
            account = await passkeys.check(_credential(given), _challenge(entrance, request, "sign-in"))
        except InvalidInput as problem:
            entrance.note(request, ANONYMOUS, "sign-in.refused", "", "passkey")
            raise Forbidden(problem.detail) from None
        await entrance.attempts.succeeded(f"{name} {address}", address)
        response = JSONResponse({"next": return_path(str(given.get("next", "")))})
        try:
            await entrance.begin_session(request, response, account.id, entrance.signed_in(request, "passkey"))
        except Refused:
            raise Forbidden("this account is disabled") from None
        cookies.clear_step(response, request, STEP)
        return response

    @router.post("/sign-in/passkey/registration")
    async def registration_options(request: Request) -> Response:
        viewer = await _fresh_viewer(entrance, request, await _json_of(request))
        account = await entrance.credentials.account(viewer.user_id)
        if account is None:
            raise Forbidden("sign in again")
        challenge, options = await passkeys.registration_options(account)
        return _with_challenge(entrance, request, options, viewer.session, challenge)

    @router.post("/sign-in/passkey/register")
    async def register(request: Request) -> Response:
        given = await _json_of(request)
        viewer = await _fresh_viewer(entrance, request, given)
        challenge = _challenge(entrance, request, viewer.session)
        await passkeys.register(viewer.user_id, str(given.get("name", "")), _credential(given), challenge)
        entrance.note(request, viewer.who, "passkey.added", viewer.who.id)
        response = JSONResponse({"next": "/account"})
        cookies.clear_step(response, request, STEP)
        return response

    return router


async def _json_of(request: Request) -> dict[str, Any]:
    """Raises InvalidInput, Forbidden and TooLarge."""
    if not is_own_page(request):
        raise Forbidden("this request came from another site")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON_TYPE:
        raise InvalidInput(f"expected {JSON_TYPE}")
    try:
        given = json.loads(await body_of(request) or b"{}")
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise InvalidInput("the body is not a JSON object")
    return cast(dict[str, Any], given)


def _credential(given: dict[str, Any]) -> dict[str, Any]:
    credential = given.get("credential")
    if not isinstance(credential, dict):
        raise InvalidInput("the body has no credential")
    return cast(dict[str, Any], credential)


async def _fresh_viewer(entrance: Entrance, request: Request, given: dict[str, Any]) -> Viewer:
    """Who signed in a short time ago in this browser. Raises Problem."""
    viewer = entrance.viewer(request)
    if viewer is None or given.get("session") != viewer.session:
        raise Problem("sign in first", code="unauthorized", status=401)
    session = await entrance.sessions.get(viewer.session)
    if datetime.now(UTC) - session.created_at >= FRESH:
        raise Problem("sign in again to change how you sign in", code="sign-in-again", status=403)
    return viewer


def _with_challenge(entrance: Entrance, request: Request, options: str, purpose: str, challenge: bytes) -> Response:
    response = Response(options, media_type=JSON_TYPE, headers={"cache-control": "no-store"})
    sealed = entrance.steps.seal(f"{STEP} {purpose}", {"challenge": challenge.hex()}, TIMEOUT_SECONDS)
    cookies.set_step(response, request, STEP, sealed, TIMEOUT_SECONDS)
    return response


def _challenge(entrance: Entrance, request: Request, purpose: str) -> bytes:
    """Raises InvalidInput."""
    step = entrance.steps.open(f"{STEP} {purpose}", cookies.step_of(request, STEP))
    if step is None:
        raise InvalidInput("this took too long; try again")
    return bytes.fromhex(step["challenge"])
