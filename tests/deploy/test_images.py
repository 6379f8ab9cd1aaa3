"""The images: how they are built, what is in them, and how a container ends that cannot run."""

import contextlib
import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.containers.docker import Docker, start_engine
from harness.containers.images import VERSION, clone
from harness.processes import REPOSITORY, until

pytestmark = pytest.mark.heavy

IN_ALL = ("structlog", "uvloop")
IN_SERVICES = ("fastapi", "sqlalchemy", "asyncpg", "redis", "pydantic_core")
IN_EACH = {
    "gateway": ("jwt", "cryptography.hazmat.bindings._rust"),
    "rag": ("numpy", "onnxruntime", "usearch.index", "tokenizers", "lxml.etree", "PIL.Image", "pypdfium2", "docx",
            "pptx", "selectolax.lexbor", "rjieba", "python_calamine", "obstore", "aiomcache"),
    "connection": ("duckdb", "asyncmy", "asyncssh"),
    "query": ("duckdb", "asyncmy", "pyarrow.parquet", "adbc_driver_postgresql.dbapi", "sqlglot", "obstore"),
    "ai": ("numpy", "sqlglot", "onnxruntime", "snowballstemmer", "yaml"),
    "sidecar": ("hpack", "prometheus_client"),
    "worker": ("hpack", "google.protobuf", "onnxruntime", "tokenizers", "numpy", "httpx"),
    "all-in-one": ("supervisor.supervisord", "pyarrow.parquet", "numpy", "duckdb", "jwt"),
}  # fmt: skip


def test_the_first_process_collects_orphans_and_passes_signals_on(docker: Docker, images: dict[str, str]):
    script = "import os, time\nif os.fork() == 0:\n    os._exit(0) if os.fork() else time.sleep(0.2)\ntime.sleep(30)"
    words = ["run", "-d", "--entrypoint", "python3", images["gateway"]]
    container = docker.run(
        *words, "-S", "/opt/ai-stack/code/aistack/deploy/entrypoints/container_init.py", "python3", "-c", script
    )
    count = (
        "import glob; print(sum(' Z ' in open(p).read() for p in glob.glob('/proc/[0-9]*/stat')), "
        "len(glob.glob('/proc/[0-9]*')))"
    )
    docker.run("exec", container, "python3", "-c", "import time; time.sleep(1)")
    zombies = int(docker.run("exec", container, "python3", "-c", count).split()[0])
    assert zombies <= 1  # our own child has not waited for its first child; the orphan is gone
    docker.run("stop", "-t", "5", container)
    code = json.loads(docker.run("inspect", container))[0]["State"]["ExitCode"]
    assert code == 128 + 15


def test_a_code_change_rebuilds_the_last_layer_only(docker: Docker, images: dict[str, str], tmp_path: Path):
    folder = clone(tmp_path / "changed")
    docker.run("build", "-q", "--target", "gateway", "-t", "unchanged", str(folder))
    with (folder / "src/aistack/__init__.py").open("a") as source:
        source.write("\nCHANGED = True\n")
    docker.run("build", "-q", "--target", "gateway", "-t", "changed", str(folder))
    both = json.loads(docker.run("inspect", "unchanged", "changed"))
    before, after = (one["RootFS"]["Layers"] for one in both)
    assert before[:-1] == after[:-1] and before[-1] != after[-1]


def test_images_say_what_is_in_them_and_need_no_shell(docker: Docker, images: dict[str, str]):
    for name, image in images.items():
        about = json.loads(docker.run("inspect", image))[0]
        labels = about["Config"]["Labels"]
        assert labels["org.opencontainers.image.version"] == VERSION
        assert labels["org.opencontainers.image.title"] == f"AI Stack: {name}"
        command = about["Config"]["Healthcheck"]["Test"]
        assert command[0] == "CMD" and not {"sh", "bash", "curl"} & {*about["Config"]["Entrypoint"], *command}


