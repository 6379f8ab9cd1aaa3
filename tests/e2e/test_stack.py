"""The stack as its user meets it: started, asked, killed, started again, stopped."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from harness.processes import REPOSITORY, until
from harness.samples.documents import MARKDOWN, handbook
from harness.stack import Stack

pytestmark = pytest.mark.heavy


def test_from_nothing_to_a_cited_answer_through_the_gateway(stack: Stack):
    shown = stack.up().stdout
    assert f"{stack.url}/" in shown
    assert shown.count("curl ") == 3
    report = stack.http.get("/api/health/all")
    assert report.status_code == 200
    assert report.json()["status"] == "healthy"
    assert [one["name"] for one in report.json()["services"]] == [
        "gateway",
        "rag",
        "trend",
        "connection",
        "query",
        "ai",
    ]
    stack.finished(stack.upload(("handbook.pdf", handbook()), ("light.md", MARKDOWN.encode())))
    english = stack.answer("When is a mooring line replaced?")
    assert (english["citations"][0]["name"], english["citations"][0]["page"]) == ("handbook.pdf", 2)
    chinese = stack.answer("镜片用什么清洗？")
    assert "蒸馏水" in chinese["answer"]
    assert chinese["citations"][0]["heading"][-1] == "中文说明"


def test_status_logs_and_stop_say_what_is(stack: Stack):
    assert stack.command("status").returncode == 3
    assert stack.status()[0]["state"] == "stopped"
    stack.up()
    lines = stack.status()
    assert [(one["service"], one["state"], one["health"]) for one in lines] == [
        ("gateway", "running", "healthy"),
        ("rag", "running", "healthy"),
        ("trend", "running", "healthy"),
        ("connection", "running", "healthy"),
        ("query", "running", "healthy"),
        ("ai", "running", "healthy"),
    ]
    assert lines[0]["memory_bytes"] > 10_000_000
    assert "stack.ready" in stack.command("logs").stdout
    assert stack.command("down").stdout == "AI Stack stopped.\n"
    assert stack.command("down").stdout == "AI Stack is not running.\n"
    assert stack.command("status").returncode == 3


def test_starting_twice_says_that_it_runs(stack: Stack):
    stack.up()
    pid = stack.pid
    assert f"already running (pid {pid}" in stack.up().stdout
    assert stack.pid == pid


def test_of_two_starts_at_once_one_starts_and_both_end_well(stack: Stack):
    words = [sys.executable, "-m", "aistack.cli", "up"]
    both = [
        subprocess.Popen(words, env=stack.environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _ in range(2)
    ]
    said = [one.communicate(timeout=60)[0] for one in both]
    assert [one.returncode for one in both] == [0, 0], said
    assert sum("already running" in one for one in said) == 1
    assert stack.status()[0]["state"] == "running"


def test_a_taken_port_names_its_holder_and_what_to_set(stack: Stack):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", stack.port))
        taken.listen()
        done = stack.command("up")
    assert done.returncode == 1
    assert f"port {stack.port} on 127.0.0.1 is in use by" in done.stderr
    assert f"(pid {os.getpid()})" in done.stderr
    assert "GATEWAY_PORT" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_data_folder_that_cannot_be_written_is_told(stack: Stack):
    stack.environ["AISTACK_DATA_DIR"] = "/proc/aistack"
    done = stack.command("up")
    assert done.returncode == 1
    assert done.stderr.startswith("aistack: data folder /proc/aistack cannot be written")
    assert "AISTACK_DATA_DIR" in done.stderr


@pytest.mark.skipif(os.getuid() != 0, reason="only root can mount a small disk")
def test_a_full_disk_is_told(stack: Stack, tmp_path: Path):
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(small)], capture_output=True).returncode:
        pytest.skip("this machine does not let tests mount")
    try:
        (small / "filler").write_bytes(b"x" * 60_000)
        stack.environ["AISTACK_DATA_DIR"] = str(small / "data")
        done = stack.command("up")
        assert done.returncode == 1
        assert "cannot be" in done.stderr or "disk" in done.stderr
        assert "Traceback" not in done.stderr
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_a_broken_stack_toml_stops_the_start_with_one_line(stack: Stack, tmp_path: Path):
    broken = tmp_path / "broken.toml"
    broken.write_text("[services.rag]\nchunk_tokens = 'many'\n")
    stack.environ["AISTACK_STACK"] = str(broken)
    done = stack.command("up")
    assert done.returncode == 1
    assert done.stderr == (
        f"aistack: {broken}: services.rag.chunk_tokens = 'many' is not allowed; "
        "Input should be a valid integer, unable to parse string as an integer\n"
    )


def test_beyond_loopback_without_identity_it_does_not_start_unless_told_to(stack: Stack):
    stack.environ["GATEWAY_LISTEN"] = "0.0.0.0"
    done = stack.command("up")
    assert done.returncode == 1
    assert "needs identity: set identity = true" in done.stderr
    assert stack.command("up", "--insecure").returncode == 0


def test_ingest_survives_being_killed_again_and_again(stack: Stack):
    stack.up()
    documents = [(f"{number}.md", f"# Lamp {number}\n\n{'The lamp shines. ' * 50}".encode()) for number in range(120)]
    job = stack.upload(*documents)
    for _ in range(4):
        time.sleep(0.35)
        os.kill(stack.pid, signal.SIGKILL)
        until(lambda: stack.status()[0]["state"] == "stopped", 10)
        stack.up()
    done = stack.finished(job)
    assert (done["done"], done["failed"]) == (120, 0)
    listed = stack.http.get("/v1/rag/collections/default/documents?limit=1000").json()
    assert {one["status"] for one in listed["documents"]} == {"ready"}
    assert {one["version"] for one in listed["documents"]} == {1}
    hits = stack.http.post("/v1/rag/search", json={"query": "lamp", "top_k": 1000}).json()["hits"]
    by_document: dict[str, list[tuple[int, int]]] = {}
    for hit in hits:
        by_document.setdefault(hit["document"], []).append((hit["start"], hit["end"]))
    assert len(by_document) == 120
    assert all(len(spans) == len(set(spans)) for spans in by_document.values())


def test_stopping_while_ingesting_is_quick_and_loses_nothing(stack: Stack):
    stack.up()
    job = stack.upload(*[(f"{number}.md", f"The lamp {number}.".encode()) for number in range(200)])
    begun = time.monotonic()
    assert stack.command("down").returncode == 0
    assert time.monotonic() - begun < 20
    stack.up()
    assert stack.finished(job)["done"] == 200


@pytest.mark.deep
def test_ten_thousand_files_at_once_are_taken_in(stack: Stack):
    stack.up()
    job = stack.upload(*[(f"{number}.txt", b"" if number % 2 else b"The same lamp.") for number in range(10_000)])
    first = stack.http.get(f"/v1/rag/jobs/{job}").json()
    assert first["total"] == 10_000
    assert len(first["items"]) == 1000
    assert stack.answer("anything")["mode"] == "none"
    too_many = stack.http.post(
        "/v1/rag/collections/default/documents", files=[("files", (f"{n}.txt", b"x")) for n in range(10_001)]
    )
    assert too_many.status_code == 400


def test_a_question_of_a_megabyte_is_refused(stack: Stack):
    stack.up()
    answer = stack.http.post("/v1/rag/answer", json={"question": "x" * 1_000_000})
    assert answer.status_code == 422
    assert len(answer.content) < 2000


def test_an_upload_cut_off_half_way_leaves_nothing(stack: Stack):
    stack.up()
    with socket.create_connection(("127.0.0.1", stack.port)) as client:
        client.sendall(
            b"POST /v1/rag/collections/default/documents HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n"
            b"Content-Type: multipart/form-data; boundary=X\r\n\r\n--X\r\nContent-Disposition: form-data; "
            b'name="files"; filename="a.txt"\r\n\r\nhalf a file'
        )
        time.sleep(0.2)
    staging = stack.data / "rag" / "staging"
    until(lambda: not any(staging.iterdir()), 10, "the staged file's removal")
    assert stack.http.get("/v1/rag/collections/default/documents").json()["total"] == 0


def test_the_demo_set_is_loaded_once_and_answers_in_both_languages(shared_stack: Stack):
    assert shared_stack.answer("What did the soldiers who fought at Gettysburg give?")["mode"] == "extractive"
    chinese = shared_stack.answer("知彼知己会怎么样？")
    assert "百战不殆" in chinese["answer"]
    assert "Loading" not in shared_stack.up("--demo").stdout


def test_config_shows_values_sources_and_masks_secrets(stack: Stack):
    stack.environ["RAG_DATABASE_URL"] = "postgresql://me:hunter2@db/rag"
    shown = stack.command("config", "rag").stdout
    assert "$RAG_PORT" in shown
    assert "$RAG_DATABASE_URL" in shown
    assert "hunter2" not in shown


def test_one_request_id_runs_through_answer_logs_and_errors(stack: Stack):
    stack.up()
    answer = stack.http.get("/v1/rag/collections/none/documents", headers={"x-request-id": "trace-me-1"})
    assert answer.status_code == 404
    assert answer.json()["request_id"] == answer.headers["x-request-id"] == "trace-me-1"
    assert '"http.request.id": "trace-me-1"' in stack.command("logs").stdout


@pytest.mark.parametrize("path", ["/metrics"])
def test_every_service_has_the_same_metrics(stack: Stack, path: str):
    stack.up()
    for port in (stack.port, stack.rag_port):
        text = httpx.get(f"http://127.0.0.1:{port}{path}").text
        assert "aistack_requests_total" in text
        assert "aistack_request_duration_seconds" in text
        assert "aistack_build_info" in text


def test_every_service_describes_itself(stack: Stack):
    stack.up()
    rag = stack.http.get("/v1/rag/openapi.json").json()
    assert "/v1/rag/answer" in rag["paths"]
    assert rag["components"]["schemas"]["AnswerRequest"]["examples"]
    assert "/registry/services" in stack.http.get("/gateway/openapi.json").json()["paths"]


def test_start_sh_explains_itself():
    done = subprocess.run([REPOSITORY / "start.sh", "help"], capture_output=True, text=True)
    assert done.returncode == 0
    assert "./start.sh local" in done.stdout
    assert subprocess.run([REPOSITORY / "start.sh", "dance"], capture_output=True).returncode == 2


class TestIdentity:
    """A stack that asks for keys, by the command."""

    @pytest.fixture
    def keyed(self, tmp_path: Path) -> Iterator[Stack]:
        one = Stack(tmp_path, AISTACK_IDENTITY="true")
        assert one.command("up").returncode == 0
        assert one.http.get("/v1/rag/collections").status_code == 401
        one.http.headers["authorization"] = "Bearer " + (one.data / "secrets" / "admin.key").read_text().strip()
        yield one
        one.http.close()
        one.command("down")

    def test_keys_are_made_listed_and_revoked_by_the_command(self, keyed: Stack):
        made = keyed.command("keys", "add", "shop", "--services", "rag", "--rate", "5/s burst 10", "--expires", "30d")
        key = made.stdout.strip()
        assert key.startswith("ask_")
        until(lambda: keyed.http.get("/v1/rag/collections").status_code == 200, 10, "the rag service")
        assert keyed.http.get("/v1/rag/collections", headers={"authorization": f"Bearer {key}"}).status_code == 200
        listed = keyed.command("keys", "list").stdout
        assert "shop" in listed and "valid" in listed and key not in listed
        key_id = listed.splitlines()[1].split()[0]
        assert keyed.command("keys", "revoke", key_id).stdout == f"Key {key_id} (shop) is revoked.\n"
        assert keyed.http.get("/v1/rag/collections", headers={"authorization": f"Bearer {key}"}).status_code == 401
        refused = keyed.command("keys", "add", "x", "--rate", "fast")
        assert refused.returncode == 1
        assert "write it like '5/s burst 10'" in refused.stderr

    def test_a_service_is_reached_through_the_gateway_only(self, keyed: Stack):
        until(lambda: keyed.http.get("/v1/rag/collections").status_code == 200, 10, "the rag service")
        direct = httpx.get(f"http://127.0.0.1:{keyed.rag_port}/v1/rag/collections")
        assert direct.status_code == 401
        assert "call this service through the gateway" in direct.json()["detail"]
        assert httpx.get(f"http://127.0.0.1:{keyed.rag_port}/health").status_code == 200

    def test_it_restarts_with_the_same_keys(self, keyed: Stack):
        until(lambda: keyed.status()[1]["health"] == "healthy", 10, "the rag service")
        key = keyed.command("keys", "add", "shop").stdout.strip()
        assert keyed.command("restart").returncode == 0
        answer = keyed.http.get("/registry/services", headers={"authorization": f"Bearer {key}"})
        assert answer.status_code == 200
        assert key not in keyed.command("logs").stdout


def test_reload_takes_up_a_changed_description_without_a_restart(stack: Stack, tmp_path: Path):
    description = tmp_path / "stack.toml"
    description.write_text("[services.gateway]\n")
    stack.environ["AISTACK_STACK"] = str(description)
    stack.up()
    pid = stack.pid
    description.write_text("[upstreams.other]\nurls = ['http://127.0.0.1:9']\nroutes = ['/other']\n")
    done = stack.command("reload")
    assert (done.returncode, done.stdout) == (
        0,
        "upstreams: other: none -> /other, http://127.0.0.1:9\nAI Stack was reloaded.\n",
    )
    assert stack.http.get("/registry/services/other").status_code == 200
    description.write_text("[services.gateway]\nnonsense = 1\n")
    refused = stack.command("reload")
    assert refused.returncode == 1
    assert "services.gateway.nonsense is not a key" in refused.stderr
    assert stack.http.get("/registry/services/other").status_code == 200
    os.kill(pid, signal.SIGHUP)
    until(lambda: "stack.reload_refused" in stack.command("logs").stdout, 60, "the refusal in the log")
    assert stack.http.get("/registry/services/other").status_code == 200
    assert stack.pid == pid


def test_reload_says_what_waits_for_a_restart(stack: Stack, tmp_path: Path):
    description = tmp_path / "stack.toml"
    description.write_text("")
    stack.environ["AISTACK_STACK"] = str(description)
    stack.up()
    assert stack.command("reload").stdout == "AI Stack was reloaded; nothing has changed.\n"
    (tmp_path / ".env").write_text("GATEWAY_WORKERS=2\nGATEWAY_CORS_ORIGINS=https://a.example\nLOG_LEVEL=debug\n")
    said = stack.command("reload").stdout.splitlines()
    assert said[0] == 'gateway, rag, trend, connection, query, ai: cors_origins: [] -> ["https://a.example"]'
    assert "gateway: workers: 1 -> 2 (needs a restart: aistack restart)" in said
    every = (
        'gateway, rag, trend, connection, query, ai: log_level: "info" -> "debug" (needs a restart: aistack restart)'
    )
    assert every in said
    allowed = stack.http.get("/health", headers={"origin": "https://a.example"}).headers
    assert allowed["access-control-allow-origin"] == "https://a.example"
    assert stack.command("restart").returncode == 0
    assert stack.command("reload").stdout == "AI Stack was reloaded; nothing has changed.\n"


def test_reload_without_a_stack_or_with_one_that_hangs_fails(stack: Stack):
    nobody = stack.command("reload")
    assert (nobody.returncode, nobody.stderr) == (1, "aistack: AI Stack is not running\n")
    stack.up()
    pid = stack.pid
    os.kill(pid, signal.SIGSTOP)
    hung = stack.command("reload")
    os.kill(pid, signal.SIGCONT)
    assert hung.returncode == 1
    assert f"stack was not reloaded: the process (pid {pid}) did not answer within" in hung.stderr
    until(lambda: stack.command("reload").returncode == 0, 60, "a reload of one that goes on")


def test_the_log_is_rotated_while_it_runs_and_followed_across(stack: Stack):
    stack.environ |= {"LOG_BYTES_MAX": "65536", "GATEWAY_WORKERS": "2"}
    stack.up()
    words = [sys.executable, "-m", "aistack.cli", "logs", "-f", "-n", "0"]
    follower = subprocess.Popen(words, env=stack.environ, stdout=subprocess.PIPE, text=True)
    first, last = f"first-{stack.port}", f"last-{stack.port}"
    log = stack.data / "logs" / "stack.log"
    stack.http.get("/v1/rag/collections/x/documents", headers={"x-request-id": first})
    rotated = log.with_name("stack.log.2")

    def write_more() -> bool:
        for _ in range(100):
            stack.http.get("/v1/rag/collections/x/documents")
        return rotated.exists()

    until(write_more, 120, "two rotations")
    stack.http.get("/v1/rag/collections/x/documents", headers={"x-request-id": last})
    until(lambda: last in stack.command("logs", "-n", "1000").stdout, 60, "the last line")
    assert stack.pid  # it runs
    seen = iter(follower.stdout.readline, "")
    assert any(last in line for line in seen)
    follower.terminate()
    follower.wait()
    assert sorted(path.name for path in log.parent.iterdir()) == ["stack.log", "stack.log.1", "stack.log.2"]
    assert max(path.stat().st_size for path in log.parent.iterdir()) < 65_536 + 1_000_000
