"""`/account`: one's own password, second step and sessions."""

from datetime import UTC, datetime, timedelta

from fastapi import APIRouter
from fastapi.responses import Response
from starlette.requests import Request

from aistack.chassis.errors import NotFound, Problem
from aistack.gateway.sign_in.credentials.passkeys import Passkeys
from aistack.gateway.sign_in.entrance import Entrance, Viewer
from aistack.gateway.sign_in.pages import cookies
from aistack.gateway.sign_in.pages.account_page import ACCOUNT, account_page, codes_page
from aistack.gateway.sign_in.pages.forms import form_of
from aistack.gateway.sign_in.pages.page import redirect
from aistack.gateway.sign_in.pages.refused import Refused
from aistack.gateway.sign_in.pages.return_to import sign_in_path
from aistack.gateway.sign_in.routes import refused_input

FRESH = timedelta(minutes=15)  # how long after signing in one may change how one signs in
AGAIN = "/sign-in?again=1&next=/account"


def account_routes(entrance: Entrance, passkeys: Passkeys) -> APIRouter:
    router = APIRouter(prefix=ACCOUNT, include_in_schema=False)
    credentials, sessions = entrance.credentials, entrance.sessions

    async def page(request: Request, viewer: Viewer, refused: Refused | None = None) -> Response:
        row = await credentials.account(viewer.user_id)
        if row is None:
            return redirect(sign_in_path(ACCOUNT))
        return await account_page(entrance, passkeys, request, viewer, row, refused)

    @router.get("")
    async def account(request: Request) -> Response:
        viewer = entrance.viewer(request)
        return redirect(sign_in_path(ACCOUNT)) if viewer is None else await page(request, viewer)

    @router.post("/{action}")
    async def act(action: str, request: Request) -> Response:
        form, viewer = await form_of(request), entrance.viewer(request)
        if viewer is None:
            return redirect(sign_in_path(ACCOUNT))
        if form.get("session") != viewer.session:  # the page was opened before somebody else signed in here
            return await page(request, viewer, Refused("error-someone-else", 409))
        try:
            return await change(action, request, viewer, form)
        except Refused as refused:
            return await page(request, viewer, refused)

    async def change(action: str, request: Request, viewer: Viewer, form: dict[str, str]) -> Response:
        if action == "sign-out":
            await entrance.end_quietly(viewer.session)
            entrance.note(request, viewer.who, "session.ended", viewer.who.id, "signed out")
            response = redirect(sign_in_path())
            cookies.clear_session(response, request)
            return response
        if action == "sessions":
            await end_sessions(request, viewer, form.get("end", ""))
            return redirect(ACCOUNT)
        if action == "password":
            return await change_password(request, viewer, form)
        if not await is_fresh(viewer):
            return redirect(AGAIN)
        if action == "two-factor":
            return await change_two_factor(request, viewer, form)
        if action == "remove-passkey":
            await passkeys.remove(viewer.user_id, form.get("passkey", ""))
            entrance.note(request, viewer.who, "passkey.removed", viewer.who.id)
            return redirect(ACCOUNT)
        raise NotFound("there is no such form")

    async def is_fresh(viewer: Viewer) -> bool:
        row = await sessions.get(viewer.session)
        return datetime.now(UTC) - row.created_at < FRESH

    async def end_sessions(request: Request, viewer: Viewer, which: str) -> None:
        if which == "others":
            count = await sessions.end_all(viewer.user_id, but=viewer.session)
            entrance.note(request, viewer.who, "session.ended", viewer.who.id, f"{count} other sessions")
            return
        try:
            await sessions.end(which, viewer.user_id)
        except NotFound:
            return
        entrance.note(request, viewer.who, "session.ended", viewer.who.id, which)

    async def change_password(request: Request, viewer: Viewer, form: dict[str, str]) -> Response:
        row = await credentials.account(viewer.user_id)
        if row is None:
            raise Refused("error-disabled", 403)
        if row.password_hash is None and not await is_fresh(viewer):
            return redirect(AGAIN)
        if row.password_hash is not None:
            try:
                await entrance.check_password(request, row.email, form.get("current", ""))
            except Refused as refused:
                wrong = refused.key == "error-credentials"
                raise Refused("error-current", 403) if wrong else refused from None
        if form.get("password", "") != form.get("repeated", ""):
            raise Refused("error-repeat", 400)
        since = (await sessions.get(viewer.session)).created_at  # a password alone proves no second step
        try:
            await credentials.set_password(viewer.user_id, form.get("password", ""))
        except Problem as problem:
            raise refused_input(problem) from None
        entrance.note(request, viewer.who, "password.set", viewer.who.id, "changed")
        response = redirect(ACCOUNT)
        how = entrance.signed_in(request, "password")
        await entrance.begin_session(request, response, viewer.user_id, how, since)
        return response

    async def change_two_factor(request: Request, viewer: Viewer, form: dict[str, str]) -> Response:
        wanted = form.get("do", "")
        if wanted == "propose":
            await credentials.propose_totp(viewer.user_id)
        elif wanted == "confirm":
            codes = await credentials.confirm_totp(viewer.user_id, form.get("code", ""))
            if codes is None:
                raise Refused("error-code", 400)
            entrance.note(request, viewer.who, "two-factor.on", viewer.who.id)
            return codes_page(request, codes)
        elif wanted == "codes" and (await credentials.two_factor(viewer.user_id)).on:
            entrance.note(request, viewer.who, "two-factor.codes", viewer.who.id, "new recovery codes")
            return codes_page(request, await credentials.renew_recovery_codes(viewer.user_id))
        elif wanted == "remove":
            await credentials.remove_two_factor(viewer.user_id)
            entrance.note(request, viewer.who, "two-factor.off", viewer.who.id)
        return redirect(ACCOUNT)

    return router
