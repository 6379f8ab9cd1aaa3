"""The worker's port, as other gRPC implementations see it: statuses, deadlines, large messages, health, reflection."""

from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from aistack.inference.protocol import ai_service_pb2 as pb
from harness.processes import until
from harness.services.model_worker import CHAT_MODEL, ModelWorker, model_worker

pytestmark = pytest.mark.heavy

COMPLETION = 2
METHOD = "/cy.llm.AiInference/StreamPredict"
SECONDS_MAX = 60.0
SHORT = {"model": CHAT_MODEL, "prompt": "1 2 3", "max_tokens": 4, "stream": True}
ENDLESS = SHORT | {"max_tokens": 1900, "logit_bias": {"2": -100, "0": -100}}
SERVING, NOT_SERVING = health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING


def ended(call: Any) -> grpc.RpcError:
    """How a call fails, once all of its messages have been read."""
    with pytest.raises(grpc.RpcError) as failure:
        list(call)
    return failure.value


def stream(channel: grpc.Channel, path: str, messages: list[bytes], **options: Any) -> Any:
    """A call with messages as they are."""
    return channel.stream_stream(path)(iter(messages), timeout=options.pop("timeout", SECONDS_MAX), **options)


def test_a_failed_request_ends_its_call_with_a_status_and_a_code(worker: ModelWorker):
    error: Any = ended(worker.call(worker.request(COMPLETION, SHORT | {"model": "nobody"}, model_id="nobody")))
    assert error.code() is grpc.StatusCode.NOT_FOUND
    assert dict(error.trailing_metadata())["x-error-code"] == "model_not_found"


def test_a_deadline_stops_the_model(worker: ModelWorker):
    before = int(worker.metrics["cancelled"])
    with grpc.insecure_channel(f"unix:{worker.path}") as channel:
        message = worker.request(COMPLETION, ENDLESS).SerializeToString()
        error: Any = ended(stream(channel, METHOD, [message], timeout=0.5))
    assert error.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    until(lambda: int(worker.metrics["cancelled"]) > before, what="the worker to stop it")


@pytest.mark.parametrize(
    ("path", "message", "status"),
    [
        (METHOD, b"\xff\xff\xff", grpc.StatusCode.INVALID_ARGUMENT),
        ("/cy.llm.AiInference/Control", b"\xff\xff\xff", grpc.StatusCode.INVALID_ARGUMENT),
        ("/cy.llm.AiInference/Nothing", b"", grpc.StatusCode.UNIMPLEMENTED),
        ("/other.Service/StreamPredict", b"", grpc.StatusCode.UNIMPLEMENTED),
    ],
)
def test_what_cannot_be_read_is_refused(path: str, message: bytes, status: grpc.StatusCode, worker: ModelWorker):
    with grpc.insecure_channel(f"unix:{worker.path}") as channel:
        error: Any = ended(stream(channel, path, [message]))
    assert error.code() is status


@pytest.mark.parametrize("compression", [grpc.Compression.NoCompression, grpc.Compression.Gzip])
def test_requests_larger_than_a_window_arrive_whole(compression: grpc.Compression, worker: ModelWorker):
    body = SHORT | {"user": "u" * 3_000_000}
    with grpc.insecure_channel(f"unix:{worker.path}") as channel:
        message = worker.request(COMPLETION, body).SerializeToString()
        call = stream(channel, METHOD, [message, message], compression=compression)
        found = [pb.StreamPredictResponse.FromString(one) for one in call]
    assert len({one.trace_id for one in found}) == 2
    assert sum(one.end_of_stream for one in found) == 2


def test_reflection_describes_the_service_and_its_messages(worker: ModelWorker):
    with grpc.insecure_channel(f"unix:{worker.path}") as channel:
        database = ProtoReflectionDescriptorDatabase(channel)
        services = set(database.get_services())
        file = database.FindFileContainingSymbol("cy.llm.AiInference.StreamPredict")
    assert {"cy.llm.AiInference", "grpc.health.v1.Health"} <= services
    assert "StreamPredictRequest" in {one.name for one in file.message_type}


def test_health_is_not_serving_once_the_worker_stops_and_watchers_do_not_hold_it_up(weights: Path, tmp_path: Path):
    with model_worker(tmp_path, weights, "--model", CHAT_MODEL, "--lazy") as worker:
        until(lambda: "worker.ready" in worker.log, what="the worker")
        with grpc.insecure_channel(f"unix:{worker.path}") as channel:
            stub = health_pb2_grpc.HealthStub(channel)
            watched = stub.Watch(health_pb2.HealthCheckRequest(), timeout=SECONDS_MAX, wait_for_ready=True)
            assert next(watched).status == SERVING
            unknown = stub.Watch(health_pb2.HealthCheckRequest(service="nobody"), timeout=SECONDS_MAX)
            assert next(unknown).status == health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
            worker.process.terminate()
            assert [one.status for one in watched] == [NOT_SERVING]
        assert worker.process.wait(SECONDS_MAX) == 0
        assert not worker.path.exists()
