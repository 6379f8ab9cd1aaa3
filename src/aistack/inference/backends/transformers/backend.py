"""A folder of safetensors behind the protocol of backends."""

import os
from pathlib import Path

from aistack.inference.backends.backend import Json, Limits
from aistack.inference.backends.generation.backend import GenerationBackend
from aistack.inference.backends.generation.jobs import TokenSource
from aistack.inference.backends.generation.weights import adapter_config, read_folder
from aistack.inference.backends.transformers.blocks import BLOCK
from aistack.inference.backends.transformers.engine import Engine

PROMPT_TOKENS = 128  # of one step; a request that is cancelled stops after it, also while its prompt is processed


class TransformersBackend(GenerationBackend):
    """`adapters` of the limits are LoRA adapters in PEFT's format, by name."""

    def __init__(self, path: Path, limits: Limits) -> None:
        """Raises LoadFailed."""
        folder = read_folder(path)
        adapters = {name: Path(place).expanduser().resolve() for name, place in limits.adapters.items()}
        for place in adapters.values():
            adapter_config(place)
        super().__init__("transformers", folder, limits, self._start_engine)
        # Each text rounds up to whole blocks, so there are some more of them.
        slots = (-(-limits.context // BLOCK) + limits.parallel) * BLOCK
        self._options: Json = {
            "model": str(path.resolve()),
            "slots": slots,
            "prompt_tokens": PROMPT_TOKENS,
            "threads": limits.threads or len(os.sched_getaffinity(0)),
            "adapters": {name: str(place) for name, place in adapters.items()},
            "stop_ids": folder.stop_ids,
        }

    async def _start_engine(self) -> TokenSource:
        engine = Engine(self._options)
        await engine.load()
        return engine
