"""The header of a GGUF file, read with bounds of our own before any other parser sees the file.

The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. Every count and length is checked against a limit
and the size of the file, so that a truncated or hostile header is an error here and never reaches native code.
"""

import os
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

MAGIC = b"GGUF"
VERSIONS = (2, 3)
KEYS_MAX, TENSORS_MAX, ITEMS_MAX = 4096, 65_536, 4_000_000
KEY_BYTES_MAX, STRING_BYTES_MAX, HEADER_BYTES_MAX = 1024, 4 << 20, 256 << 20
DIMENSIONS_MAX = 4
ALIGNMENT_MAX = 1 << 16
STRING, ARRAY = 8, 9
SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
# Values and bytes of a block of each tensor type; types that are not listed are accepted without a size.
BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 36),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292),
    24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 30: (1, 2),
}  # fmt: skip
TYPES_MAX = 64

Value = int | float | str | bool


class BadGguf(Exception):
    """The file is not a GGUF file that may be loaded. The message says why."""


@dataclass(frozen=True, slots=True)
class MemoryEstimate:
    """Bytes a model takes: its weights (mapped from the file) and the cache of one context of `context` tokens."""

    weights: int
    cache: int
    context: int
    overhead: int = 96 << 20

    @property
    def total(self) -> int:
        return self.weights + self.cache + self.overhead

    def described(self) -> str:
        """A line for people."""
        return (
            f"takes about {self.total >> 20} MB of memory: weights {self.weights >> 20} MB, "
            f"context of {self.context} tokens {self.cache >> 20} MB, buffers {self.overhead >> 20} MB"
        )


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """What a header says. `values` has its scalars and strings; arrays are checked and skipped."""

    version: int
    tensors: int
    file_bytes: int
    values: dict[str, Value] = field(repr=False)
    arrays: frozenset[str] = frozenset()

    @property
    def architecture(self) -> str:
        return str(self.values.get("general.architecture", ""))

    @property
    def name(self) -> str:
        return str(self.values.get("general.name", ""))

    @property
    def chat_template(self) -> str:
        return str(self.values.get("tokenizer.chat_template", ""))

    @property
    def normalizes(self) -> bool:
        """Whether llama.cpp normalizes texts for it; a unigram vocabulary without a table does not."""
        return self.values.get("tokenizer.ggml.model") != "t5" or "tokenizer.ggml.precompiled_charsmap" in self.arrays

    @property
    def context_length(self) -> int:
        """The longest context the model was trained for, in tokens; 0 if the header does not say."""
        return self._number("context_length")

    @property
    def pooling(self) -> int:
        """llama.cpp's pooling type: 0 none, 1 mean, 2 cls, 3 last, 4 rank; -1 for a generating model."""
        return self._number("pooling_type", -1)

    def memory(self, context: int = 4096) -> MemoryEstimate:
        """An estimate with a cache of half-precision numbers for `context` tokens."""
        context = min(context, self.context_length or context)
        heads = self._number("attention.head_count", 1)
        width = self._number("embedding_length")
        key_width = self._number("attention.key_length", width // max(1, heads))
        value_width = self._number("attention.value_length", width // max(1, heads))
        kept = self._number("attention.head_count_kv", heads)
        cache = self._number("block_count") * kept * (key_width + value_width) * 2 * context
        return MemoryEstimate(self.file_bytes, cache, context)

    def _number(self, key: str, default: int = 0) -> int:
        value = self.values.get(f"{self.architecture}.{key}", default)
        return value if isinstance(value, int) else default


def read_header(path: Path) -> GgufHeader:
    """Reads and checks the header. Raises BadGguf, OSError."""
    with path.open("rb") as file:
        return _Reader(file, os.fstat(file.fileno()).st_size).header()


class _Reader:
    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._size = size
        self._at = 0

    def header(self) -> GgufHeader:
        if self._take(4) != MAGIC:
            raise BadGguf("it is not a GGUF file")
        version = self._number("<I")
        if version not in VERSIONS:
            raise BadGguf(f"its format version is {version}, not one of {VERSIONS}")
        tensors = self._count(self._number("<Q"), TENSORS_MAX, "tensors")
        keys = self._count(self._number("<Q"), KEYS_MAX, "keys")
        values: dict[str, Value] = {}
        arrays: set[str] = set()
        for _ in range(keys):
            key = self._text(KEY_BYTES_MAX)
            if key in values or key in arrays:
                raise BadGguf(f"the key {key} is there twice")
            value = self._value(self._number("<I"))
            if value is not None:
                values[key] = value
            else:
                arrays.add(key)
        self._check_tensors(tensors, values)
        if not isinstance(values.get("general.architecture"), str):
            raise BadGguf("it does not name an architecture")
        return GgufHeader(version, tensors, self._size, values, frozenset(arrays))

    def _check_tensors(self, count: int, values: dict[str, Value]) -> None:
        """Raises BadGguf if a tensor lies outside the file."""
        end = 0
        for _ in range(count):
            name = self._text(KEY_BYTES_MAX)
            dimensions = self._count(self._number("<I"), DIMENSIONS_MAX, f"dimensions of {name}")
            elements = 1
            for _ in range(dimensions):
                elements *= self._number("<Q")
                if elements >= 1 << 62:
                    raise BadGguf(f"the tensor {name} is too large")
            kind = self._number("<I")
            if kind > TYPES_MAX:
                raise BadGguf(f"the tensor {name} has the unknown type {kind}")
            offset = self._number("<Q")
            values_in, bytes_in = BLOCKS.get(kind, (1, 0))
            end = max(end, offset + -(-elements // values_in) * bytes_in)
        alignment = values.get("general.alignment", 32)
        if not isinstance(alignment, int) or not 0 < alignment <= ALIGNMENT_MAX:
            raise BadGguf(f"its alignment is {alignment!r}")
        start = -(-self._at // alignment) * alignment
        if start + end > self._size:
            raise BadGguf(f"it is cut off: {self._size} bytes are there, and the tensors end at {start + end}")

    def _value(self, kind: int, depth: int = 0) -> Value | None:
        """A scalar or a string; None for an array, which is skipped."""
        if kind == STRING:
            return self._text(STRING_BYTES_MAX)
        if kind in SCALARS:
            return struct.unpack("<" + SCALARS[kind], self._take(struct.calcsize(SCALARS[kind])))[0]
        if kind != ARRAY or depth > 1:
            raise BadGguf(f"a value has the unknown type {kind}")
        items = self._number("<I")
        count = self._count(self._number("<Q"), ITEMS_MAX, "items of an array")
        if items in SCALARS:
            self._skip(count * struct.calcsize(SCALARS[items]))
        else:
            for _ in range(count):
                self._skip_item(items, depth)
        return None

    def _skip_item(self, kind: int, depth: int) -> None:
        if kind == STRING:
            self._skip(self._count(self._number("<Q"), STRING_BYTES_MAX, "bytes of a string"))
        else:
            self._value(kind, depth + 1)

    def _text(self, limit: int) -> str:
        return self._take(self._count(self._number("<Q"), limit, "bytes of a string")).decode("utf-8", "replace")

    def _number(self, format: str) -> int:
        return struct.unpack(format, self._take(struct.calcsize(format)))[0]

    def _count(self, found: int, limit: int, what: str) -> int:
        if found > limit:
            raise BadGguf(f"{found} {what} are more than the allowed {limit}")
        return found

    def _skip(self, count: int) -> None:
        self._check(count)
        self._file.seek(count, os.SEEK_CUR)

    def _take(self, count: int) -> bytes:
        self._check(count)
        return self._file.read(count)

    def _check(self, count: int) -> None:
        self._at += count
        if self._at > self._size:
            raise BadGguf("its header is cut off")
        if self._at > HEADER_BYTES_MAX:
            raise BadGguf(f"its header is larger than {HEADER_BYTES_MAX >> 20} MB")
