"""The console's files: revalidated on each visit, compressed, and named in advance by the page that loads them."""

import gzip
import re
from asyncio import to_thread
from importlib.resources import files
from pathlib import Path
from string import Template

from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

CONSOLE = files("aistack.console")
STATIC = Path(str(CONSOLE / "static"))
START = "app.js"
COMPRESSED = frozenset({".css", ".js", ".svg", ".txt"})
COMPRESSION_LEVEL = 6
OF_THE_PLAIN_FILE = frozenset({"content-length", "accept-ranges"})
STATIC_IMPORT = re.compile(r"^(?:import|export)\b[^;\"']*?[\"'](\.{1,2}/[^\"']+)[\"']", re.MULTILINE)


class ConsoleFiles(StaticFiles):
    """The files of a folder. Browsers ask whether a file has changed each time, so an upgrade shows at once.

    What a text file is when compressed is kept, about 1 MB in all, as the largest take a tenth of a second.
    """

    def __init__(self, directory: str) -> None:
        super().__init__(directory=directory)
        self._compressed: dict[tuple[str, str], bytes] = {}

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = "no-cache"
        response.headers["vary"] = "Accept-Encoding"
        accepted = Headers(scope=scope).get("accept-encoding", "")
        if not isinstance(response, FileResponse) or "gzip" not in accepted or scope["method"] != "GET":
            return response
        if Path(response.path).suffix not in COMPRESSED:
            return response
        key = (str(response.path), response.headers["etag"])
        if key not in self._compressed:
            content = await to_thread(Path(response.path).read_bytes)
            self._compressed[key] = await to_thread(gzip.compress, content, COMPRESSION_LEVEL, mtime=0)
        headers = {name: value for name, value in response.headers.items() if name not in OF_THE_PLAIN_FILE}
        return Response(self._compressed[key], headers=headers | {"content-encoding": "gzip"})


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
