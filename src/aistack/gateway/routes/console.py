"""The console: its pages and their static files."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib.resources import files
from string import Template

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.staticfiles import StaticFiles

CONSOLE = files("aistack.console")
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "cache-control": "no-cache",
    "referrer-policy": "no-referrer",
}
STATUS = '<span id="{}" class="pill" role="status" data-status="unknown">…</span>'


@dataclass(frozen=True, slots=True)
class Page:
    """`name` is that of its HTML file and its label's key; `status` is the id of a status label in the header.

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
    Page("/", "ask", "Ask", "ask", "overall"),
    Page("/console/library", "library", "Documents", "library", "state"),
    Page("/console/questions", "questions", "Ask your data", "questions"),
    Page("/console/databases", "databases", "Databases", "databases"),
    Page("/console/models", "models", "Models", "models", for_administrators=True),
    Page("/console/people", "people", "People", "people", with_identity=True),
    Page("/console/operate", "operate", "Operate", "operate", "overall", for_administrators=True),
)


def console_routes() -> APIRouter:
    """The page at `/`, the pages under `/console/`, and the static files that they load."""
    router = APIRouter(include_in_schema=False)
    layout = Template((CONSOLE / "pages" / "layout.html").read_text("utf-8"))
    for page in PAGES:
        router.add_api_route(page.path, _endpoint(_html(layout, page)), methods=["GET"])
    router.add_api_route("/console", _home, methods=["GET"])
    router.mount("/console", StaticFiles(directory=str(CONSOLE / "static")))
    return router


async def _home() -> RedirectResponse:
    return RedirectResponse("/")


def _endpoint(html: str) -> Callable[[], Awaitable[HTMLResponse]]:
    async def page() -> HTMLResponse:
        return HTMLResponse(html, headers=HEADERS)

    return page


def _html(layout: Template, page: Page) -> str:
    return layout.substitute(
        title="AI Stack" if page.path == "/" else f"{page.label} · AI Stack",
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
