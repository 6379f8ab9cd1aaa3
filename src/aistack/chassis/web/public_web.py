"""Requests to the web on behalf of users, protected against server-side request forgery (SSRF).

Only public addresses are requested, unless a setting allows others. The host name is resolved here, all its addresses
are checked, and the request goes to a checked address. The same applies to each redirect.
"""

import asyncio
import ipaddress
import socket
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from urllib.parse import urljoin, urlsplit

import httpx

from aistack.chassis.errors import InvalidInput

REDIRECTS_MAX = 5
SECONDS_MAX = 60.0
URL_CHARACTERS_MAX = 500


ANSWER_BYTES_MAX = 64 * 1024  # of an answer to a POST


class FetchFailed(Exception):
    """It could not be fetched. The message says why. `may_have_arrived`: a POST may have had its effect."""

    def __init__(self, message: str, *, may_have_arrived: bool = False) -> None:
        super().__init__(message)
        self.may_have_arrived = may_have_arrived


class PublicWeb:
    """`allow_private` permits loopback and private addresses; `setting` is the variable that a refusal names."""

    def __init__(self, setting: str, *, allow_private: bool) -> None:
        self._setting = setting
        self._allow_private = allow_private

    @asynccontextmanager
    async def get(self, url: str, headers: Mapping[str, str]) -> AsyncGenerator[tuple[httpx.Response, list[str]]]:
        """The response with its status and headers, before its body, and the URLs that redirected to it.

        Raises FetchFailed, or InvalidInput if the URL is invalid.
        """
        check_url(url)
        way: list[str] = []
        current = url
        try:
            async with asyncio.timeout(SECONDS_MAX):
                while len(way) <= REDIRECTS_MAX:
                    address, host = await self._resolved(current)
                    async with (
                        httpx.AsyncClient(timeout=SECONDS_MAX, trust_env=False) as client,
                        client.stream(
                            "GET",
                            address,
                            headers={**headers, "host": host},
                            extensions={"sni_hostname": urlsplit(current).hostname},
                        ) as response,
                    ):
                        if not response.has_redirect_location:
                            yield response, way
                            return
                        way.append(current)
                        current = urljoin(current, response.headers["location"])
        except TimeoutError:
            raise FetchFailed(f"{url} did not respond within {SECONDS_MAX:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise FetchFailed(f"{url} could not be fetched ({type(error).__name__}: {error})") from None
        raise FetchFailed(f"{url} redirects more than {REDIRECTS_MAX} times")

    async def post(
        self, url: str, content: bytes, headers: Mapping[str, str], seconds_max: float = SECONDS_MAX
    ) -> tuple[httpx.Response, bytes]:
        """The response and the beginning of its body. Redirects are not followed.

        Raises FetchFailed, or InvalidInput if the URL is invalid.
        """
        check_url(url)
        where = urlsplit(url).hostname  # the rest of such a URL may be secret
        is_sent = False
        try:
            async with asyncio.timeout(seconds_max):
                address, host = await self._resolved(url)
                async with httpx.AsyncClient(timeout=seconds_max, trust_env=False) as client:
                    request = client.build_request(
                        "POST", address, content=content, headers={**headers, "host": host},
                        extensions={"sni_hostname": urlsplit(url).hostname},
                    )  # fmt: skip
                    is_sent = True
                    response = await client.send(request, stream=True)
                    try:
                        body = b""
                        async for piece in response.aiter_bytes():
                            body += piece
                            if len(body) >= ANSWER_BYTES_MAX:
                                break
                    finally:
                        await response.aclose()
                    return response, body[:ANSWER_BYTES_MAX]
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.InvalidURL) as error:
            raise FetchFailed(f"{where} cannot be reached ({type(error).__name__}: {error})") from None
        except TimeoutError:
            reason = f"{where} did not respond within {seconds_max:g} s"
            raise FetchFailed(reason, may_have_arrived=is_sent) from None
        except httpx.HTTPError as error:
            reason = f"{where} did not respond ({type(error).__name__}: {error})"
            raise FetchFailed(reason, may_have_arrived=is_sent) from None

    @asynccontextmanager
    async def exchange(
        self, url: str, content: bytes, headers: Mapping[str, str], *, method: str = "POST", seconds_max: float
    ) -> AsyncGenerator[httpx.Response]:
        """The response before its body. Redirects are not followed, and the caller limits the whole time.

        Raises FetchFailed, or InvalidInput if the URL is invalid.
        """
        check_url(url)
        where = urlsplit(url).hostname
        is_sent = False
        try:
            address, host = await self._resolved(url)
            async with httpx.AsyncClient(timeout=seconds_max, trust_env=False) as client:
                request = client.build_request(
                    method, address, content=content, headers={**headers, "host": host},
                    extensions={"sni_hostname": urlsplit(url).hostname},
                )  # fmt: skip
                is_sent = True
                response = await client.send(request, stream=True)
                try:
                    yield response
                finally:
                    await response.aclose()
        except (httpx.ConnectError, httpx.InvalidURL) as error:
            raise FetchFailed(f"{where} cannot be reached ({type(error).__name__}: {error})") from None
        except httpx.HTTPError as error:
            reason = f"{where} did not respond ({type(error).__name__}: {error})"
            raise FetchFailed(reason, may_have_arrived=is_sent) from None

    async def _resolved(self, url: str) -> tuple[str, str]:
        """The URL with a checked address in place of the host name, and the value of the Host header."""
        try:
            parts = urlsplit(url)
            port = parts.port or (443 if parts.scheme == "https" else 80)
        except ValueError:
            raise FetchFailed(f"{url} is not a valid URL") from None
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise FetchFailed(f"{url} is not an http or https URL")
        try:
            found = await asyncio.get_running_loop().getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise FetchFailed(f"{parts.hostname} cannot be resolved: {error}") from None
        addresses = [ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found]
        private = next((one for one in addresses if not one.is_global), None)
        if private is not None and not self._allow_private:
            raise FetchFailed(
                f"{parts.hostname} has the address {private}, which is not public; set {self._setting} to allow it"
            )
        name = f"[{addresses[0]}]" if addresses[0].version == 6 else str(addresses[0])
        return parts._replace(netloc=f"{name}:{port}").geturl(), parts.netloc.rpartition("@")[2]


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
