"""A worker's life: cancelled requests, idle models, crashes, commands, sockets, and no network."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harness.processes import REPOSITORY, until
from harness.services.model_worker import CHAT_MODEL, ModelWorker, model_worker

pytestmark = pytest.mark.heavy

CHAT, COMPLETION = 1, 2
LAST_STEPS = 2  # the one that is being computed, and the one in which the engine finds its connection closed
ENDLESS = {
    "model": CHAT_MODEL,
    "prompt": "1 2 3",
    "max_tokens": 1900,
    "logit_bias": {"2": -100, "0": -100},
    "stream": True,
}


def chat(text: str = "Name a colour.", **fields: Any) -> dict[str, Any]:
    return {"model": CHAT_MODEL, "messages": [{"role": "user", "content": text}], "max_tokens": 8} | fields


def steps(worker: ModelWorker) -> int:
    return int(worker.metrics[f"model.{CHAT_MODEL}.steps"])


def idle(worker: ModelWorker) -> bool:
    metrics = worker.metrics
    return metrics[f"model.{CHAT_MODEL}.processing"] == metrics[f"model.{CHAT_MODEL}.running"] == "0"


def cancelled(worker: ModelWorker) -> int:
    return int(worker.metrics["cancelled"])


def steps_after_cancelling(worker: ModelWorker, call: Any) -> int:
    """How often the model still computes once the worker knows that the client has gone."""
    known = cancelled(worker)
    call.cancel()
    until(lambda: cancelled(worker) > known, what="the worker to notice")
    before = steps(worker)
    until(lambda: idle(worker), what="the model to stop")
    return steps(worker) - before


def test_a_cancelled_answer_stops_within_a_token(worker: ModelWorker):
    call = worker.call(worker.request(COMPLETION, ENDLESS))
    for _ in range(5):
        next(call)
    assert steps_after_cancelling(worker, call) <= LAST_STEPS


def test_an_answer_that_is_not_streamed_stops_within_a_token(worker: ModelWorker):
    begun = steps(worker)
    call = worker.call(worker.request(COMPLETION, ENDLESS | {"stream": False}))
    until(lambda: steps(worker) > begun + 3, what="the model to write")
    assert steps_after_cancelling(worker, call) <= LAST_STEPS


@pytest.mark.parametrize("streamed", [True, False])
def test_a_prompt_is_cancelled_within_a_step(streamed: bool, worker: ModelWorker):
    """A long prompt is computed in steps of 128 tokens; those that are left are not."""
    prompt = " ".join(str(number) for number in range(480))
    begun = steps(worker)
    body = ENDLESS | {"prompt": prompt, "max_tokens": 20, "stream": streamed}
    call = worker.call(worker.request(COMPLETION, body))
    until(lambda: worker.metrics[f"model.{CHAT_MODEL}.processing"] == "1", what="the prompt")
    assert steps_after_cancelling(worker, call) <= LAST_STEPS
    assert steps(worker) - begun < 1900 // 128


def test_many_requests_share_the_model(worker: ModelWorker):
    calls = [worker.call(worker.request(CHAT, chat(f"Number {n}?", stream=True))) for n in range(40)]
    assert all(list(call)[-1].usage.completion_tokens for call in calls)


def test_a_crash_fails_its_requests_and_the_next_one_loads_again(worker: ModelWorker):
    call = worker.call(worker.request(COMPLETION, ENDLESS))
    next(call)
    os.kill(worker.engine_pids()[0], signal.SIGKILL)
    import grpc

    found: list[Any] = []
    with pytest.raises(grpc.RpcError):
        found.extend(call)
    assert found[-1].error.code == "model_crashed"
    loads = int(worker.metrics[f"model.{CHAT_MODEL}.loads"])
    assert worker.answer(CHAT, chat())["choices"]
    assert int(worker.metrics[f"model.{CHAT_MODEL}.loads"]) == loads + 1


def test_commands_load_and_unload_and_drain(worker: ModelWorker):
    assert worker.control("unload", model=CHAT_MODEL)["unloaded"] == "true"
    assert worker.engine_pids() == []
    assert "MB of memory" in worker.control("load", model=CHAT_MODEL)["memory"]
    assert worker.control("reload")["reloaded"]
    assert worker.control("drain")["draining"] == "true"
    assert worker.error(CHAT, chat()).code == "draining"
    assert worker.control("resume")["draining"] == "false"
    assert worker.control("status")["models"] == f"{CHAT_MODEL},minilm-int8"
    with pytest.raises(Exception, match="unknown command"):
        worker.control("dance")


def test_the_socket_is_private_and_a_second_worker_is_refused(worker: ModelWorker, weights: Path, tmp_path: Path):
    assert stat.S_IMODE(worker.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(worker.path.parent.stat().st_mode) == 0o700
    words = [
        sys.executable,
        "-m",
        "aistack.cli",
        "worker",
        "--serve",
        "--model",
        CHAT_MODEL,
        "--uds-path",
        str(worker.path),
    ]
    environ = {**os.environ, "PYTHONPATH": str(REPOSITORY / "src"), "AISTACK_DATA_DIR": str(weights)}
    found = subprocess.run(words, env=environ, capture_output=True, text=True, cwd=tmp_path)
    assert found.returncode and "another process listens" in found.stderr


def test_health_and_reflection_are_served(worker: ModelWorker):
    import grpc
    from grpc_health.v1 import health_pb2, health_pb2_grpc
    from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

    with grpc.insecure_channel(f"unix:{worker.path}") as channel:
        answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(service="cy.llm.AiInference"))
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
        assert "cy.llm.AiInference" in ProtoReflectionDescriptorDatabase(channel).get_services()


def test_an_idle_model_is_unloaded_and_a_stale_socket_replaced(weights: Path, tmp_path: Path):
    arguments = ("--model", CHAT_MODEL, "--threads", "1", "--keep-alive", "2s", "--lazy")
    with model_worker(tmp_path, weights, *arguments) as worker:
        assert worker.metrics["loaded"] == ""
        assert worker.answer(CHAT, chat())["choices"]
        until(lambda: worker.metrics["loaded"] == "", what="the idle model to go")
        until(lambda: worker.engine_pids() == [], what="its process to end")
        worker.process.kill()
        worker.process.wait()
    with model_worker(tmp_path, weights, *arguments) as worker:
        until(lambda: "worker.ready" in worker.log, what="the worker")
        assert worker.answer(CHAT, chat())["choices"]
        assert worker.stop() == 0
        assert not worker.path.exists()


def test_a_model_that_does_not_fit_is_not_loaded(weights: Path, tmp_path: Path):
    place = weights / "models" / CHAT_MODEL / "model.gguf"
    (tmp_path / "broken.gguf").write_bytes(place.read_bytes()[:1_000_000])
    words = [sys.executable, "-m", "aistack.cli", "worker", "--model", str(tmp_path / "broken.gguf")]
    environ = {**os.environ, "PYTHONPATH": str(REPOSITORY / "src"), "AISTACK_DATA_DIR": str(weights)}
    found = subprocess.run(words, env=environ, capture_output=True, text=True, cwd=tmp_path)
    assert found.returncode and "cut off" in found.stderr
    found = subprocess.run([*words[:-1], "none"], env=environ, capture_output=True, text=True, cwd=tmp_path)
    assert found.returncode and "aistack models pull none" in found.stderr
