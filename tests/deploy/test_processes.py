"""Without containers: all in one process, or a process a service under supervisord, as a user starts them."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.acceptance import SERVICES, StackClient, break_and_recover, exercise, restart_one_by_one
from harness.processes import free_port, until
from harness.stack import Stack

pytestmark = pytest.mark.heavy


@pytest.fixture
def local_shop(shop: dict) -> dict:
    return shop | {"host": "127.0.0.1"}


@pytest.fixture
def apart(tmp_path: Path) -> Iterator[Stack]:
    one = Stack(tmp_path)
    yield one
    one.http.close()
    one.command("down")


def pid_of(stack: Stack, name: str) -> int:
    return next(line["pid"] for line in stack.status() if line["service"] == name)


def running(stack: Stack) -> set[str]:
    return {line["service"] for line in stack.status() if line["state"] == "running"}


def test_one_process_is_used_and_comes_back_after_a_crash(apart: Stack, local_shop: dict):
    apart.up()
    exercise(StackClient(apart.url), SERVICES, local_shop)
    os.kill(apart.pid, signal.SIGKILL)
    until(lambda: apart.status()[0]["state"] == "stopped", 10, "the crash")
    apart.up()
    assert StackClient(apart.url).post("/v1/rag/search", {"query": "chamois", "top_k": 3})["hits"]


def test_a_process_a_service_is_used_broken_restarted(apart: Stack, local_shop: dict):
    said = apart.up("--processes").stdout
    assert said.count("healthy") == len(SERVICES)
    assert len({line["pid"] for line in apart.status()}) == len(SERVICES)
    client = StackClient(apart.url)
    exercise(client, SERVICES, local_shop)
    break_and_recover(client, SERVICES, lambda name: os.kill(pid_of(apart, name), signal.SIGKILL))
    restart_one_by_one(client, [lambda name=name: apart.command("restart", name) and None for name in SERVICES])
    assert "already running" in apart.command("up", "--processes").stdout
    assert "stack.ready" in apart.command("logs", "rag", "-n", "5000").stdout
    assert "query stopped." in apart.command("down", "query").stdout
    assert next(line["state"] for line in apart.status() if line["service"] == "query") == "stopped"
    apart.command("up", "query")
    client.healthy(SERVICES)
    assert apart.command("down").stdout == "AI Stack stopped.\n"
    assert apart.command("status").returncode == 3
    log = (apart.data / "logs/supervisord.log").read_text()
    assert re.findall(r"stopped: (\S+)", log)[-1] == "gateway"  # the others have left its registry before


def test_several_instances_on_one_machine_share_their_records(apart: Stack, postgres: str, tmp_path: Path):
    description = tmp_path / "stack.toml"
    description.write_text(
        f'[services.connection]\nreplicas = 2\ndatabase_url = "{postgres}"\n[services.gateway]\nrate_limits = []\n'
    )
    apart.environ["AISTACK_STACK"] = str(description)
    apart.environ["CONNECTION_PORT"] = str(port := free_port() % 20_000 + 20_000)
    assert apart.command("up", "--processes").returncode == 0
    client = StackClient(apart.url)
    client.healthy(SERVICES)
    listed = client.http.get("/registry/services/connection").json()["instances"]
    until(lambda: len(client.http.get("/registry/services/connection").json()["instances"]) == 2, 10, str(listed))
    addresses = {line["address"] for line in apart.status() if line["service"] == "connection"}
    assert addresses == {f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port + 1000}"}
    assert client.http.get("/api/connections").status_code == 200


def test_some_services_by_name_and_by_profile(apart: Stack, tmp_path: Path):
    done = apart.command("up", "gateway", "rag")
    assert done.returncode == 0, done.stderr
    states = {line["service"]: line["state"] for line in apart.status()}
    assert states == {
        "gateway": "running",
        "rag": "running",
        "trend": "stopped",
        "connection": "stopped",
        "query": "stopped",
        "ai": "stopped",
    }
    apart.command("down")
    description = tmp_path / "stack.toml"
    description.write_text('[profiles]\ndatabases = ["connection", "query"]\n')
    apart.environ["AISTACK_STACK"] = str(description)
    assert apart.command("up", "gateway", "databases").returncode == 0
    assert {line["service"] for line in apart.status() if line["state"] == "running"} == {
        "gateway",
        "connection",
        "query",
    }
    unknown = apart.command("up", "nobody")
    assert unknown.returncode == 1 and "nobody is not an enabled service or a profile" in unknown.stderr


def test_a_machine_with_ipv6_only(apart: Stack):
    for name in SERVICES:
        apart.environ[f"{name.upper()}_LISTEN"] = "::1"
    done = apart.command("up", "--processes")
    assert done.returncode == 0, done.stderr
    assert f"http://[::1]:{apart.port}/" in done.stdout
    StackClient(f"http://[::1]:{apart.port}").healthy(SERVICES)
    assert {line["health"] for line in apart.status()} == {"healthy"}
    probe = [sys.executable, "-m", "aistack.deploy.entrypoints.container_healthcheck"]
    assert subprocess.run(probe, env=apart.environ, capture_output=True, text=True).stdout == "ready\n"


def test_a_service_in_the_foreground_is_one_process_that_drains_at_ctrl_c(apart: Stack):
    words = ["-m", "aistack.cli", "up", "gateway", "--foreground"]
    process = subprocess.Popen([sys.executable, *words], env=apart.environ, stderr=subprocess.PIPE, text=True)
    until(lambda: StackClient(apart.url).http.get("/health/ready").status_code == 200 if _listens(apart) else False, 30)
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0
    assert "stack.stopped" in process.stderr.read()


def _listens(stack: Stack) -> bool:
    import socket

    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", stack.port)) == 0


def test_a_service_that_cannot_start_is_told_and_the_others_run(apart: Stack):
    apart.environ["RAG_CHUNK_TOKENS"] = "many"
    done = apart.command("up", "--processes")
    assert done.returncode == 1
    assert "rag does not start" in done.stderr and "RAG_CHUNK_TOKENS" in done.stderr
    assert next(line["state"] for line in apart.status() if line["service"] == "gateway") == "running"


def test_two_starts_at_once_start_one_supervisor(apart: Stack):
    words = [sys.executable, "-m", "aistack.cli", "up", "--processes"]
    both = [
        subprocess.Popen(words, env=apart.environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _ in "ab"
    ]
    said = [one.communicate(timeout=90)[0] for one in both]
    assert [one.returncode for one in both] == [0, 0], said
    assert len({line["pid"] for line in apart.status()}) == len(SERVICES)


def test_instances_beyond_the_ports_are_refused(apart: Stack, tmp_path: Path):
    description = tmp_path / "stack.toml"
    description.write_text(
        '[services.query]\nreplicas = 60\ndatabase_url = "postgresql://a:b@db/x"\nfiles_url = "s3://x"\n'
    )
    apart.environ["AISTACK_STACK"] = str(description)
    done = apart.command("up", "--processes")
    assert done.returncode == 1 and "would listen on port" in done.stderr


def test_a_reload_reaches_every_process_and_one_that_does_not_answer_is_told(apart: Stack, tmp_path: Path):
    description = tmp_path / "stack.toml"
    description.write_text("")
    apart.environ["AISTACK_STACK"] = str(description)
    apart.up("--processes")
    pids = {line["service"]: line["pid"] for line in apart.status()}
    (tmp_path / ".env").write_text("QUERY_ROWS_MAX=7\nAI_ROWS_MAX=7\nRAG_PAGES_MAX=7\n")
    done = apart.command("reload")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "ai: rows_max: 1000 -> 7",
        "query: rows_max: 10000000 -> 7",
        "rag: pages_max: 5000 -> 7 (needs a restart: aistack restart)",
        "AI Stack was reloaded.",
    ]
    os.kill(pids["ai"], signal.SIGSTOP)
    hung = apart.command("reload")
    os.kill(pids["ai"], signal.SIGCONT)
    assert hung.returncode == 1
    assert f"ai was not reloaded: the process (pid {pids['ai']}) did not answer" in hung.stderr
    assert "query was not" not in hung.stderr
    assert {line["service"]: line["pid"] for line in apart.status()} == pids
    apart.command("restart", "rag")
    assert apart.command("reload").stdout == "AI Stack was reloaded; nothing has changed.\n"


def test_every_process_rotates_its_own_log_and_nothing_else_grows(apart: Stack):
    apart.environ |= {"LOG_BYTES_MAX": "65536"}
    apart.up("--processes")
    logs = apart.data / "logs"

    def write_more() -> bool:
        for _ in range(100):
            apart.http.get("/v1/rag/collections/x/documents")
        return (logs / "rag.log.2").exists()

    until(write_more, 120, "two rotations")
    assert "/v1/rag/collections/x/documents" in apart.command("logs", "rag", "-n", "1000").stdout
    assert (logs / "stack.log").stat().st_size == 0  # what supervisord says is in its own log
    assert "spawned: 'rag'" in (logs / "supervisord.log").read_text()
    settings = (apart.data / "run" / "supervisord.conf").read_text()
    assert "logfile_maxbytes=65536" in settings and "logfile_backups=2" in settings
