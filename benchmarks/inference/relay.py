"""What the sidecar adds: latency, messages a second, memory, and the processor time of paced streams."""

import asyncio
import statistics
import time

import grpc.aio

from benchmarks.inference.load import HEALTH, Size, predict, request
from benchmarks.report import Row
from harness.services.sidecar import Sidecar

STREAMS = 8
PACED_STREAMS = 50
PACED_PER_SECOND = 30
WARM_UP = 20


async def latency(direct: str, through: str, size: Size) -> list[Row]:
    """Medians of calls that alternate between both ways, one at a time."""
    unary: tuple[list[float], list[float]] = ([], [])
    first: tuple[list[float], list[float]] = ([], [])
    prompt = request("n=1")
    async with grpc.aio.insecure_channel(direct) as one, grpc.aio.insecure_channel(through) as two:
        ways = [(predict(channel), channel.unary_unary(HEALTH)) for channel in (one, two)]
        for _ in range(size.calls + WARM_UP):
            for number, (stream, health) in enumerate(ways):
                begun = time.perf_counter()
                call = stream(iter((prompt,)))
                await call.read()
                first[number].append(time.perf_counter() - begun)
                await call.code()
                begun = time.perf_counter()
                await health(b"")
                unary[number].append(time.perf_counter() - begun)
    rows: list[Row] = []
    for name, times in (("unary call", unary), ("first chunk", first)):
        before, after = (statistics.median(one[WARM_UP:]) * 1000 for one in times)
        rows.append(Row(f"{name}, p50, direct", round(before, 3), "ms"))
        rows.append(Row(f"{name}, p50, added by the sidecar", round(after - before, 3), "ms", "<= 0.25"))
    return rows


async def rates(direct: str, through: str, size: Size) -> list[Row]:
    """Messages a second with one stream and with eight: medians of rounds that alternate between both ways."""
    rows: list[Row] = []
    for streams in (1, STREAMS):
        measured: tuple[list[float], list[float]] = ([], [])
        for _ in range(size.rounds):
            for number, address in enumerate((direct, through)):
                measured[number].append(await _rate(address, streams, size.messages))
        before, after = (statistics.median(one) for one in measured)
        what = "1 stream" if streams == 1 else f"{streams} streams"
        rows.append(Row(f"messages a second, {what}, direct", round(before), "/s"))
        rows.append(Row(f"messages a second, {what}, through the sidecar", round(after), "/s"))
        bar = ">= 0.7" if streams == STREAMS else ""
        rows.append(Row(f"messages a second, {what}, through / direct", round(after / before, 2), "x", bar))
    return rows


async def _rate(address: str, streams: int, messages: int) -> float:
    async with grpc.aio.insecure_channel(address) as channel:
        stream = predict(channel)

        async def one(count: int) -> None:
            got = 0
            async for _ in stream(iter((request(f"n={count}"),))):
                got += 1
            assert got == count, f"{got} of {count} messages came"

        await one(10)
        begun = time.perf_counter()
        await asyncio.gather(*(one(messages) for _ in range(streams)))
        return streams * messages / (time.perf_counter() - begun)


async def paced_streams(relay: Sidecar, size: Size) -> list[Row]:
    """The sidecar's processor time while it relays 50 streams at 30 tokens a second each."""
    count = int(PACED_PER_SECOND * size.paced_seconds)
    async with grpc.aio.insecure_channel(relay.address) as channel:
        stream = predict(channel)

        async def one() -> None:
            async for _ in stream(iter((request(f"n={count} gap={1 / PACED_PER_SECOND}"),))):
                pass

        before, begun = relay.cpu_seconds(), time.perf_counter()
        await asyncio.gather(*(one() for _ in range(PACED_STREAMS)))
        wall = time.perf_counter() - begun
        used = (relay.cpu_seconds() - before) / wall
    pace = PACED_STREAMS * count / wall
    return [
        Row(f"{PACED_STREAMS} streams at {PACED_PER_SECOND} tokens/s: of a core", round(used * 100, 1), "%", "<= 25"),
        Row("the same, messages a second that came", round(pace), "/s"),
    ]


async def memory(relay: Sidecar, size: Size) -> list[Row]:
    """The sidecar's memory while that many streams are open and get a message now and then."""
    async with grpc.aio.insecure_channel(relay.address) as channel:
        stream = predict(channel)
        calls = [stream(iter((request("n=1000 gap=2"),))) for _ in range(size.held_streams)]
        for call in calls:
            await call.read()
        held = relay.memory_mib()
        for call in calls:
            call.cancel()
    return [Row(f"sidecar's memory, {size.held_streams} streams (RSS)", round(held, 1), "MiB", "<= 120")]
