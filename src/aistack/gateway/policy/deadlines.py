"""How long a request may take: the caller's deadline, and the minimum data rate of a body.

`X-Request-Timeout-Ms` is a whole number of milliseconds, like gRPC's grpc-timeout and Envoy's expected-rq-timeout-ms: a
duration needs no common clock. It can only shorten the gateway's own timeout, and the time that is left is sent on.
"""

import asyncio
from typing import Protocol

from aistack.chassis import request_context
from aistack.gateway.policy.local_replies import LocalReply

DEADLINE_HEADER = request_context.DEADLINE_HEADER.encode()
DIGITS_MAX = 9


class DeadlineRequest(Protocol):
    """What a deadline needs of its request."""

    @property
    def done(self) -> bool: ...

    def send_local_reply(self, reply: LocalReply) -> None: ...


def deadline_lines(milliseconds: int) -> bytes:
    """The last lines of a request head towards an instance."""
    return b"%b: %d\r\n\r\n" % (DEADLINE_HEADER, milliseconds)


class Deadline:
    """Ends its request with 504 when the caller's time is over. A value that is not a number is ignored."""

    def __init__(self, request: DeadlineRequest, given: bytes, timeout_seconds: float) -> None:
        self._loop = asyncio.get_running_loop()
        seconds = timeout_seconds
        if given.isdigit() and len(given) <= DIGITS_MAX:
            seconds = min(seconds, int(given) / 1000)
        self._request = request
        self._seconds = seconds
        self._at = self._loop.time() + seconds
        self._timer = self._loop.call_at(self._at, self._exceeded)

    def lines(self) -> bytes:
        """The time that is left, as header lines for the instance."""
        return deadline_lines(max(0, int((self._at - self._loop.time()) * 1000)))

    def cancel(self) -> None:
        self._timer.cancel()

    def _exceeded(self) -> None:
        detail = f"no complete answer within the {self._seconds:g} s that the request allowed"
        if not self._request.done:
            self._request.send_local_reply(LocalReply(504, "deadline-exceeded", detail))


class DataRate:
    """How fast a body passes, so that a client that sends or reads byte by byte cannot hold its connection for ever."""

    __slots__ = ("_at", "_passed")

    def __init__(self, now: float, passed: int = 0) -> None:
        self._at = now
        self._passed = passed

    def restart(self, passed: int, now: float) -> None:
        """The gateway itself held the client back: measure from here."""
        self._at, self._passed = now, passed

    def too_slow(self, passed: int, now: float, bytes_per_second: float, seconds: float) -> bool:
        """Whether the rate was below `bytes_per_second` for longer than `seconds`. Called from time to time."""
        if passed - self._passed >= bytes_per_second * (now - self._at):
            self._at, self._passed = now, passed
        return now - self._at > seconds
