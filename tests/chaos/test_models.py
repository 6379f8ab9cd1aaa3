"""The way to a model while its parts break: calls end with the right status, none hangs, service comes back."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, aclosing
from pathlib import Path
from typing import Any

import httpx
import pytest
from hpack import Encoder

from aistack.http2.grpc.messages import framed
from aistack.http2.wire import frames
from aistack.inference.client import ControlMessage, InferenceClient, RpcError
from aistack.inference.protocol import ai_service_pb2 as pb
from harness.services.gateway import Gateway, running_gateway
from harness.services.inference_worker import inference_worker, inference_workers
from harness.services.sidecar import Sidecar, sidecar
from harness.standins.hostile_worker import GOOD_RESPONSE, SCRIPTS, HostileStream, Script, hostile_worker, silent

pytestmark = pytest.mark.heavy

SECONDS = 60.0
MEMORY_MIB_MAX = 150
HEAD = (
    (":method", "POST"),
    (":scheme", "http"),
    (":path", "/cy.llm.AiInference/StreamPredict"),
    (":authority", "sidecar"),
    ("te", "trailers"),
    ("content-type", "application/grpc"),
)
OK, BROKEN, LOST, UNKNOWN = "OK", "INTERNAL", "UNAVAILABLE", "UNKNOWN"
ENDS = {
    "ends_without_status": BROKEN,
    "data_before_head": BROKEN,
    "head_twice": BROKEN,
    "head_without_status": BROKEN,
    "interim_heads": OK,
    "interim_heads_for_ever": LOST,
    "message_longer_than_said": BROKEN,
    "message_of_4_gigabytes": "RESOURCE_EXHAUSTED",
    "web_page": UNKNOWN,
    "error_of_a_proxy": LOST,
    "status_that_is_none": UNKNOWN,
    "no_status_at_all": UNKNOWN,
    "forbidden_trailers": BROKEN,
    "data_after_the_end": OK,
    "reset": BROKEN,
    "refuse": LOST,
    "go_away": LOST,
    "broken_hpack": LOST,
    "hpack_bomb": LOST,
    "more_than_the_window": BROKEN,
    "frame_too_long": LOST,
    "push_promise": LOST,
    "stream_never_opened": LOST,
    "endless_header_block": LOST,
    "empty_data_for_ever": LOST,
    "noise": LOST,
}
BAD_GREETINGS = {
    "another protocol": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "noise": bytes(range(256)) * 20,
    "a frame before SETTINGS": frames.frame(frames.PING, 0, 0, bytes(8)),
    "nothing": b"",
}


def good(stream: HostileStream) -> None:
    stream.answer(GOOD_RESPONSE)


def request(prompt: str, **fields: Any) -> bytes:
    return pb.StreamPredictRequest(prompt=prompt, **fields).SerializeToString()


async def ending(client: InferenceClient, prompt: str = "n=1", **fields: Any) -> str:
    """The status of a call, or `hung`."""
    try:
        async with asyncio.timeout(SECONDS), aclosing(client.stream_predict(request(prompt, **fields))) as messages:
            async for _ in messages:
                pass
    except RpcError as error:
        return error.status.name
    except TimeoutError:
        return "hung"
    return OK


async def until(client: InferenceClient, status: str = OK) -> None:
    async with asyncio.timeout(SECONDS):
        while await ending(client) != status:
            await asyncio.sleep(0.01)


async def nothing_is_left(client: InferenceClient) -> None:
    """No call is in progress at the sidecar or at its workers."""
    async with asyncio.timeout(SECONDS):
        while True:
            status = (await client.control(ControlMessage("status"))).payload
            if {value for key, value in status.items() if key.endswith((".calls", ".waiting"))} == {"0"}:
                return
            await asyncio.sleep(0.05)


async def all_connected(client: InferenceClient) -> None:
    async with asyncio.timeout(SECONDS):
        while True:
            status = (await client.control(ControlMessage("status"))).payload
            if {value for key, value in status.items() if key.endswith(".state")} == {"connected"}:
                return
            await asyncio.sleep(0.05)


# Workers that answer garbage


@pytest.fixture(scope="module")
def socket(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where one worker takes the place of another."""
    return tmp_path_factory.mktemp("sockets") / "w.sock"


