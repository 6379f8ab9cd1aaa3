"""The console's files: revalidated on each visit, compressed, and named in advance by the page that loads them."""

import re
from importlib.resources import files
from pathlib import Path
from string import Template

from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONSOLE = files("aistack.console")
STATIC = Path(str(CONSOLE / "static"))
START = "app.js"
COMPRESSED_BYTES_MIN = 500
STATIC_IMPORT = re.compile(r"^(?:import|export)\b[^;\"']*?[\"'](\.{1,2}/[^\"']+)[\"']", re.MULTILINE)
NO_CACHE = (b"cache-control", b"no-cache")


class ConsoleFiles:
    """The files of a folder. Browsers ask whether a file has changed each time, so an upgrade shows at once."""

    def __init__(self, directory: str) -> None:
        self._app: ASGIApp = GZipMiddleware(StaticFiles(directory=directory), minimum_size=COMPRESSED_BYTES_MIN)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], NO_CACHE]
            await send(message)

        await self._app(scope, receive, sent)


def index_page() -> str:
    """The application's page. It names all modules that start needs, so that they are loaded side by side."""
    layout = Template((STATIC / "index.html").read_text("utf-8"))
    links = [f'<link rel="modulepreload" href="/console/{name}">' for name in modules_of(START)]
    return layout.substitute(preloads="\n".join(links))


def modules_of(start: str) -> list[str]:
    """A module and all that it imports statically, in the order of first use, as paths within the folder."""
    found: dict[str, None] = {}
    waiting = [STATIC / start]
    while waiting:
        module = waiting.pop(0)
        name = module.relative_to(STATIC).as_posix()
        if name in found or not module.is_file():
            continue
        found[name] = None
        imported = STATIC_IMPORT.findall(module.read_text("utf-8"))
        waiting.extend(Path(str((module.parent / one).resolve())) for one in imported)
    return list(found)
