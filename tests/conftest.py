"""Real servers for the tests: each started on a free port, stopped at the end."""

import fcntl
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import uvloop

from tests.certificates import write_certificate

SERVER_SECONDS_MAX = 30.0
PORTS = range(10_000, 32_000)
PORT_FILE = Path(tempfile.gettempdir()) / f"aistack-tests-port-{os.getuid()}"
OTHERS = (
    "LOG_LEVEL", "LOG_FORMAT", "ENCRYPTION_KEY", "MAX_CONNECTIONS", "CONNECT_TIMEOUT", "RESULT_TTL", "POSTGRES_URL",
    "REDIS_URL", "CHROMA_HOST", "CHROMA_PORT", "SECRET_KEY", "JWT_SECRET", "MAX_WORKERS", "CACHE_TTL", "RUST_LOG",
    "METRICS_PORT", "PROMETHEUS_ENABLED", "OPENAI_MODEL", "LOG_BYTES_MAX", "CREDENTIALS_DIRECTORY",
)  # fmt: skip
IN_CI = os.environ.get("CI") == "true"


def pytest_asyncio_loop_factories() -> dict[str, object]:
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("AISTACK_", "GATEWAY_", "RAG_", "CONNECTION_", "QUERY_", "AI_", "LLM_")) or name in OTHERS:
            monkeypatch.delenv(name)


def free_port() -> int:
    """The next free port below those that the kernel gives out; all test processes of the machine count on together."""
    with open(PORT_FILE, "a+") as counter:
        fcntl.flock(counter, fcntl.LOCK_EX)
        counter.seek(0)
        port = int(counter.read() or PORTS[0])
        while not is_free(port := port + 1 if port < PORTS[-1] else PORTS[0]):
            pass
        counter.truncate(0)
        counter.write(str(port))
    return port


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("0.0.0.0", port))
        except OSError:
            return False
    return True


def missing(what: str) -> None:
    """Skips where a server is not installed; in CI that is a failure."""
    if IN_CI:
        pytest.fail(f"{what} is not installed; scripts/test must install it")
    pytest.skip(f"{what} is not installed")


def until(check, seconds_max: float = SERVER_SECONDS_MAX, what: str = "condition"):
    """The first true answer of `check`, asked again and again."""
    deadline = time.monotonic() + seconds_max
    while True:
        answer = check()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come true within {seconds_max} s")
        time.sleep(0.02)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a PostgreSQL server's empty database."""
    homes = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not homes:
        missing("PostgreSQL")
    programs = homes[-1].parent
    folder = Path(f"/tmp/aistack-postgres-{os.getpid()}")
    folder.mkdir(mode=0o700)
    as_user: dict[str, int] = {}
    if os.getuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
        as_user = {"user": user.pw_uid, "group": user.pw_gid}
    port = free_port()
    data = folder / "data"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/"} | as_user
    subprocess.run([programs / "initdb", "-D", data, "-U", "tester", "-A", "trust", "-E", "UTF8"], check=True, **quiet)
    server = subprocess.Popen(
        [programs / "postgres", "-D", data, "-p", str(port), "-k", folder, "-h", "127.0.0.1", "-c", "fsync=off"],
        **quiet,
    )
    try:
        until(
            lambda: (
                subprocess.run([programs / "pg_isready", "-h", "127.0.0.1", "-p", str(port)], **quiet).returncode == 0
            )
        )
        yield f"postgresql://tester@127.0.0.1:{port}/postgres"
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)


async def new_database(server: str) -> str:
    """The URL of a fresh, empty database on a PostgreSQL server."""
    import asyncpg

    name = f"t{free_port()}"
    connection = await asyncpg.connect(server)
    await connection.execute(f"DROP DATABASE IF EXISTS {name}")
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    return server.rpartition("/")[0] + f"/{name}"


@pytest.fixture(scope="session")
def mariadb_with_tls() -> Iterator[tuple[int, Path]]:
    """The port of a MariaDB server that speaks TLS, and its certificate."""
    folder = Path(f"/tmp/aistack-mariadb-tls-{os.getpid()}")
    with _mariadb(folder, tls=True) as port:
        yield port, folder / "cert.pem"


@pytest.fixture(scope="session")
def mariadb() -> Iterator[int]:
    """The port of a MariaDB server whose root has no password."""
    with _mariadb(Path(f"/tmp/aistack-mariadb-{os.getpid()}")) as port:
        yield port


@contextmanager
def _mariadb(folder: Path, *, tls: bool = False) -> Iterator[int]:
    program = shutil.which("mariadbd") or shutil.which("mariadbd", path="/usr/sbin")
    if program is None:
        missing("MariaDB")
    folder.mkdir(mode=0o755)
    user = "mysql" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
    if tls:
        write_certificate(folder, "database")
    for path in (folder, *folder.iterdir()) if os.getuid() == 0 else ():
        os.chown(path, pwd.getpwnam("mysql").pw_uid, -1)
    more = [f"--ssl-cert={folder}/cert.pem", f"--ssl-key={folder}/key.pem"] if tls else []
    port, data = free_port(), folder / "data"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/"}
    common = ["--no-defaults", f"--user={user}", f"--datadir={data}"]
    install = ["mariadb-install-db", *common, "--auth-root-authentication-method=normal", "--skip-test-db"]
    subprocess.run(install, check=True, **quiet)
    server = subprocess.Popen(
        [program, *common, f"--port={port}", "--bind-address=127.0.0.1", f"--socket={folder}/s",
         "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=32M", "--secure-file-priv=", *more],
        **quiet,
    )  # fmt: skip
    try:
        ping = ["mariadb-admin", "--no-defaults", "-h127.0.0.1", f"-P{port}", "-uroot", "ping"]
        until(lambda: subprocess.run(ping, **quiet).returncode == 0, what="MariaDB")
        yield port
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def chroma(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a ChromaDB server."""
    folder, port = tmp_path_factory.mktemp("chroma"), free_port()
    program = Path(sys.executable).with_name("chroma")
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [program, "run", "--path", folder, "--host", "127.0.0.1", "--port", str(port)],
            stdout=log, stderr=log, cwd=folder, env=os.environ | {"ANONYMIZED_TELEMETRY": "FALSE"},
        )  # fmt: skip
    try:
        until(lambda: answers(f"http://127.0.0.1:{port}/api/v2/heartbeat"), what="ChromaDB")
        yield f"chroma://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).is_success
    except httpx.HTTPError:
        return False


def pytest_terminal_summary(terminalreporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    terminalreporter.write_line(
        f"skipped: {len(skipped)}" + "".join(f"\n  {one.nodeid}: {one.longrepr[2]}" for one in skipped)
    )
