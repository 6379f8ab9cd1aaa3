"""One container a service, all in one, and sidecars by profile: built, started, used, broken, restarted, stopped."""

import contextlib
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.acceptance import SERVICES, StackClient, ask_model, break_and_recover, exercise, restart_one_by_one
from harness.containers.docker import Docker, start_engine
from harness.containers.images import VERSION, clone
from harness.processes import until
from harness.services.model_worker import CHAT_MODEL, models_folder

pytestmark = pytest.mark.heavy

PORT = 9000
Kill = Callable[[str], None]


class Checkout:
    """A clone with the scripts that a user calls, and the engine that they use."""

    def __init__(self, docker: Docker, folder: Path) -> None:
        self.docker, self.folder = docker, clone(folder)
        description = self.folder / "stack.toml"  # the load of these tests is more than a caller may ask for
        description.write_text(
            description.read_text().replace("[services.gateway]", "[services.gateway]\nrate_limits = []")
        )

    def start(self, *words: str, check: bool = True):
        return self.docker.script("./start.sh", *words, cwd=self.folder, check=check)

    def sidecar(self, *words: str, check: bool = True):
        return self.docker.script("scripts/deploy_sidecar.sh", "docker", *words, cwd=self.folder, check=check)

    def describe_model(self) -> None:
        description = self.folder / "stack.toml"
        text = description.read_text()
        description.write_text(text.replace("[services.worker]", f'[services.worker]\nmodels = ["{CHAT_MODEL}"]'))

    def pull_model(self, volume: str, image: str) -> None:
        """Puts weights into a volume, as `models pull` does with a network."""
        mounted = ["-v", f"{models_folder(CHAT_MODEL) / 'models' / CHAT_MODEL}:/weights:ro", "-v", f"{volume}:/data"]
        words = ["-m", "aistack.cli", "models", "pull", CHAT_MODEL, "--from", "/weights"]
        self.docker.run("run", "--rm", *mounted, "--entrypoint", "python3", image, *words)

    def client(self) -> StackClient:
        key = (self.folder / "deployments/compose/secrets/gateway_admin_key").read_text().strip()
        return StackClient(f"http://127.0.0.1:{PORT}", key)


@pytest.fixture
def checkout(docker: Docker, images: dict[str, str], tmp_path: Path) -> Iterator[Checkout]:
    made = Checkout(docker, tmp_path / "ai-stack")
    yield made
    made.start("stop", check=False)
    made.sidecar("all", "uninstall", check=False)
    docker.run("volume", "prune", "-f")


def killer(docker: Docker) -> Kill:
    """Kills the process of a service inside its container; the engine starts it again."""

    def kill(name: str) -> None:
        docker.run("kill", "--signal", "KILL", f"ai-stack_{name}_1")
        docker.run("start", f"ai-stack_{name}_1")

    return kill


def test_multi_runs_one_container_a_service(checkout: Checkout, images: dict[str, str], shop: dict):
    docker = checkout.docker
    checkout.describe_model()
    said = checkout.start("multi").stdout
    assert f"http://127.0.0.1:{PORT}/" in said and "gateway_admin_key" in said
    assert "already running" in checkout.start("multi").stdout
    client = checkout.client()
    exercise(client, SERVICES, shop)
    checkout.pull_model("ai-stack-worker-data", images["worker"])
    assert ask_model(client, CHAT_MODEL)
    break_and_recover(client, SERVICES, killer(docker))
    killer(docker)("worker")
    assert ask_model(client, CHAT_MODEL)
    behind = SERVICES[1:]
    restart_one_by_one(client, [lambda name=name: docker.run("restart", f"ai-stack_{name}_1") for name in behind])
    assert "ai-stack_rag_1" in checkout.start("status").stdout
    assert "stack.ready" in checkout.start("logs").stdout
    single = checkout.start("single", check=False)
    assert single.returncode == 1 and "./start.sh stop" in single.stderr
    assert "AI Stack stopped." in checkout.start("stop").stdout
    assert docker.run("ps", "-q") == ""


def test_single_runs_all_in_one_container(checkout: Checkout, images: dict[str, str], shop: dict):
    docker = checkout.docker
    checkout.describe_model()
    checkout.start("single")
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
    restart_one_by_one(client, [lambda name=name: control("restart", name) for name in SERVICES])


