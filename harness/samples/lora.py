"""A LoRA adapter in GGUF format: random weights for the attention of one layer."""

import struct
from pathlib import Path

import numpy as np

U32, F32, STRING = 4, 6, 8
ALIGNMENT = 32


def _text(value: str) -> bytes:
    return struct.pack("<Q", len(value)) + value.encode()


def lora_adapter(path: Path, *, width: int = 576, rank: int = 2, strength: float = 1.0, seed: int = 1) -> Path:
    """An adapter for a model of the llama architecture with `width` channels."""
    random = np.random.default_rng(seed)
    name = "blk.10.attn_output.weight"
    tensors = {
        f"{name}.lora_a": random.normal(0, strength, (rank, width)).astype("<f4"),
        f"{name}.lora_b": random.normal(0, strength, (width, rank)).astype("<f4"),
    }
    texts = {"general.architecture": "llama", "general.type": "adapter", "adapter.type": "lora"}
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(texts) + 1)
    for key, value in texts.items():
        head += _text(key) + struct.pack("<I", STRING) + _text(value)
    head += _text("adapter.lora.alpha") + struct.pack("<If", F32, float(rank))
    offset, data = 0, b""
    for key, matrix in tensors.items():
        head += _text(key) + struct.pack("<IQQIQ", 2, matrix.shape[1], matrix.shape[0], 0, offset)
        data += matrix.tobytes() + bytes(-matrix.nbytes % ALIGNMENT)
        offset = len(data)
    path.write_bytes(head + bytes(-len(head) % ALIGNMENT) + data)
    return path
