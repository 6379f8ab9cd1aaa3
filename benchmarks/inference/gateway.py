"""What gateway and sidecar add together to the first token of a streamed chat completion.

The client of `/v1` writes HTTP/1.1 by hand, and the worker itself is called with the gateway's own client, so that
neither way pays for a heavier client than the other.
"""

import asyncio
import json
import statistics
import time
from contextlib import aclosing

from aistack.inference.client import InferenceClient
from aistack.inference.protocol import ai_service_pb2 as pb
from aistack.stack.catalogue import CATALOGUE
from benchmarks.inference.load import Size
from benchmarks.report import Row
from harness.services.inference_worker import Worker
from harness.services.sidecar import Sidecar
from harness.stack import installation

MODEL = "m"
WARM_UP = 20
PIECE_BYTES = 65_536
END_OF_STREAM = b"0\r\n\r\n"


def first_tokens(worker: Worker, relay: Sidecar, size: Size) -> list[Row]:
    """Medians of calls that alternate between both ways, one at a time."""
    toml = "[services.gateway]\nworkers = 1\n" + "".join(
        f"[services.{name}]\nenabled = false\n" for name in CATALOGUE if name != "gateway"
    )
    toml += f"[models.{MODEL}]\nupstreams = [{{ worker = '{MODEL}', sidecar = '{relay.address}' }}]\n"
    with installation(toml) as stack:
        stack.run("up")
        before, after = asyncio.run(_medians(worker, stack.url, size))
    return [
        Row("first token of a chat completion, p50, worker directly", round(before, 3), "ms"),
        Row("the same, added by gateway and sidecar", round(after - before, 3), "ms", "<= 1"),
    ]


async def _medians(worker: Worker, url: str, size: Size) -> tuple[float, float]:
    """Milliseconds, directly and through both."""
    body = json.dumps({"model": MODEL, "messages": [{"role": "user", "content": "n=2"}], "stream": True}).encode()
    message = pb.StreamPredictRequest(model_id=MODEL, task=pb.CHAT, body=body).SerializeToString()
    host, _, port = url.removeprefix("http://").partition(":")
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
    request = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    client = InferenceClient(worker.address)
    reader, writer = await asyncio.open_connection(host, int(port))
    direct: list[float] = []
    through: list[float] = []
    for _ in range(size.calls + WARM_UP):
        begun = time.perf_counter()
        async with aclosing(client.stream_predict(message)) as responses:
            await anext(responses)
            direct.append(time.perf_counter() - begun)
            async for _ in responses:
                pass
        begun = time.perf_counter()
        writer.write(request)
        found = await reader.read(PIECE_BYTES)
        while b"data: {" not in found:
            found += await reader.read(PIECE_BYTES)
        through.append(time.perf_counter() - begun)
        while not found.endswith(END_OF_STREAM):
            found += await reader.read(PIECE_BYTES)
        assert found.startswith(b"HTTP/1.1 200 "), found[:500]
    writer.close()
    await client.close()
    return statistics.median(direct[WARM_UP:]) * 1000, statistics.median(through[WARM_UP:]) * 1000
