"""A worker that is killed under load, again and again: how its calls end, and when the next one succeeds."""

import asyncio
import time
from contextlib import aclosing
from pathlib import Path

from aistack.inference.client import InferenceClient, RpcError, Status
from benchmarks.inference.load import Size, request
from benchmarks.report import Row
from harness.services.inference_worker import inference_worker
from harness.services.sidecar import sidecar

CALLS = 8
HANGS_AFTER_SECONDS = 30.0


async def killed_workers(folder: Path, size: Size) -> list[Row]:
    folder.mkdir()
    path = folder / "w.sock"
    wrong, slowest = 0, 0.0
    with sidecar(folder, f"unix:{path}", ready=False) as relay:
        client = InferenceClient(relay.address)
        for _ in range(size.kills):
            with inference_worker(path) as worker:
                slowest = max(slowest, await _until_served(client))
                calls = [asyncio.create_task(ending(client)) for _ in range(CALLS)]
                await asyncio.sleep(0.1)
                worker.kill()
                wrong += sum(end != "UNAVAILABLE" for end in await asyncio.gather(*calls))
        await client.close()
    return [
        Row(f"{size.kills} kills under load: calls that hung or ended with another status", wrong, "calls", "<= 0"),
        Row("the same, slowest return to service after the worker's", round(slowest, 2), "s", "<= 2"),
    ]


async def ending(client: InferenceClient) -> str:
    """The status of a call whose worker is killed; `hung` when it never ends."""
    try:
        async with asyncio.timeout(HANGS_AFTER_SECONDS):
            async with aclosing(client.stream_predict(request("n=100000 gap=0.005"))) as messages:
                async for _ in messages:
                    pass
        return "OK"
    except RpcError as error:
        return error.status.name
    except TimeoutError:
        return "hung"


async def _until_served(client: InferenceClient) -> float:
    """The seconds until a call succeeds."""
    begun = time.monotonic()
    while True:
        try:
            async with aclosing(client.stream_predict(request("n=1"), 5.0)) as messages:
                async for _ in messages:
                    pass
            return time.monotonic() - begun
        except RpcError as error:
            if error.status is not Status.UNAVAILABLE or time.monotonic() - begun > HANGS_AFTER_SECONDS:
                raise
            await asyncio.sleep(0.01)