def test_an_image_on_a_base_without_a_shell_gets_healthy(docker: Docker, images: dict[str, str], base_image: str):
    shells = "rm -f /bin/sh /bin/bash /bin/dash /usr/bin/pip* /usr/bin/apt*"
    docker.run("build", "-q", "-t", "no-shell", "-", stdin=f"FROM {base_image}\nRUN {shells}\n".encode())
    docker.run("build", "-q", "--target", "gateway", "--build-arg", "RUN_BASE=no-shell", "-t", "bare", ".")
    assert (
        "executable file not found"
        in docker.script("docker", "run", "--rm", "--entrypoint", "sh", "bare", check=False).stderr
    )
    container = docker.run("run", "-d", "--read-only", "--tmpfs", "/tmp", "--tmpfs", "/data:uid=10001", "bare")
    until(
        lambda: json.loads(docker.run("inspect", container))[0]["State"]["Health"]["Status"] == "healthy", 120, "health"
    )
    docker.run("rm", "-f", container)


def test_images_hold_the_packages_of_their_lock_and_load_them(docker: Docker, images: dict[str, str]):
    for name, modules in IN_EACH.items():
        wanted = IN_ALL + modules + (() if name in ("sidecar", "worker") else IN_SERVICES)
        script = (
            f"import importlib; [importlib.import_module(one) for one in {wanted}]\n"
            "print(open('/opt/ai-stack/sbom.cdx.json').read())"
        )
        bill = json.loads(docker.run("run", "--rm", "--entrypoint", "python3", images[name], "-c", script))
        assert bill["bomFormat"] == "CycloneDX"
        held = {(re.sub(r"[-_.]+", "-", one["name"]).lower(), one["version"]) for one in bill["components"]}
        lock = (REPOSITORY / f"requirements/images/{name}.lock").read_text()
        locked = re.findall(r"^([\w.-]+)(?:\[.*\])?==(\S+)( ;)?", lock, re.MULTILINE)
        always = {(package, version) for package, version, marker in locked if not marker}
        assert always <= held <= {(package, version) for package, version, _ in locked}, name


def test_missing_and_weak_secrets_are_told(docker: Docker, images: dict[str, str], tmp_path: Path):
    (tmp_path / "aistack_secret").write_text("secret\n")
    (tmp_path / "aistack_secret").chmod(0o444)
    tmp_path.chmod(0o755)
    mounted = ["-v", f"{tmp_path}:/run/secrets:ro", "-e", "AISTACK_IDENTITY=true"]
    container = docker.run("run", "-d", *mounted, images["gateway"])
    assert docker.run("wait", container, seconds_max=60) == "1"
    said = docker.script("docker", "logs", container).stderr
    assert "/run/secrets/aistack_secret is too weak" in said
    beyond = docker.run("run", "-d", "-e", "RAG_LISTEN=0.0.0.0", images["rag"])
    assert docker.run("wait", beyond, seconds_max=60) == "1"
    assert "needs identity" in docker.script("docker", "logs", beyond).stderr


def test_a_data_folder_that_is_read_only_is_told(docker: Docker, images: dict[str, str], tmp_path: Path):
    container = docker.run("run", "-d", "-v", f"{tmp_path}:/data:ro", images["rag"])
    assert docker.run("wait", container, seconds_max=60) == "1"
    assert "data folder /data cannot be written" in docker.script("docker", "logs", container).stderr


def test_a_disk_that_is_full_while_building_is_told(docker: Docker, base_image: str, tmp_path: Path):
    small = Path(f"/tmp/aistack-full-{os.getpid()}")  # short, for there will be sockets in it
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=900m", "tmpfs", small], capture_output=True).returncode:
        pytest.skip("this machine does not let tests mount")
    try:
        with small_engine(small) as engine:
            archive = tmp_path / "base.tar"
            docker.run("save", "-o", str(archive), base_image)
            engine.run("load", "-i", str(archive))
            with contextlib.suppress(OSError), (small / "filler").open("wb") as filler:
                while True:
                    filler.write(b"x" * 1_000_000)
            done = engine.script("./start.sh", "single", cwd=clone(tmp_path / "ai-stack"), check=False)
            (small / "filler").unlink()
        assert done.returncode == 1
        assert "no space left on device" in done.stderr
        assert "The image all-in-one was not built" in done.stderr and "docker system df" in done.stderr
    finally:
        subprocess.run(["umount", "-l", small], check=True)
        small.rmdir()


@contextmanager
def small_engine(folder: Path) -> Iterator[Docker]:
    engine = Docker(folder)
    apart = ("unshare", "--net")  # without a bridge it would take the other engine's away
    server = start_engine(engine, folder, "--bridge=none", "--iptables=false", before=apart)
    try:
        yield engine
    finally:
        server.terminate()
        server.wait()