@pytest.fixture(scope="module")
def relay(socket: Path) -> Iterator[Sidecar]:
    settings = {"reconnect_delay_secs": 0.02, "stalled_secs": 1, "unresponsive_secs": 2, "check_interval_secs": 0.5}
    with sidecar(socket.parent, f"unix:{socket}", ready=False, **settings) as running:
        yield running


@pytest.fixture
async def client(relay: Sidecar) -> AsyncIterator[InferenceClient]:
    made = InferenceClient(relay.address)
    yield made
    await made.close()


@pytest.mark.parametrize("name", SCRIPTS)
async def test_a_worker_that_answers_garbage_fails_its_call_and_the_next_worker_serves(
    client: InferenceClient, relay: Sidecar, socket: Path, name: str
):
    script = good

    def changing(stream: HostileStream) -> None:
        script(stream)

    async with hostile_worker(socket, changing):
        await until(client)
        script = SCRIPTS[name]
        assert await ending(client) == ENDS[name]
    async with hostile_worker(socket, good):
        await until(client)
        await nothing_is_left(client)
    assert "Traceback" not in relay.log


@pytest.mark.parametrize("name", BAD_GREETINGS)
async def test_what_is_no_worker_is_unavailable_with_the_reason(client: InferenceClient, socket: Path, name: str):
    async with hostile_worker(socket, good, BAD_GREETINGS[name]):
        assert await ending(client) == LOST
    async with hostile_worker(socket, good):
        await until(client)


@pytest.mark.parametrize(
    ("message", "status"),
    [
        (b"\xff" * 40, 502),  # no protobuf
        (b'\xb2\x06\x05{"a":', 502),  # an event that is no JSON
        (b"\xb2\x06\x02[]", 502),
        (b"\x12\x02hi", 502),  # no event at all
        (b"\xca\x06\x03\x08\x90\x03\x18\x01", 400),  # an error without a text
    ],
)
@pytest.mark.parametrize("stream", [True, False])
async def test_the_gateway_answers_garbage_with_a_status(
    relay: Sidecar, socket: Path, tmp_path: Path, message: bytes, status: int, stream: bool
):
    toml = f"[models.m]\nupstreams = [{{ worker = 'm', sidecar = '{relay.address}' }}]\n"
    body = {"model": "m", "messages": [{"role": "user", "content": "n=1"}], "stream": stream}
    async with hostile_worker(socket, lambda made: made.answer(message)), running_gateway(tmp_path, toml) as gateway:
        direct = InferenceClient(relay.address)
        await until(direct)
        await direct.close()
        answer = await gateway.client.post("/v1/chat/completions", json=body)
        assert answer.status_code == status, answer.text
        assert answer.json()["error"]["message"]


# Workers that hang, and sockets that are replaced


async def test_a_frozen_worker_gives_up_its_calls_and_serves_again_when_it_thaws(tmp_path: Path):
    with (
        inference_worker(tmp_path / "w.sock") as worker,
        sidecar(tmp_path, worker.address, unresponsive_secs=1, check_interval_secs=0.2) as running,
    ):
        client = InferenceClient(running.address)
        await until(client)
        calls = [asyncio.create_task(ending(client, "n=100000 gap=0.01")) for _ in range(4)]
        await asyncio.sleep(0.1)
        with worker.frozen():
            late = asyncio.create_task(ending(client))
            assert await asyncio.gather(*calls, late) == [LOST] * 5
        assert "sign of life" in running.log
        await until(client)
        await nothing_is_left(client)
        await client.close()


async def test_a_call_that_waits_for_a_frozen_worker_goes_to_another_one(tmp_path: Path):
    with (
        inference_workers(tmp_path, 2) as (frozen, other),
        sidecar(tmp_path, frozen.address, other.address, unresponsive_secs=1, check_interval_secs=0.2) as running,
    ):
        client = InferenceClient(running.address)
        with frozen.frozen():
            assert await ending(client, worker_hint=frozen.name) == OK
        await client.close()


async def test_a_frozen_sidecar_is_given_up_by_its_client(tmp_path: Path):
    with inference_worker(tmp_path / "w.sock") as worker, sidecar(tmp_path, worker.address) as running:
        client = InferenceClient(running.address, keepalive_seconds=0.3)
        await until(client)
        with running.frozen():
            assert await ending(client, "n=100 gap=0.1") == LOST
        await until(client)
        await client.close()


