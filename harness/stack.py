"""A stack in a folder and on ports of its own, run by the `aistack` command as users run it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from harness.processes import REPOSITORY, free_port, until


class Installation:
    """A data folder, free ports and the command. `environ` is what the command sees; more variables may be added.

    `description` is the stack.toml; `python` runs the command, for environments other than this one.
    """

    def __init__(self, folder: Path, description: Path, python: str = sys.executable, **environ: str) -> None:
        self.python, self.data = python, folder / "data"
        self.port, self.rag_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environ = {name: value for name, value in os.environ.items() if not name.startswith("AISTACK_")} | {
            "AISTACK_DATA_DIR": str(self.data),
            "AISTACK_STACK": str(description),
            "GATEWAY_PORT": str(self.port),
            "RAG_PORT": str(self.rag_port),
            "TREND_PORT": str(free_port()),
            "CONNECTION_PORT": str(free_port()),
            "QUERY_PORT": str(free_port()),
            "AI_PORT": str(free_port()),
            "SIDECAR_PORT": str(free_port()),
            "SIDECAR_METRICS_PORT": str(free_port()),
        }
        self.environ |= environ

    def command(self, *words: str, prefix: tuple[str, ...] = (), stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Runs `aistack` with these words and this input. `prefix` goes before the whole, such as `taskset -c 0`."""
        return subprocess.run(
            [*prefix, self.python, "-m", "aistack.cli", *words],
            env=self.environ, cwd=self.data.parent, capture_output=True, text=True, timeout=180,
            input=stdin,
        )  # fmt: skip

    def run(self, *words: str, prefix: tuple[str, ...] = ()) -> str:
        """What a command that must succeed prints. Raises AssertionError with what it says otherwise."""
        done = self.command(*words, prefix=prefix)
        assert done.returncode == 0, f"aistack {' '.join(words)}: {done.stdout}{done.stderr}"
        return done.stdout

    def status(self) -> list[dict]:
        return json.loads(self.command("status", "--json").stdout)

    @property
    def pid(self) -> int:
        return self.status()[0]["pid"]

    def memory_mib(self) -> float:
        """PSS of the process that all services share."""
        return self.status()[0]["memory_bytes"] / 2**20


class Stack(Installation):
    """The repository's own stack without rate limits, with a client for its gateway."""

    def __init__(self, folder: Path, **environ: str) -> None:
        settings = {"GATEWAY_RATE_LIMITS": "", "CONNECTION_FILE_FOLDERS": str(folder.parent)}
        super().__init__(folder, REPOSITORY / "stack.toml", **settings | environ)
        self.http = httpx.Client(base_url=self.url, timeout=120)

    def up(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Starts it and waits until the rag service is registered."""
        done = self.command("up", *words)
        assert done.returncode == 0, done.stderr
        until(lambda: self.http.get("/v1/rag/collections").status_code == 200, 10, "the rag service's registration")
        return done

    def down(self) -> None:
        self.http.close()
        self.command("down")

    def upload(self, *files: tuple[str, bytes]) -> str:
        """The id of the job."""
        answer = self.http.post("/v1/rag/collections/default/documents", files=[("files", one) for one in files])
        assert answer.status_code == 202, answer.text
        return answer.json()["id"]

    def finished(self, job: str) -> dict:
        return until(lambda: (one := self.http.get(f"/v1/rag/jobs/{job}").json())["state"] == "done" and one, 120)

    def answer(self, question: str) -> dict:
        return self.http.post("/v1/rag/answer", json={"question": question}).json()


@contextmanager
def installation(toml: str = "", python: str = sys.executable) -> Iterator[Installation]:
    """One with this text as its stack.toml, in a temporary folder; not started, stopped at the end."""
    with TemporaryDirectory(prefix="aistack-") as name:
        folder = Path(name)
        (folder / "stack.toml").write_text(toml)
        made = Installation(folder, folder / "stack.toml", python)
        try:
            yield made
        finally:
            made.run("down")
