"""A local model in the worker beside llama.cpp's own server: `python -m benchmarks.inference.local_models`.

Both run SmolLM2 with the same context, places and threads, one after the other. Tokens are those of the servers' usage.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aistack.inference.client import InferenceClient
from aistack.inference.protocol import ai_service_pb2 as pb
from harness.processes import REPOSITORY, child, until
from harness.services.model_worker import CHAT_MODEL, ModelWorker, model_worker, models_folder

CONTEXT, PLACES, TOKENS, ROUNDS = 4096, 16, 96, 3
CHAT_TASK = 1
PEER = """
import sys, xllamacpp
p = xllamacpp.CommonParams()
p.model.path, p.n_ctx, p.n_parallel, p.kv_unified = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), True
p.hostnames, p.cpuparams.n_threads, p.cpuparams_batch.n_threads = [sys.argv[4]], int(sys.argv[5]), int(sys.argv[5])
p.n_threads_http, p.verbosity, p.cache_ram_mib = int(sys.argv[3]) + 6, 0, 0
server = xllamacpp.Server(p)
print("ready", flush=True)
sys.stdin.read()
"""

Ask = Callable[[dict[str, Any]], Awaitable[int]]


def body(number: int) -> dict[str, Any]:
    text = f"Write a story about a traveller with {number} suitcases."
    options = {"stream_options": {"include_usage": True}, "logit_bias": {"2": -100}, "seed": number}
    return {
        "model": CHAT_MODEL,
        "messages": [{"role": "user", "content": text}],
        "max_tokens": TOKENS,
        "stream": True,
    } | options


async def rate(ask: Ask, clients: int) -> float:
    """Tokens a second of so many clients at once."""
    begun = time.monotonic()
    counts = await asyncio.gather(*(ask(body(number)) for number in range(clients)))
    return sum(counts) / (time.monotonic() - begun)


async def ask_peer(socket: Path, request: dict[str, Any]) -> int:
    reader, writer = await asyncio.open_unix_connection(str(socket))
    data = json.dumps(request).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {len(data)}\r\n\r\n"
    writer.write(head.encode() + data)
    tokens = 0
    async for line in reader:
        if line.startswith(b"data: {"):
            tokens = (json.loads(line[6:]).get("usage") or {}).get("completion_tokens", tokens)
    writer.close()
    return tokens


async def ask_worker(client: InferenceClient, request: bytes) -> int:
    tokens = 0
    async for message in client.stream_predict(request):
        response = pb.StreamPredictResponse.FromString(message)
        json.loads(response.event)
        tokens = response.usage.completion_tokens or tokens
    return tokens


async def measure(ask: Ask) -> tuple[float, float]:
    await ask(body(0))
    return max([await rate(ask, 1) for _ in range(ROUNDS)]), max([await rate(ask, PLACES) for _ in range(ROUNDS)])


def peer(data: Path, threads: int) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        socket = Path(folder) / "peer.sock"
        model = str(data / "models" / CHAT_MODEL / "model.gguf")
        words = [sys.executable, "-c", PEER, model, str(CONTEXT), str(PLACES), str(socket), str(threads)]
        with child(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            assert process.stdout is not None and process.stdout.readline().strip() == b"ready"
            return asyncio.run(measure(lambda request: ask_peer(socket, request)))


def worker(data: Path, threads: int) -> tuple[float, float, float]:
    arguments = ("--model", CHAT_MODEL, "--context", str(CONTEXT), "--parallel", str(PLACES), "--threads", str(threads))
    with tempfile.TemporaryDirectory() as folder, model_worker(Path(folder), data, *arguments) as running:
        found = asyncio.run(_measure_worker(running))
        return (*found, running.memory_mib())


async def _measure_worker(running: ModelWorker) -> tuple[float, float]:
    client = InferenceClient(f"unix:{running.path}")
    try:
        return await measure(
            lambda request: ask_worker(client, running.request(CHAT_TASK, request).SerializeToString())
        )
    finally:
        await client.close()


def first_token(data: Path) -> tuple[float, float]:
    """Seconds from a worker's start to its first token without a network, and its memory in MiB."""
    without_network = ["unshare", "-n"] if shutil.which("unshare") and os.geteuid() == 0 else []
    words = [*without_network, sys.executable, "-m", "benchmarks.inference.local_models", "--first-token", str(data)]
    environ = {**os.environ, "PYTHONPATH": f"{REPOSITORY / 'src'}:{REPOSITORY}"}
    found = subprocess.run(
        words, env=environ, cwd=REPOSITORY, capture_output=True, text=True, check=True
    ).stdout.split()
    return float(found[0]), float(found[1])


def _first_token(data: Path) -> None:
    import grpc  # noqa: F401 -- the client's import is not the worker's

    with tempfile.TemporaryDirectory() as folder:
        begun = time.monotonic()
        with model_worker(Path(folder), data, "--model", CHAT_MODEL, ready=False) as running:
            until(lambda: running.path.exists(), what="the socket")
            next(running.call(running.request(CHAT_TASK, body(0))))
            print(time.monotonic() - begun, running.memory_mib())


def main() -> None:
    data = models_folder(CHAT_MODEL)
    threads = len(os.sched_getaffinity(0))
    rows = [(peer(data, threads), worker(data, threads)) for _ in range(2)]
    print(f"tokens a second, {threads} threads, SmolLM2-135M Q4_1, {TOKENS} tokens each; best of {ROUNDS}, two runs")
    for at, clients in ((0, 1), (1, PLACES)):
        theirs, ours = max(row[0][at] for row in rows), max(row[1][at] for row in rows)
        print(f"{clients:3} clients: xllamacpp's server {theirs:7.1f}   worker {ours:7.1f}   ratio {ours / theirs:.2f}")
    print(f"memory after it: {rows[-1][1][2]:.0f} MiB (worker and model)")
    seconds, memory = min(first_token(data) for _ in range(3))
    print(f"first token {seconds:.2f} s after the start, without a network; {memory:.0f} MiB")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--first-token"]:
        _first_token(Path(sys.argv[2]))
    else:
        main()
