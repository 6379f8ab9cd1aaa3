"""Whoever reads the log may stop reading: requests go on, and so does stopping."""

import json
import os
import subprocess
import sys

import httpx
import pytest

from harness.processes import answers, until
from harness.stack import Stack

pytestmark = pytest.mark.heavy


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_pipe_that_nobody_reads_holds_nothing_up(stack: Stack, workers: str):
    stack.environ |= {"GATEWAY_WORKERS": workers, "LOG_FORMAT": "json"}
    read, write = os.pipe()
    running = subprocess.Popen(
        [sys.executable, "-m", "aistack.cli", "up", "gateway", "--foreground"], env=stack.environ, stderr=write
    )
    os.close(write)
    try:
        until(lambda: answers(f"{stack.url}/health"), 60, "the gateway")
        for number in range(800):
            stack.http.get(f"/none/{number}/{'x' * 300}")
        lease = {"url": "http://127.0.0.1:1", "routes": ["/shop"]}
        answer = stack.http.put("/registry/services/shop/instances/one", json=lease)
        assert answer.status_code == 201
        assert stack.http.get("/health").status_code == 200
        running.terminate()
        assert running.wait(60) == 0
        os.set_blocking(read, False)
        lines = os.read(read, 1 << 20).decode().splitlines()
        assert all(json.loads(line) for line in lines if line.startswith("{") and line.endswith("}"))
        assert len(lines) > 10
    finally:
        running.kill()
        os.close(read)


def test_what_was_logged_last_is_written_before_the_end(stack: Stack):
    stack.up()
    httpx.get(f"{stack.url}/none/the-very-last", timeout=30)
    stack.command("down")
    assert "the-very-last" in (stack.data / "logs" / "stack.log").read_text()