async def test_a_deleted_socket_changes_nothing_until_the_worker_is_replaced(tmp_path: Path):
    path = tmp_path / "w.sock"
    with inference_worker(path) as first, sidecar(tmp_path, first.address) as running:
        client = InferenceClient(running.address)
        path.unlink()
        assert await ending(client) == OK
        first.kill()
        path.write_text("this is not a socket")
        await until(client, LOST)
        path.unlink()
        with inference_worker(path):
            await until(client)
        await client.close()


# Clients that hold places and do not use them


async def test_clients_that_never_read_or_never_ask_give_up_their_places(tmp_path: Path):
    with (
        inference_worker(tmp_path / "w.sock") as worker,
        sidecar(tmp_path, worker.address, calls_per_worker=8, stalled_secs=1) as running,
    ):
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        encoder = Encoder()
        writer.write(frames.PREFACE + frames.settings_frame([(frames.INITIAL_WINDOW_SIZE, 100)]))
        for number in range(1, 17, 2):
            writer.write(frames.frame(frames.HEADERS, frames.END_HEADERS, number, encoder.encode(HEAD)))
            if number % 4 == 1:  # half of them ask, and read 100 bytes
                asked = framed(request("n=1000 bytes=10000"))
                writer.write(frames.frame(frames.DATA, frames.END_STREAM, number, asked))
        client = InferenceClient(running.address)
        assert await ending(client) == OK
        assert running.metric("sidecar_queue_depth") == 0
        await nothing_is_left(client)
        assert running.memory_mib() < MEMORY_MIB_MAX
        writer.transport.abort()
        del reader
        await client.close()


# Everything at once


async def streams_through_chaos(folder: Path, streams: int, rounds: int) -> Counter[str]:
    """How streams ended while workers were killed, frozen, reloaded and replaced."""
    ends: Counter[str] = Counter()
    paths = [folder / f"w{number}.sock" for number in range(3)]
    settings = {"unresponsive_secs": 1, "check_interval_secs": 0.2, "calls_per_worker": streams}
    with sidecar(folder, *(f"unix:{path}" for path in paths), ready=False, **settings) as running, ExitStack() as held:
        workers = [held.enter_context(inference_worker(path)) for path in paths]
        client = InferenceClient(running.address)
        await all_connected(client)
        going = True
        chances = random.Random(streams)

        async def load() -> None:
            while going:
                await asyncio.sleep(chances.random() / 4)
                ends[await ending(client, f"n={chances.randrange(1, 12)} gap=0.05")] += 1

        loads = [asyncio.create_task(load()) for _ in range(streams)]
        for _ in range(rounds):
            await asyncio.sleep(0.5)
            workers[0].kill()
            workers[0] = held.enter_context(inference_worker(paths[0]))
            with workers[1].frozen():
                paths[2].unlink()
                await client.control(ControlMessage("reload", {"worker": "w2", "takes": "0.2", "seconds": "30"}))
                workers[2].kill()
                workers[2] = held.enter_context(inference_worker(paths[2]))
                await asyncio.sleep(1.5)
            await all_connected(client)
        going = False
        await asyncio.gather(*loads)
        await until(client)
        await nothing_is_left(client)
        assert running.memory_mib() < MEMORY_MIB_MAX
        assert "Traceback" not in running.log
        await client.close()
    return ends


async def test_100_streams_while_workers_die_freeze_and_reload(tmp_path: Path):
    ends = await streams_through_chaos(tmp_path, 100, 1)
    assert set(ends) <= {OK, LOST}
    assert ends[OK] > 100


@pytest.mark.deep
async def test_1000_streams_while_workers_die_freeze_and_reload(tmp_path: Path):
    ends = await streams_through_chaos(tmp_path, 1000, 5)
    assert set(ends) <= {OK, LOST}
    assert ends[OK] > 1000


async def test_a_sidecar_killed_under_the_gateways_load_comes_back(tmp_path: Path):
    """Answers are whole, or end with an error that says so; afterwards every call succeeds again."""
    with inference_worker(tmp_path / "w.sock") as worker, ExitStack() as held:
        first = held.enter_context(sidecar(tmp_path / "a", worker.address))
        toml = f"[models.m]\nupstreams = [{{ worker = 'm', sidecar = '{first.address}' }}]\n"
        async with running_gateway(tmp_path, toml) as gateway:
            calls = [asyncio.create_task(answered(gateway)) for _ in range(30)]
            await asyncio.sleep(0.5)
            first.process.kill()
            ends = Counter(await asyncio.gather(*calls))
            assert set(ends) <= {"whole", "error", 503}, ends
            assert ends["whole"] < 30
            held.enter_context(sidecar(tmp_path / "b", worker.address, bind_addr=first.address))
            async with asyncio.timeout(SECONDS):
                while await answered(gateway, n=1) != "whole":
                    await asyncio.sleep(0.02)
            assert Counter(await asyncio.gather(*(answered(gateway, n=2) for _ in range(30)))) == {"whole": 30}


