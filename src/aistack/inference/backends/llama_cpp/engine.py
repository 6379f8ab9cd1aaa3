"""A model's process with llama.cpp's own HTTP API on a Unix socket, and its counters."""

import os
import secrets
import tempfile
from pathlib import Path

from aistack.inference.backends.backend import Json
from aistack.inference.backends.engine_process import EngineProcess
from aistack.inference.backends.llama_cpp.connection import EngineGone, EngineRefused, call
from aistack.inference.backends.llama_cpp.openmp import library_path

# llama.cpp's threads wait for each other hundreds of times a token, and GNU OpenMP lets them spin for a millisecond
# each time. Where the cores have other work too, that makes a model many times slower: so they sleep soon.
ENVIRON = {"GOMP_SPINCOUNT": "1000", "MALLOC_ARENA_MAX": "2"}
COUNTERS = {
    "llamacpp:n_decode_total": "steps",
    "llamacpp:prompt_tokens_total": "prompt_tokens",
    "llamacpp:tokens_predicted_total": "completion_tokens",
    "llamacpp:requests_processing": "processing",
}


class Engine(EngineProcess):
    """`options` are those of `native`, without the socket."""

    def __init__(self, options: Json) -> None:
        super().__init__("aistack.inference.backends.llama_cpp.native", "llama.cpp", "local", ("xllamacpp",))
        self._options = options
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self.socket = Path()

    async def load(self) -> None:
        """Starts the process. Raises LoadFailed."""
        self._folder = tempfile.TemporaryDirectory(prefix="aistack-model-")
        folder = Path(self._folder.name)
        self.socket = folder / f"{secrets.token_hex(4)}.sock"
        environ = {**ENVIRON, **os.environ}
        if path := library_path(folder, environ.get("LD_LIBRARY_PATH", "")):
            environ["LD_LIBRARY_PATH"] = path
        await self.start(self._options | {"socket": str(self.socket)}, environ, b"ready")

    async def stop(self) -> None:
        """Ends the process; requests in progress fail."""
        await super().stop()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    async def counters(self) -> dict[str, str]:
        """What the engine counts itself; empty when it does not answer."""
        try:
            page = await call(self.socket, "GET", "/metrics")
        except (EngineGone, EngineRefused):
            return {}
        found: dict[str, str] = {}
        for line in str(page).splitlines():
            name, _, value = line.partition(" ")
            if name in COUNTERS:
                found[COUNTERS[name]] = value.removesuffix(".0")
        return found
