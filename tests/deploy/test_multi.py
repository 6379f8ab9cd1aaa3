"""One container a service, started as its page says: used, inspected, broken, restarted, stopped."""

import json
from collections.abc import Iterator

import pytest

from harness.acceptance import SERVICES, ask_model, break_and_recover, exercise, restart_one_by_one
from harness.containers.docker import Docker
from harness.services.model_worker import CHAT_MODEL
from tests.deploy.checkout import PORT, Checkout, checkout, commands

pytestmark = pytest.mark.heavy

*PAGE, STOP = commands("multi.md")


@pytest.fixture(scope="module")
def multi(docker: Docker, images: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    with checkout(docker, tmp_path_factory.mktemp("multi") / "ai-stack") as made:
        made.describe(rate_limits=False, model=True)
        yield made


def kill(docker: Docker, name: str) -> None:
    """Kills the process of a service inside its container, and starts the container again."""
    docker.run("kill", "--signal", "KILL", f"ai-stack_{name}_1")
    docker.run("start", f"ai-stack_{name}_1")


def test_the_page_starts_it(multi: Checkout):
    said = multi.follow(PAGE)
    assert f"http://127.0.0.1:{PORT}/" in said and "gateway_admin_key" in said
    assert "ai-stack_rag_1" in said and '"status":"healthy"' in said
    assert multi.running() == {*SERVICES, "worker", "sidecar"}


def test_it_is_used_as_any_other(multi: Checkout, images: dict[str, str], shop: dict):
    exercise(multi.client(), SERVICES, shop)
    multi.pull_model("ai-stack-worker-data", images["worker"])
    assert ask_model(multi.client(), CHAT_MODEL)
    assert "stack.ready" in multi.start("logs").stdout


def test_a_container_is_bound_as_tightly_as_it_can_be(multi: Checkout):
    docker = multi.docker
    for name in (*SERVICES, "worker", "sidecar"):
        about = json.loads(docker.run("inspect", f"ai-stack_{name}_1"))[0]
        host = about["HostConfig"]
        assert host["ReadonlyRootfs"] and host["CapDrop"] == ["ALL"] and not host["Privileged"]
        assert "no-new-privileges:true" in host["SecurityOpt"]
        assert host["Memory"] > 0 and host["MemoryReservation"] > 0 and host["NanoCpus"] > 0
        assert host["LogConfig"]["Config"] == {"max-size": "10m", "max-file": "3"}
        assert about["Config"]["User"] == "10001:10001"
        environment = " ".join(about["Config"]["Env"])
        assert (multi.folder / "deployments/compose/secrets/aistack_secret").read_text().strip() not in environment
    assert docker.run("exec", "ai-stack_rag_1", "python3", "-c", "import os; print(os.getuid())") == "10001"
    written = docker.run("exec", "ai-stack_rag_1", "python3", "-c", "open('/opt/x', 'w')", check=False)
    assert written == ""
    status = docker.run("exec", "ai-stack_rag_1", "python3", "-c", "print(open('/proc/self/status').read())")
    assert "CapEff:\t0000000000000000" in status and "NoNewPrivs:\t1" in status


def test_a_service_that_is_killed_comes_back(multi: Checkout):
    client = multi.client()
    break_and_recover(client, SERVICES, lambda name: kill(multi.docker, name))
    kill(multi.docker, "worker")
    assert ask_model(client, CHAT_MODEL)


def test_a_restart_of_every_service_behind_the_gateway_loses_nothing(multi: Checkout):
    behind = SERVICES[1:]
    restart_one_by_one(
        multi.client(),
        [lambda name=name: multi.docker.run("restart", f"ai-stack_{name}_1") and None for name in behind],
    )


def test_a_second_start_changes_nothing_and_another_mode_is_refused(multi: Checkout):
    before = multi.docker.run("ps", "-q", "--no-trunc")
    assert "already running" in multi.start("multi").stdout
    assert multi.docker.run("ps", "-q", "--no-trunc") == before
    single = multi.start("single", check=False)
    assert single.returncode == 1 and "./start.sh stop" in single.stderr


def test_the_page_stops_it(multi: Checkout):
    assert "AI Stack stopped." in multi.follow([STOP])
    assert multi.docker.run("ps", "-q") == ""
