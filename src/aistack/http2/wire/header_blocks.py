"""Header blocks as they arrive: in one HEADERS frame, or with CONTINUATION frames after it (RFC 9113, 6.2 and 6.10)."""

import time

from aistack.http2.wire import frames
from aistack.http2.wire.errors import ConnectionFault, ErrorCode
from aistack.http2.wire.frames import END_HEADERS, END_STREAM, PADDED, PRIORITY_FLAG
from aistack.http2.wire.limits import Limits


class HeaderBlocks:
    """Puts blocks together. `stream` is whose block is incomplete, 0 for none; `since` is when it began."""

    __slots__ = ("_bytes", "_ended", "_limits", "_parts", "since", "stream")

    def __init__(self, limits: Limits) -> None:
        self.stream = 0
        self.since = 0.0
        self._limits = limits
        self._parts: list[bytes] = []
        self._bytes = 0
        self._ended = False

    def begin(self, flags: int, number: int, payload: bytes) -> bytes | None:
        """The block of a HEADERS frame, or None when CONTINUATION follows. Raises ConnectionFault."""
        if not number:
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "HEADERS on stream 0")
        block: bytes | None = payload
        if flags & PADDED:
            block = frames.without_padding(payload)
            if block is None:
                raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "padding longer than its frame")
        if flags & PRIORITY_FLAG:
            if len(block) < 5:
                raise ConnectionFault(ErrorCode.FRAME_SIZE_ERROR, "a HEADERS frame too short for its priority")
            block = block[5:]
        if flags & END_HEADERS:
            return block
        self._parts, self._bytes = [block], len(block)
        self.stream, self._ended = number, bool(flags & END_STREAM)
        self.since = time.monotonic()
        return None

    def more(self, flags: int, number: int, payload: bytes) -> tuple[bytes, bool] | None:
        """The block that a CONTINUATION frame completes, and whether it ends its stream. Raises ConnectionFault."""
        if not self.stream or number != self.stream:
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "CONTINUATION without HEADERS before it")
        self._parts.append(payload)
        self._bytes += len(payload)
        if self._bytes > self._limits.header_block_bytes or len(self._parts) > self._limits.continuations + 1:
            raise ConnectionFault(ErrorCode.ENHANCE_YOUR_CALM, "a header block in too many bytes or frames")
        if not flags & END_HEADERS:
            return None
        block = b"".join(self._parts)
        self._parts, self._bytes, self.stream = [], 0, 0
        return block, self._ended
