"""Files that are not weights, or not whole, are refused before anything parses or unpickles them."""

import pickle
import struct
from pathlib import Path
from typing import Any

import pytest

from aistack.inference.backends.backend import Limits, LoadFailed, PredictFailed, Prediction
from aistack.inference.backends.opening import open_backend


class _Touch:
    """What runs when it is unpickled makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


HEAD = b"GGUF" + struct.pack("<IQQ", 3, 1, 1) + struct.pack("<Q", 20) + b"general.architecture"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (HEAD, "cut off"),
        (HEAD[:9], "cut off"),
        (b"PK\3\4" + HEAD[4:], "not a GGUF file"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1 << 40, 1 << 40), "tensors are more than"),
        (b"", "cut off"),
    ],
)
def test_a_gguf_file_is_checked_before_it_is_opened(content: bytes, why: str, tmp_path: Path):
    (tmp_path / "model.gguf").write_bytes(content)
    with pytest.raises(LoadFailed, match=why):
        open_backend(str(tmp_path / "model.gguf"), Limits())


@pytest.mark.parametrize("name", ["model.gguf", "model.bin", "model.pt", "model.pth", "model.ckpt"])
def test_a_pickle_is_never_loaded_whatever_it_is_called(name: str, tmp_path: Path):
    (tmp_path / name).write_bytes(pickle.dumps(_Touch(tmp_path / "ran")))
    with pytest.raises(LoadFailed):
        open_backend(str(tmp_path / name), Limits())
    assert not (tmp_path / "ran").exists()


async def test_a_pickle_among_a_folders_files_is_never_loaded(tmp_path: Path):
    for name in ("pytorch_model.bin", "model.onnx", "tokenizer.json"):
        (tmp_path / name).write_bytes(pickle.dumps(_Touch(tmp_path / "ran")))
    backend = open_backend(str(tmp_path), Limits())
    await backend.load()
    with pytest.raises(PredictFailed, match="cannot be loaded"):
        await anext(backend.predict(Prediction("EMBEDDING", {"input": "a"}, "1", 1, "m")))
    await backend.close()
    assert not (tmp_path / "ran").exists()


def test_an_adapter_is_checked_as_well(tmp_path: Path):
    (tmp_path / "model.gguf").write_bytes(HEAD)
    with pytest.raises(LoadFailed):
        open_backend(str(tmp_path / "model.gguf"), Limits(adapters={"a": str(tmp_path / "none.gguf")}))
