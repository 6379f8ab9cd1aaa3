"""systemd units: installed by `deploy_sidecar.sh` on a machine of their own and driven through their whole life."""

import re
import socket
from collections.abc import Iterator

import pytest

from harness.acceptance import SERVICES, StackClient, ask_model, break_and_recover, exercise, restart_one_by_one
from harness.containers.docker import Docker
from harness.containers.images import clone
from harness.containers.systemd import Machine
from harness.processes import until
from harness.services.model_worker import CHAT_MODEL, models_folder
from tests.deploy.checkout import commands

pytestmark = pytest.mark.heavy

STACK = """[stack]
identity = true
[services.gateway]
listen = ["0.0.0.0"]
rate_limits = []
[services.worker]
models = ["smollm2-135m"]
"""
PROGRAMS = ["worker", "sidecar"]


@pytest.fixture(scope="module")
def machine(docker: Docker, base_image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    made = Machine(docker, base_image, clone(tmp_path_factory.mktemp("sources") / "ai-stack"))
    yield made
    made.stop()


@pytest.fixture(scope="module")
def configured(machine: Machine) -> None:
    weights = models_folder(CHAT_MODEL) / "models" / CHAT_MODEL
    machine.docker.run("cp", str(weights), f"{machine.name}:/tmp/{CHAT_MODEL}")
    machine.sh(f"mkdir -p /etc/ai-stack && cat > /etc/ai-stack/stack.toml <<'TOML'\n{STACK}TOML")
    machine.deploy("all", "install")


@pytest.fixture
def running(machine: Machine, configured: None) -> StackClient:
    machine.deploy("all", "start")
    return StackClient(
        f"http://{machine.address}:9000", machine.sh("cat /etc/ai-stack/secrets/gateway_admin_key").strip()
    )


def test_the_page_on_a_machine_that_has_nothing_yet(machine: Machine):
    for line in commands("systemd.md"):
        if line.startswith("curl"):
            ready = f"cd /work && {line.replace('curl ', 'curl -sS --fail-with-body ')} >/dev/null && echo well"
            until(lambda script=ready: "well" in machine.sh(script, check=False), 20, line)
        else:
            machine.sh(f"cd /work && {line}")
    assert {machine.show(f"ai-stack-{name}", "ActiveState")["ActiveState"] for name in SERVICES} == {"inactive"}


def test_installed_enabled_started_used(machine: Machine, running: StackClient, shop: dict):
    machine.deploy("all", "enable")
    exercise(running, SERVICES, shop)
    for name in (*SERVICES, *PROGRAMS):
        about = machine.show(
            f"ai-stack-{name}", "ActiveState", "Type", "User", "WatchdogUSec", "UnitFileState", "MemoryMax"
        )
        assert about["ActiveState"] == "active" and about["Type"] == "notify" and about["User"] == "ai-stack"
        assert about["UnitFileState"] == "enabled" and about["WatchdogUSec"] == "30s"
        assert int(about["MemoryMax"]) <= 2 << 30
    assert "ai-stack-rag.service" in machine.deploy("rag", "status")
    assert "stack.ready" in machine.deploy("rag", "logs")


def test_every_unit_is_exposed_less_than_two(machine: Machine, running: StackClient):
    exposures: dict[str, float] = {}
    for name in (*SERVICES, *PROGRAMS):
        said = machine.sh(f"systemd-analyze security --no-pager ai-stack-{name}.service")
        exposures[name] = float(re.search(r"Overall exposure level for \S+: ([\d.]+)", said)[1])
    assert len(exposures) == len(SERVICES) + len(PROGRAMS)
    assert max(exposures.values()) <= 2.0, exposures


def test_a_model_answers_and_its_worker_comes_back(machine: Machine, running: StackClient):
    pull = f"aistack models pull {CHAT_MODEL} --from /tmp/{CHAT_MODEL}"
    owned = "setpriv --reuid=ai-stack --regid=ai-stack --clear-groups env AISTACK_DATA_DIR=/var/lib/ai-stack"
    machine.sh(f"chmod -R a+rX /tmp/{CHAT_MODEL} && cd / && {owned} /opt/ai-stack/venv/bin/{pull}")
    assert ask_model(running, CHAT_MODEL)
    assert machine.sh("stat -c '%a %U' /run/ai-stack/models /run/ai-stack/models/worker.sock").split() == [
        "700", "ai-stack", "600", "ai-stack",
    ]  # fmt: skip
    machine.sh("systemctl kill -s KILL ai-stack-worker")
    running.healthy(["sidecar"])
    assert ask_model(running, CHAT_MODEL)


def test_a_service_that_is_killed_comes_back(machine: Machine, running: StackClient):
    break_and_recover(running, SERVICES, lambda name: machine.sh(f"systemctl kill -s KILL ai-stack-{name}") and None)


def test_a_restart_of_everything_under_load_loses_nothing(machine: Machine, running: StackClient):
    restart_one_by_one(
        running, [lambda name=name: machine.sh(f"systemctl restart ai-stack-{name}") and None for name in SERVICES]
    )


def test_connections_made_while_the_gateway_is_down_are_answered(machine: Machine, running: StackClient):
    running.healthy(SERVICES)
    machine.sh("systemctl kill -s STOP ai-stack-gateway")
    with socket.create_connection((machine.address, 9000), timeout=20) as waiting:
        waiting.sendall(b"GET /health HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        machine.sh("systemctl kill -s KILL ai-stack-gateway")
        with socket.create_connection((machine.address, 9000), timeout=20) as later:
            later.sendall(b"GET /health HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
            assert later.recv(4096).startswith(b"HTTP/1.1 200")


def test_a_process_that_hangs_is_ended_by_the_watchdog(machine: Machine, running: StackClient):
    machine.sh("mkdir -p /run/systemd/system/ai-stack-query.service.d && printf '[Service]\\nWatchdogSec=3\\n' "
               "> /run/systemd/system/ai-stack-query.service.d/soon.conf && systemctl daemon-reload")  # fmt: skip
    machine.sh("systemctl restart ai-stack-query")
    running.healthy(SERVICES)
    before = machine.show("ai-stack-query", "MainPID")["MainPID"]
    machine.sh(f"kill -STOP {before}")
    until(
        lambda: machine.show("ai-stack-query", "MainPID", "ActiveState").get("MainPID") not in ("0", before),
        30,
        "the watchdog",
    )
    assert "watchdog" in machine.sh("journalctl -u ai-stack-query -n 40 --no-pager").lower()
    running.healthy(SERVICES)


def test_a_reload_takes_up_the_description_and_loses_nothing(machine: Machine, running: StackClient):
    pid = machine.show("ai-stack-gateway", "MainPID")["MainPID"]
    other = r'[upstreams.other]\nurls = ["http://127.0.0.1:9"]\nroutes = ["/other"]\n'
    machine.sh(f"printf '{other}' >> /etc/ai-stack/stack.toml")
    machine.sh("systemctl reload ai-stack-gateway")
    until(lambda: running.http.get("/registry/services/other").status_code == 200, 10, "the new upstream")
    assert machine.show("ai-stack-gateway", "MainPID")["MainPID"] == pid
    machine.sh("sed -i '/^.upstreams/,$d' /etc/ai-stack/stack.toml && systemctl reload ai-stack-gateway")


def test_an_upgrade_keeps_data_and_settings(machine: Machine, running: StackClient):
    running.healthy(SERVICES)
    key = machine.sh("cat /etc/ai-stack/secrets/gateway_admin_key")
    machine.sh('sed -i \'s/__version__ = "0.1.0"/__version__ = "0.1.1"/\' /work/src/aistack/__init__.py')
    machine.deploy("all", "install")
    machine.deploy("all", "restart")
    running.healthy(SERVICES)
    assert running.http.get("/api/health/all").json()["version"] == "0.1.1"
    assert machine.sh("cat /etc/ai-stack/secrets/gateway_admin_key") == key
    assert running.post("/v1/rag/search", {"query": "chamois", "top_k": 3})["hits"]


def test_a_unit_that_crashes_at_once_stops_trying_and_says_why(machine: Machine, running: StackClient):
    machine.sh("mv /etc/ai-stack/secrets/encryption_key /etc/ai-stack/secrets/kept")
    machine.sh("echo weak > /etc/ai-stack/secrets/encryption_key; systemctl restart --no-block ai-stack-connection")
    until(lambda: machine.show("ai-stack-connection", "ActiveState")["ActiveState"] == "failed", 60, "giving up")
    assert "too weak" in machine.sh("journalctl -u ai-stack-connection -n 30 --no-pager")
    said = machine.deploy("connection", "start", check=False)
    assert "journalctl -u ai-stack-connection" in said
    machine.sh("mv /etc/ai-stack/secrets/kept /etc/ai-stack/secrets/encryption_key; systemctl reset-failed")
    machine.deploy("connection", "start")
    running.healthy(SERVICES)


def test_a_half_written_description_keeps_the_units_as_they_are(machine: Machine, running: StackClient):
    machine.sh("cp /etc/ai-stack/stack.toml /tmp/kept; printf '[services.rag\\nport =' >> /etc/ai-stack/stack.toml")
    said = machine.deploy("all", "install", check=False)
    assert "not valid TOML" in said
    running.healthy(SERVICES)
    machine.sh("cp /tmp/kept /etc/ai-stack/stack.toml")


def test_only_root_may_manage_units(machine: Machine):
    said = machine.sh(
        "setpriv --reuid=65534 --clear-groups /work/scripts/deploy_sidecar.sh systemd rag stop", check=False
    )
    assert "managed by root" in said and "sudo" in said


def test_uninstalling_leaves_data_and_secrets(machine: Machine, running: StackClient):
    machine.deploy("all", "uninstall")
    assert machine.sh("systemctl list-unit-files 'ai-stack*' --no-legend | wc -l").strip() == "0"
    assert machine.sh("ls /opt/ai-stack 2>/dev/null | wc -l").strip() == "0"
    assert "aistack_secret" in machine.sh("ls /etc/ai-stack/secrets")
    assert "rag" in machine.sh("ls /var/lib/ai-stack")
