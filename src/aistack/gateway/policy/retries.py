"""When a request may be sent again: what was sent before, and how much retrying there is already.

The budget follows Finagle and Envoy: retries are a share of recent requests, so that a sick service is
not finished off by its clients' second tries.
"""

from aistack.gateway.http1.header_fields import Field

IDEMPOTENT = frozenset((b"GET", b"HEAD", b"OPTIONS", b"PUT", b"DELETE"))
REMEMBERED_BYTES_MAX = 64 * 1024
RETRY_SHARE = 0.2
RETRY_RESERVE = 10.0
WINDOW_SECONDS = 10.0


class SentBody:
    """The part of a request's body that has come, kept while it may have to be sent (again)."""

    def __init__(self, keep: bool) -> None:
        self.whole = True  # everything that was sent is still here
        self.trailers: tuple[Field, ...] = ()
        self._keep = keep
        self._pieces: list[bytes] = []
        self._size = 0

    def wait(self, data: bytes) -> None:
        """Keeps data that cannot be sent yet."""
        self._pieces.append(data)
        self._size += len(data)

    def take(self) -> list[bytes]:
        """What is to be sent over a new connection."""
        pieces = self._pieces
        if not self._keep and pieces:
            self.forget()
        return pieces

    def remember(self, data: bytes) -> None:
        """Keeps data that was sent, if a second try could be allowed and it is not too much."""
        if self._keep and self.whole and self._size + len(data) <= REMEMBERED_BYTES_MAX:
            self.wait(data)
        else:
            self.forget()

    def forget(self) -> None:
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
