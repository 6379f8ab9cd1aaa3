"""Local models without containers: a worker and a sidecar that are supervised, and used through the gateway."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.acceptance import StackClient, ask_model
from harness.processes import free_port, until
from harness.services.model_worker import CHAT_MODEL, models_folder
from harness.stack import Stack

pytestmark = pytest.mark.heavy


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """A stack whose description names no model yet, with weights where a pull leaves them."""
    one = Stack(tmp_path, SIDECAR_PORT=str(free_port()), SIDECAR_METRICS_PORT=str(free_port()))
    describe(one)
    weights = models_folder(CHAT_MODEL) / "models"
    one.data.mkdir(mode=0o700)
    (one.data / "models").symlink_to(weights)
    yield one
    one.down()


def describe(stack: Stack, *models: str) -> None:
    path = stack.data.parent / "stack.toml"
    path.write_text(f"[services.worker]\nmodels = {json.dumps(models)}\n")
    stack.environ["AISTACK_STACK"] = str(path)


def states(stack: Stack) -> dict[str, str]:
    return {line["service"]: line["state"] for line in stack.status()}


def pid_of(stack: Stack, name: str) -> int:
    return next((line["pid"] for line in stack.status() if line["service"] == name), None) or 0


def test_beside_one_process_they_follow_a_reload_and_come_back(stack: Stack):
    client = StackClient(stack.url)
    assert stack.command("up", "gateway", "rag").returncode == 0
    assert "worker" not in states(stack)
    describe(stack, CHAT_MODEL, "later")
    said = stack.command("reload").stdout
    assert f'worker: models: [] -> ["{CHAT_MODEL}", "later"]' in said and "restart" not in said
    assert ask_model(client, CHAT_MODEL)

    assert pid_of(stack, "worker") not in (0, pid_of(stack, "gateway"))
    folder, socket = stack.data / "run", stack.data / "run/worker.sock"
    assert (folder.stat().st_mode & 0o777, socket.stat().st_mode & 0o777) == (0o700, 0o600)
    listed = [one["id"] for one in client.http.get("/v1/models").json()["data"]]
    assert listed[:3] == [CHAT_MODEL, "later", "default"]
    body = {"model": "later", "messages": [{"role": "user", "content": "Hello"}]}
    refused = client.http.post("/v1/chat/completions", json=body)
    assert refused.status_code == 503 and "aistack models pull later" in refused.json()["error"]["message"]
    reported = next(one for one in client.http.get("/api/health/all").json()["services"] if one["name"] == "sidecar")
    assert reported["title"] == "Model sidecar" and reported["status"] == "healthy"
    examined = stack.command("doctor").stdout
    assert f"model {CHAT_MODEL}: {stack.data / 'models' / CHAT_MODEL}" in examined
    assert "sidecar is listening" in examined and "model later: is not installed" in examined

    kept = {name: pid_of(stack, name) for name in ("worker", "sidecar")}
    (stack.data.parent / ".env").write_text("RAG_PAGES_MAX=5\n")
    assert "rag: pages_max" in stack.command("reload").stdout
    assert {name: pid_of(stack, name) for name in kept} == kept
    describe(stack, CHAT_MODEL, "later", "another")
    assert stack.command("reload").returncode == 0
    until(lambda: pid_of(stack, "worker") not in (0, kept["worker"]), what="a worker with another model")
    assert pid_of(stack, "sidecar") == kept["sidecar"]
    assert ask_model(client, CHAT_MODEL)

    for name in ("worker", "sidecar"):
        killed = pid_of(stack, name)
        os.kill(killed, signal.SIGKILL)
        until(lambda name=name, killed=killed: pid_of(stack, name) not in (0, killed), what=f"another {name}")
        assert ask_model(client, CHAT_MODEL)
    assert stack.command("logs", "stack", "-n", "500").stdout.count("program.exited") == 2
    assert "worker.ready" in stack.command("logs").stdout

    describe(stack)
    assert stack.command("reload").returncode == 0
    assert "worker" not in states(stack) and not socket.exists()
    describe(stack, CHAT_MODEL)
    assert stack.command("reload").returncode == 0
    until(lambda: states(stack)["worker"] == "running", what="the worker")
    os.kill(pid_of(stack, "gateway"), signal.SIGKILL)
    until(lambda: not {"running"} & set(states(stack).values()), what="the end of all processes")


def test_in_processes_of_their_own_they_start_later_and_one_by_one(stack: Stack):
    assert stack.command("up", "--processes", "gateway").returncode == 0
    describe(stack, CHAT_MODEL)
    done = stack.command("up", "models")
    assert done.returncode == 0, done.stderr
    assert stack.command("reload").returncode == 0
    assert ask_model(StackClient(stack.url), CHAT_MODEL)
    killed = pid_of(stack, "worker")
    os.kill(killed, signal.SIGKILL)
    until(lambda: pid_of(stack, "worker") not in (0, killed), what="another worker")
    assert "sidecar stopped." in stack.command("down", "sidecar").stdout
    assert states(stack)["sidecar"] != "running" and states(stack)["worker"] == "running"
