"""LoRA adapters of many texts in one batch: each adds its product to the rows of its own texts.

An adapter is a folder as the PEFT library writes it: adapter_config.json and adapter_model.safetensors.
"""

import math
import re
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn

from aistack.inference.backends.backend import Json, LoadFailed
from aistack.inference.backends.generation.weights import adapter_config

KEY = re.compile(r"(?:base_model\.model\.)?(.+)\.lora_([AB])(?:\.default)?\.weight")
Rows = list[tuple[str, Tensor]]


class Adapters:
    """The adapters of a model. `rows` says which rows of the next step belong to which adapter."""

    def __init__(self) -> None:
        self.rows: Rows = []

    def load(self, model: nn.Module, name: str, folder: Path) -> None:
        """Raises LoadFailed unless every tensor of the adapter can be applied."""
        config = adapter_config(folder)
        weights = _read(folder, model)
        root: Any = model
        modules: dict[str, Any] = dict(root.named_modules())
        found: dict[str, dict[str, Tensor]] = {}
        for key, tensor in weights.items():
            matched = KEY.fullmatch(key)
            if matched is None or not isinstance(modules.get(matched[1]), nn.Linear):
                raise LoadFailed(f"adapter {name}: the model has no layer for its tensor {key}")
            found.setdefault(matched[1], {})[matched[2]] = tensor
        for path, pair in found.items():
            layer: Any = modules[path]
            if set(pair) != {"A", "B"} or not _fits(pair["A"], pair["B"], layer.weight):
                raise LoadFailed(f"adapter {name}: its tensors for {path} do not fit the model")
            self._attach(layer, name, pair["A"], pair["B"] * _scale(config, path, pair["A"].shape[0]))

    def _attach(self, layer: Any, name: str, a: Tensor, b: Tensor) -> None:
        if not hasattr(layer, "aistack_adapters"):
            layer.aistack_adapters = dict[str, tuple[Tensor, Tensor]]()
            layer.register_forward_hook(self._apply)
        layer.aistack_adapters[name] = (a, b)

    def _apply(self, layer: Any, inputs: tuple[Tensor], output: Tensor) -> None:
        for name, rows in self.rows:
            pair: tuple[Tensor, Tensor] | None = layer.aistack_adapters.get(name)
            if pair is not None:
                flat, given = output.view(-1, output.shape[-1]), inputs[0].reshape(-1, inputs[0].shape[-1])
                flat.index_add_(0, rows, given[rows] @ pair[0].T @ pair[1].T)


def _read(folder: Path, model: nn.Module) -> dict[str, Tensor]:
    import safetensors.torch
    from safetensors import SafetensorError

    first, library = next(model.parameters()), cast(Any, safetensors.torch)
    try:
        found: dict[str, Tensor] = library.load_file(str(folder / "adapter_model.safetensors"))
    except (SafetensorError, OSError) as error:
        raise LoadFailed(f"{folder} cannot be read: {error}") from None
    return {key: tensor.to(dtype=first.dtype, device=first.device) for key, tensor in found.items()}


def _fits(a: Tensor, b: Tensor, weight: Tensor) -> bool:
    return (
        a.dim() == b.dim() == 2
        and a.shape[0] == b.shape[1]
        and (b.shape[0], a.shape[1]) == (weight.shape[0], weight.shape[1])
        and bool(torch.isfinite(a).all() and torch.isfinite(b).all())
    )


def _scale(config: Json, path: str, rank: int) -> float:
    patterns: Json = config.get("alpha_pattern") or {}
    found = next((value for key, value in patterns.items() if path == key or path.endswith(f".{key}")), None)
    alpha = float(config.get("lora_alpha", rank) if found is None else found)
    return alpha / (math.sqrt(rank) if config.get("use_rslora") else rank)
