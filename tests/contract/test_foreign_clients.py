"""Clients that know nothing of this project's code: of the field table alone, or of what reflection says."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import descriptor_pool, json_format, message_factory
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from harness.services.model_worker import ModelWorker, model_worker
from harness.services.sidecar import sidecar

pytestmark = pytest.mark.heavy

SECONDS = 60.0
SERVICE = "cy.llm.AiInference"
TABLE = """
syntax = "proto3";
package cy.llm;
service AiInference {
  rpc StreamPredict(stream StreamPredictRequest) returns (stream StreamPredictResponse);
  rpc Control(ControlMessage) returns (ControlMessage);
  rpc Health(WorkerHealthRequest) returns (WorkerHealthResponse);
}
message StreamMetadata {
  string trace_id = 1; string tenant = 2; string player_id = 3; string locale = 4; map<string, string> extra = 5;
}
message GenerationParameters {
  uint32 max_new_tokens = 1; double temperature = 2; double top_p = 3; double repetition_penalty = 4;
}
message StreamPredictRequest {
  string model_id = 1; string prompt = 2; string adapter = 3; int32 priority = 4;
  GenerationParameters generation = 5; StreamMetadata metadata = 6; string worker_hint = 7;
}
message StreamPredictResponse {
  string trace_id = 1; string chunk = 2; bool end_of_stream = 3; uint32 index = 4; float ttft_ms = 5;
  float tokens_per_sec = 6;
}
message ControlMessage { string trace_id = 1; string command = 2; map<string, string> payload = 3; }
message WorkerHealthRequest { string trace_id = 1; }
message WorkerHealthResponse { bool healthy = 1; map<string, string> metrics = 2; }
"""
CLIENT = """
import json, sys
import grpc
import table_pb2 as pb, table_pb2_grpc
with grpc.insecure_channel(sys.argv[1]) as channel:
    stub = table_pb2_grpc.AiInferenceStub(channel)
    health = stub.Health(pb.WorkerHealthRequest(trace_id="h"), timeout=60)
    control = stub.Control(pb.ControlMessage(trace_id="c", command="status"), timeout=60)
    asked = pb.StreamPredictRequest(
        model_id="small", prompt="hi", generation=pb.GenerationParameters(max_new_tokens=8, temperature=0.5, top_p=0.9),
        metadata=pb.StreamMetadata(trace_id="t", tenant="a", player_id="p", locale="de", extra={"k": "v"}),
    )
    got = list(stub.StreamPredict(iter([asked]), timeout=60))
    try:
        list(stub.StreamPredict(iter([pb.StreamPredictRequest(model_id="none", prompt="hi")]), timeout=60))
    except grpc.RpcError as error:
        code = error.code().name
    print(json.dumps({
        "healthy": health.healthy, "models": health.metrics["models"], "command": control.command, "code": code,
        "text": "".join(one.chunk for one in got), "trace": got[0].trace_id,
        "ended": [one.end_of_stream for one in got].index(True) == len(got) - 1,
        "order": [one.index for one in got] == list(range(len(got))), "ttft": got[0].ttft_ms > 0,
    }))
"""


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelWorker]:
    """A worker whose model is at an upstream in a process of its own."""
    folder = tmp_path_factory.mktemp("worker")
    words = [sys.executable, "-c", UPSTREAM]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as upstream:
        assert upstream.stdout is not None
        port = upstream.stdout.readline().strip()
        model = f"small=http://127.0.0.1:{port}/v1#small"
        with model_worker(folder, folder, "--lazy", "--model", model) as running:
            yield running
        upstream.kill()


UPSTREAM = """
import json
from http.server import BaseHTTPRequestHandler, HTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        for text, finish in (("Hel", None), ("lo", "stop")):
            choice = {"index": 0, "text": text, "finish_reason": finish}
            self.wfile.write(b"data: %b\\n\\n" % json.dumps({"id": "c", "choices": [choice]}).encode())
        self.wfile.write(b"data: [DONE]\\n\\n")
    def log_message(self, *words):
        pass
server = HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""


