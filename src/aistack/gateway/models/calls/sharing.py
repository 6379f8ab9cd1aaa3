"""Answers that several requests share: embeddings that are asked for at the same time, and cached answers.

Only requests of the same key that are the same byte for byte share an answer. Streamed answers are never shared, and
answers are cached only for keys whose rules say so.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from time import monotonic

from aistack.gateway.models.answers.reply import Reply
from aistack.gateway.models.calls.call import Call
from aistack.gateway.models.requests.request import EMBEDDINGS

FOLLOWERS_MAX = 256


@dataclass(frozen=True, slots=True)
class SharedAnswer:
    """An answer from the cache; one without a body is still awaited."""

    lines: bytes = b""
    body: bytes = b""
    until: float = 0.0


AWAITED = SharedAnswer()


class SharedAnswers:
    """The cache, and who waits for which answer."""

    def __init__(self) -> None:
        self._seconds = 0.0
        self._bytes_max = 0
        self._bytes = 0
        self._cached: OrderedDict[bytes, SharedAnswer] = OrderedDict()
        self._followers: dict[bytes, list[Reply]] = {}

    def configure(self, seconds: float, bytes_max: int) -> None:
        self._seconds, self._bytes_max = seconds, bytes_max
        self._evict()

    def find(self, call: Call, reply: Reply) -> SharedAnswer | None:
        """A cached answer, or `AWAITED` if the reply will get that of an equal request; None if the call has to go."""
        request = call.request
        cached = call.rules.cache and self._seconds > 0
        if request.stream or not (cached or request.operation == EMBEDDINGS):
            return None
        name = _name_of(call)
        if cached and (found := self._cached.get(name)) is not None and found.until > monotonic():
            self._cached.move_to_end(name)
            return found
        if request.operation == EMBEDDINGS:
            followers = self._followers.get(name)
            if followers is not None and len(followers) < FOLLOWERS_MAX:
                followers.append(reply)
                return AWAITED
            if followers is None:
                self._followers[name] = []
                call.share = name
        return None

    def answered(self, call: Call, status: int, lines: bytes, body: bytes) -> Iterable[Reply]:
        """Who else gets this answer. Keeps it where it may be cached."""
        if call.rules.cache and self._seconds > 0 and status == 200 and not call.request.stream:
            self._keep(call.share or _name_of(call), SharedAnswer(lines, body, monotonic() + self._seconds))
        return self._followers.pop(call.share, ()) if call.share else ()

    def abandoned(self, call: Call) -> None:
        """The call is over; who still waits for it, waits in vain."""
        if call.share:
            for reply in self._followers.pop(call.share, ()):
                reply.respond(503, b"retry-after: 1\r\n", b'{"error":{"message":"the request was cancelled"}}')

    def clear(self) -> None:
        """The models have changed."""
        self._cached.clear()
        self._bytes = 0

    def sweep(self, now: float) -> None:
        while self._cached and (oldest := next(iter(self._cached.items())))[1].until <= now:
            self._drop(oldest[0])

    def _keep(self, name: bytes, answer: SharedAnswer) -> None:
        self._drop(name)
        if len(answer.body) <= self._bytes_max // 8:
            self._cached[name] = answer
            self._bytes += len(answer.body) + len(answer.lines)
            self._evict()

    def _evict(self) -> None:
        while self._cached and self._bytes > self._bytes_max:
            self._drop(next(iter(self._cached)))

    def _drop(self, name: bytes) -> None:
        answer = self._cached.pop(name, None)
        if answer is not None:
            self._bytes -= len(answer.body) + len(answer.lines)


def _name_of(call: Call) -> bytes:
    digest = blake2b(call.key.encode(), digest_size=32)
    digest.update(b"\0%b\0%b\0" % (call.reply.path, call.model.name.encode()))  # the path decides the form
    digest.update(call.request.raw)
    return digest.digest()
