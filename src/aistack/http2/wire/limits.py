"""The limits of a connection, and rates of frames that cost us more than their sender.

The attacks that they stop: HPACK bombs, CONTINUATION floods (CVE-2024-27316), rapid reset (CVE-2023-44487), PING,
SETTINGS and empty-frame floods (CVE-2019-9512, 9515, 9518), resets provoked by faults (CVE-2019-9514, CVE-2025-8671),
data dribble and slow readers (CVE-2019-9511, 9517).
"""

import time
from dataclasses import dataclass, field

from aistack.http2.wire.errors import ConnectionFault, ErrorCode


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` events at once, and `per_second` on average."""

    burst: int
    per_second: float


@dataclass(frozen=True, slots=True)
class Limits:
    """What one connection may hold and do.

    `streams` the peer may have open. `stream_window` bytes may be on their way to us per stream, `connection_window` on
    all of them; by default as many as all streams may have, so that stalled ones do not hold up the others.
    `frame_bytes` of one frame, `header_block_bytes` of a compressed header block in at most `continuations` frames,
    `header_list_bytes` of its fields (RFC 9113, 6.5.2), and `decoded_bytes` that decoding stops at. `start_seconds` for
    the preface, `frame_seconds` for the rest of a frame or header block, `stalled_seconds` for a peer that reads
    nothing while something is to be sent to it, and for a single stream whose window does not let `STREAM_BYTES_MIN`
    of what waits leave. `control_frames_waiting` answers to PING and SETTINGS may wait for such a peer.
    """

    streams: int = 1_000
    stream_window: int = 65_535
    connection_window: int = 64 * 1024 * 1024
    frame_bytes: int = 16_384
    header_block_bytes: int = 64 * 1024
    continuations: int = 16
    header_list_bytes: int = 32 * 1024
    decoded_bytes: int = 128 * 1024
    start_seconds: float = 10.0
    frame_seconds: float = 30.0
    stalled_seconds: float = 60.0
    control_frames_waiting: int = 1_000
    pings: Rate = Rate(200, 20)
    settings: Rate = Rate(50, 1)
    resets: Rate = Rate(2_000, 200)
    faults: Rate = Rate(100, 10)
    empty_frames: Rate = Rate(1_000, 100)
    window_updates: Rate = Rate(100_000, 50_000)
    other_frames: Rate = Rate(1_000, 100)


STREAM_BYTES_MIN = 1_024


@dataclass(slots=True)
class RateLimit:
    """A token bucket. `what` names the event in the error."""

    rate: Rate
    what: str
    tokens: float = field(init=False)
    filled_at: float = field(init=False)

    def __post_init__(self) -> None:
        self.tokens = self.rate.burst
        self.filled_at = time.monotonic()

    def count(self) -> None:
        """Counts one event. Raises ConnectionFault when there were too many."""
        self.tokens -= 1
        if self.tokens >= 0:
            return
        now = time.monotonic()
        self.tokens = min(self.rate.burst, self.tokens + (now - self.filled_at) * self.rate.per_second)
        self.filled_at = now
        if self.tokens < 0:
            raise ConnectionFault(ErrorCode.ENHANCE_YOUR_CALM, f"too many {self.what}")


class RateLimits:
    """The buckets of one connection, by what they count."""

    __slots__ = ("empty_frames", "faults", "other_frames", "pings", "resets", "settings", "window_updates")

    def __init__(self, limits: Limits) -> None:
        self.pings = RateLimit(limits.pings, "PING frames")
        self.settings = RateLimit(limits.settings, "SETTINGS frames")
        self.resets = RateLimit(limits.resets, "streams that were reset")
        self.faults = RateLimit(limits.faults, "streams with errors")
        self.empty_frames = RateLimit(limits.empty_frames, "empty frames")
        self.window_updates = RateLimit(limits.window_updates, "WINDOW_UPDATE frames")
        self.other_frames = RateLimit(limits.other_frames, "frames without effect")
