"""Passwords of connected databases are nowhere to be found: not in files, logs, answers, nor after a crash."""

import asyncio
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from harness.processes import until
from harness.sql.shop import make_postgres
from harness.stack import Stack

pytestmark = pytest.mark.heavy

PASSWORD = "only-reads"


def allow_cores() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def test_a_crash_leaves_no_core_and_nothing_that_is_kept_has_the_password(stack: Stack, postgres: str, tmp_path: Path):
    port, name = asyncio.run(make_postgres(postgres))
    log = (tmp_path / "log").open("wb")
    words = [sys.executable, "-m", "aistack.cli", "up", "--foreground"]
    running = subprocess.Popen(
        words, env=stack.environ | {"LOG_LEVEL": "debug"}, cwd=tmp_path, stdout=log, stderr=log, preexec_fn=allow_cores
    )
    until(lambda: up(stack), 30, "the stack")
    described = {
        "name": "shop", "engine": "postgres", "host": "127.0.0.1", "port": port, "database": name, "user": "reader",
        "password": PASSWORD, "tls": "off",
    }  # fmt: skip
    said = [stack.http.post("/api/connections", json=described).text]
    said.append(stack.http.post("/api/query", json={"connection_id": "shop", "sql": "SELECT * FROM orders"}).text)
    said.append(stack.http.post("/api/query", json={"connection_id": "shop", "sql": "SELECT nothing"}).text)
    said.append(stack.http.post("/api/ai/query", json={"connection_id": "shop", "question": "How many orders?"}).text)
    said.append(stack.http.patch("/api/connections/shop", json={"port": 1, "test": True}).text)
    said += [stack.http.get(path).text for path in ("/api/connections", "/api/connections/shop", "/api/query/history")]
    limits = Path(f"/proc/{running.pid}/limits").read_text()
    assert "Max core file size        0                    0" in limits
    os.kill(running.pid, signal.SIGABRT)
    running.wait(30)
    log.close()
    left = [path for path in (*tmp_path.rglob("*"), *stack.data.rglob("*")) if path.is_file()]
    assert not [path for path in left if path.name.startswith("core")]
    assert not [path for path in left if PASSWORD.encode() in path.read_bytes()]
    assert not [text for text in said if PASSWORD in text]


def up(stack: Stack) -> bool:
    try:
        return all(stack.http.get(path).status_code == 200 for path in ("/api/connections", "/api/query/history"))
    except httpx.HTTPError:
        return False
