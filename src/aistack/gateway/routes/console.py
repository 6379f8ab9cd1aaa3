"""The console: one application at `/` and below the paths of its pages, its files below `/console/`.

Pages that have not moved into the application yet are documents of their own below `/console/`, which it shows in
frames.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from string import Template

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.requests import Request

from aistack.gateway.routes.console_files import CONSOLE, STATIC, ConsoleFiles, index_page
from aistack.stack.catalogue import CONSOLE_PREFIXES

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; frame-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors {}"
)
HEADERS = {
    "content-security-policy": POLICY.format("'none'"),
    "cache-control": "no-cache",
    "referrer-policy": "no-referrer",
    "x-dns-prefetch-control": "off",  # a link in an answer must not look up its host before it is clicked
}
FRAMED_HEADERS = HEADERS | {"content-security-policy": POLICY.format("'self'")}
MOVED = {"/console/library": "/documents"}  # former addresses
STATUS = '<span id="{}" class="pill" role="status" data-status="unknown">…</span>'


@dataclass(frozen=True, slots=True)
class Page:
    """A page of its own. `name` is that of its HTML file and its label's key; `status` the id of a status label.

    The link to a page `for_administrators` is hidden from members, and one `with_identity` while identity is off.
    """

    path: str
    name: str
    label: str
    script: str
    status: str = ""
    for_administrators: bool = False
    with_identity: bool = False


PAGES = (
    Page("/console/ask", "ask", "Ask", "ask", "overall"),
    Page("/console/questions", "questions", "Ask your data", "questions"),
    Page("/console/databases", "databases", "Databases", "databases"),
    Page("/console/models", "models", "Models", "models", for_administrators=True),
    Page("/console/people", "people", "People", "people", with_identity=True),
    Page("/console/operate", "operate", "Operate", "operate", "overall", for_administrators=True),
)


def console_routes() -> APIRouter:
    """The application, the pages of their own, and the files that both load."""
    router = APIRouter(include_in_schema=False)
    index = _endpoint(index_page(), HEADERS)
    for path in ("/", *(f"{prefix}{rest}" for prefix in CONSOLE_PREFIXES for rest in ("", "/{rest:path}"))):
        router.add_api_route(path, index, methods=["GET"])
    layout = Template((CONSOLE / "pages" / "layout.html").read_text("utf-8"))
    for page in PAGES:
        router.add_api_route(page.path, _endpoint(_html(layout, page), FRAMED_HEADERS), methods=["GET"])
    for path in MOVED:
        router.add_api_route(path, _moved, methods=["GET"])
    router.add_api_route("/console", _home, methods=["GET"])
    router.mount("/console", ConsoleFiles(directory=str(STATIC)))
    return router


async def _home() -> RedirectResponse:
    return RedirectResponse("/")


async def _moved(request: Request) -> RedirectResponse:
    query = request.url.query
    return RedirectResponse(MOVED[request.url.path] + (f"?{query}" if query else ""))


def _endpoint(html: str, headers: dict[str, str]) -> Callable[[], Awaitable[HTMLResponse]]:
    async def page() -> HTMLResponse:
        return HTMLResponse(html, headers=headers)

    return page


def _html(layout: Template, page: Page) -> str:
    return layout.substitute(
        title=f"{page.label} · AI Stack",
        status=STATUS.format(page.status) if page.status else "",
        links="\n    ".join(_link(other, is_current=other is page) for other in PAGES),
        body=(CONSOLE / "pages" / f"{page.name}.html").read_text("utf-8"),
        script=page.script,
    )


def _link(page: Page, *, is_current: bool) -> str:
    current = ' aria-current="page"' if is_current else ""
    hidden = ""
    if page.with_identity:
        hidden = " hidden data-identity"
    elif page.for_administrators:
        hidden = " data-administrators"
    return f'<a class="button quiet" href="{page.path}" data-say="{page.name}"{current}{hidden}>{page.label}</a>'
