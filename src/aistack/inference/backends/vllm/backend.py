"""A folder of safetensors, run by vLLM, behind the protocol of backends."""

import asyncio
from pathlib import Path

from aistack.inference.backends.backend import Limits, Memory
from aistack.inference.backends.generation.backend import GenerationBackend
from aistack.inference.backends.generation.jobs import TokenSource
from aistack.inference.backends.generation.weights import adapter_config, read_folder
from aistack.inference.backends.vllm.engine import start


class VllmBackend(GenerationBackend):
    """`adapters` of the limits are LoRA adapters in PEFT's format, by name."""

    def __init__(self, path: Path, limits: Limits) -> None:
        """Raises LoadFailed."""
        folder = read_folder(path)
        self._path, self._parallel = path.resolve(), limits.parallel
        self._adapters = {name: Path(place).expanduser().resolve() for name, place in limits.adapters.items()}
        for place in self._adapters.values():
            adapter_config(place)
        super().__init__("vllm", folder, limits, self._start_engine)

    def memory(self) -> Memory:
        """The GPU's memory is vLLM's to divide: it takes a share of all, whatever the model needs."""
        stored = self._folder.stored >> 20
        return Memory(0, f"takes {stored} MB of GPU memory for weights, and what vLLM reserves for its cache")

    async def _start_engine(self) -> TokenSource:
        return await asyncio.to_thread(start, self._path, self.context, self._parallel, self._adapters)
