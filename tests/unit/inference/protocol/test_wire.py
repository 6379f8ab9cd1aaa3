"""Our reading and writing of the protocol's bytes agrees with the generated messages, and these with the proto file."""

import contextlib
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from hypothesis import given
from hypothesis import strategies as st

from aistack.inference.protocol import ai_service_pb2 as pb
from aistack.inference.protocol import descriptors
from aistack.inference.protocol.messages import ControlMessage, WorkerHealth, health_request
from aistack.inference.protocol.routing_fields import RoutingFields, routing_fields
from aistack.inference.protocol.token_counts import token_counts
from aistack.inference.protocol.wire_format import Malformed
from harness import protocol
from tests.properties import examples

TEXT = st.text(max_size=40)
MAP = st.dictionaries(TEXT, TEXT, max_size=5)


def test_the_generated_code_is_that_of_the_proto_file(tmp_path: Path):
    for path in protocol.generate(tmp_path):
        assert path.read_bytes() == (protocol.GENERATED / path.name).read_bytes(), "run scripts/proto"


@examples(100)
@given(TEXT, TEXT, MAP)
def test_control_messages_are_those_of_the_protocol(trace: str, command: str, payload: dict[str, str]):
    ours = ControlMessage(command, payload, trace)
    theirs = pb.ControlMessage(trace_id=trace, command=command, payload=payload)
    assert pb.ControlMessage.FromString(ours.encode()) == theirs
    assert ControlMessage.decode(theirs.SerializeToString()) == ours


@examples(100)
@given(st.booleans(), MAP)
def test_health_is_that_of_the_protocol(healthy: bool, metrics: dict[str, str]):
    ours, theirs = WorkerHealth(healthy, metrics), pb.WorkerHealthResponse(healthy=healthy, metrics=metrics)
    assert pb.WorkerHealthResponse.FromString(ours.encode()) == theirs
    assert WorkerHealth.decode(theirs.SerializeToString()) == ours
    assert pb.WorkerHealthRequest.FromString(health_request("t")).trace_id == "t"


@examples(200)
@given(TEXT, TEXT, TEXT, st.integers(-(2**31), 2**31 - 1), TEXT, TEXT, st.booleans(), st.binary(max_size=60))
def test_routing_fields_are_read_from_the_bytes(model, prompt, adapter, priority, tenant, hint, sticky, body):
    request = pb.StreamPredictRequest(
        model_id=model, prompt=prompt, adapter=adapter, priority=priority, worker_hint=hint, prefix_sticky=sticky,
        metadata=pb.StreamMetadata(tenant=tenant, trace_id="t", extra={"a": "b"}), body=body,
        generation=pb.GenerationParameters(temperature=0.5, stop=["x"], seed=7),
    )  # fmt: skip
    expected = RoutingFields(model, adapter, priority, tenant, hint, sticky, body or prompt.encode())
    assert routing_fields(request.SerializeToString(), 4096) == expected


def test_the_beginning_of_a_long_request_says_enough_for_routing():
    request = pb.StreamPredictRequest(
        model_id="m", adapter="a", priority=3, metadata=pb.StreamMetadata(tenant="t"), body=b"{" + b"x" * 100_000
    ).SerializeToString()
    assert routing_fields(request[:2000], 100, partial=True) == RoutingFields("m", "a", 3, "t", prefix=b"{" + b"x" * 99)
    for cut in range(40):
        assert routing_fields(request[:cut], 100, partial=True).model in ("", "m")


@examples(300)
@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_malformed(data: bytes):
    for read in (
        lambda: routing_fields(data, 100),
        lambda: routing_fields(data, 100, partial=True),
        lambda: ControlMessage.decode(data),
        lambda: WorkerHealth.decode(data),
    ):
        with contextlib.suppress(Malformed):
            read()
    assert token_counts(data)[0] >= 0


@pytest.mark.parametrize(
    ("response", "counts"),
    [
        (pb.StreamPredictResponse(trace_id="t", chunk="word"), (1, 0)),
        (pb.StreamPredictResponse(chunk="word", index=5, tokens=3), (3, 0)),
        (pb.StreamPredictResponse(trace_id="t", reasoning="hm"), (1, 0)),
        (pb.StreamPredictResponse(trace_id="t" * 200, chunk="word"), (1, 0)),
        (pb.StreamPredictResponse(trace_id="t", end_of_stream=True), (0, 0)),
        (pb.StreamPredictResponse(event=b"{}"), (0, 0)),
        (pb.StreamPredictResponse(end_of_stream=True, usage=pb.Usage(completion_tokens=12)), (0, 12)),
        (pb.StreamPredictResponse(chunk="é", tokens=1, usage=pb.Usage(prompt_tokens=9, completion_tokens=2)), (1, 2)),
    ],
)
def test_tokens_are_counted(response: pb.StreamPredictResponse, counts: tuple[int, int]):
    assert token_counts(response.SerializeToString()) == counts


def test_descriptors_know_all_files_and_symbols():
    found = descriptors.load()
    assert found.services == ["cy.llm.AiInference", "grpc.health.v1.Health"]
    served = FileDescriptorProto.FromString(found.files["cy/llm/ai_service.proto"])
    for message in served.message_type:
        for part in (*message.field, *(field for nested in message.nested_type for field in nested.field)):
            part.ClearField("json_name")  # protoc writes it into descriptor sets only
    assert served == FileDescriptorProto.FromString(pb.DESCRIPTOR.serialized_pb)
    for symbol in ("AiInference.StreamPredict", "StreamMetadata.ExtraEntry", "Task", "Usage"):
        assert found.symbols[f"cy.llm.{symbol}"] == "cy/llm/ai_service.proto"
