"""A client sees the same through the sidecar as from the worker itself: messages, statuses, metadata, trailers.

Each case runs with the gRPC library's asyncio and blocking clients, directly and through the sidecar.
"""

import asyncio
import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest

from aistack.inference.protocol import ai_service_pb2 as pb
from harness.protocol import PROTO
from harness.services.inference_worker import Worker, inference_worker
from harness.services.sidecar import Sidecar, sidecar

SECONDS = 60.0
PREDICT = "/cy.llm.AiInference/StreamPredict"
LARGE = "x" * 300_000


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    with inference_worker(tmp_path_factory.mktemp("worker") / "w.sock") as running:
        yield running


@pytest.fixture(scope="module")
def relay(worker: Worker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sidecar]:
    with sidecar(tmp_path_factory.mktemp("sidecar"), worker.address) as running:
        yield running


@pytest.fixture(params=["direct", "sidecar"])
def address(request: pytest.FixtureRequest, worker: Worker, relay: Sidecar) -> str:
    return worker.address if request.param == "direct" else relay.address


def request(prompt: str, **fields: Any) -> pb.StreamPredictRequest:
    return pb.StreamPredictRequest(prompt=prompt, metadata=pb.StreamMetadata(trace_id="t", tenant="a"), **fields)


CASES: dict[str, tuple[list[pb.StreamPredictRequest], dict[str, Any]]] = {
    "one response": ([request("n=1")], {}),
    "many responses": ([request("n=300")], {}),
    "no response": ([request("n=0")], {}),
    "a request larger than any window": ([request(f"n=1 {LARGE}")], {}),
    "responses larger than any window": ([request("n=3 bytes=300000")], {}),
    "several requests in one call": ([request("n=2"), request("n=3"), request("n=1")], {}),
    "no request": ([], {}),
    "an empty request": ([pb.StreamPredictRequest()], {}),
    "a failure before the first response": ([request("n=1 fail=INVALID_ARGUMENT")], {}),
    "a failure after two responses": ([request("n=5 fail=NOT_FOUND:2")], {}),
    "a failure after the last": ([request("n=2 fail=RESOURCE_EXHAUSTED:2")], {}),
    "UNAVAILABLE of the worker itself": ([request("n=1 fail=UNAVAILABLE")], {}),
    "a failure while the request is sent": ([request(f"fail=ABORTED {LARGE}"), request(LARGE)], {}),
    "metadata that comes back": ([request("n=1")], {"metadata": (("x-echo", "1"), ("x-echo-bin", b"\x00\xff,"))}),
    "initial metadata at once": ([request("n=1 head")], {"metadata": (("x-echo-more", "v" * 200),)}),
    "a deadline": ([request("n=100 gap=0.1")], {"timeout": 0.35}),
    "gzip": ([request(f"n=2 {LARGE}")], {"compression": grpc.Compression.Gzip}),
    "a body": ([request("n=1", task=pb.CHAT, body=b"{" * 200_000)], {}),
    "priority, hint, stickiness": ([request("n=1", priority=-5, worker_hint="z", prefix_sticky=True)], {}),
}


async def outcome(address: str, name: str) -> tuple[Any, ...]:
    """What a client sees; again where the library reports its own write, which the end of the call overtook."""
    while "Internal error from Core" in (seen := await _outcome(address, name)):
        pass
    return seen


async def _outcome(address: str, name: str) -> tuple[Any, ...]:
    requests, how = CASES[name]
    options = (("grpc.max_receive_message_length", -1),)
    async with grpc.aio.insecure_channel(address, options=options) as channel:
        predict = channel.stream_stream(
            PREDICT, pb.StreamPredictRequest.SerializeToString, pb.StreamPredictResponse.FromString
        )
        call = predict(iter(requests), **({"timeout": SECONDS} | how))
        got: list[str] = []
        try:
            async for response in call:
                got.append(response.chunk)
        except grpc.aio.AioRpcError:
            pass
        code, details = await call.code(), await call.details()
        if "deadline" in name:  # how many came until then is chance
            return (code,)
        return (got, code, details, list(await call.initial_metadata()), sorted(await call.trailing_metadata()))


@pytest.mark.parametrize("name", CASES)
async def test_the_sidecar_changes_nothing(worker: Worker, relay: Sidecar, name: str):
    direct, through = await asyncio.gather(outcome(worker.address, name), outcome(relay.address, name))
    assert through == direct


async def test_requests_and_responses_take_turns_in_one_call(address: str):
    async with grpc.aio.insecure_channel(address) as channel:
        call = channel.stream_stream(
            PREDICT, pb.StreamPredictRequest.SerializeToString, pb.StreamPredictResponse.FromString
        )(timeout=SECONDS)
        for number in range(5):
            await call.write(request(f"n=1 turn={number}"))
            assert (await call.read()).chunk == "t:0"
        await call.done_writing()
        assert await call.read() is grpc.aio.EOF
        assert await call.code() is grpc.StatusCode.OK


