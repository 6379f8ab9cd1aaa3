"""Nearly equal documents, by MinHash (Broder 1997) with locality-sensitive hashing in bands."""

import hashlib
import re
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from aistack.language.analysis import CJK

PERMUTATIONS = 64
BANDS = 16
ROWS = PERMUTATIONS // BANDS
RESEMBLANCE_MIN = 0.75
SHINGLE = 4  # words, or characters of Chinese
SHINGLES_MAX = 5_000
MIXING = np.uint64(0x9E3779B97F4A7C15)
PRIME = np.uint64((1 << 61) - 1)
TOKEN = re.compile(f"[{CJK}]|[^\\W_{CJK}]+")

_random = np.random.default_rng(20_260_101)
_FACTORS = _random.integers(1, 1 << 31, PERMUTATIONS, dtype=np.uint64)
_SUMMANDS = _random.integers(0, 1 << 31, PERMUTATIONS, dtype=np.uint64)


def signature(title: str, text: str) -> bytes:
    """PERMUTATIONS least hashes of the document's runs of SHINGLE words, 4 bytes each."""
    words = TOKEN.findall(f"{title} {text}".casefold())
    runs = {" ".join(words[at : at + SHINGLE]) for at in range(max(1, min(len(words) - SHINGLE + 1, SHINGLES_MAX)))}
    hashes = np.array([_hash(run) for run in runs], dtype=np.uint64)
    least = ((_FACTORS[:, None] * hashes[None, :] + _SUMMANDS[:, None]) % PRIME).min(axis=1)
    return (least & np.uint64(0xFFFFFFFF)).astype("<u4").tobytes()


def copies(signatures: npt.NDArray[np.uint32]) -> dict[int, int]:
    """For each document that nearly equals an earlier one, that one, as rows of `(n, PERMUTATIONS)` signatures."""
    first_with = np.stack([_first_equal(band) for band in _bands(signatures)], axis=1)
    found: dict[int, int] = {}
    for row in np.flatnonzero((first_with < np.arange(len(signatures))[:, None]).any(axis=1)).tolist():
        earlier: set[int] = {one for one in first_with[row].tolist() if one < row}
        for original in sorted({found.get(one, one) for one in earlier}):
            if (signatures[original] == signatures[row]).mean() >= RESEMBLANCE_MIN:
                found[row] = original
                break
    return found


def _bands(signatures: npt.NDArray[np.uint32]) -> Iterator[npt.NDArray[np.uint64]]:
    """A number for each document's rows of a band; a collision costs a comparison."""
    for band in range(BANDS):
        halves = np.ascontiguousarray(signatures[:, band * ROWS : (band + 1) * ROWS]).view(np.uint64)
        yield halves[:, 0] * MIXING + halves[:, 1]


def _first_equal(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
    """For each value, the place of the first one that equals it."""
    _, first, number = np.unique(values, return_index=True, return_inverse=True)
    return first[number]


def _hash(run: str) -> int:
    return int.from_bytes(hashlib.blake2b(run.encode("utf-8", "replace"), digest_size=4).digest(), "big")
