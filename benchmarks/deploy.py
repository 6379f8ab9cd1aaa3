"""From a clone to the first answer; cold start and idle memory per mode; what images add to their base; rebuilding.

A quick run makes no environment and no images: the clone runs in the environment of this process.
The containers are measured where a Docker engine answers, with Compose 1.29 or newer; `AISTACK_BASE` names a base image
that can be had there.
"""

import gzip
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.report import Row, skip
from harness.processes import REPOSITORY
from harness.stack import Installation, installation

IDLE_SECONDS, QUICK_IDLE_SECONDS = 6, 1
SERVICES = ("gateway", "rag", "trend", "connection", "query", "ai")
FOUR = ("gateway", "connection", "query", "ai")
TARGETS = (*SERVICES, "all-in-one")
MB = 1_000_000


def run(quick: bool) -> list[Row]:
    with _clone() as clone:
        if quick:
            subprocess.run(["git", "clone", "-q", REPOSITORY, clone], check=True)
            return [*_first_answer_here(clone), *_processes(sys.executable, quick)]
        rows = [*_first_answer(clone), *_processes(str(clone / ".venv/bin/python"), quick)]
        if _engine():
            rows += _containers(clone)
        else:
            skip("the images: no Docker engine answers")
    return rows


@contextmanager
def _clone() -> Iterator[Path]:
    with TemporaryDirectory(prefix="aistack-clone-") as folder:
        yield Path(folder) / "ai-stack"


def _first_answer(clone: Path) -> list[Row]:
    """One command after the clone, packages from pip's cache, the demo set asked."""
    begun = time.perf_counter()
    subprocess.run(["git", "clone", "-q", REPOSITORY, clone], check=True)
    environ = os.environ | {"AISTACK_DATA_DIR": str(clone.parent / "data")}
    subprocess.run(["./start.sh", "local"], cwd=clone, env=environ, check=True, capture_output=True)
    _answered(9000)
    seconds = time.perf_counter() - begun
    subprocess.run(["./start.sh", "stop"], cwd=clone, env=environ, check=True, capture_output=True)
    return [Row("from clone to first cited answer, packages cached", round(seconds, 1), "s", "<= 60")]


def _first_answer_here(clone: Path) -> list[Row]:
    """The clone's sources in this environment, with its demo set asked."""
    begun = time.perf_counter()
    with installation((clone / "stack.toml").read_text()) as stack:
        stack.environ["PYTHONPATH"] = str(clone / "src")
        stack.run("up", "--demo")
        _answered(stack.port)
    return [Row("clone to first cited answer, environment there", round(time.perf_counter() - begun, 1), "s")]


def _answered(port: int) -> None:
    """Asks the demo set. Raises AssertionError when the answer cites nothing."""
    body = json.dumps({"question": "What does a citation name?"}).encode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/rag/answer", body, {"content-type": "application/json"}
    )
    with urllib.request.urlopen(request) as response:
        answer = json.load(response)
    assert answer["citations"], answer


def _processes(python: str, quick: bool) -> list[Row]:
    """`python` is that of the clone's own environment, which holds what users have and no packages of the tests."""
    idle_seconds = QUICK_IDLE_SECONDS if quick else IDLE_SECONDS
    with installation(python=python) as stack:
        stack.run("up", "--processes")
        time.sleep(idle_seconds)
        first = _memory(stack)
        stack.run("down")
        begun = time.perf_counter()
        stack.run("up", "--processes")
        _until_healthy(stack.port)
        seconds = time.perf_counter() - begun
        time.sleep(idle_seconds)
        again = _memory(stack)
        supervisor = _pss(_supervisor(stack.data))
    with installation(python=python) as stack:
        if not quick:  # tables are made at the first start, which takes memory
            stack.run("up")
            stack.run("down")
        stack.run("up")
        time.sleep(idle_seconds)
        embedded = stack.memory_mib()
    return [
        Row("idle memory, embedded (PSS)", round(embedded, 1), "MiB", "<= 150"),
        Row("one process per service: start until all services are healthy", round(seconds, 2), "s"),
        Row("idle memory, gateway + connection + query + ai (sum of PSS)", _of_four(again), "MiB", "<= 280"),
        Row("idle memory, all services (sum of PSS)", round(sum(again.values()), 1), "MiB", "<= 500"),
        Row("idle memory, supervisord itself (PSS)", round(supervisor, 1), "MiB"),
        Row(
            "idle memory, the same four services on their first start, when tables are created", _of_four(first), "MiB"
        ),
    ]


