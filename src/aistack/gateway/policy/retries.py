"""Retries: the request body kept for another attempt, and the retry budget.

The budget follows Finagle and Envoy: retries are limited to a share of recent requests, so that they do not overload a
service that is failing already.
"""

from aistack.gateway.http1.header_fields import Field

IDEMPOTENT = frozenset((b"GET", b"HEAD", b"OPTIONS", b"PUT", b"DELETE"))
KEPT_BYTES_MAX = 64 * 1024
RETRY_SHARE = 0.2
RETRY_RESERVE = 10.0
WINDOW_SECONDS = 10.0


class RetryBody:
    """The part of a request's body that has arrived, kept while it may have to be sent or sent again."""

    def __init__(self, retryable: bool) -> None:
        self.whole = True  # everything that arrived is still here
        self.trailers: tuple[Field, ...] = ()
        self._retryable = retryable
        self._pieces: list[bytes] = []
        self._size = 0

    def keep(self, data: bytes) -> None:
        """Keeps data."""
        self._pieces.append(data)
        self._size += len(data)

    def take(self) -> list[bytes]:
        """What is to be sent over a new connection."""
        pieces = self._pieces
        if not self._retryable and pieces:
            self.drop()
        return pieces

    def keep_sent(self, data: bytes) -> None:
        """Keeps data that was sent, if the request may be retried and the body is small enough."""
        if self._retryable and self.whole and self._size + len(data) <= KEPT_BYTES_MAX:
            self.keep(data)
        else:
            self.drop()

    def drop(self) -> None:
        self.whole = False
        self._pieces = []


class RetryBudget:
    """How many retries are left: a share of the requests of the last seconds, and a small reserve."""

    def __init__(self) -> None:
        self._balance = RETRY_RESERVE
        self._requests_before = 0

    def spend(self) -> bool:
        """Whether one more retry is allowed; counts it."""
        if self._balance < 1:
            return False
        self._balance -= 1
        return True

    def refill(self, requests: int, seconds: float) -> None:
        """Called about once a second with the number of requests since the start."""
        earned = (requests - self._requests_before) * RETRY_SHARE
        self._requests_before = requests
        most = max(RETRY_RESERVE, earned / seconds * WINDOW_SECONDS)
        self._balance = min(self._balance + max(earned, RETRY_RESERVE / WINDOW_SECONDS * seconds), most)
