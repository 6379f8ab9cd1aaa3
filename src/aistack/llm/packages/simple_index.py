"""Where a wheel is: the simple repository API (PEP 503 pages, PEP 691 JSON), over HTTP or in folders.

Only the location is taken from an index. Whether the file is the right one is decided by its pinned SHA-256.
"""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

import httpx

from aistack.llm.packages.pip_settings import PipSettings

ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.5, text/html;q=0.1"
PAGE_BYTES_MAX = 32 << 20
NOT_FOUND = 404


def locations(client: httpx.Client, settings: PipSettings, package: str, wheel: str) -> Iterator[str | Exception]:
    """Where a wheel may be, best first: `file:` and `http(s):` URLs; an exception for each index that failed."""
    project = re.sub(r"[-_.]+", "-", package).lower()
    for place in settings.find_links:
        path = local_path(place)
        if path is not None and (path / wheel).is_file():
            yield (path / wheel).absolute().as_uri()
    pages = [place for place in settings.find_links if local_path(place) is None]
    for page in (*pages, *(f"{index.rstrip('/')}/{project}/" for index in settings.indexes)):
        try:
            yield from _links(client, page, wheel)
        except (httpx.HTTPError, OSError, ValueError) as error:
            yield error


def local_path(url: str) -> Path | None:
    """The path of a `file:` URL or of a plain path, None for other URLs."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return Path(unquote(parts.path))
    return None if parts.scheme in ("http", "https") else Path(url).expanduser()


def without_password(url: str) -> str:
    """A URL for people: user and password are left out."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _links(client: httpx.Client, page: str, wheel: str) -> Iterator[str]:
    folder = local_path(page)
    if folder is not None:
        if (folder / wheel).is_file():
            yield (folder / wheel).absolute().as_uri()
        index = folder / "index.html"
        if index.is_file():
            yield from _of_html(index.read_text("utf-8"), folder.absolute().as_uri() + "/", wheel)
        return
    with client.stream("GET", page, headers={"accept": ACCEPT}) as response:
        if response.status_code == NOT_FOUND:
            return
        if not response.is_success:
            raise httpx.HTTPError(f"it answered with status {response.status_code}")
        body = bytearray()
        for piece in response.iter_bytes():
            body += piece
            if len(body) > PAGE_BYTES_MAX:
                raise ValueError(f"its page is larger than {PAGE_BYTES_MAX >> 20} MB")
    base = str(response.url)
    found = _of_json(bytes(body), wheel) if "json" in response.headers.get("content-type", "") else None
    for link in found if found is not None else _of_html(body.decode("utf-8", "replace"), base, wheel):
        yield _with_password(urljoin(base, link), page)


def _with_password(link: str, page: str) -> str:
    """A private index's user and password go with links to the same host, and to no other."""
    there, here = urlsplit(page), urlsplit(link)
    if "@" in there.netloc and here.netloc == there.netloc.rpartition("@")[2]:
        return urlunsplit(here._replace(netloc=there.netloc))
    return link


def _of_json(body: bytes, wheel: str) -> list[str]:
    try:
        return [str(one["url"]) for one in json.loads(body)["files"] if one["filename"] == wheel]
    except (KeyError, TypeError):
        raise ValueError("its page is not in the format of the simple repository API") from None


def _of_html(page: str, base: str, wheel: str) -> list[str]:
    parser = _Anchors()
    parser.feed(page)
    links = [urljoin(base, link) for link in parser.links]
    return [link for link in links if unquote(urlsplit(link).path).rpartition("/")[2] == wheel]


class _Anchors(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.links.extend(value for key, value in attrs if key == "href" and value)
