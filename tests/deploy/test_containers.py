"""All in one container, and sidecars by profile: started, used, broken, restarted, stopped; and starts that fail."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.acceptance import SERVICES, ask_model, break_and_recover, exercise, restart_one_by_one
from harness.containers.docker import Docker
from harness.containers.images import clone
from harness.services.model_worker import CHAT_MODEL
from tests.deploy.checkout import PORT, Checkout, commands
from tests.deploy.checkout import checkout as new_checkout

pytestmark = pytest.mark.heavy


@pytest.fixture
def checkout(docker: Docker, images: dict[str, str], tmp_path: Path) -> Iterator[Checkout]:
    with new_checkout(docker, tmp_path / "ai-stack") as made:
        yield made


def test_single_runs_all_in_one_container_as_its_page_says(checkout: Checkout, images: dict[str, str], shop: dict):
    docker = checkout.docker
    checkout.describe(rate_limits=False, model=True)
    *page, stop = commands("single.md")
    checkout.follow(page)
    client = checkout.client()
    exercise(client, SERVICES, shop)
    checkout.pull_model("ai-stack-single-data", images["all-in-one"])
    assert ask_model(client, CHAT_MODEL)

    def control(*words: str) -> str:
        command = ["python3", "-m", "supervisor.supervisorctl", "-c", "/etc/ai-stack/supervisord.conf"]
        return docker.run("exec", "ai-stack-single", *command, *words)

    def kill(name: str) -> None:
        control("signal", "KILL", name)

    break_and_recover(client, SERVICES, kill)
    restart_one_by_one(client, [lambda name=name: control("restart", name) and None for name in SERVICES])
    checkout.follow([stop])
    assert docker.run("ps", "-q") == ""


def test_each_service_a_profile_and_all_run_beside_the_gateway(checkout: Checkout, shop: dict):
    docker = checkout.docker
    checkout.describe(rate_limits=False)
    members = {name: [name] for name in ("connection", "query", "ai")}
    for what, names in (members | {"databases": ["connection", "query", "ai"]}).items():
        checkout.sidecar(what, "install")
        checkout.sidecar(what, "enable")
        checkout.sidecar(what, "start")
        assert checkout.running() == {"gateway", *names}
        checkout.client().healthy(["gateway", *names])
        checkout.sidecar(what, "stop")
        assert checkout.running() == {"gateway"}
    checkout.sidecar("all", "install")
    checkout.sidecar("all", "start")
    assert checkout.running() == {*SERVICES}
    client = checkout.client()
    exercise(client, SERVICES, shop)
    checkout.sidecar("all", "restart")
    client.healthy(SERVICES)
    assert "ai-stack_rag_1" in checkout.sidecar("all", "status").stdout
    assert "stack.ready" in checkout.sidecar("all", "logs").stdout
    checkout.sidecar("all", "stop")
    assert docker.run("ps", "-q") == ""


def test_without_an_engine_start_sh_says_what_to_do(docker: Docker, tmp_path: Path):
    folder = clone(tmp_path / "ai-stack")
    docker.environ["DOCKER_HOST"] = "unix:///nowhere.sock"
    try:
        done = docker.script("./start.sh", "multi", cwd=folder, check=False)
    finally:
        docker.environ["DOCKER_HOST"] = f"unix://{docker.socket}"
    assert done.returncode == 1
    assert "The Docker engine does not answer" in done.stderr and "systemctl start docker" in done.stderr


def test_an_old_compose_is_told(docker: Docker, tmp_path: Path):
    folder, programs = clone(tmp_path / "ai-stack"), tmp_path / "bin"
    programs.mkdir()
    (programs / "docker-compose").write_text("#!/bin/sh\necho 1.25.0\n")
    (programs / "docker-compose").chmod(0o755)
    path = docker.environ["PATH"]
    docker.environ["PATH"] = f"{programs}:{path}"
    try:
        done = docker.script("./start.sh", "multi", cwd=folder, check=False)
    finally:
        docker.environ["PATH"] = path
    assert done.returncode == 1
    assert "Compose 1.25.0 is too old" in done.stderr


def test_an_image_that_never_gets_healthy_is_told(checkout: Checkout):
    (checkout.folder / "stack.toml").write_text("[services.rag]\nenvironment = { RAG_CHUNK_TOKENS = 'many' }\n")
    done = checkout.start("multi", check=False)
    assert done.returncode == 1
    assert "Not healthy: ai-stack_rag_1" in done.stderr and "./start.sh logs" in done.stderr
    assert "RAG_CHUNK_TOKENS" in checkout.start("logs").stdout


def test_a_taken_port_is_told(checkout: Checkout):
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", PORT))
        taken.listen()
        done = checkout.start("multi", check=False)
    assert done.returncode == 1
    assert str(PORT) in done.stderr and "stack.toml" in done.stderr
