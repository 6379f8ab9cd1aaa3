"""Counts the messages and tokens of an answer as it passes: chunks, time to the first one, time between them."""

import time

from aistack.http2.grpc.messages import PREFIX_BYTES
from aistack.inference.protocol.token_counts import token_counts
from aistack.inference.sidecar.metrics import SidecarMetrics

COUNTED_BYTES_MAX = 64 * 1024


class AnswerCounts:
    """Of one answer. `chunks` messages began to go to the client."""

    __slots__ = ("_last_at", "_metrics", "_part", "_skip", "_started_at", "_tokens", "chunks")

    def __init__(self, metrics: SidecarMetrics, started_at: float) -> None:
        self.chunks = 0
        self._metrics = metrics
        self._started_at = self._last_at = started_at
        self._tokens = 0
        self._part = b""
        self._skip = 0

    def count(self, data: bytes) -> None:
        """Finds the messages in the data. Most frames hold whole ones; a long one is counted by its length."""
        if self._skip:
            if len(data) <= self._skip:
                self._skip -= len(data)
                return
            data, self._skip = data[self._skip :], 0
        if self._part:
            data, self._part = self._part + data, b""
        at, end = 0, len(data)
        while end - at >= PREFIX_BYTES:
            begin = at + PREFIX_BYTES
            at = begin + int.from_bytes(data[at + 1 : begin])
            if at > end:
                if at - begin > COUNTED_BYTES_MAX:
                    self._chunk(b"", True)
                    self._skip = at - end
                else:
                    self._part = data[begin - PREFIX_BYTES :]
                return
            self._chunk(data[begin:at], data[begin - PREFIX_BYTES] != 0)
        if at < end:
            self._part = data[at:]

    def _chunk(self, message: bytes, compressed: bool) -> None:
        metrics = self._metrics
        now = time.monotonic()
        if self.chunks:
            metrics.between_tokens.observe(now - self._last_at)
        else:
            metrics.first_token.observe(now - self._started_at)
        self._last_at = now
        self.chunks += 1
        metrics.chunks += 1
        tokens, total = (1, 0) if compressed else token_counts(message)
        if total:
            tokens = max(tokens, total - self._tokens)
        self._tokens += tokens
        metrics.tokens += tokens
