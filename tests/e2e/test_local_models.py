"""From nothing to a local answer: a model is chosen with one command, before the stack starts or while it runs."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.processes import until
from harness.services.model_worker import CHAT_MODEL, models_folder
from harness.stack import Stack

pytestmark = pytest.mark.heavy

HELLO = {"model": "default", "stream": True, "messages": [{"role": "user", "content": "Say hello."}], "max_tokens": 8}


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One with the weights of a pulled model, and nothing else."""
    one = Stack(tmp_path_factory.mktemp("machine"))
    shutil.copytree(models_folder(CHAT_MODEL) / "models" / CHAT_MODEL, one.data / "models" / CHAT_MODEL)
    yield one
    one.down()


def chat(machine: Stack, *words: str) -> str:
    return machine.command("chat", *words, "--max-tokens", "8", stdin="Say hello.").stdout.strip()


def test_a_model_that_was_chosen_before_answers_when_the_stack_runs(machine: Stack):
    assert "aistack up" in machine.run("models", "use", CHAT_MODEL)
    assert "in use (default)" in machine.run("models", "list")
    said = machine.up("--empty").stdout
    assert "/v1/chat/completions" in said
    until(lambda: machine.http.post("/v1/chat/completions", json=HELLO).status_code == 200, 60, "the worker")
    with machine.http.stream("POST", "/v1/chat/completions", json=HELLO) as answer:
        lines = [line for line in answer.iter_lines() if line.startswith("data: ")]
    assert lines[-1] == "data: [DONE]"
    assert json.loads(lines[0][6:])["choices"][0]["delta"]["content"]
    assert chat(machine)
    assert "in use (default), in memory" in machine.run("models", "list")


def test_a_tiny_model_does_not_write_the_answers_about_documents(machine: Stack):
    assert machine.http.get("/v1/models/default").json()["services"] is False
    machine.finished(machine.upload(("lamp.md", b"# The lamp\n\nThe lens is polished with chamois leather.\n")))
    assert machine.answer("What is the lens polished with?")["mode"] == "extractive"


def test_your_own_model_is_used_while_the_stack_runs(machine: Stack, tmp_path: Path):
    (tmp_path / "mine.gguf").symlink_to(machine.data / "models" / CHAT_MODEL / "model.gguf")
    assert "aistack chat mine" in machine.run("models", "use", "mine", "--from", str(tmp_path / "mine.gguf"))
    assert chat(machine, "mine")
    assert machine.http.get("/v1/models/default").json()["alias_of"] == CHAT_MODEL
    machine.run("models", "use", "mine", "--as", "default")
    assert machine.http.get("/v1/models/default").json()["alias_of"] == "mine"
    refused = machine.command("models", "rm", "mine")
    assert refused.returncode == 1 and "aistack models stop mine" in refused.stderr
    machine.run("models", "stop", "mine")
    machine.run("models", "rm", "mine")
    assert "mine" not in machine.run("models", "list").replace(str(tmp_path), "")
    assert (tmp_path / "mine.gguf").exists()


def test_what_is_chosen_survives_a_restart(machine: Stack):
    machine.run("models", "use", CHAT_MODEL)
    machine.run("restart")
    until(lambda: machine.http.post("/v1/chat/completions", json=HELLO).status_code == 200, 60, "the worker")


def test_a_name_that_is_not_known_is_named(machine: Stack):
    refused = machine.command("models", "use", "gpt-9")
    assert refused.returncode == 1
    assert "gpt-9 is not a known model" in refused.stderr and "--from FILE.gguf" in refused.stderr
