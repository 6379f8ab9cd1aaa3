"""Fetches what sources offer, as their sites want it: conditionally, seldom, and never when asked not to."""

import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

from aistack import __version__
from aistack.chassis.web.public_web import FetchFailed, PublicWeb
from aistack.trend.fetching.hosts import Hosts
from aistack.trend.fetching.robots import Robots

NOT_MODIFIED, GONE = 304, 410
BACKING_OFF = (403, 429, 503)  # some sites answer 403 to those who ask too often
RETRY_SECONDS_MAX = 86_400
PIECE_BYTES = 1 << 16
ACCEPT = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.8"


class NotNow(FetchFailed):
    """The site does not want to be asked now. `seconds` is how long to wait, 0 if it did not say."""

    def __init__(self, reason: str, seconds: float) -> None:
        super().__init__(reason)
        self.seconds = seconds


class SourceGone(FetchFailed):
    """The site says that the source is gone for good (410)."""


@dataclass(frozen=True, slots=True)
class Response:
    """`content` is None if nothing changed. `max_age_seconds` is how long the site wants it to be kept."""

    url: str
    content: bytes | None
    content_type: str = ""
    etag: str = ""
    last_modified: str = ""
    max_age_seconds: int = 0


class PoliteFetcher:
    """`contact` goes into the User-Agent. `bytes_max` limits what a response unpacks to."""

    def __init__(self, web: PublicWeb, hosts: Hosts, contact: str, bytes_max: int) -> None:
        self.hosts = hosts
        self._web = web
        self._bytes_max = bytes_max
        self._agent = ""
        self.use_contact(contact)
        self._robots = Robots("ai-stack", self._robots_txt)

    def use_contact(self, contact: str) -> None:
        about = f"; {contact}" if contact else ""
        self._agent = f"ai-stack/{__version__} (feed reader{about})"

    async def fetch(self, url: str, etag: str = "", last_modified: str = "", *, is_page: bool = False) -> Response:
        """The response, with a conditional request if there are validators. Raises FetchFailed.

        `robots.txt` counts for pages; a feed is there for readers to fetch.
        """
        host = urlsplit(url).netloc
        if (seconds := self.hosts.closed_seconds(host)) > 0:
            raise NotNow(f"{host} asked to be left alone", seconds)
        delay = 0.0
        if is_page:
            if reason := await self._robots.refusal(url):
                raise FetchFailed(reason)
            delay = await self._robots.delay_seconds(url)
        headers = {"user-agent": self._agent, "accept": ACCEPT, "accept-encoding": "gzip, deflate"}
        if etag:
            headers["if-none-match"] = etag
        if last_modified:
            headers["if-modified-since"] = last_modified
        async with self.hosts.turn(host, delay), self._web.get(url, headers) as (response, _):
            return await self._taken(url, host, response)

    async def _taken(self, url: str, host: str, response: httpx.Response) -> Response:
        status = response.status_code
        validators: dict[str, Any] = {
            "etag": response.headers.get("etag", ""),
            "last_modified": response.headers.get("last-modified", ""),
            "max_age_seconds": max_age(response.headers),
        }
        if status == NOT_MODIFIED:
            return Response(url, None, **validators)
        if status in BACKING_OFF:
            seconds = retry_after(response.headers.get("retry-after", ""))
            if seconds:
                self.hosts.close(host, seconds)
            raise NotNow(f"{host} answered with status {status}", seconds)
        if status == GONE:
            raise SourceGone(f"{url} is gone for good (status 410)")
        if not response.is_success:
            raise FetchFailed(f"{url} answered with status {status}")
        content = await self._body(url, response)
        return Response(url, content, response.headers.get("content-type", ""), **validators)

    async def _body(self, url: str, response: httpx.Response) -> bytes:
        """The body, unpacked piece by piece, so that a small one cannot become a huge one in memory."""
        coding = response.headers.get("content-encoding", "").strip().lower()
        unpack = zlib.decompressobj(zlib.MAX_WBITS | 32) if coding in ("gzip", "x-gzip", "deflate") else None
        if unpack is None and coding not in ("", "identity"):
            raise FetchFailed(f"{url} is encoded as {coding}, which was not asked for")
        whole = bytearray()
        try:
            async for piece in response.aiter_raw(PIECE_BYTES):
                while piece:
                    whole += unpack.decompress(piece, PIECE_BYTES) if unpack is not None else piece
                    piece = unpack.unconsumed_tail if unpack is not None else b""
                    if len(whole) > self._bytes_max:
                        raise FetchFailed(f"{url} is larger than {self._bytes_max} bytes")
        except zlib.error as error:
            raise FetchFailed(f"{url} is damaged: {error}") from None
        return bytes(whole)

    async def _robots_txt(self, url: str, bytes_max: int) -> tuple[int, bytes]:
        async with self.hosts.turn(urlsplit(url).netloc), self._web.get(url, {"user-agent": self._agent}) as (found, _):
            content = bytearray()
            async for piece in found.aiter_bytes(PIECE_BYTES):
                content += piece
                if len(content) >= bytes_max:
                    break
            return found.status_code, bytes(content[:bytes_max])


def retry_after(value: str) -> float:
    """The seconds of a Retry-After header (RFC 9110, 10.2.3), 0 without one."""
    value = value.strip()
    if value.isdecimal():
        return float(min(int(value), RETRY_SECONDS_MAX))
    try:
        seconds = (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()
    except (TypeError, ValueError):
        return 0.0
    return min(max(seconds, 0.0), RETRY_SECONDS_MAX)


def max_age(headers: httpx.Headers) -> int:
    """For how long the response is fresh, s: `max-age` of Cache-Control, otherwise Expires."""
    for directive in headers.get("cache-control", "").split(","):
        name, _, value = directive.strip().partition("=")
        if name.lower() == "max-age" and value.strip('"').isdecimal():
            return min(int(value.strip('"')), RETRY_SECONDS_MAX)
    return int(retry_after(headers.get("expires", "")))
