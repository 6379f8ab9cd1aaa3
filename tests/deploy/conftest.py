"""A Docker engine, images from a base made on the spot, and a database that containers can reach."""

import asyncio
import hashlib
import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import free_port, missing, until
from tests.sql.shop import TABLES, statements_for

REPOSITORY = Path(__file__).parents[2]
BASE_IMAGE = "python:3.11-slim-bookworm"
BASE_PACKAGES = "python3,python3-pip,python3-venv,ca-certificates,binutils,procps,curl"
MIRROR = "http://deb.debian.org/debian"
CACHE = Path("/var/cache/aistack-tests")
HOST = "172.17.0.1"  # this machine, as containers of every network see it
VERSION = "0.1.0"
PYTHON = sys.executable
KEPT_ENGINE = "AISTACK_TESTS_DOCKER"  # a folder: the engine there is used again and left running


class Docker:
    """A Docker engine of our own; `run` and `compose` raise AssertionError with what was said."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "docker.sock"
        self.environ = os.environ | {
            "DOCKER_HOST": f"unix://{self.socket}",
            "DOCKER_BUILDKIT": "1",
            "PATH": f"/usr/bin:{os.environ['PATH']}",  # Debian's client builds with what the engine brings
        }

    def answers(self) -> bool:
        return subprocess.run(["docker", "info"], env=self.environ, capture_output=True).returncode == 0

    def run(self, *words: str, check: bool = True, stdin: bytes | None = None, seconds_max: float = 600) -> str:
        done = subprocess.run(
            ["docker", *words], env=self.environ, input=stdin, capture_output=True, timeout=seconds_max, cwd=REPOSITORY
        )
        said = done.stdout.decode("utf-8", "replace") + done.stderr.decode("utf-8", "replace")
        assert done.returncode == 0 or not check, f"docker {' '.join(words)}: {said[-3000:]}"
        return done.stdout.decode("utf-8", "replace").strip()

    def script(self, *words: str, cwd: Path = REPOSITORY, check: bool = True) -> subprocess.CompletedProcess[str]:
        """One of our scripts, with this engine."""
        done = subprocess.run(words, env=self.environ, capture_output=True, text=True, timeout=600, cwd=cwd)
        assert done.returncode == 0 or not check, f"{words}: {done.stdout[-2000:]} {done.stderr[-3000:]}"
        return done

    def compose(self, folder: Path, file: str, *words: str, check: bool = True) -> str:
        whole = ["docker-compose", "-p", "ai-stack", "-f", str(folder / file), *words]
        done = subprocess.run(whole, env=self.environ, capture_output=True, text=True, timeout=600, cwd=folder)
        assert done.returncode == 0 or not check, f"{' '.join(whole)}: {done.stdout[-1500:]} {done.stderr[-3000:]}"
        return done.stdout.strip()

    def address(self, container: str) -> str:
        found = self.run("inspect", "-f", "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}", container)
        return found.split()[0]


def start_engine(
    engine: Docker, folder: Path, *options: str, before: tuple[str, ...] = ()
) -> "subprocess.Popen[bytes]":
    """An engine that keeps everything in a folder."""
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [*before, "dockerd", "--data-root", folder / "data", "--exec-root", folder / "exec", "-p", folder / "pid",
             "-H", f"unix://{engine.socket}", *options],
            stdout=log, stderr=log, start_new_session=KEPT_ENGINE in os.environ,
        )  # fmt: skip
    until(lambda: server.poll() is not None or engine.answers(), 60, "the Docker engine")
    assert server.poll() is None, (folder / "log").read_text()[-2000:]
    return server


@pytest.fixture(scope="session")
def docker() -> Iterator[Docker]:
    if os.getuid() != 0:
        missing("root, which a Docker engine needs")
    for program in ("dockerd", "debootstrap", "docker-compose"):
        if shutil.which(program) is None:
            missing(program)
    folder = Path(os.environ.get(KEPT_ENGINE, f"/tmp/aistack-docker-{os.getpid()}"))
    folder.mkdir(exist_ok=True)
    engine = Docker(folder)
    if engine.answers():
        yield engine
        return
    server = start_engine(engine, folder)
    yield engine
    if KEPT_ENGINE in os.environ:
        return
    containers = engine.run("ps", "-aq").split()
    if containers:
        engine.run("rm", "-f", *containers)
    server.terminate()
    server.wait()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def base_image(docker: Docker) -> str:
    """Debian with Python and pip under the name that the Dockerfile expects; this machine's authorities are trusted."""
    authorities = sorted(Path("/usr/local/share/ca-certificates").glob("*.crt"))
    mark = hashlib.sha256(BASE_PACKAGES.encode() + b"".join(one.read_bytes() for one in authorities)).hexdigest()[:12]
    archive = CACHE / f"base-{mark}.tar"
    if not archive.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        root = CACHE / f"base-{mark}-{os.getpid()}"
        made = subprocess.run(
            ["debootstrap", "--variant=minbase", f"--include={BASE_PACKAGES}", "bookworm", str(root), MIRROR],
            capture_output=True, text=True,
        )  # fmt: skip
        assert made.returncode == 0, made.stdout[-2000:]
        for one in authorities:
            shutil.copy(one, root / "usr/local/share/ca-certificates")
        subprocess.run(["chroot", root, "update-ca-certificates"], check=True, capture_output=True)
        shutil.rmtree(root / "var/cache/apt/archives")
        subprocess.run(["tar", "-C", root, "-cf", f"{archive}.new", "."], check=True)
        Path(f"{archive}.new").replace(archive)
        shutil.rmtree(root)
    if not docker.run("images", "-q", f"base:{mark}"):
        docker.run("import", str(archive), f"base:{mark}")
    docker.run("tag", f"base:{mark}", BASE_IMAGE)
    return BASE_IMAGE


