"""Deadlines: how long a caller is willing to wait, kept here and passed on with what is left of it.

`X-Request-Timeout-Ms` holds whole milliseconds, like gRPC's grpc-timeout and Envoy's expected-rq-timeout-ms: a span
needs no common clock. It can only shorten what the gateway itself allows.
"""

import asyncio
from typing import TYPE_CHECKING

from aistack.gateway.refusals import Refusal

if TYPE_CHECKING:
    from aistack.gateway.journey import Journey

DEADLINE_HEADER = b"x-request-timeout-ms"
DIGITS_MAX = 9


def deadline_lines(milliseconds: int) -> bytes:
    """The last lines of a head towards an instance."""
    return b"%b: %d\r\n\r\n" % (DEADLINE_HEADER, milliseconds)


class Deadline:
    """Ends its exchange when the caller's time is over. What is no number of milliseconds is as good as not given."""

    def __init__(self, exchange: "Journey", given: bytes) -> None:
        self._loop = asyncio.get_running_loop()
        seconds = exchange.plane.settings.request_timeout_seconds
        if given.isdigit() and len(given) <= DIGITS_MAX:
            seconds = min(seconds, int(given) / 1000)
        self._exchange = exchange
        self._seconds = seconds
        self._at = self._loop.time() + seconds
        self._timer = self._loop.call_at(self._at, self._over)

    def lines(self) -> bytes:
        """What is left, for the instance."""
        return deadline_lines(max(0, int((self._at - self._loop.time()) * 1000)))

    def cancel(self) -> None:
        self._timer.cancel()

    def _over(self) -> None:
        detail = f"the answer was not there within the {self._seconds:g} s that the request allowed"
        if not self._exchange.done:
            self._exchange.refuse(Refusal(504, "deadline-exceeded", detail))
