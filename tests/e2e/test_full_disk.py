"""A disk that is full, read-only or of a newer version, and too few descriptors: told clearly, and gone through."""

import json
import os
import resource
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from harness.processes import until
from harness.stack import Stack

pytestmark = pytest.mark.heavy


class Disk:
    """A small filesystem of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self) -> None:
        """Takes all of its space, to the last byte."""
        with (self.folder / "filler").open("wb", 0) as filler:
            for size in (65_536, 1):
                try:
                    while True:
                        filler.write(b"x" * size)
                except OSError:
                    continue

    def free(self) -> None:
        (self.folder / "filler").unlink()

    def remount(self, way: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{way}", str(self.folder)], check=True)


@contextmanager
def mounted(size: str) -> Iterator[Disk]:
    if os.getuid() != 0:
        pytest.skip("only root can mount a small disk")
    folder = Path(tempfile.mkdtemp(prefix="aistack-disk-"))  # short, for there are sockets in it
    words = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if subprocess.run(words, capture_output=True).returncode:
        pytest.skip("this machine does not let tests mount")
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
        folder.rmdir()


@pytest.fixture
def disk() -> Iterator[Disk]:
    with mounted("32m") as one:
        yield one


@pytest.fixture
def on_disk(disk: Disk, tmp_path: Path) -> Iterator[Stack]:
    one = Stack(tmp_path, AISTACK_DATA_DIR=str(disk.folder / "data"), LOG_BYTES_MAX="65536")
    one.data = disk.folder / "data"
    yield one
    one.http.close()
    one.command("down")


def logs(stack: Stack) -> str:
    return "".join(path.read_text("utf-8", "replace") for path in sorted((stack.data / "logs").glob("*.log*")))


def names(stack: Stack) -> set[str]:
    listed = stack.http.get("/v1/rag/collections/default/documents?limit=1000").json()
    return {one["name"] for one in listed["documents"] if one["status"] == "ready"}


@pytest.mark.parametrize("size", ["4k", "64k", "300k"])
@pytest.mark.parametrize("words", [(), ("--processes",)])
def test_a_start_without_space_ends_with_one_clear_line(tmp_path: Path, size: str, words: tuple[str, ...]):
    with mounted(size) as disk:
        stack = Stack(tmp_path, AISTACK_DATA_DIR=str(disk.folder / "data"))
        done = stack.command("up", *words)
        said = [line for line in done.stderr.splitlines() if line]
        assert done.returncode == 1
        assert len(said) == 1 and said[0].startswith("aistack: "), said
        assert "full" in said[0] or "No space left" in said[0]
        stack.command("down")
        stack.http.close()


@pytest.mark.parametrize("words", [(), ("--processes",)])
def test_a_disk_that_fills_up_refuses_what_it_cannot_keep_and_loses_nothing(
    on_disk: Stack, disk: Disk, words: tuple[str, ...]
):
    stack = on_disk
    stack.up(*words)
    stack.finished(stack.upload(("kept.md", b"The lamp is green.")))
    pids = {line["service"]: line["pid"] for line in stack.status()}
    disk.fill()
    for number in range(3):
        files = [("files", (f"refused{number}.md", b"The door is red. " * 50_000))]
        answer = stack.http.post("/v1/rag/collections/default/documents", files=files)
        assert answer.status_code in (503, 507)
        assert answer.json()["type"] == "urn:ai-stack:problem:storage-full"
        assert "free up disk space" in answer.json()["detail"]
    for number in range(400):  # log lines that have no place
        assert stack.http.get(f"/v1/rag/collections/none{number}/documents").status_code == 404
    assert stack.answer("What colour is the lamp?")["mode"] == "extractive"
    assert stack.http.get("/api/health/all").json()["status"] == "healthy"
    assert stack.command("reload").returncode == 0
    findings = {one["what"]: one for one in json.loads(stack.command("doctor", "--json").stdout)}
    assert findings["data folder"]["state"] == "failed" and "free up disk space" in findings["data folder"]["fix"]
    disk.free()
    stack.finished(stack.upload(("later.md", b"The door is red.")))
    assert names(stack) == {"kept.md", "later.md"}
    assert {line["service"]: line["pid"] for line in stack.status()} == pids
    stack.http.get("/v1/rag/collections/after/documents", headers={"x-request-id": "after-the-flood"})
    until(lambda: "after-the-flood" in logs(stack), 60, "a log line once there is space")
    assert stack.command("restart").returncode == 0
    until(lambda: stack.http.get("/v1/rag/collections").status_code == 200, 60, "the rag service")
    assert names(stack) == {"kept.md", "later.md"}


def test_what_supervises_the_processes_outlives_a_full_disk(on_disk: Stack, disk: Disk):
    stack = on_disk
    stack.up("--processes")
    pids = {line["service"]: line["pid"] for line in stack.status()}
    supervisor = int((stack.data / "run" / "supervisord.pid").read_text())
    with (stack.data / "logs" / "supervisord.log").open("ab") as log:  # its next line needs a page of its own
        log.write(b"x" * (-log.tell() % 4096))
    disk.fill()
    for service in ("query", "connection", "ai"):  # it logs each end and each start, or tries to
        os.kill(pids[service], signal.SIGKILL)
        until(lambda service=service: not Path(f"/proc/{pids[service]}").exists(), 60, "the end of a service")
    until(lambda: stack.http.get("/v1/rag/collections").status_code == 200, 60, "the service that was left alone")
    assert state_of(supervisor) not in ("Z", "X")
    disk.free()
    stack.command("up", "--processes")
    until(lambda: {line["state"] for line in stack.status()} == {"running"}, 60, "all services")
    assert int((stack.data / "run" / "supervisord.pid").read_text()) == supervisor


def state_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_a_data_folder_that_cannot_be_written_any_more_is_told(on_disk: Stack, disk: Disk):
    stack = on_disk
    stack.up()
    stack.finished(stack.upload(("kept.md", b"The lamp is green.")))
    pid = stack.pid
    os.kill(pid, signal.SIGKILL)  # a filesystem with open files is not made read-only
    until(lambda: stack.status()[0]["state"] == "stopped", 60, "the end")
    disk.remount("ro")
    done = stack.command("up")
    assert done.returncode == 1
    assert done.stderr.startswith(
        f"aistack: data folder {stack.data} cannot be written: Read-only file system; mount it"
    )
    found = {one["what"]: one for one in json.loads(stack.command("doctor", "--json").stdout)}["data folder"]
    assert found["state"] == "failed" and found["fix"].startswith("mount it read-write")
    disk.remount("rw")
    stack.up()
    assert names(stack) == {"kept.md"}


@pytest.mark.parametrize("words", [(), ("--processes",)])
def test_records_of_a_newer_version_are_told_by_the_start_and_the_doctor(stack: Stack, words: tuple[str, ...]):
    stack.up()
    stack.command("down")
    with sqlite3.connect(stack.data / "query" / "records.sqlite3") as records:
        records.execute("UPDATE query_version SET version_num = '0099'")
    records.close()
    done = stack.command("up", *words)
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert "were written by a newer AI Stack (revision 0099); install that version, or restore a backup" in done.stderr
    stack.command("down")
    findings = {one["what"]: one for one in json.loads(stack.command("doctor", "--json").stdout)}
    assert findings["query records"]["state"] == "failed" and "newer AI Stack" in findings["query records"]["found"]
    assert "rag records" not in findings


def test_the_limit_of_open_files_is_raised_and_a_low_one_is_told(stack: Stack):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    low = min(hard, 4096)
    words = ["bash", "-c", f'ulimit -Sn 256; ulimit -Hn {low}; exec "$@"', "bash"]
    command = [*words, sys.executable, "-m", "aistack.cli"]
    subprocess.run([*command, "up"], env=stack.environ, check=True, capture_output=True, timeout=120)
    limits = Path(f"/proc/{stack.pid}/limits").read_text()
    line = next(line for line in limits.splitlines() if line.startswith("Max open files"))
    assert line.split()[3:5] == [str(low), str(low)]
    told = subprocess.run(
        [*command, "doctor", "--json"], env=stack.environ, capture_output=True, text=True, timeout=120
    )
    found = {one["what"]: one for one in json.loads(told.stdout)}["open files"]
    assert found["state"] == "warning" and f"limit {low}" in found["found"] and "LimitNOFILE" in found["fix"]


def test_running_out_of_descriptors_sheds_connections_and_keeps_the_listener(stack: Stack):
    stack.up()
    held = len(os.listdir(f"/proc/{stack.pid}/fd"))
    subprocess.run(["prlimit", "--pid", str(stack.pid), f"--nofile={held + 40}:"], check=True)
    many = [socket.create_connection(("127.0.0.1", stack.port)) for _ in range(200)]
    for one in many:
        one.close()
    until(lambda: answers(stack), 60, "the gateway once there are descriptors again")


def answers(stack: Stack) -> bool:
    try:
        return httpx.get(f"{stack.url}/health", timeout=5).status_code == 200
    except httpx.TransportError:
        return False
