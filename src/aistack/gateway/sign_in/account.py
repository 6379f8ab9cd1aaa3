"""`/account`: one's own password, second step and sessions."""

import base64
from datetime import UTC, datetime, timedelta
from html import escape
from io import BytesIO

from fastapi import APIRouter
from fastapi.responses import Response
from starlette.requests import Request

from aistack.chassis.errors import NotFound, Problem
from aistack.gateway.sign_in import cookies
from aistack.gateway.sign_in.entrance import Entrance, Viewer
from aistack.gateway.sign_in.forms import form_of
from aistack.gateway.sign_in.one_time_codes import provisioning_uri
from aistack.gateway.sign_in.pages import Page, redirect
from aistack.gateway.sign_in.passkeys import Passkeys
from aistack.gateway.sign_in.refused import Refused
from aistack.gateway.sign_in.return_to import sign_in_path
from aistack.gateway.sign_in.routes import new_password_inputs, refused_input
from aistack.stores.records import AnyRow

FRESH = timedelta(minutes=15)  # how long after signing in one may change how one signs in
ACCOUNT = "/account"
AGAIN = "/sign-in?again=1&next=/account"
ISSUER = "AI Stack"


def account_routes(entrance: Entrance, passkeys: Passkeys) -> APIRouter:
    router = APIRouter(prefix=ACCOUNT, include_in_schema=False)
    credentials, sessions = entrance.credentials, entrance.sessions

    async def page(request: Request, viewer: Viewer, refused: Refused | None = None, saved: str = "") -> Response:
        row = await credentials.account(viewer.user_id)
        if row is None:
            return redirect(sign_in_path(ACCOUNT))
        page = Page(request, "account")
        page.refuse(refused)
        if saved:
            page.html(f'<p role="status">{escape(page.say(saved))}</p>')
        page.html(f"<section><p><b>{escape(row.name)}</b></p>")
        page.text("signed-in-as", email=row.email)
        page.html(f"<p>{escape(page.say('role'))}: {escape(page.say(f'role-{row.role}'))}</p>")
        page.form(f"{ACCOUNT}/sign-out", "sign-out", hidden=_for(viewer), kind="quiet")
        page.html("</section>")
        _password_section(entrance, page, viewer, row)
        await _two_factor_section(entrance, page, viewer, row)
        if entrance.settings.public_url:
            _passkey_section(page, viewer, await passkeys.of(viewer.user_id))
        _session_section(page, viewer, await sessions.of(viewer.user_id))
        return page.response()

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
        try:
            await credentials.set_password(viewer.user_id, form.get("password", ""))
        except Problem as problem:
            raise refused_input(problem) from None
        entrance.note(request, viewer.who, "password.set", viewer.who.id, "changed")
        response = redirect(ACCOUNT)
        await entrance.begin_session(request, response, viewer.user_id, entrance.signed_in(request, "password"))
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
            return _codes_page(request, codes)
        elif wanted == "codes" and (await credentials.two_factor(viewer.user_id)).on:
            entrance.note(request, viewer.who, "two-factor.codes", viewer.who.id, "new recovery codes")
            return _codes_page(request, await credentials.renew_recovery_codes(viewer.user_id))
        elif wanted == "remove":
            await credentials.remove_two_factor(viewer.user_id)
            entrance.note(request, viewer.who, "two-factor.off", viewer.who.id)
        return redirect(ACCOUNT)

    return router


def _for(viewer: Viewer, **more: str) -> dict[str, str]:
    """The hidden fields of a form: for which session it was shown."""
    return {"session": viewer.session, **more}


def _password_section(entrance: Entrance, page: Page, viewer: Viewer, row: AnyRow) -> None:
    if not entrance.settings.passwords:
        return
    title = "set-password" if row.password_hash is None else "change-password"
    page.html("<section>")
    page.heading(title)
    page.text("change-password-lead")
    inputs = [f'<input hidden name="email" type="email" autocomplete="username" value="{escape(row.email)}">']
    if row.password_hash is not None:
        inputs.append(page.input("current", "current-password", "password", "current-password", maxlength="1024"))
    page.form(f"{ACCOUNT}/password", "save", [*inputs, *new_password_inputs(page)], _for(viewer))
    page.html("</section>")


