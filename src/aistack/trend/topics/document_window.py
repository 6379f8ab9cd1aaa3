"""The documents of a window, packed for clustering: about 1 KB each, so that 100 000 fit into a small process.

Terms are known by 64 bits of a hash. Imports numpy, which the service must not.
"""

import hashlib
from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from aistack.trend.topics.near_duplicates import PERMUTATIONS

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class WindowDocument:
    """`at` is in seconds since 1970; `digest` orders documents of the same second. `topic` is the one it is in."""

    key: int
    at: float
    digest: str
    title: str
    signature: bytes
    terms: Mapping[str, float]
    source: str = ""
    topic: str | None = None
    copy_of: int | None = None


class DocumentWindow:
    """Documents in any order. A document's place is its number in the order in which they were added."""

    def __init__(self) -> None:
        self.keys = array("q")
        self.times = array("d")
        self.titles: list[str] = []
        self.sources: list[str] = []
        self.topics: list[str | None] = []
        self.copied: dict[int, int] = {}
        self._digests: list[str] = []
        self._signatures = bytearray()
        self._starts = array("q", [0])
        self._hashes = array("Q")
        self._weights = array("f")
        self._names: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self.keys)

    def add(self, document: WindowDocument) -> None:
        self.keys.append(document.key)
        self.times.append(document.at)
        self.titles.append(document.title)
        self.sources.append(self._names.setdefault(document.source, document.source))
        self.topics.append(document.topic and self._names.setdefault(document.topic, document.topic))
        if document.copy_of is not None:
            self.copied[document.key] = document.copy_of
        self._digests.append(document.digest)
        self._signatures += document.signature
        self._hashes.extend(map(term_hash, document.terms))
        self._weights.extend(document.terms.values())
        self._starts.append(len(self._hashes))

    def order(self) -> list[int]:
        """Places in canonical order, whatever the order in which documents were added."""
        return sorted(range(len(self)), key=lambda at: (self.times[at], self._digests[at], self.keys[at]))

    def signatures(self) -> npt.NDArray[np.uint32]:
        """`(n, PERMUTATIONS) uint32`."""
        return np.frombuffer(self._signatures, dtype="<u4").reshape(-1, PERMUTATIONS)

    def terms(self) -> "WindowTerms":
        """The terms of all documents; the window keeps them no longer."""
        hashes, ids = np.unique(np.frombuffer(self._hashes, np.uint64), return_inverse=True)
        packed = WindowTerms(
            np.array(self._starts, np.int64), ids.astype(np.int32), np.array(self._weights, np.float32), hashes
        )
        self._hashes, self._weights = array("Q"), array("f")
        return packed


@dataclass(frozen=True, slots=True)
class WindowTerms:
    """`ids[starts[place] : starts[place + 1]]` are the terms of a document; `hashes`, sorted, has their hashes."""

    starts: IntArray
    ids: npt.NDArray[np.int32]
    weights: npt.NDArray[np.float32]
    hashes: npt.NDArray[np.uint64]

    def of(self, place: int) -> slice:
        return slice(int(self.starts[place]), int(self.starts[place + 1]))

    def id_of(self, term: str) -> int | None:
        """None for a term of no document."""
        wanted = np.uint64(term_hash(term))
        at = int(np.searchsorted(self.hashes, wanted))
        return at if at < self.hashes.size and self.hashes[at] == wanted else None


@lru_cache(maxsize=50_000)
def term_hash(term: str) -> int:
    return int.from_bytes(hashlib.blake2b(term.encode("utf-8", "replace"), digest_size=8).digest(), "big")