@pytest.fixture(scope="module", params=["worker", "sidecar"])
def address(
    request: pytest.FixtureRequest, worker: ModelWorker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    if request.param == "worker":
        yield f"unix:{worker.path}"
        return
    with sidecar(tmp_path_factory.mktemp("sidecar"), f"unix:{worker.path}") as running:
        yield running.address


def test_a_client_made_from_the_field_table_alone_works(address: str, tmp_path: Path):
    protoc = pytest.importorskip("grpc_tools.protoc")
    (tmp_path / "table.proto").write_text(TABLE)
    out = [f"--python_out={tmp_path}", f"--grpc_python_out={tmp_path}"]
    assert protoc.main(["protoc", f"-I{tmp_path}", *out, "table.proto"]) == 0
    (tmp_path / "client.py").write_text(CLIENT)
    words = [sys.executable, "client.py", address]
    found = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, env={"PATH": ""})
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout) == {
        "healthy": True,
        "models": "small",
        "command": "status",
        "code": "NOT_FOUND",
        "text": "Hello",
        "trace": "t",
        "ended": True,
        "order": True,
        "ttft": True,
    }


class ReflectedClient:
    """Lists, describes and calls with JSON, as grpcurl does: everything that it knows comes from reflection."""

    def __init__(self, channel: grpc.Channel) -> None:
        self.channel = channel
        self.database = ProtoReflectionDescriptorDatabase(channel)
        self.pool = descriptor_pool.DescriptorPool(self.database)

    def call(self, service: str, method: str, *requests: dict[str, Any]) -> list[dict[str, Any]]:
        described = self.pool.FindServiceByName(service).FindMethodByName(method)
        asked = message_factory.GetMessageClass(described.input_type)
        answered = message_factory.GetMessageClass(described.output_type)
        make = self.channel.stream_stream if described.client_streaming else self.channel.unary_unary
        call = make(f"/{service}/{method}", asked.SerializeToString, answered.FromString)
        messages = [json_format.ParseDict(one, asked()) for one in requests]
        if described.client_streaming:
            return [json_format.MessageToDict(one) for one in call(iter(messages), timeout=SECONDS)]
        return [json_format.MessageToDict(call(messages[0], timeout=SECONDS))]


@pytest.fixture
def reflected(address: str) -> Iterator[ReflectedClient]:
    with grpc.insecure_channel(address) as channel:
        yield ReflectedClient(channel)


def test_services_are_listed(reflected: ReflectedClient):
    assert {SERVICE, "grpc.health.v1.Health"} <= set(reflected.database.get_services())


def test_methods_messages_and_fields_are_described(reflected: ReflectedClient):
    service = reflected.pool.FindServiceByName(SERVICE)
    methods = {one.name: (one.client_streaming, one.server_streaming) for one in service.methods}
    assert methods == {"StreamPredict": (True, True), "Control": (False, False), "Health": (False, False)}
    fields = reflected.pool.FindMessageTypeByName("cy.llm.StreamPredictRequest").fields_by_name
    assert {name: fields[name].number for name in ("model_id", "prompt", "worker_hint")} == {
        "model_id": 1, "prompt": 2, "worker_hint": 7,
    }  # fmt: skip
    assert fields["metadata"].message_type.full_name == "cy.llm.StreamMetadata"
    with pytest.raises(KeyError):
        reflected.pool.FindMessageTypeByName("cy.llm.Nothing")


def test_methods_are_called_with_json(reflected: ReflectedClient):
    [health] = reflected.call(SERVICE, "Health", {})
    assert health["healthy"] is True
    [answer] = reflected.call(SERVICE, "Control", {"command": "status", "traceId": "x"})
    assert (answer["command"], answer["traceId"]) == ("status", "x")
    [state] = reflected.call("grpc.health.v1.Health", "Check", {"service": SERVICE})
    assert state["status"] == "SERVING"
    asked = {"modelId": "small", "prompt": "hi", "metadata": {"traceId": "t"}}
    found = reflected.call(SERVICE, "StreamPredict", asked)
    assert "".join(one.get("chunk", "") for one in found) == "Hello"
    assert found[-1]["endOfStream"] is True