@pytest.mark.parametrize("profile", ["databases", "all"])
def test_sidecars_run_beside_the_gateway_by_profile(checkout: Checkout, shop: dict, profile: str):
    docker = checkout.docker
    members = {"databases": ["connection", "query", "ai"], "all": SERVICES[1:]}[profile]
    checkout.sidecar(profile, "install")
    checkout.sidecar(profile, "enable")
    checkout.sidecar(profile, "start")
    running = {name.split("_")[1] for name in docker.run("ps", "--format", "{{.Names}}").split()}
    assert running == {"gateway", *members}
    client = checkout.client()
    client.healthy(["gateway", *members])
    if profile == "all":
        exercise(client, SERVICES, shop)
    checkout.sidecar(profile, "restart")
    client.healthy(["gateway", *members])
    assert f"ai-stack_{members[0]}_1" in checkout.sidecar(profile, "status").stdout
    assert "stack.ready" in checkout.sidecar(profile, "logs").stdout
    checkout.sidecar(profile, "stop")
    left = {name.split("_")[1] for name in docker.run("ps", "--format", "{{.Names}}").split()}
    assert left == (set() if profile == "all" else {"gateway"})


def test_each_service_runs_alone_beside_the_gateway(checkout: Checkout):
    for name in ("connection", "query", "ai"):
        checkout.sidecar(name, "install")
        checkout.sidecar(name, "start")
        running = {one.split("_")[1] for one in checkout.docker.run("ps", "--format", "{{.Names}}").split()}
        assert running == {"gateway", name}
        checkout.client().healthy(["gateway", name])
        checkout.sidecar(name, "stop")


def test_a_container_is_bound_as_tightly_as_it_can_be(checkout: Checkout):
    docker = checkout.docker
    checkout.start("multi")
    for name in SERVICES:
        about = json.loads(docker.run("inspect", f"ai-stack_{name}_1"))[0]
        host = about["HostConfig"]
        assert host["ReadonlyRootfs"] and host["CapDrop"] == ["ALL"] and not host["Privileged"]
        assert "no-new-privileges:true" in host["SecurityOpt"]
        assert host["Memory"] > 0 and host["MemoryReservation"] > 0 and host["NanoCpus"] > 0
        assert host["LogConfig"]["Config"] == {"max-size": "10m", "max-file": "3"}
        assert about["Config"]["User"] == "10001:10001"
        environment = " ".join(about["Config"]["Env"])
        assert (checkout.folder / "deployments/compose/secrets/aistack_secret").read_text().strip() not in environment
    assert docker.run("exec", "ai-stack_rag_1", "python3", "-c", "import os; print(os.getuid())") == "10001"
    written = docker.run("exec", "ai-stack_rag_1", "python3", "-c", "open('/opt/x', 'w')", check=False)
    assert written == ""
    status = docker.run("exec", "ai-stack_rag_1", "python3", "-c", "print(open('/proc/self/status').read())")
    assert "CapEff:\t0000000000000000" in status and "NoNewPrivs:\t1" in status


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
        bill = json.loads(docker.run("run", "--rm", "--entrypoint", "python3", image, "-c",
                                     "print(open('/opt/ai-stack/sbom.cdx.json').read())"))  # fmt: skip
        assert bill["bomFormat"] == "CycloneDX"
        assert "structlog" in {one["name"].lower() for one in bill["components"]}


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
        lambda: json.loads(docker.run("inspect", container))[0]["State"]["Health"]["Status"] == "healthy", 60, "health"
    )
    docker.run("rm", "-f", container)


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


def test_what_was_packed_can_be_loaded(docker: Docker, images: dict[str, str]):
    for name, modules in IN_EACH.items():
        wanted = IN_ALL + modules + (() if name in ("sidecar", "worker") else IN_SERVICES)
        script = f"import importlib; [importlib.import_module(one) for one in {wanted}]"
        docker.run("run", "--rm", "--entrypoint", "python3", images[name], "-c", script)


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


def test_without_an_engine_start_sh_says_what_to_do(docker: Docker, tmp_path: Path):
    folder = clone(tmp_path / "ai-stack")
    docker.environ["DOCKER_HOST"] = "unix:///nowhere.sock"
    try:
        done = docker.script("./start.sh", "multi", cwd=folder, check=False)
    finally:
        docker.environ["DOCKER_HOST"] = f"unix://{docker.socket}"
    assert done.returncode == 1
    assert "The Docker engine does not answer" in done.stderr and "systemctl start docker" in done.stderr


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
    import socket

    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", PORT))
        taken.listen()
        done = checkout.start("multi", check=False)
    assert done.returncode == 1
    assert str(PORT) in done.stderr and "stack.toml" in done.stderr
