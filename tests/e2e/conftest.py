"""A whole stack, started as a user starts it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from tests.conftest import free_port, until

expect.set_options(timeout=60_000)  # a condition, not a measurement: the machine may be busy
REPOSITORY = Path(__file__).parents[2]


class Stack:
    """One data folder, ports of its own, the `aistack` command."""

    def __init__(self, folder: Path, **environ: str) -> None:
        self.data = folder / "data"
        self.port, self.rag_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environ = os.environ | {
            "AISTACK_DATA_DIR": str(self.data),
            "AISTACK_STACK": str(REPOSITORY / "stack.toml"),
            "GATEWAY_PORT": str(self.port),
            "RAG_PORT": str(self.rag_port),
            "CONNECTION_PORT": str(free_port()),
            "QUERY_PORT": str(free_port()),
            "AI_PORT": str(free_port()),
            "GATEWAY_RATE_LIMITS": "",
            "CONNECTION_FILE_FOLDERS": str(folder.parent),
        }
        self.environ |= environ
        self.http = httpx.Client(base_url=self.url, timeout=120)

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "aistack.cli", *words],
            env=self.environ, cwd=self.data.parent, capture_output=True, text=True, timeout=180,
        )  # fmt: skip

    def up(self, *words: str) -> subprocess.CompletedProcess[str]:
        done = self.command("up", *words)
        assert done.returncode == 0, done.stderr
        until(lambda: self.http.get("/v1/rag/collections").status_code == 200, 10, "the rag service's registration")
        return done

    def status(self) -> list[dict]:
        return json.loads(self.command("status", "--json").stdout)

    @property
    def pid(self) -> int:
        return self.status()[0]["pid"]

    def upload(self, *files: tuple[str, bytes]) -> str:
        answer = self.http.post("/v1/rag/collections/default/documents", files=[("files", one) for one in files])
        assert answer.status_code == 202, answer.text
        return answer.json()["id"]

    def finished(self, job: str) -> dict:
        return until(lambda: (one := self.http.get(f"/v1/rag/jobs/{job}").json())["state"] == "done" and one, 120)

    def answer(self, question: str) -> dict:
        return self.http.post("/v1/rag/answer", json={"question": question}).json()


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    one = Stack(tmp_path)
    yield one
    one.http.close()
    one.command("down")


@pytest.fixture(scope="module")
def shared_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    one = Stack(tmp_path_factory.mktemp("stack"))
    one.up("--demo")
    yield one
    one.http.close()
    one.command("down")
