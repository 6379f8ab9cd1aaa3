"""A package index with the simple repository API, and wheels to put into it."""

import hashlib
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

STALL_SECONDS_MAX = 60
SHOWN = b"<!doctype html><html><body>%s</body></html>"


class PackageIndex:
    """Serves the wheels of a folder. `cut` bytes are sent of a wheel before the connection breaks, unless it is 0; with
    `stall`, it stays open then until that is set.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.cut, self.json, self.ranges = folder, 0, False, list[str]()
        self.stall: threading.Event | None = None
        index = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                kind, _, name = self.path.strip("/").partition("/")
                if kind == "simple":
                    index.page(self, name)
                else:
                    index.file(self, name)

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/simple"

    def page(self, handler: BaseHTTPRequestHandler, project: str) -> None:
        names = [one.name for one in self.folder.glob("*.whl")]
        found = [name for name in names if name.partition("-")[0].replace("_", "-") == project]
        if not found:
            handler.send_error(404)
            return
        body = SHOWN % "".join(f'<a href="../../files/{name}#sha256=0">{name}</a>' for name in found).encode()
        kind = "text/html"
        if self.json:
            files = ", ".join(f'{{"filename": "{name}", "url": "/files/{name}", "hashes": {{}}}}' for name in found)
            body, kind = f'{{"files": [{files}]}}'.encode(), "application/vnd.pypi.simple.v1+json"
        handler.send_response(200)
        handler.send_header("content-type", kind)
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def file(self, handler: BaseHTTPRequestHandler, name: str) -> None:
        content = (self.folder / name).read_bytes()
        start = int(handler.headers.get("range", "bytes=0-")[6:-1])
        self.ranges.append(handler.headers.get("range", ""))
        handler.send_response(206 if start else 200)
        handler.send_header("content-length", str(len(content) - start))
        handler.end_headers()
        part = content[start:]
        handler.wfile.write(part[: self.cut] if self.cut else part)
        if self.stall is not None:
            handler.wfile.flush()
            self.stall.wait(STALL_SECONDS_MAX)


@contextmanager
def package_index(folder: Path) -> Iterator[PackageIndex]:
    """An index of the wheels in a folder, on a free port."""
    index = PackageIndex(folder)
    threading.Thread(target=index.server.serve_forever, daemon=True).start()
    try:
        yield index
    finally:
        index.server.shutdown()
        index.server.server_close()


def wheel_with(folder: Path, package: str, member: str, content: bytes) -> tuple[Path, str]:
    """Writes a wheel with one file besides code that fails when it runs; returns it and its SHA-256."""
    path = folder / f"{package.replace('-', '_')}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{package.replace('-', '_')}/__init__.py", "raise SystemExit('code of a package ran')\n")
        archive.writestr(member, content)
    return path, hashlib.sha256(path.read_bytes()).hexdigest()