async def answered(gateway: Gateway, n: int = 40) -> str | int:
    """`whole`, `error` for a stream that says that it broke off, or the status of an error."""
    body = {"model": "m", "messages": [{"role": "user", "content": f"n={n} gap=0.05"}], "stream": True}
    async with (
        httpx.AsyncClient(timeout=SECONDS) as client,
        client.stream("POST", f"{gateway.url}/v1/chat/completions", json=body) as answer,
    ):
        lines = [line async for line in answer.aiter_lines()]
    if answer.status_code != 200:
        return answer.status_code
    if "data: [DONE]" in lines:
        assert sum('"content"' in line for line in lines) == n
        return "whole"
    return "error" if any('"error"' in line for line in lines) else "cut off"


# Frames in any order, from both sides at once


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_both_sides_send_nothing_is_left_of_it(tmp_path: Path, seed: int):
    chances = random.Random(seed)
    async with AsyncExitStack() as held:
        paths = [tmp_path / f"w{number}.sock" for number in range(2)]
        for path in paths:
            await held.enter_async_context(hostile_worker(path, any_answer(chances)))
        settings = {"stalled_secs": 1, "waiting_secs": 1, "reconnect_delay_secs": 0.02, "calls_per_worker": 4}
        running = held.enter_context(sidecar(tmp_path, *(f"unix:{path}" for path in paths), ready=False, **settings))
        await asyncio.gather(*(any_client(chances, running.port) for _ in range(8)))
        client = InferenceClient(running.address)
        await nothing_is_left(client)
        await client.close()
        assert "Traceback" not in running.log and "while a frame was handled" not in running.log


def any_answer(chances: random.Random) -> Script:
    scripts = [*SCRIPTS.values(), good, good, good, silent]

    def script(stream: HostileStream) -> None:
        for _ in range(chances.randrange(1, 3)):
            if stream.writer.transport.is_closing():
                return
            chances.choice(scripts)(stream)
            if chances.random() < 0.2:
                stream.send(frames.window_update(stream.number, chances.choice((1, 70_000))))
            if chances.random() < 0.1:
                stream.send(frames.settings_frame([(frames.INITIAL_WINDOW_SIZE, chances.choice((0, 10, 10**6)))]))

    return script


async def any_client(chances: random.Random, port: int) -> None:
    """Opens streams, sends parts of requests, resets, changes windows, and leaves."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    encoder = Encoder()
    reading = asyncio.create_task(reader.read(-1)) if chances.random() < 0.8 else None
    writer.write(
        frames.PREFACE + frames.settings_frame([(frames.INITIAL_WINDOW_SIZE, chances.choice((0, 100, 65535)))])
    )
    number = -1
    for _ in range(chances.randrange(10, 100)):
        kind = chances.random()
        if kind < 0.5 or number < 0:
            number += 2
            deadline = (("grpc-timeout", chances.choice(("1m", "50m", "x"))),) if chances.random() < 0.3 else ()
            writer.write(frames.frame(frames.HEADERS, frames.END_HEADERS, number, encoder.encode((*HEAD, *deadline))))
            if chances.random() < 0.8:
                writer.write(frames.frame(frames.DATA, chances.choice((0, 1)), number, framed(request("n=1"))))
        elif kind < 0.65:
            part = framed(request("n=1"))[: chances.randrange(20)]
            writer.write(frames.frame(frames.DATA, chances.choice((0, 1)), chances.randrange(1, number + 1, 2), part))
        elif kind < 0.8:
            writer.write(frames.reset_frame(chances.randrange(1, number + 1, 2), chances.randrange(14)))
        else:
            writer.write(frames.window_update(chances.randrange(1, number + 1, 2), chances.choice((1, 60_000))))
        if chances.random() < 0.3:
            await asyncio.sleep(chances.random() / 300)
    writer.transport.abort()
    if reading is not None:
        reading.cancel()