def _of_four(memory: dict[str, float]) -> float:
    return round(sum(memory[one] for one in FOUR), 1)


def _memory(stack: Installation) -> dict[str, float]:
    """MiB (PSS) by service."""
    return {line["service"]: line["memory_bytes"] / 2**20 for line in stack.status()}


def _supervisor(data: Path) -> int:
    return int((data / "run/supervisord.pid").read_text())


def _pss(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def _until_healthy(port: int, key: str = "") -> None:
    request = urllib.request.Request(f"http://127.0.0.1:{port}/api/health/all")
    if key:
        request.add_header("authorization", f"Bearer {key}")
    while True:
        try:
            with urllib.request.urlopen(request) as answer:
                if b'"status":"healthy","version"' in answer.read():
                    return
        except OSError:
            pass
        time.sleep(0.1)


def _engine() -> bool:
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "info"], capture_output=True).returncode == 0


def _containers(clone: Path) -> list[Row]:
    def script(text: str) -> None:
        subprocess.run(["bash", "-ec", f". scripts/containers; {text}"], cwd=clone, check=True, capture_output=True)

    script(f"build_images {' '.join(TARGETS)}")
    rows: list[Row] = []
    bars = {"gateway": "<= 30", "all-in-one": "<= 250"}
    for target in TARGETS:
        disk, packed = _added(f"ai-stack/{target}")
        name = f"layers of {target} over the base"
        rows.append(Row(f"{name}, as pulled (gzip)", round(packed, 1), "MB", bars.get(target, "")))
        rows.append(Row(f"{name}, on disk", round(disk, 1), "MB"))
    with (clone / "src/aistack/__init__.py").open("a") as source:
        source.write("\nCHANGED = True\n")
    begun = time.perf_counter()
    script("build_images gateway")
    seconds = round(time.perf_counter() - begun, 1)
    rows.append(Row("rebuild of the gateway's image after a code change", seconds, "s", "<= 10"))
    begun = time.perf_counter()
    script(f"build_images {' '.join(TARGETS)}")
    rows.append(Row("rebuild of all six images after a code change", round(time.perf_counter() - begun, 1), "s"))
    for mode in ("single", "multi"):
        rows += _mode(clone, mode)
    return rows


def _mode(clone: Path, mode: str) -> list[Row]:
    start = ["./start.sh", mode]
    subprocess.run(start, cwd=clone, check=True, capture_output=True)
    subprocess.run(["./start.sh", "stop"], cwd=clone, check=True, capture_output=True)
    key = (clone / "deployments/compose/secrets/gateway_admin_key").read_text().strip()
    begun = time.perf_counter()
    subprocess.run(start, cwd=clone, check=True, capture_output=True)
    _until_healthy(9000, key)
    seconds = time.perf_counter() - begun
    time.sleep(IDLE_SECONDS)
    listed = subprocess.run(["docker", "ps", "-q"], check=True, capture_output=True, text=True).stdout.split()
    top = ["docker", "top"]
    tops = [subprocess.run([*top, one, "-o", "pid"], capture_output=True, text=True).stdout for one in listed]
    memory = sum(_pss(int(pid)) for top in tops for pid in top.split()[1:])
    subprocess.run(["./start.sh", "stop"], cwd=clone, check=True, capture_output=True)
    return [
        Row(f"{mode}: `start.sh` with images built, until all services are healthy", round(seconds, 1), "s"),
        Row(f"{mode}: idle memory of all its processes (PSS)", round(memory, 1), "MiB"),
    ]


def _added(image: str) -> tuple[float, float]:
    """What an image adds to its base: MB on disk, and MB of its layers as a registry holds them."""
    tag = subprocess.run(
        ["docker", "images", image, "--format", "{{.Tag}}"], check=True, capture_output=True, text=True
    ).stdout.split()[0]
    saved = subprocess.run(["docker", "save", f"{image}:{tag}"], check=True, capture_output=True).stdout
    disk = packed = 0
    with tarfile.open(fileobj=io.BytesIO(saved)) as archive:
        manifest = json.load(archive.extractfile("manifest.json"))
        for layer in manifest[0]["Layers"][_base_layers() :]:
            data = archive.extractfile(layer).read()
            disk += len(data)
            packed += len(gzip.compress(data, 6))
    return disk / MB, packed / MB


def _base_layers() -> int:
    base = os.environ.get("AISTACK_BASE", "python:3.11-slim-bookworm")
    words = ["docker", "inspect", "--format", "{{len .RootFS.Layers}}", base]
    return int(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
