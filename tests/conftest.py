"""Real servers as fixtures: started by the harness, once a session or once a test, skipped where they are missing."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import structlog
import uvloop

from harness.processes import NotInstalled
from harness.servers import chroma as chroma_server
from harness.servers import mariadb as mariadb_server
from harness.servers import postgres as postgres_server
from harness.servers import redis as redis_server

if TYPE_CHECKING:
    from harness.services.gateway import Gateway

PREFIXES = ("AISTACK_", "GATEWAY_", "RAG_", "CONNECTION_", "QUERY_", "AI_", "LLM_", "SIDECAR_")
OTHERS = (
    "LOG_LEVEL", "LOG_FORMAT", "ENCRYPTION_KEY", "MAX_CONNECTIONS", "CONNECT_TIMEOUT", "RESULT_TTL", "POSTGRES_URL",
    "REDIS_URL", "CHROMA_HOST", "CHROMA_PORT", "SECRET_KEY", "JWT_SECRET", "MAX_WORKERS", "CACHE_TTL", "RUST_LOG",
    "METRICS_PORT", "PROMETHEUS_ENABLED", "OPENAI_MODEL", "LOG_BYTES_MAX", "CREDENTIALS_DIRECTORY",
)  # fmt: skip
RENDERERS = structlog.get_config()["processors"][:-1]
PLAIN = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
structlog.configure(processors=[*RENDERERS, PLAIN])  # Rich takes a second for a traceback, and the loop waits for it
IN_CI = os.environ.get("CI") == "true"


def pytest_asyncio_loop_factories() -> dict[str, object]:
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(PREFIXES) or name in OTHERS:
            monkeypatch.delenv(name)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup() -> object:
    try:
        return (yield)
    except NotInstalled as error:
        _skip(error)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call() -> object:
    try:
        return (yield)
    except NotInstalled as error:
        _skip(error)


def _skip(error: NotInstalled) -> None:
    """In CI what is missing is a failure: nothing is skipped silently there."""
    if IN_CI:
        pytest.fail(f"{error}; scripts/test must install it")
    pytest.skip(str(error))


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server's empty database."""
    with postgres_server.postgres() as url:
        yield url


@pytest.fixture(scope="session")
def mariadb() -> Iterator[int]:
    """The port of a MariaDB server whose root has no password."""
    with mariadb_server.mariadb() as server:
        yield server.port


@pytest.fixture(scope="session")
def mariadb_with_tls() -> Iterator[tuple[int, Path | None]]:
    """The port of a MariaDB server that speaks TLS, and its certificate."""
    with mariadb_server.mariadb(tls=True) as server:
        yield server.port, server.certificate


@pytest.fixture(scope="session")
def chroma(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a ChromaDB server."""
    with chroma_server.chroma(tmp_path_factory.mktemp("chroma")) as url:
        yield url


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[redis_server.RedisServer]:
    """A Redis server that a test may stop and start again."""
    with redis_server.redis(tmp_path) as server:
        yield server


@pytest.fixture
def gateway_toml() -> str:
    """More keys of the gateway's table, for tests that need them."""
    return ""


@pytest.fixture
def identity() -> bool:
    """Whether callers must show a key; tests that need it say so."""
    return False


@pytest.fixture
async def gateway(tmp_path: Path, gateway_toml: str, identity: bool) -> AsyncIterator["Gateway"]:
    """A gateway in this process."""
    from harness.services.gateway import running_gateway

    async with running_gateway(tmp_path, gateway_toml, identity) as running:
        yield running


def pytest_terminal_summary(terminalreporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    terminalreporter.write_line(
        f"skipped: {len(skipped)}" + "".join(f"\n  {one.nodeid}: {one.longrepr[2]}" for one in skipped)
    )
