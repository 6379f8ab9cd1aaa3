"""A list of breached passwords: a text file with a password a line, or with SHA-1 hashes as Have I Been Pwned has them.

A hash may be cut to its first characters, at least 16, and may be followed by a colon and a count. The file is read
once; each line takes 8 bytes of memory.
"""

import hashlib
import re
from array import array
from bisect import bisect_left
from pathlib import Path

HASH = re.compile(rb"([0-9A-Fa-f]{16,40})(?::[0-9]+)?")
KEY_DIGITS = 16  # of a hash: 64 bits
LINES_MAX = 20_000_000


class BreachedPasswords:
    """The passwords in a file. Raises ValueError, naming the file, when it cannot be read."""

    def __init__(self, path: Path) -> None:
        keys = array("Q")
        try:
            with path.open("rb") as file:
                for line in file:
                    if key := _key_of(line.strip()):
                        keys.append(key)
                    if len(keys) > LINES_MAX:
                        raise ValueError(f"{path} has more than {LINES_MAX} lines; use the most frequent ones")
        except OSError as error:
            raise ValueError(f"{path} cannot be read: {error.strerror}") from None
        self._keys = array("Q", sorted(keys))

    def __len__(self) -> int:
        return len(self._keys)

    def contains(self, password: str) -> bool:
        return any(self._has(_digest(text.encode())) for text in {password, password.casefold()})

    def _has(self, key: int) -> bool:
        at = bisect_left(self._keys, key)
        return at < len(self._keys) and self._keys[at] == key


def _key_of(line: bytes) -> int:
    match = HASH.fullmatch(line)
    if match:
        return int(match[1][:KEY_DIGITS], 16)
    return _digest(line) if line else 0


def _digest(password: bytes) -> int:
    return int(hashlib.sha1(password, usedforsecurity=False).hexdigest()[:KEY_DIGITS], 16)
