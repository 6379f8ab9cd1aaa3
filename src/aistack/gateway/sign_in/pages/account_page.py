"""The account page: one's password, second step, passkeys and sessions."""

import base64
from datetime import datetime
from html import escape
from io import BytesIO

from fastapi.responses import Response
from starlette.requests import Request

from aistack.gateway.sign_in.credentials.one_time_codes import provisioning_uri
from aistack.gateway.sign_in.credentials.passkeys import Passkeys
from aistack.gateway.sign_in.entrance import Entrance, Viewer
from aistack.gateway.sign_in.pages.page import Page
from aistack.gateway.sign_in.pages.refused import Refused
from aistack.gateway.sign_in.routes import new_password_inputs
from aistack.stores.records import AnyRow

ACCOUNT = "/account"
ISSUER = "AI Stack"


async def account_page(
    entrance: Entrance, passkeys: Passkeys, request: Request, viewer: Viewer, row: AnyRow, refused: Refused | None
) -> Response:
    """The page of an account, with why its last change was refused."""
    page = Page(request, "account")
    page.refuse(refused)
    page.html(f"<section><p><b>{escape(row.name)}</b></p>")
    page.text("signed-in-as", email=row.email)
    page.html(f"<p>{escape(page.say('role'))}: {escape(page.say(f'role-{row.role}'))}</p>")
    page.form(f"{ACCOUNT}/sign-out", "sign-out", hidden=_for(viewer), kind="quiet")
    page.html("</section>")
    _password_section(entrance, page, viewer, row)
    await _two_factor_section(entrance, page, viewer, row)
    if entrance.settings.passkeys:
        _passkey_section(page, viewer, await passkeys.of(viewer.user_id))
    _session_section(page, viewer, await entrance.sessions.of(viewer.user_id))
    return page.response()


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


def codes_page(request: Request, codes: list[str]) -> Response:
    """New recovery codes, shown once."""
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