async def _two_factor_section(entrance: Entrance, page: Page, viewer: Viewer, row: AnyRow) -> None:
    state = await entrance.credentials.two_factor(viewer.user_id)
    action = f"{ACCOUNT}/two-factor"
    page.html("<section>")
    page.heading("two-factor")
    if state.on:
        page.text("two-factor-on", count=state.codes_left)
        page.form(action, "recovery-new", hidden=_for(viewer, do="codes"), kind="quiet")
        page.form(action, "two-factor-remove", hidden=_for(viewer, do="remove"), kind="quiet")
    elif secret := await entrance.credentials.proposed_totp(viewer.user_id):
        page.text("two-factor-scan")
        page.html(f'<img class="qr" alt="" src="{_qr(provisioning_uri(secret, row.email, ISSUER))}">')
        page.text("two-factor-secret", secret=secret)
        field = page.input("code", "code", "text", "one-time-code", inputmode="numeric", maxlength="10")
        page.form(action, "continue", (field,), _for(viewer, do="confirm"))
        page.form(action, "cancel", hidden=_for(viewer, do="remove"), kind="quiet")
    else:
        page.text("two-factor-off")
        page.form(action, "two-factor-set-up", hidden=_for(viewer, do="propose"), kind="quiet")
    page.html("</section>")


def _passkey_section(page: Page, viewer: Viewer, rows: list[AnyRow]) -> None:
    page.html("<section>")
    page.heading("passkeys")
    page.text("passkeys-lead")
    if rows:
        page.html('<ul class="entries">')
        for row in rows:
            since = escape(page.say("passkey-since", when=_when(row.created_at)))
            page.html(f'<li><span>{escape(row.name)}<span class="muted">{since}</span></span>')
            page.form(f"{ACCOUNT}/remove-passkey", "remove", hidden=_for(viewer, passkey=row.id), kind="quiet")
            page.html("</li>")
        page.html("</ul>")
    failed, label = escape(page.say("passkey-failed")), escape(page.say("passkey-add"))
    page.html(
        f'<p id="passkey-failed" class="trouble" role="alert" hidden>{failed}</p>',
        f'<button id="add-passkey" class="quiet" type="button" data-session="{viewer.session}" hidden>{label}</button>',
        "</section>",
    )
    page.script("passkeys.js")


def _session_section(page: Page, viewer: Viewer, rows: list[AnyRow]) -> None:
    page.html("<section>")
    page.heading("sessions")
    page.html('<ul class="entries">')
    for row in rows:
        times = (
            page.say("last-seen", when=_when(row.last_seen_at)),
            page.say("signed-in-at", when=_when(row.created_at)),
        )
        about = escape(", ".join((row.address or "?", *times)))
        page.html(f'<li><span>{escape(_device(row.agent))}<span class="muted">{about}</span></span>')
        if row.id == viewer.session:
            page.html(f'<span class="muted">{escape(page.say("this-session"))}</span>')
        else:
            page.form(f"{ACCOUNT}/sessions", "end", hidden=_for(viewer, end=row.id), kind="quiet")
        page.html("</li>")
    page.html("</ul>")
    if len(rows) > 1:
        page.form(f"{ACCOUNT}/sessions", "end-others", hidden=_for(viewer, end="others"), kind="quiet")
    page.html("</section>")


def _codes_page(request: Request, codes: list[str]) -> Response:
    page = Page(request, "recovery-title")
    page.text("recovery-lead")
    page.html('<ul class="codes">', *(f"<li>{code}</li>" for code in codes), "</ul>")
    page.html(f'<a class="button" href="{ACCOUNT}">{escape(page.say("done"))}</a>')
    return page.response()


def _qr(text: str) -> str:
    """A data URI of a QR code in SVG."""
    import segno

    picture = BytesIO()
    segno.make(text, error="m").save(picture, kind="svg", scale=4, border=2)
    return "data:image/svg+xml;base64," + base64.b64encode(picture.getvalue()).decode()


def _when(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M UTC")


def _device(agent: str) -> str:
    """A browser and a system out of a User-Agent, as far as they are common."""
    browsers = (
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    )
    systems = (
        ("Windows", "Windows"),
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    )
    found = [next((name for mark, name in marks if mark in agent), "") for marks in (browsers, systems)]
    return ", ".join(filter(None, found)) or agent[:60] or "?"
