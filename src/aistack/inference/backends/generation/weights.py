"""What a folder of weights holds: its configuration, and the headers of its safetensors files, read with limits.

The format: eight bytes with the length of a JSON header, the header, then the tensors. Nothing is unpickled, and code
that comes with a model is never run.
"""

import json
import math
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from aistack.inference.backends.backend import Json, LoadFailed, Memory

HEADER_BYTES_MAX = 64 << 20
JSON_BYTES_MAX = 64 << 20
SHARDS_MAX = 1024
PICKLED = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")
BYTES = {
    "F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1, "U16": 2,
    "U32": 4, "U64": 8, "F8_E4M3": 1, "F8_E5M2": 1,
}  # fmt: skip
PROCESS_BYTES = 350 << 20  # the interpreter with torch and transformers
COMPUTED_BYTES = 4
ADAPTER_REFUSED = ("use_dora", "modules_to_save", "fan_in_fan_out", "alora_invocation_tokens", "target_parameters")


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A folder that may be loaded. `parameters` counts numbers; `stored` is their bytes on disk."""

    path: Path
    config: Json
    generation: Json
    parameters: int
    stored: int
    stop_ids: tuple[int, ...] = field(default=())

    @property
    def context(self) -> int:
        """Tokens that the model was trained for; 0 when its configuration does not say."""
        text = self._text
        scaling: Json = text.get("rope_scaling") or text.get("rope_parameters") or {}
        length = int(text.get("max_position_embeddings") or text.get("n_positions") or 0)
        if scaling.get("rope_type", scaling.get("type")) in ("dynamic", "longrope"):
            # How these turn positions depends on the length of a text, which texts of a batch do not share.
            length = int(scaling.get("original_max_position_embeddings") or length)
        return length

    def memory(self, context: int) -> Memory:
        """An estimate for so many tokens in the cache, with every number as a float of four bytes."""
        text = self._text
        layers = int(text.get("num_hidden_layers") or text.get("n_layer") or 1)
        heads = int(text.get("num_attention_heads") or text.get("n_head") or 1)
        hidden = int(text.get("hidden_size") or text.get("n_embd") or 0)
        per_head = int(text.get("head_dim") or hidden // heads)
        cache = 2 * layers * int(text.get("num_key_value_heads") or heads) * per_head * context * COMPUTED_BYTES
        weights = self.parameters * COMPUTED_BYTES
        total = weights + cache + PROCESS_BYTES
        parts = f"weights {weights >> 20} MB, cache for {context} tokens {cache >> 20} MB"
        return Memory(total, f"takes about {total >> 20} MB of memory ({parts})")

    @property
    def _text(self) -> Json:
        return self.config.get("text_config") or self.config


def read_folder(path: Path) -> ModelFolder:
    """Raises LoadFailed for what is not a complete model with safe weights."""
    files = sorted(path.glob("*.safetensors"))
    if not files:
        if any(next(path.glob(pattern), None) for pattern in PICKLED):
            raise LoadFailed(
                f"{path} holds pickled weights (.bin, .pt), which can run code and are never loaded; "
                "get the model in safetensors format"
            )
        raise LoadFailed(f"{path} holds no model: it has no .safetensors file")
    config = read_json(path / "config.json")
    if not (path / "tokenizer.json").is_file():
        raise LoadFailed(f"{path} has no tokenizer.json")
    if "quantization_config" in config:
        raise LoadFailed(f"{path} is quantized, which is not supported here; use a GGUF file or unquantized weights")
    if config.get("auto_map") and not config.get("model_type"):
        raise LoadFailed(f"{path} needs code of its own, which is never run")
    files = _shards(path, files)
    counted = [_read_header(file) for file in files]
    generation = read_json(path / "generation_config.json") if (path / "generation_config.json").is_file() else {}
    numbers, stored = (sum(one[at] for one in counted) for at in (0, 1))
    return ModelFolder(path, config, generation, numbers, stored, _stop_ids(config, generation))


def read_json(path: Path) -> Json:
    """A JSON object from a file of a model. Raises LoadFailed."""
    try:
        if path.stat().st_size > JSON_BYTES_MAX:
            raise LoadFailed(f"{path} is larger than {JSON_BYTES_MAX >> 20} MB")
        found: Any = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise LoadFailed(f"{path} cannot be read: {error}") from None
    if not isinstance(found, dict):
        raise LoadFailed(f"{path} is not a JSON object")
    return cast(Json, found)


def adapter_config(folder: Path) -> Json:
    """Raises LoadFailed for an adapter that cannot be applied exactly."""
    if not folder.is_dir() or not (folder / "adapter_model.safetensors").is_file():
        raise LoadFailed(f"{folder} is no LoRA adapter: it needs adapter_config.json and adapter_model.safetensors")
    config = read_json(folder / "adapter_config.json")
    if config.get("peft_type") != "LORA":
        raise LoadFailed(f"{folder} is not a LoRA adapter but {config.get('peft_type')!r}")
    for name in ADAPTER_REFUSED:
        if config.get(name):
            raise LoadFailed(f"{folder} uses {name}, which is not supported")
    if config.get("bias", "none") != "none":
        raise LoadFailed(f"{folder} trains biases, which is not supported")
    return config


def _shards(path: Path, files: list[Path]) -> list[Path]:
    """The files that an index lists; all files without one."""
    index = path / "model.safetensors.index.json"
    if not index.is_file():
        return files
    listed: Any = read_json(index).get("weight_map")
    names = sorted({str(one) for one in cast(Json, listed).values()}) if isinstance(listed, dict) else []
    if not 0 < len(names) <= SHARDS_MAX:
        raise LoadFailed(f"{index} lists no files")
    for name in names:
        if "/" in name or "\\" in name or not name.endswith(".safetensors"):
            raise LoadFailed(f"{index} lists {name!r}, which is not a .safetensors file of the folder")
        if not (path / name).is_file():
            raise LoadFailed(f"{path} is not complete: {name} is missing; download it again")
    return [path / name for name in names]


def _read_header(file: Path) -> tuple[int, int]:
    """How many numbers a file holds, and their bytes."""
    size = file.stat().st_size
    with file.open("rb") as opened:
        prefix = opened.read(8)
        length = struct.unpack("<Q", prefix)[0] if len(prefix) == 8 else size
        if length > min(HEADER_BYTES_MAX, size - 8):
            raise LoadFailed(f"{file} is not a safetensors file, or is cut off")
        try:
            header: Any = json.loads(opened.read(length))
        except (ValueError, RecursionError):
            raise LoadFailed(f"{file} has a header that is not JSON") from None
    if not isinstance(header, dict):
        raise LoadFailed(f"{file} has a header that is not a JSON object")
    numbers = data = 0
    for name, tensor in cast(Json, header).items():
        if name != "__metadata__":
            count, end = _tensor(file, name, tensor)
            numbers += count
            data = max(data, end)
    if data != size - 8 - length:
        raise LoadFailed(f"{file} is cut off: {size - 8 - length} of {data} bytes of weights; download it again")
    return numbers, data


def _tensor(file: Path, name: str, tensor: Any) -> tuple[int, int]:
    try:
        count = math.prod(int(one) for one in tensor["shape"])
        begin, end = (int(one) for one in tensor["data_offsets"])
        valid = min(tensor["shape"], default=0) >= 0 <= begin <= end and end - begin == count * BYTES[tensor["dtype"]]
    except (KeyError, TypeError, ValueError):
        valid, count, end = False, 0, 0
    if not valid:
        raise LoadFailed(f"{file} describes its tensor {name[:80]!r} wrongly")
    return count, end


def _stop_ids(config: Json, generation: Json) -> tuple[int, ...]:
    given: Any = generation.get("eos_token_id", config.get("eos_token_id"))
    listed: list[Any] = cast(list[Any], given) if isinstance(given, list) else [given]
    return tuple(one for one in listed if isinstance(one, int))
