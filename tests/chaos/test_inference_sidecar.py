"""Workers that are killed under load: calls end with the right status, none hangs, and service comes back."""

import asyncio
import random
from collections import Counter
from contextlib import aclosing
from pathlib import Path

import pytest

from aistack.inference.client import InferenceClient, RpcError
from aistack.inference.protocol import ai_service_pb2 as pb
from harness.services.inference_worker import inference_worker
from harness.services.sidecar import Sidecar, sidecar

pytestmark = pytest.mark.heavy
SECONDS = 60.0


async def ending(client: InferenceClient, prompt: str) -> str:
    """The status of a call, or `hung`; a call that says OK had all its responses."""
    asked = pb.StreamPredictRequest(prompt=prompt).SerializeToString()
    got = 0
    try:
        async with asyncio.timeout(SECONDS), aclosing(client.stream_predict(asked)) as messages:
            async for _ in messages:
                got += 1
    except RpcError as error:
        if f"{got} chunk" not in error.message and "before the first chunk" not in error.message:
            return error.status.name if "no worker" in error.message else f"{error}, and {got} came"
        return error.status.name
    except TimeoutError:
        return "hung"
    return "OK" if got == int(prompt.split()[0].removeprefix("n=")) else f"OK with {got}"


async def until_served(client: InferenceClient) -> None:
    async with asyncio.timeout(SECONDS):
        while await ending(client, "n=1") != "OK":
            await asyncio.sleep(0.01)


async def kills(folder: Path, count: int) -> Counter[str]:
    """How the calls ended whose only worker was killed."""
    path = folder / "w.sock"
    ends: Counter[str] = Counter()
    with sidecar(folder, f"unix:{path}", ready=False) as running:
        client = InferenceClient(running.address)
        for number in range(count):
            with inference_worker(path) as worker:
                await until_served(client)
                calls = [asyncio.create_task(ending(client, "n=100000 gap=0.002")) for _ in range(8)]
                await asyncio.sleep(random.Random(number).uniform(0, 0.2))
                worker.kill()
                ends.update(await asyncio.gather(*calls))
        assert_nothing_left(running)
        await client.close()
    return ends


def assert_nothing_left(running: Sidecar) -> None:
    assert running.metric("sidecar_queue_depth") == 0
    assert running.process.poll() is None
    assert running.memory_mib() < 60


async def test_a_worker_killed_under_load_ends_its_calls_and_service_comes_back(tmp_path: Path):
    assert await kills(tmp_path, 8) == {"UNAVAILABLE": 64}


@pytest.mark.deep
async def test_a_worker_killed_50_times(tmp_path: Path):
    assert await kills(tmp_path, 50) == {"UNAVAILABLE": 400}


async def test_with_two_workers_short_calls_survive_the_kills_of_one(tmp_path: Path):
    """Calls that were not answered yet move to the other worker; those that were say how far they came."""
    ends: Counter[str] = Counter()
    with (
        inference_worker(tmp_path / "a.sock") as stays,
        sidecar(tmp_path, stays.address, f"unix:{tmp_path}/b.sock") as running,
    ):
        client = InferenceClient(running.address)
        stop = asyncio.Event()

        async def load() -> None:
            while not stop.is_set():
                ends[await ending(client, "n=3 gap=0.001")] += 1

        loads = [asyncio.create_task(load()) for _ in range(8)]
        for _ in range(6):
            with inference_worker(tmp_path / "b.sock") as dies:
                await asyncio.sleep(0.4)
                dies.kill()
        stop.set()
        await asyncio.gather(*loads)
        assert set(ends) <= {"OK", "UNAVAILABLE"}
        assert ends["UNAVAILABLE"] <= 6 * 8
        assert ends["OK"] > 100
        assert_nothing_left(running)
        await client.close()


async def test_a_sidecar_killed_and_started_again_serves_the_same_clients(tmp_path: Path):
    with inference_worker(tmp_path / "w.sock") as worker:
        with sidecar(tmp_path, worker.address) as first:
            client = InferenceClient(first.address)
            call = asyncio.create_task(ending(client, "n=100000 gap=0.01"))
            await asyncio.sleep(0.2)
            first.process.kill()
            assert "UNAVAILABLE" in await call
        with sidecar(tmp_path, worker.address, bind_addr=first.address):
            await until_served(client)
        await client.close()
