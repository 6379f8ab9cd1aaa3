"""Folders of weights are checked before anything loads them."""

import json
import struct
from pathlib import Path

import pytest

from aistack.inference.backends.backend import Limits, LoadFailed
from aistack.inference.backends.generation.weights import adapter_config, read_folder
from aistack.inference.backends.opening import open_backend

CONFIG = {
    "model_type": "llama", "num_hidden_layers": 2, "num_attention_heads": 4, "hidden_size": 8, "eos_token_id": [1, 2],
    "max_position_embeddings": 64,
}  # fmt: skip


def model(folder: Path, config: dict[str, object] | None = None) -> Path:
    """A folder with one tensor of four numbers."""
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps(CONFIG | (config or {})))
    (folder / "tokenizer.json").write_text("{}")
    weights(folder / "model.safetensors")
    return folder


def weights(path: Path, shape: object = (2, 2), end: int = 16, data: int = 16, dtype: str = "F32") -> None:
    header = json.dumps({"w": {"dtype": dtype, "shape": shape, "data_offsets": [0, end]}}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(data))


def test_a_complete_folder_is_described(tmp_path: Path):
    found = read_folder(model(tmp_path))
    assert (found.parameters, found.stored, found.stop_ids, found.context) == (4, 16, (1, 2), 64)
    assert found.memory(1000).total - found.memory(0).total == 2 * 2 * 4 * 2 * 1000 * 4
    assert "MB of memory" in found.memory(64).described


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "model.ckpt"])
def test_pickled_weights_are_refused(tmp_path: Path, name: str):
    (model(tmp_path) / "model.safetensors").unlink()
    (tmp_path / name).write_bytes(b"\x80\x04cos\nsystem\n")
    with pytest.raises(LoadFailed, match="never loaded"):
        open_backend(str(tmp_path), Limits())


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda folder: weights(folder / "model.safetensors", data=15), "cut off"),
        (lambda folder: weights(folder / "model.safetensors", data=17), "cut off"),
        (lambda folder: weights(folder / "model.safetensors", shape=(2, 3)), "wrongly"),
        (lambda folder: weights(folder / "model.safetensors", shape=(-2, -2)), "cut off|wrongly"),
        (lambda folder: weights(folder / "model.safetensors", dtype="PICKLE"), "wrongly"),
        (lambda folder: weights(folder / "model.safetensors", shape="x"), "wrongly"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b"\xff" * 64), "cut off"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b""), "cut off"),
        (lambda folder: (folder / "model.safetensors").write_bytes(struct.pack("<Q", 2) + b"[]"), "JSON object"),
        (lambda folder: (folder / "config.json").write_text("[" * 100_000), "cannot be read"),
        (lambda folder: (folder / "config.json").unlink(), "cannot be read"),
        (lambda folder: (folder / "tokenizer.json").unlink(), "no tokenizer.json"),
        (lambda folder: model(folder, {"quantization_config": {}}), "quantized"),
        (lambda folder: model(folder, {"auto_map": {"a": "b"}, "model_type": ""}), "never run"),
    ],
)
def test_damaged_folders_are_refused(tmp_path: Path, damage: object, said: str):
    model(tmp_path)
    damage(tmp_path)  # type: ignore[operator]
    with pytest.raises(LoadFailed, match=said):
        read_folder(tmp_path)


@pytest.mark.parametrize("name", ["../model.safetensors", "/etc/passwd", "model.bin", "missing.safetensors"])
def test_an_index_names_files_of_its_folder_only(tmp_path: Path, name: str):
    index = model(tmp_path) / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"w": name}}))
    with pytest.raises(LoadFailed):
        read_folder(tmp_path)


def test_positions_that_depend_on_the_length_limit_the_context(tmp_path: Path):
    scaling = {"rope_type": "longrope", "original_max_position_embeddings": 16}
    assert read_folder(model(tmp_path, {"rope_scaling": scaling})).context == 16


def test_only_plain_lora_adapters_are_taken(tmp_path: Path):
    with pytest.raises(LoadFailed, match=r"adapter_model\.safetensors"):
        adapter_config(tmp_path)
    weights(tmp_path / "adapter_model.safetensors")
    for config, said in (
        ({"peft_type": "IA3"}, "not a LoRA"),
        ({"peft_type": "LORA", "use_dora": True}, "use_dora"),
        ({"peft_type": "LORA", "bias": "all"}, "biases"),
    ):
        (tmp_path / "adapter_config.json").write_text(json.dumps(config))
        with pytest.raises(LoadFailed, match=said):
            adapter_config(tmp_path)
