"""`/sign-in`: passwords, the second step, and one-time links."""

from html import escape
from urllib.parse import urlencode

from fastapi import APIRouter
from fastapi.responses import Response
from starlette.requests import Request

from aistack.chassis.errors import InvalidInput, NotFound, Problem
from aistack.chassis.identity import ANONYMOUS
from aistack.gateway.people.links import OpenLink
from aistack.gateway.sign_in.entrance import SECOND_STEP, SECOND_STEP_SECONDS, Entrance
from aistack.gateway.sign_in.pages import cookies
from aistack.gateway.sign_in.pages.forms import form_of, is_own_page
from aistack.gateway.sign_in.pages.page import Page, redirect
from aistack.gateway.sign_in.pages.refused import Refused
from aistack.gateway.sign_in.pages.return_to import return_path, sign_in_path
from aistack.gateway.sign_in.proxied import proxied_name
from aistack.stack.catalogue import CONSOLE_PREFIXES
from aistack.stores.records import AnyRow

PASSWORD_LIMITS = {"minlength": "12", "maxlength": "1024"}
INPUT_KEYS = ("password-length", "password-simple", "password-breached")


def sign_in_routes(entrance: Entrance) -> APIRouter:
    router = APIRouter(prefix="/sign-in", include_in_schema=False)

    @router.get("")
    async def page(request: Request) -> Response:
        """The page, or where one wanted to go when one is signed in already."""
        to = return_path(request.query_params.get("next", ""))
        if entrance.viewer(request) is not None and "again" not in request.query_params:
            return redirect(to)
        if "again" not in request.query_params and proxied_name(request, entrance.settings.proxy):
            return redirect(f"/sign-in/proxy?{urlencode({'next': to})}")
        return _sign_in_page(entrance, request, to).response()

    @router.post("")
    async def password(request: Request) -> Response:
        form = await form_of(request)
        to, email = return_path(form.get("next", "")), form.get("email", "").strip()
        try:
            _check_own_page(request)
            row = await entrance.check_password(request, email, form.get("password", ""))
            return await _after_first_step(entrance, request, row, to, "password")
        except Refused as refused:
            return _sign_in_page(entrance, request, to, refused, email).response()

    @router.get("/code")
    async def code_page(request: Request) -> Response:
        step = entrance.steps.open(SECOND_STEP, cookies.step_of(request, SECOND_STEP))
        return redirect(sign_in_path()) if step is None else _code_page(request).response()

    @router.post("/code")
    async def code(request: Request) -> Response:
        form = await form_of(request)
        step = entrance.steps.open(SECOND_STEP, cookies.step_of(request, SECOND_STEP))
        if step is None:
            return _sign_in_page(entrance, request, "/", Refused("error-expired")).response()
        try:
            _check_own_page(request)
            row = await entrance.credentials.account(step["user"])
            if row is None or row.sign_in_revision != step["revision"]:
                raise Refused("error-expired")
            await entrance.check_code(request, step["user"], form.get("code", ""))
            response = redirect(return_path(step["next"]))
            await entrance.begin_session(
                request, response, row.id, entrance.signed_in(request, f"{step['method']}+code")
            )
            return response
        except Refused as refused:
            return _code_page(request, refused).response()

    @router.get("/link")
    async def link_page(request: Request) -> Response:
        token = request.query_params.get("token", "")
        try:
            link = await entrance.people.links.look_up(token)
        except NotFound:
            return _failed_link(request)
        return await _link_page(entrance, request, link, token)

    @router.post("/link")
    async def link(request: Request) -> Response:
        form = await form_of(request)
        token = form.get("token", "")
        try:
            found = await entrance.people.links.look_up(token)
        except NotFound:
            return _failed_link(request)
        try:
            _check_own_page(request)
            user_id = await _accept(entrance, found, form)
            row = await entrance.credentials.account(user_id)
            assert row is not None
            who = entrance.people.principal(user_id) or ANONYMOUS
            entrance.note(request, who, "password.set", f"user:{user_id}", found.kind)
            return await _after_first_step(entrance, request, row, "/", found.kind)
        except NotFound:
            return _failed_link(request)
        except Refused as refused:
            return await _link_page(entrance, request, found, token, form, refused)

    return router


async def _after_first_step(entrance: Entrance, request: Request, row: AnyRow, to: str, method: str) -> Response:
    """A session, or the second step for accounts that have one."""
    if (await entrance.credentials.two_factor(row.id)).on:
        response = redirect("/sign-in/code")
        step = {"user": row.id, "revision": row.sign_in_revision, "next": to, "method": method}
        sealed = entrance.steps.seal(SECOND_STEP, step, SECOND_STEP_SECONDS)
        cookies.set_step(response, request, SECOND_STEP, sealed, SECOND_STEP_SECONDS)
        return response
    response = redirect(to)
    await entrance.begin_session(request, response, row.id, entrance.signed_in(request, method))
    return response


