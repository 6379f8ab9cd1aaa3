"""One request at a time to a host, with a pause between two, and none while it asks to be left alone."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

HOSTS_MAX = 5_000


@dataclass(slots=True)
class _Host:
    free_at: float = 0.0
    closed_until: float = 0.0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Hosts:
    """`delay_seconds` is the pause between two requests to one host."""

    def __init__(self, delay_seconds: float) -> None:
        self.delay_seconds = delay_seconds
        self._hosts: OrderedDict[str, _Host] = OrderedDict()

    @asynccontextmanager
    async def turn(self, host: str, delay_seconds: float = 0.0) -> AsyncGenerator[None]:
        """Waits until a request to the host is due. `delay_seconds` is what the host itself asks for."""
        one = self._of(host)
        async with one.lock:
            await asyncio.sleep(max(0.0, one.free_at - time.monotonic()))
            try:
                yield
            finally:
                one.free_at = time.monotonic() + max(self.delay_seconds, delay_seconds)

    def close(self, host: str, seconds: float) -> None:
        """Sends nothing to the host for a time: it asked for that with Retry-After."""
        one = self._of(host)
        one.closed_until = max(one.closed_until, time.monotonic() + seconds)

    def closed_seconds(self, host: str) -> float:
        """For how much longer the host is left alone."""
        return max(0.0, self._of(host).closed_until - time.monotonic())

    def _of(self, host: str) -> _Host:
        one = self._hosts.setdefault(host, _Host())
        self._hosts.move_to_end(host)
        if len(self._hosts) > HOSTS_MAX:
            oldest = next(iter(self._hosts))
            if not self._hosts[oldest].lock.locked():
                del self._hosts[oldest]
        return one
