"""The process that runs a model: `python -m aistack.inference.backends.llama_cpp.native OPTIONS`, OPTIONS in JSON.

It serves llama.cpp's own HTTP API on a Unix socket until its standard input ends, and prints `ready` when it does.
"""

import contextlib
import ctypes
import importlib
import json
import os
import signal
import sys
from typing import Any

PR_SET_PDEATHSIG = 1
HTTP_THREADS_BESIDE = 6  # for requests that are not predictions


def main(options: dict[str, Any]) -> None:
    """Loads the model and serves it. Leaves with status 1 and a line on standard error if that fails."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.umask(0o177)
    server = _server(options)
    os.umask(0o077)
    print("ready", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        sys.stdin.buffer.read()
    del server
    os._exit(0)


def _server(options: dict[str, Any]) -> Any:
    library: Any = importlib.import_module("xllamacpp")  # it has no types
    params = library.CommonParams()
    params.model.path = options["model"]
    params.hostnames = [options["socket"]]
    params.n_ctx = options["context"]
    params.n_parallel = options["parallel"]
    params.kv_unified = True
    params.n_batch = params.n_ubatch = options["batch"]
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = options["threads"]
    params.n_threads_http = options["parallel"] + HTTP_THREADS_BESIDE
    params.cache_ram_mib = 0
    params.ctx_shift = False
    params.endpoint_metrics = True
    params.endpoint_slots = False
    params.ui = False
    params.warmup = False
    params.verbosity = 0
    if options["embedding"]:
        params.embedding = True
    if options["rerank"]:
        params.pooling_type = library.llama_pooling_type.LLAMA_POOLING_TYPE_RANK
    if options["adapters"]:
        params.lora_init_without_apply = True
        params.lora_adapters = [_adapter(library, path) for path in options["adapters"]]
    return library.Server(params)


def _adapter(library: Any, path: str) -> Any:
    adapter = library.CommonAdapterLoraInfo()
    adapter.path = path
    adapter.scale = 1.0
    return adapter


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
