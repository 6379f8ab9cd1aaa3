"""When a source is read next: as often as it changes, never more often than it or the settings allow."""

import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

RHYTHM_ITEMS = 20
SHARE_OF_RHYTHM = 0.5
SLOWER, FASTER = 1.5, 0.7
FAILURES_MAX = 10
JITTER = 0.1


@dataclass(frozen=True, slots=True)
class Bounds:
    """In seconds."""

    least: int
    most: int


def next_interval(before: int, has_new: bool, asked: int, published: Sequence[datetime], bounds: Bounds) -> int:
    """The interval after a read that worked, s.

    `asked` is what the source asks for (`ttl`, `max-age`). The rhythm of the items' dates counts where there is one,
    otherwise the interval grows while nothing is new and shrinks when something is.
    """
    newest = sorted(published, reverse=True)[:RHYTHM_ITEMS]
    gaps = [(later - earlier).total_seconds() for later, earlier in pairwise(newest)]
    if len(gaps) >= 3 and has_new:
        wanted = statistics.median(gaps) * SHARE_OF_RHYTHM
    else:
        wanted = before * (FASTER if has_new else SLOWER)
    return int(min(max(wanted, asked, bounds.least), bounds.most))


def after_failure(failures: int, asked: float, bounds: Bounds) -> int:
    """The interval after the given number of failures in a row, s; `asked` is what Retry-After says."""
    return int(min(max(bounds.least * 2.0 ** min(failures - 1, FAILURES_MAX), asked), bounds.most))


def with_jitter(seconds: float, chance: random.Random) -> float:
    """Somewhat more, so that sources added together do not stay together."""
    return seconds * (1 + chance.random() * JITTER)
