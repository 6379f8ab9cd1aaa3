"""Prompts that begin alike go to the same worker, and a popular beginning does not overload it."""

import asyncio
import random
from contextlib import aclosing
from pathlib import Path

import pytest

from aistack.inference.client import InferenceClient
from aistack.inference.protocol import ai_service_pb2 as pb
from harness.services.inference_worker import inference_workers
from harness.services.sidecar import sidecar

pytestmark = pytest.mark.heavy

CALLS, CLIENTS, HOT_SHARE, COLD_PREFIXES = 600, 24, 0.7, 40
PURE = {"sticky_beta": 0, "sticky_queue_max": 100_000}


async def test_a_hot_prefix_keeps_its_hits_and_spreads_over_four_workers(tmp_path: Path):
    """Max/mean load <= 1.5, and at least 70 % of the hits that stickiness without regard for load has."""
    hits, load = await routed(tmp_path / "a")
    pure, _ = await routed(tmp_path / "b", **PURE)
    assert load <= 1.5
    assert hits >= 0.7 * pure > 0.5


async def routed(folder: Path, **settings: float) -> tuple[float, float]:
    """The share of blocks that were at the chosen worker, and the calls of the busiest worker over the mean."""
    chances = random.Random(4)
    prompts: list[str] = []
    for _ in range(CALLS):
        name = "hot" if chances.random() < HOT_SHARE else f"cold{chances.randrange(COLD_PREFIXES)}"
        prompts.append("n=2 gap=0.01 " + f"{name} " * 400)
    with (
        inference_workers(folder, 4) as workers,
        sidecar(folder, *(one.address for one in workers), **settings) as relay,
    ):
        client = InferenceClient(relay.address)

        async def work() -> None:
            while prompts:
                asked = pb.StreamPredictRequest(prompt=prompts.pop(), prefix_sticky=True).SerializeToString()
                async with aclosing(client.stream_predict(asked)) as responses:
                    async for _ in responses:
                        pass

        await asyncio.gather(*(work() for _ in range(CLIENTS)))
        served: list[int] = []
        for worker in workers:
            direct = InferenceClient(worker.address)
            served.append(int((await direct.health()).metrics["served"]))
            await direct.close()
        await client.close()
        assert sum(served) == CALLS
        rate = relay.metric("sidecar_prefix_hit_blocks_total") / relay.metric("sidecar_prefix_blocks_total")
        return rate, max(served) / (CALLS / len(served))