@pytest.fixture(scope="session")
def images(docker: Docker, base_image: str) -> dict[str, str]:
    """Every image of ours, built as `start.sh` builds them."""
    script = ". scripts/containers; build_images gateway rag connection query ai all-in-one"
    docker.script("bash", "-ec", script)
    names = ("gateway", "rag", "connection", "query", "ai", "all-in-one")
    return {name: f"ai-stack/{name}:{VERSION}" for name in names}


@pytest.fixture(scope="session")
def shop() -> Iterator[dict]:
    """A PostgreSQL database that listens on every address, and how to connect it from a container."""
    homes = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not homes:
        missing("PostgreSQL")
    programs, port = homes[-1].parent, free_port()
    folder = Path(f"/tmp/aistack-shop-{os.getpid()}")
    folder.mkdir(mode=0o700)
    user = pwd.getpwnam("postgres")
    os.chown(folder, user.pw_uid, user.pw_gid)
    quiet = {
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.DEVNULL,
        "cwd": "/",
        "user": user.pw_uid,
        "group": user.pw_gid,
    }
    data = folder / "data"
    subprocess.run([programs / "initdb", "-D", data, "-U", "owner", "-A", "trust", "-E", "UTF8"], check=True, **quiet)
    with (data / "pg_hba.conf").open("a") as rules:
        rules.write("host all all 0.0.0.0/0 trust\n")
    server = subprocess.Popen(
        [programs / "postgres", "-D", data, "-p", str(port), "-k", folder, "-h", "0.0.0.0"], **quiet
    )
    try:
        ready = [programs / "pg_isready", "-h", "127.0.0.1", "-p", str(port)]
        until(lambda: subprocess.run(ready, **quiet).returncode == 0, what="PostgreSQL")
        asyncio.run(_fill(port))
        yield {
            "engine": "postgres", "host": HOST, "port": port, "database": "shop", "user": "reader", "tls": "off",
        }  # fmt: skip
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)


async def _fill(port: int) -> None:
    import asyncpg

    owner = await asyncpg.connect(host="127.0.0.1", port=port, user="owner", database="postgres")
    await owner.execute("CREATE DATABASE shop")
    await owner.execute("CREATE ROLE reader LOGIN")
    await owner.close()
    owner = await asyncpg.connect(host="127.0.0.1", port=port, user="owner", database="shop")
    for statement in statements_for(TABLES, "postgres"):
        await owner.execute(statement)
    await owner.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
    await owner.close()


def clone(folder: Path) -> Path:
    """The tracked and new files of this work tree, as a stranger gets them."""
    folder.mkdir(parents=True, exist_ok=True)
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY, capture_output=True, check=True,
    ).stdout  # fmt: skip
    names = [name for name in listed.decode().split("\0") if name and (REPOSITORY / name).is_file()]
    for name in names:
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(REPOSITORY / name, place)
    return folder
