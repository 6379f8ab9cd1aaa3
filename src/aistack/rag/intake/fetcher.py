"""Fetches documents from the web, protected against server-side request forgery (SSRF).

Only public addresses are requested, unless a setting allows others. The host name is resolved here, all its addresses
are checked, and the request goes to a checked address. The same applies to each redirect.
"""

import asyncio
import hashlib
import ipaddress
import socket
import uuid
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urljoin, urlsplit

import httpx

from aistack import __version__
from aistack.chassis.errors import InvalidInput
from aistack.rag.intake.uploads import StagedFile

REDIRECTS_MAX = 5
SECONDS_MAX = 60.0
URL_CHARACTERS_MAX = 500
NOT_MODIFIED = 304
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
    """The document could not be fetched. The message says why."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document, and the validators for the next conditional request."""

    staged: StagedFile
    etag: str
    last_modified: str


class Fetcher:
    """Fetches to files in `staging`. `allow_private` permits loopback and private addresses."""

    def __init__(self, staging: Path, bytes_max: int, *, allow_private: bool) -> None:
        self._staging = staging
        self._bytes_max = bytes_max
        self._allow_private = allow_private

    async def fetch(self, url: str, etag: str = "", last_modified: str = "") -> Fetched | None:
        """The document, named by its URL, or None if it has not changed since `etag` or `last_modified`.

        Raises FetchFailed, or InvalidInput if the URL is invalid.
        """
        check_url(url)
        headers = {"user-agent": f"ai-stack/{__version__}", "accept": "*/*"}
        if etag:
            headers["if-none-match"] = etag
        if last_modified:
            headers["if-modified-since"] = last_modified
        try:
            async with asyncio.timeout(SECONDS_MAX):
                return await self._request(url, headers)
        except TimeoutError:
            raise FetchFailed(f"{url} did not respond within {SECONDS_MAX:g} s") from None
        except httpx.HTTPError as error:
            raise FetchFailed(f"{url} could not be fetched ({type(error).__name__}: {error})") from None

    async def _request(self, url: str, headers: dict[str, str]) -> Fetched | None:
        """Requests the URL and follows redirects."""
        current = url
        for _ in range(REDIRECTS_MAX + 1):
            address, host = await self._resolved(current)
            async with (
                httpx.AsyncClient(timeout=SECONDS_MAX, trust_env=False) as client,
                client.stream(
                    "GET",
                    address,
                    headers=headers | {"host": host},
                    extensions={"sni_hostname": urlsplit(current).hostname},
                ) as response,
            ):
                if response.status_code == NOT_MODIFIED:
                    return None
                if response.is_redirect:
                    current = urljoin(current, response.headers.get("location", ""))
                    continue
                if not response.is_success:
                    raise FetchFailed(f"{current} answered with status {response.status_code}")
                return await self._saved(url, response)
        raise FetchFailed(f"{url} redirects more than {REDIRECTS_MAX} times")

    async def _resolved(self, url: str) -> tuple[str, str]:
        """The URL with a checked address in place of the host name, and the value of the Host header."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise FetchFailed(f"{url} is not an http or https URL")
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            found = await asyncio.get_running_loop().getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise FetchFailed(f"{parts.hostname} cannot be resolved: {error}") from None
        addresses = [ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found]
        private = next((one for one in addresses if not one.is_global), None)
        if private is not None and not self._allow_private:
            raise FetchFailed(
                f"{parts.hostname} has the address {private}, which is not public; set RAG_FETCH_PRIVATE to allow it"
            )
        name = f"[{addresses[0]}]" if addresses[0].version == 6 else str(addresses[0])
        return parts._replace(netloc=f"{name}:{port}").geturl(), parts.netloc.rpartition("@")[2]

    async def _saved(self, url: str, response: httpx.Response) -> Fetched:
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        suffix = PurePosixPath(urlsplit(url).path.lower()).suffix
        if kind != "text/plain" or not suffix:  # servers send source code and data as plain text too
            suffix = SUFFIXES.get(kind, suffix)
        staged = StagedFile(url, self._staging / uuid.uuid4().hex, suffix=suffix)
        digest = hashlib.sha256()
        try:
            with staged.path.open("xb") as file:
                async for part in response.aiter_bytes():
                    staged.bytes += len(part)
                    if staged.bytes > self._bytes_max:
                        raise FetchFailed(f"{url} is larger than {self._bytes_max} bytes")
                    digest.update(part)
                    file.write(part)
        except BaseException:
            staged.discard()
            raise
        staged.sha256 = digest.hexdigest()
        return Fetched(staged, response.headers.get("etag", ""), response.headers.get("last-modified", ""))


def check_url(url: str) -> None:
    """Raises InvalidInput unless this is an http or https URL without credentials."""
    try:
        parts = urlsplit(url)
        is_valid = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
        _ = parts.port
    except ValueError:
        is_valid = False
    if not is_valid or len(url) > URL_CHARACTERS_MAX:
        raise InvalidInput(
            f"url must start with http:// or https://, contain no password, and be at most {URL_CHARACTERS_MAX} long"
        )
