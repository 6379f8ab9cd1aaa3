"""What `robots.txt` allows (RFC 9309), kept for a day."""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from aistack.chassis.web.public_web import FetchFailed

KEPT_SECONDS = 86_400.0
KEPT_AFTER_FAILURE_SECONDS = 3_600.0
BYTES_MAX = 512 * 1024
ORIGINS_MAX = 2_000
DELAY_SECONDS_MAX = 60.0

Get = Callable[[str, int], Awaitable[tuple[int, bytes]]]  # a URL and a size limit: status and content


@dataclass(frozen=True, slots=True)
class _Known:
    until: float
    rules: Any  # None allows everything
    reason: str = ""  # why nothing is allowed


class Robots:
    """The rules of many origins, for one user agent."""

    def __init__(self, agent: str, get: Get) -> None:
        self._agent = agent
        self._get = get
        self._known: OrderedDict[str, _Known] = OrderedDict()

    async def refusal(self, url: str) -> str:
        """Why the URL may not be fetched; empty if it may."""
        known = await self._of(url)
        if known.reason or known.rules is None:
            return known.reason
        return "" if known.rules.can_fetch(url, self._agent) else "its robots.txt does not allow this address"

    async def delay_seconds(self, url: str) -> float:
        """The delay that the site asks for, at most DELAY_SECONDS_MAX."""
        known = await self._of(url)
        asked = known.rules.crawl_delay(self._agent) if known.rules is not None else None
        return min(float(asked or 0.0), DELAY_SECONDS_MAX)

    async def _of(self, url: str) -> _Known:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        known = self._known.get(origin)
        if known is None or known.until < time.monotonic():
            known = self._known[origin] = await self._read(origin)
            self._known.move_to_end(origin)
            if len(self._known) > ORIGINS_MAX:
                self._known.popitem(last=False)
        return known

    async def _read(self, origin: str) -> _Known:
        """A missing file allows everything, a server that fails nothing for now (RFC 9309, 2.3.1)."""
        from protego import Protego  # pyright: ignore -- no stubs

        soon = time.monotonic() + KEPT_AFTER_FAILURE_SECONDS
        try:
            status, content = await self._get(f"{origin}/robots.txt", BYTES_MAX)
        except FetchFailed as error:
            return _Known(soon, None, f"its robots.txt could not be read: {error}")
        if status >= 500 or status == 429:
            return _Known(soon, None, f"its robots.txt answered with status {status}")
        later = time.monotonic() + KEPT_SECONDS
        if status >= 400:
            return _Known(later, None)
        return _Known(later, Protego.parse(content.decode("utf-8", "replace")))  # pyright: ignore -- no stubs
