"""GGUF headers: what a model says of itself, and hostile files that never reach a native parser."""

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aistack.llm.gguf import BadGguf, read_header
from tests.properties import examples


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


def number(key: str, value: int) -> bytes:
    return text(key) + struct.pack("<II", 4, value)


KEYS = [
    text("general.architecture") + struct.pack("<I", 8) + text("llama"),
    number("llama.context_length", 2048),
    number("llama.embedding_length", 576),
    number("llama.block_count", 30),
    number("llama.attention.head_count", 9),
    number("llama.attention.head_count_kv", 3),
    text("tokenizer.ggml.tokens") + struct.pack("<IIQ", 9, 8, 2) + text("a") + text("b"),
]
TENSOR = text("weights") + struct.pack("<IQIQ", 1, 64, 0, 0)


def gguf(keys: list[bytes] = KEYS, tensor: bytes = TENSOR, data: int = 256, count: int | None = None) -> bytes:
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, len(keys) if count is None else count) + b"".join(keys) + tensor
    return head + bytes(-len(head) % 32) + bytes(data)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.gguf"


def test_a_header_gives_context_and_memory(path: Path):
    path.write_bytes(gguf())
    header = read_header(path)
    assert (header.architecture, header.context_length, header.pooling) == ("llama", 2048, -1)
    memory = header.memory(100_000)
    assert memory.context == 2048 and memory.cache == 30 * 3 * 128 * 2 * 2048
    assert "context of 2048 tokens 45 MB" in memory.described()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "cut off"),
        (b"PK\3\4" + bytes(100), "not a GGUF file"),
        (b"GGUF" + struct.pack("<IQQ", 9, 0, 0), "version is 9"),
        (gguf(count=1 << 60), "keys are more than"),
        (gguf(KEYS[1:]), "does not name an architecture"),
        (gguf([*KEYS, KEYS[0]]), "twice"),
        (gguf([*KEYS, struct.pack("<Q", 1 << 62)]), "bytes of a string are more"),
        (gguf([*KEYS, text("x") + struct.pack("<IIQ", 9, 8, 1 << 61)]), "items of an array are more"),
        (gguf([*KEYS, text("x") + struct.pack("<I", 77)]), "unknown type 77"),
        (gguf([*KEYS, text("x") + struct.pack("<IIQ", 9, 9, 1) + struct.pack("<IQ", 9, 1) * 9]), "unknown type 9"),
        (gguf([*KEYS, number("general.alignment", 0)]), "alignment is 0"),
        (gguf(tensor=text("w") + struct.pack("<IQQIQ", 2, 1 << 40, 1 << 40, 0, 0)), "too large"),
        (gguf(tensor=text("w") + struct.pack("<IQIQ", 1, 64, 0, 1 << 50)), "cut off"),
        (gguf(data=100), "cut off: .* the tensors end at"),
    ],
)
def test_hostile_files_are_refused(content: bytes, why: str, path: Path):
    path.write_bytes(content)
    with pytest.raises(BadGguf, match=why):
        read_header(path)


@examples(200)
@given(st.integers(0, len(gguf()) - 1), st.binary(min_size=1, max_size=8), st.booleans())
def test_no_change_to_a_file_gets_past_the_bounds(
    tmp_path_factory: pytest.TempPathFactory, at: int, new: bytes, cut: bool
):
    content = gguf()
    path = tmp_path_factory.mktemp("gguf") / "model.gguf"
    path.write_bytes(content[:at] if cut else content[:at] + new + content[at + len(new) :])
    try:
        header = read_header(path)
    except BadGguf:
        return
    assert header.memory().total >= 0