async def _accept(entrance: Entrance, link: OpenLink, form: dict[str, str]) -> str:
    """Sets the password of a link's account, and returns the account's id. Raises Refused and NotFound."""
    password, name, email = form.get("password", ""), form.get("name", ""), form.get("email", "")
    if password != form.get("repeated", ""):
        raise Refused("error-repeat", 400)
    row = await entrance.credentials.account(link.user_id) if link.user_id else None
    try:
        await entrance.credentials.passwords.check_new(password, *((row.name, row.email) if row else (name, email)))
        hashed = await entrance.credentials.passwords.hash(password)
        return await entrance.people.accept(form.get("token", ""), hashed, name, email)
    except NotFound:
        raise
    except Problem as problem:
        raise refused_input(problem) from None


def refused_input(problem: Problem) -> Refused:
    """What a page shows for input that was not accepted."""
    if isinstance(problem, InvalidInput) and problem.code in INPUT_KEYS:
        return Refused(f"error-{problem.code}", 400)
    return Refused("error-input", problem.status, detail=problem.detail)


def _check_own_page(request: Request) -> None:
    """Without this, another site could sign a visitor in to an account of its own (login CSRF)."""
    if not is_own_page(request):
        raise Refused("error-cross-site", 403)


def _sign_in_page(
    entrance: Entrance, request: Request, to: str, refused: Refused | None = None, email: str = ""
) -> Page:
    again = "again" in request.query_params
    page = Page(request, "again-title" if again else "sign-in")
    page.refuse(refused)
    if again and refused is None:
        page.text("again-lead")
    settings = entrance.settings
    if settings.passwords:
        inputs = (
            page.input("email", "email", "email", "username webauthn", email, maxlength="254"),
            page.input("password", "password", "password", "current-password", maxlength="1024"),
        )
        page.form("/sign-in", "sign-in", inputs, {"next": to})
    if settings.passkeys:
        failed, label = escape(page.say("passkey-failed")), escape(page.say("passkey"))
        page.html(
            f'<p id="passkey-failed" class="trouble" role="alert" hidden>{failed}</p>',
            f'<button id="passkey" class="quiet" type="button" data-next="{escape(to)}" hidden>{label}</button>',
        )
        page.script("passkeys.js")
    if settings.providers and settings.passwords:
        page.html(f'<p class="divider">{escape(page.say("or"))}</p>')
    for provider in settings.providers:
        start = f"/sign-in/providers/{provider.name}?{urlencode({'next': to})}"
        label = page.say("with", name=provider.title)
        page.html(f'<a class="button provider" href="{escape(start)}">{escape(label)}</a>')
    if not settings.passwords and not settings.providers:
        page.text("no-way")
    if to == "/" or to.startswith(("/?", "/console/", *CONSOLE_PREFIXES)):
        page.link("use-key", f"{to}#key", "quiet")
    return page


def _code_page(request: Request, refused: Refused | None = None) -> Page:
    page = Page(request, "code-title")
    page.refuse(refused)
    page.text("code-lead")
    field = page.input(
        "code", "code", "text", "one-time-code", maxlength="40", autofocus="autofocus", spellcheck="false"
    )
    page.form("/sign-in/code", "continue", (field,))
    page.html(f'<a class="button quiet" href="/sign-in">{escape(page.say("cancel"))}</a>')
    return page


def _failed_link(request: Request) -> Response:
    page = Page(request, "sign-in")
    page.refuse(Refused("error-link", 404))
    page.html(f'<a class="button" href="/sign-in">{escape(page.say("sign-in"))}</a>')
    return page.response()


async def _link_page(
    entrance: Entrance,
    request: Request,
    link: OpenLink,
    token: str,
    form: dict[str, str] | None = None,
    refused: Refused | None = None,
) -> Response:
    row = await entrance.credentials.account(link.user_id) if link.user_id else None
    if link.user_id and row is None:
        return _failed_link(request)
    given = form or {}
    name, email = (row.name, row.email) if row is not None else ("", "")
    page = Page(request, f"{link.kind}-title", name=name)
    page.refuse(refused)
    page.text(f"{link.kind}-lead", email=email)
    inputs: list[str] = []
    if row is None:
        inputs.append(page.input("name", "name", "text", "name", given.get("name", ""), maxlength="128"))
        inputs.append(page.input("email", "email", "email", "username", given.get("email", ""), maxlength="254"))
    else:  # for password managers
        inputs.append(f'<input hidden name="email" type="email" autocomplete="username" value="{escape(email)}">')
    inputs += new_password_inputs(page)
    page.form("/sign-in/link", "save", inputs, {"token": token})
    return page.response()


def new_password_inputs(page: Page) -> list[str]:
    return [
        page.input("password", "new-password", "password", "new-password", **PASSWORD_LIMITS),
        f'<p class="muted">{escape(page.say("password-hint"))}</p>',
        page.input("repeated", "repeat-password", "password", "new-password", **PASSWORD_LIMITS),
    ]
