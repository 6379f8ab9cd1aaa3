"""llama.cpp's own server, from xllamacpp, with the OpenAI API: `python -m harness.servers.llama_server ...`."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.processes import REPOSITORY, answers, child, free_port, until

NAME = "llama"
ANSWER_TOKENS = 1024  # when a request sets no limit, as our worker has it


@contextmanager
def llama_server(model: Path, *, context: int = 2048, embedding: bool = False) -> Iterator[str]:
    """The server's base URL, without `/v1`; its model is called `llama`. With `embedding` it embeds."""
    port = free_port()
    words = [sys.executable, "-m", "harness.servers.llama_server", str(model), str(port), str(context)]
    with child([*words, "embedding"] if embedding else words, cwd=REPOSITORY):
        until(lambda: answers(f"http://127.0.0.1:{port}/health"), what="llama.cpp's server")
        yield f"http://127.0.0.1:{port}"


def main(model: str, port: str, context: str, *about: str) -> None:
    """Serves until the process ends."""
    import signal

    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = model
    params.model_alias = [NAME]
    params.hostnames = ["127.0.0.1"]
    params.port = int(port)
    params.n_ctx = int(context)
    params.n_parallel = 4
    params.kv_unified = True
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.n_threads_http = 12
    params.verbosity = 0
    params.n_predict = ANSWER_TOKENS
    if "embedding" in about:
        params.embedding = True
        params.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
    server = xllamacpp.Server(params)
    signal.pause()
    del server


if __name__ == "__main__":
    main(*sys.argv[1:])