async def test_a_cancelled_call_is_cancelled_at_the_worker(worker: Worker, address: str):
    before = await counted(worker, "cancelled")
    async with grpc.aio.insecure_channel(address) as channel:
        call = channel.stream_stream(PREDICT, response_deserializer=None)(
            iter([request("n=100000 gap=0.01").SerializeToString()]), timeout=SECONDS
        )
        await call.read()
        call.cancel()
        await expect(worker, "cancelled", before + 1)
    assert await counted(worker, "running") == 0


async def test_a_client_that_disappears_is_cancelled_at_the_worker(worker: Worker, address: str):
    before = await counted(worker, "cancelled")
    channel = grpc.aio.insecure_channel(address)
    call = channel.stream_stream(PREDICT)(iter([request("n=100000 gap=0.01").SerializeToString()]), timeout=SECONDS)
    await call.read()
    await channel.close()
    await expect(worker, "cancelled", before + 1)


async def test_a_client_that_does_not_read_stops_the_worker_and_nobody_else(worker: Worker, address: str):
    async with grpc.aio.insecure_channel(address) as slow, grpc.aio.insecure_channel(address) as quick:
        call = slow.stream_stream(PREDICT)(iter([request("n=3000 bytes=10000").SerializeToString()]), timeout=SECONDS)
        await call.read()
        other = quick.stream_stream(PREDICT)(iter([request("n=100").SerializeToString()]), timeout=SECONDS)
        assert len([message async for message in other]) == 100
        assert await counted(worker, "running") == 1  # 30 MB have not gone anywhere
        got = 1
        while await call.read() is not grpc.aio.EOF:
            got += 1
        assert got == 3000


def test_a_blocking_client_gets_the_same(address: str):
    with grpc.insecure_channel(address) as channel:
        predict = channel.stream_stream(
            PREDICT, pb.StreamPredictRequest.SerializeToString, pb.StreamPredictResponse.FromString
        )
        call = predict(iter([request("n=3"), request("n=2")]), timeout=SECONDS)
        assert [response.chunk for response in call] == ["t:0", "t:1", "t:2", "t:0", "t:1"]
        assert call.code() is grpc.StatusCode.OK
        health = channel.unary_unary(
            "/cy.llm.AiInference/Health",
            pb.WorkerHealthRequest.SerializeToString,
            pb.WorkerHealthResponse.FromString,
        )
        assert health(pb.WorkerHealthRequest(trace_id="x"), timeout=SECONDS).healthy


def test_a_client_generated_from_the_proto_file_works(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    protoc = pytest.importorskip("grpc_tools.protoc")
    out = [f"--python_out={tmp_path}", f"--grpc_python_out={tmp_path}"]
    assert protoc.main(["protoc", f"-I{PROTO}", *out, "cy/llm/ai_service.proto"]) == 0
    monkeypatch.syspath_prepend(tmp_path)
    generated = importlib.import_module("cy.llm.ai_service_pb2_grpc")
    with grpc.insecure_channel(address) as channel:
        stub = generated.AiInferenceStub(channel)
        assert [one.index for one in stub.StreamPredict(iter([request("n=3")]), timeout=SECONDS)] == [0, 1, 2]
        assert stub.Health(pb.WorkerHealthRequest(), timeout=SECONDS).metrics["name"] == "w"
        assert stub.Control(pb.ControlMessage(command="set"), timeout=SECONDS).payload["worker_answer"] == "done"


@pytest.mark.parametrize("command", ["set", "nonsense"])
async def test_commands_to_the_worker_pass(worker: Worker, relay: Sidecar, command: str):
    async def answer(address: str) -> tuple[Any, ...]:
        async with grpc.aio.insecure_channel(address) as channel:
            control = channel.unary_unary(
                "/cy.llm.AiInference/Control", pb.ControlMessage.SerializeToString, pb.ControlMessage.FromString
            )
            try:
                return (await control(pb.ControlMessage(trace_id="t", command=command, payload={"k": "ü"})),)
            except grpc.aio.AioRpcError as error:
                return (error.code(), error.details())

    assert await answer(relay.address) == await answer(worker.address)


@pytest.mark.parametrize("path", ["/cy.llm.AiInference/Nothing", "/other.Service/Method"])
async def test_an_unknown_method_is_unimplemented(address: str, path: str):
    async with grpc.aio.insecure_channel(address) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as failed:
            await channel.unary_unary(path)(b"", timeout=SECONDS)
    assert (failed.value.code(), failed.value.details()) == (grpc.StatusCode.UNIMPLEMENTED, "Method not found!")


async def counted(worker: Worker, key: str) -> int:
    async with grpc.aio.insecure_channel(worker.address) as channel:
        answer = await channel.unary_unary("/cy.llm.AiInference/Health")(b"", timeout=SECONDS)
        return int(pb.WorkerHealthResponse.FromString(answer).metrics[key])


async def expect(worker: Worker, key: str, number: int) -> None:
    async with asyncio.timeout(SECONDS):
        while await counted(worker, key) < number:
            await asyncio.sleep(0.02)
