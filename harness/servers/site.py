"""A web server with pages that a test changes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Site:
    def __init__(self) -> None:
        self.url = ""
        self.pages: dict[str, tuple[str, dict[str, str], bytes]] = {}
        self.heads: list[str] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.heads.append(head)
        status, headers, body = self.pages.get(head.split()[1], ("404 Not Found", {}, b""))
        if headers.get("etag") and f"if-none-match: {headers['etag']}\r\n".lower() in head.lower():
            status, body = "304 Not Modified", b""
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(f"HTTP/1.1 {status}\r\n{lines}content-length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()

    def page(self, path: str, body: bytes, status: str = "", **headers: str) -> str:
        """Serves a page from now on. Returns its URL."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = (status or ("302 Found" if "location" in named else "200 OK"), named, body)
        return self.url + path

    def asked(self, path: str) -> list[str]:
        """The heads of the requests for a path."""
        return [head for head in self.heads if head.split()[1] == path]


@asynccontextmanager
async def open_site() -> AsyncIterator[Site]:
    site = Site()
    listening = await asyncio.start_server(site.serve, "127.0.0.1", 0)
    site.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    try:
        yield site
    finally:
        listening.close()
