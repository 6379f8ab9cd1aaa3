"""The console: its pages and their static files."""

from importlib.resources import files

from fastapi import APIRouter
from fastapi.responses import FileResponse
from starlette.staticfiles import StaticFiles

CONSOLE = files("aistack.console")
CONSOLE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def console_routes() -> APIRouter:
    """The page at `/`, the pages under `/console/`, and the static files that they load."""
    router = APIRouter(include_in_schema=False)

    def shown(name: str) -> FileResponse:
        headers = {
            "content-security-policy": CONSOLE_POLICY,
            "cache-control": "no-cache",
            "referrer-policy": "no-referrer",
        }
        return FileResponse(str(CONSOLE / "pages" / name), headers=headers)

    @router.get("/")
    async def page() -> FileResponse:
        return shown("index.html")

    @router.get("/console/operate")
    async def operate() -> FileResponse:
        return shown("operate.html")

    @router.get("/console/library")
    async def library() -> FileResponse:
        return shown("library.html")

    @router.get("/console/databases")
    async def databases() -> FileResponse:
        return shown("databases.html")

    @router.get("/console/questions")
    async def questions() -> FileResponse:
        return shown("questions.html")

    router.mount("/console", StaticFiles(directory=str(CONSOLE / "static")))
    return router
