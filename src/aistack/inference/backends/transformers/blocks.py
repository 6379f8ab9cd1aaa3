"""Which blocks of the cache belong to whom. Full blocks are remembered by what they hold, for prompts that begin alike.

After PagedAttention and the prefix cache of vLLM: the key of a block is a hash of the block's tokens and the key of the
block before it, so a block is found again only after the same beginning.
"""

import hashlib
from array import array
from collections import OrderedDict, deque
from collections.abc import Sequence

BLOCK = 16  # tokens


class Blocks:
    """`count` blocks. What a block holds is kept until the block is needed; the longest unused goes first."""

    def __init__(self, count: int) -> None:
        self._free = deque(range(count))
        self._holders = [0] * count
        self._keys: list[bytes] = [b""] * count
        self._by_key: dict[bytes, int] = {}
        self._unused: OrderedDict[int, None] = OrderedDict()

    @property
    def available(self) -> int:
        return len(self._free) + len(self._unused)

    def find(self, keys: Sequence[bytes]) -> list[int]:
        """The blocks that hold these beginnings, as far as they are known; held by the caller from now on."""
        found: list[int] = []
        for key in keys:
            block = self._by_key.get(key)
            if block is None:
                break
            self._holders[block] += 1
            self._unused.pop(block, None)
            found.append(block)
        return found

    def take(self, count: int) -> list[int]:
        """So many blocks, whose contents are lost. There must be as many available."""
        taken: list[int] = []
        for _ in range(count):
            block = self._free.popleft() if self._free else self._unused.popitem(last=False)[0]
            if self._keys[block]:
                del self._by_key[self._keys[block]]
                self._keys[block] = b""
            self._holders[block] = 1
            taken.append(block)
        return taken

    def remember(self, block: int, key: bytes) -> None:
        """The block is full and holds what the key stands for."""
        if key not in self._by_key and not self._keys[block]:
            self._by_key[key] = block
            self._keys[block] = key

    def release(self, blocks: Sequence[int]) -> None:
        """The caller no longer holds these. Later blocks of a text are given up before earlier ones."""
        for block in reversed(blocks):
            self._holders[block] -= 1
            if not self._holders[block]:
                if self._keys[block]:
                    self._unused[block] = None
                else:
                    self._free.append(block)


def block_key(before: bytes, tokens: Sequence[int]) -> bytes:
    """The key of a block after the one with the key `before`."""
    return hashlib.blake2b(before + array("q", tokens).tobytes(), digest_size=16).digest()


def prompt_keys(adapter: str, tokens: Sequence[int]) -> list[bytes]:
    """The keys of a prompt's full blocks; one token at least is left, as it must be computed."""
    key, keys = first_key(adapter), list[bytes]()
    for at in range(0, (len(tokens) - 1) // BLOCK * BLOCK, BLOCK):
        key = block_key(key, tokens[at : at + BLOCK])
        keys.append(key)
    return keys


def first_key(adapter: str) -> bytes:
    """What stands before the first block: an adapter changes what its texts leave in the cache."""
    return adapter.encode()
