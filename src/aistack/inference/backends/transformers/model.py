"""A model of the transformers library: loaded from safetensors, and run one step at a time."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from aistack.inference.backends.backend import LoadFailed
from aistack.inference.backends.transformers.adapters import Adapters, Rows
from aistack.inference.backends.transformers.attention import NAME, KeyValueCache, Step

LAYER_TYPES = {"full_attention", "sliding_attention", "attention"}


class Model:
    """A loaded model with its cache of `slots` tokens."""

    def __init__(self, folder: Path, slots: int, adapters: dict[str, str]) -> None:
        """Raises LoadFailed."""
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._cache = KeyValueCache(slots)
        self._model = _load(folder, self.device)
        # The function is registered once for all models of a process; each model finds its cache in its layers.
        for module in self._model.modules():
            if hasattr(module, "layer_idx"):
                module.aistack_cache = self._cache
        self._adapters = Adapters()
        for name, place in adapters.items():
            self._adapters.load(self._model, name, Path(place))
        self.vocabulary = int(self._model.get_input_embeddings().weight.shape[0])

    @torch.inference_mode()
    def run(self, tokens: Tensor, positions: Tensor, step: Step, wanted: Tensor, rows: Rows) -> Tensor:
        """The logits (wanted, vocabulary) float32 after the tokens at `wanted` of a row of tokens."""
        self._cache.step, self._adapters.rows = step, rows
        try:
            found = self._model(
                input_ids=tokens[None], position_ids=positions[None], use_cache=False, logits_to_keep=wanted
            )
            return found.logits[0].float()
        finally:
            self._cache.step, self._adapters.rows = None, []

    def tensor(self, values: Sequence[int]) -> Tensor:
        return torch.tensor(values, dtype=torch.long, device=self.device)


def _attention(
    module: Any, query: Tensor, key: Tensor, value: Tensor, attention_mask: Any, scaling: float, **options: Any
) -> tuple[Tensor, None]:
    cache: KeyValueCache = module.aistack_cache
    window, softcap = options.get("sliding_window") or 0, options.get("softcap") or 0.0
    return cache.attention(module.layer_idx, query, key, value, scaling, window, softcap), None


def _load(folder: Path, device: torch.device) -> Any:
    import transformers

    library: Any = transformers
    library.utils.logging.set_verbosity_error()
    library.AttentionInterface.register(NAME, _attention)
    try:
        config: Any = library.AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        _check(config)
        dtype = torch.float32 if device.type == "cpu" else "auto"
        model: Any = library.AutoModelForCausalLM.from_pretrained(
            folder, config=config, local_files_only=True, trust_remote_code=False, use_safetensors=True, dtype=dtype,
            attn_implementation=NAME,
        )  # fmt: skip
    except LoadFailed:
        raise
    except Exception as error:  # the library raises whatever its parts do
        raise LoadFailed(f"transformers cannot load {folder}: {error}") from None
    if getattr(model, "_is_stateful", False) or any(hasattr(one, "sinks") for one in model.modules()):
        raise LoadFailed(f"{folder}: models of the kind {config.model_type} are not supported here")
    return model.to(device).eval()


def _check(config: Any) -> None:
    text = config.get_text_config()
    other = set(getattr(text, "layer_types", None) or ()) - LAYER_TYPES
    if config.is_encoder_decoder or other or getattr(text, "num_kv_shared_layers", 0):
        what = ", ".join(sorted(other)) or "an encoder or shared layers"
        raise LoadFailed(f"models of the kind {config.model_type} are not supported here: they have {what}")
