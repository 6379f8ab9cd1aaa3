"""Nearly equal documents, by MinHash (Broder 1997) with locality-sensitive hashing in bands."""

import hashlib
import re
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from aistack.language.analysis import CJK

PERMUTATIONS = 64
BANDS = 16
ROWS = PERMUTATIONS // BANDS
RESEMBLANCE_MIN = 0.75
SHINGLE = 4  # words, or characters of Chinese
SHINGLES_MAX = 5_000
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


def copies(documents: Iterable[tuple[int, bytes]]) -> dict[int, int]:
    """For each document that nearly equals an earlier one, the first such. `documents` are keys and signatures."""
    first_with: dict[tuple[int, bytes], int] = {}
    known: dict[int, npt.NDArray[np.uint32]] = {}
    found: dict[int, int] = {}
    for key, packed in documents:
        own = np.frombuffer(packed, dtype="<u4")
        bands = [(band, packed[band * ROWS * 4 : (band + 1) * ROWS * 4]) for band in range(BANDS)]
        candidates = sorted({first_with[band] for band in bands if band in first_with})
        original = next((one for one in candidates if (known[one] == own).mean() >= RESEMBLANCE_MIN), None)
        if original is not None:
            found[key] = original
            continue
        known[key] = own
        for band in bands:
            first_with.setdefault(band, key)
    return found


def _hash(run: str) -> int:
    return int.from_bytes(hashlib.blake2b(run.encode("utf-8", "replace"), digest_size=4).digest(), "big")
