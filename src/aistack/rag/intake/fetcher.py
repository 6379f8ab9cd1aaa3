"""Fetching documents from the web, without letting a URL reach what its giver could not reach.

Only public addresses are called, unless a setting says otherwise: a name is resolved here, every address that it has is
judged, and the one that is called is one that was judged. Redirects are judged anew.
"""

import asyncio
import hashlib
import ipaddress
import socket
import uuid
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx

from aistack import __version__
from aistack.chassis.errors import InvalidInput
from aistack.rag.intake.uploads import StagedFile

REDIRECTS_MAX = 5
SECONDS_MAX = 60.0
URL_CHARACTERS_MAX = 500
UNCHANGED = 304
SUFFIXES = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "application/pdf": ".pdf",
    "text/markdown": ".md",
    "text/csv": ".csv",
    "application/json": ".json",
    "text/plain": ".txt",
}


class FetchFailed(Exception):
    """The document could not be had; the message says why."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came, and the server's marks to ask by next time."""

    staged: StagedFile
    etag: str
    last_modified: str


class Fetcher:
    """`allow_private` lets loopback and private networks be called."""

    def __init__(self, staging: Path, bytes_max: int, *, allow_private: bool) -> None:
        self._staging = staging
        self._bytes_max = bytes_max
        self._allow_private = allow_private

    async def fetch(self, url: str, etag: str = "", last_modified: str = "") -> Fetched | None:
        """The document, staged under its URL as name; None when it did not change. Raises FetchFailed."""
        check_url(url)
        asked = {"user-agent": f"ai-stack/{__version__}", "accept": "*/*"}
        if etag:
            asked["if-none-match"] = etag
        if last_modified:
            asked["if-modified-since"] = last_modified
        try:
            async with asyncio.timeout(SECONDS_MAX):
                return await self._follow(url, asked)
        except TimeoutError:
            raise FetchFailed(f"{url} was not there within {SECONDS_MAX:g} s") from None
        except httpx.HTTPError as error:
            raise FetchFailed(f"{url} could not be fetched ({type(error).__name__}: {error})") from None

    async def _follow(self, url: str, asked: dict[str, str]) -> Fetched | None:
        here = url
        for _ in range(REDIRECTS_MAX + 1):
            address, host = await self._judged(here)
            async with (
                httpx.AsyncClient(timeout=SECONDS_MAX, trust_env=False) as client,
                client.stream(
                    "GET", address, headers=asked | {"host": host}, extensions={"sni_hostname": urlsplit(here).hostname}
                ) as answer,
            ):
                if answer.status_code == UNCHANGED:
                    return None
                if answer.is_redirect:
                    here = urljoin(here, answer.headers.get("location", ""))
                    continue
                if not answer.is_success:
                    raise FetchFailed(f"{here} answered {answer.status_code}")
                return await self._received(url, answer)
        raise FetchFailed(f"{url} redirects more than {REDIRECTS_MAX} times")

    async def _judged(self, url: str) -> tuple[str, str]:
        """The URL with a judged address in the place of its name, and what to call the host."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise FetchFailed(f"{url} leads away from http and https")
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            found = await asyncio.get_running_loop().getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise FetchFailed(f"{parts.hostname} cannot be found: {error}") from None
        addresses = [ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found]
        wrong = next((one for one in addresses if not one.is_global), None)
        if wrong is not None and not self._allow_private:
            raise FetchFailed(f"{parts.hostname} is at {wrong}, which is not public; set RAG_FETCH_PRIVATE to allow it")
        name = f"[{addresses[0]}]" if addresses[0].version == 6 else str(addresses[0])
        return parts._replace(netloc=f"{name}:{port}").geturl(), parts.netloc.rpartition("@")[2]

    async def _received(self, url: str, answer: httpx.Response) -> Fetched:
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        suffix = SUFFIXES.get(kind, "")
        name = url if not suffix or urlsplit(url).path.lower().endswith(suffix) else f"{url}#{suffix}"
        staged = StagedFile(name, self._staging / uuid.uuid4().hex)
        digest = hashlib.sha256()
        try:
            with staged.path.open("xb") as file:
                async for part in answer.aiter_bytes():
                    staged.bytes += len(part)
                    if staged.bytes > self._bytes_max:
                        raise FetchFailed(f"{url} is larger than {self._bytes_max} bytes")
                    digest.update(part)
                    file.write(part)
        except BaseException:
            staged.discard()
            raise
        staged.sha256 = digest.hexdigest()
        return Fetched(staged, answer.headers.get("etag", ""), answer.headers.get("last-modified", ""))


def check_url(url: str) -> None:
    """Raises InvalidInput for what is no plain web address."""
    try:
        parts = urlsplit(url)
        plain = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
        _ = parts.port
    except ValueError:
        plain = False
    if not plain or len(url) > URL_CHARACTERS_MAX:
        raise InvalidInput(
            f"url must be http://... or https://..., without a password, of {URL_CHARACTERS_MAX} characters"
        )
