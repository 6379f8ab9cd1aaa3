"""The batch of the transformers backend: a tiny model of our own in a worker, one client and sixteen of them.

Both are asked in turn, several times, for streamed completions of the same length; tokens are those of the usage. With
so small a model a step's fixed cost dominates, which is what a batch shares: larger models gain less on a processor.
"""

import asyncio
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import grpc.aio

from aistack.inference.protocol import ai_service_pb2 as pb
from benchmarks.inference.load import PREDICT
from benchmarks.report import Row
from harness.samples.tiny_model import tiny_model
from harness.services.model_worker import ModelWorker, model_worker

CLIENTS, COMPLETION = 16, 2
BAR = ">= 6"


def transformers(quick: bool) -> list[Row]:
    """Raises NotInstalled without torch."""
    rounds, tokens = (1, 16) if quick else (7, 256)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        model = tiny_model(folder / "model")
        arguments = ("--model", f"tiny={model}", "--context", "16384", "--parallel", str(CLIENTS), "--threads", "1")
        with model_worker(folder / "w", folder, *arguments) as worker:
            alone, together = asyncio.run(_rates(worker, rounds, tokens))
            memory = worker.memory_mib()
    return [
        Row("transformers, tokens a second, 1 client", round(alone), "/s"),
        Row(f"transformers, tokens a second, {CLIENTS} clients", round(together), "/s"),
        Row(f"transformers, {CLIENTS} clients / 1 client", round(together / alone, 1), "x", BAR),
        Row("transformers, worker and model (RSS)", round(memory), "MiB"),
    ]


async def _rates(worker: ModelWorker, rounds: int, tokens: int) -> tuple[float, float]:
    """Medians of the rounds."""
    async with grpc.aio.insecure_channel(f"unix:{worker.path}") as channel:
        predict: Any = channel.stream_stream(
            PREDICT, pb.StreamPredictRequest.SerializeToString, pb.StreamPredictResponse.FromString
        )

        async def ask(number: int, count: int) -> int:
            body = {
                "model": "tiny", "prompt": f"The gateway {number} keeps", "max_tokens": count, "temperature": 0,
                "stream": True,
            }  # fmt: skip
            completed = 0
            async for response in predict(iter([worker.request(COMPLETION, body)])):
                completed = response.usage.completion_tokens or completed
            assert completed > count / 2, f"{completed} of {count} tokens came"
            return completed

        async def rate(clients: int) -> float:
            begun = time.perf_counter()
            counts = await asyncio.gather(*(ask(number, tokens) for number in range(clients)))
            return sum(counts) / (time.perf_counter() - begun)

        await ask(0, 16)
        found = [(await rate(1), await rate(CLIENTS)) for _ in range(rounds)]
    return statistics.median(one for one, _ in found), statistics.median(many for _, many in found)
