"""A clone whose scripts run with an engine of our own, as a user calls them, and the pages that say how."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.acceptance import StackClient
from harness.containers.docker import Docker
from harness.containers.images import clone
from harness.processes import REPOSITORY
from harness.services.model_worker import CHAT_MODEL, models_folder

PAGES = REPOSITORY / "docs/deploy"
PORT = 9000


def commands(page: str) -> list[str]:
    """The lines of a page under docs/deploy that a reader runs."""
    blocks = re.findall(r"```sh\n(.*?)```", (PAGES / page).read_text("utf-8"), re.S)
    assert blocks, page
    return [line for block in blocks for line in block.splitlines() if line.strip()]


class Checkout:
    """A clone of this work tree and the engine that its scripts use."""

    def __init__(self, docker: Docker, folder: Path) -> None:
        self.docker, self.folder = docker, clone(folder)

    def start(self, *words: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        return self.docker.script("./start.sh", *words, cwd=self.folder, check=check)

    def sidecar(self, *words: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        return self.docker.script("scripts/deploy_sidecar.sh", "docker", *words, cwd=self.folder, check=check)

    def follow(self, lines: list[str]) -> str:
        """Runs lines of a page as they stand; returns what they print."""
        said = ""
        for line in lines:
            script = line.replace("curl ", "curl -sS --fail-with-body ", 1)
            said += self.docker.script("bash", "-c", script, cwd=self.folder).stdout
        return said

    def describe(self, rate_limits: bool = True, model: bool = False) -> None:
        """Changes stack.toml: limits of requests or none, and a model for the worker."""
        path = self.folder / "stack.toml"
        text = path.read_text()
        if not rate_limits:
            text = text.replace("[services.gateway]", "[services.gateway]\nrate_limits = []")
        if model:
            text = text.replace("[services.worker]", f'[services.worker]\nmodels = ["{CHAT_MODEL}"]')
        path.write_text(text)

    def pull_model(self, volume: str, image: str) -> None:
        """Puts weights into a volume, as `models pull` does with a network."""
        mounted = ["-v", f"{models_folder(CHAT_MODEL) / 'models' / CHAT_MODEL}:/weights:ro", "-v", f"{volume}:/data"]
        words = ["-m", "aistack.cli", "models", "pull", CHAT_MODEL, "--from", "/weights"]
        self.docker.run("run", "--rm", *mounted, "--entrypoint", "python3", image, *words)

    def client(self) -> StackClient:
        key = (self.folder / "deployments/compose/secrets/gateway_admin_key").read_text().strip()
        return StackClient(f"http://127.0.0.1:{PORT}", key)

    def running(self) -> set[str]:
        """The services whose containers run."""
        mine = ("--filter", "label=com.docker.compose.project=ai-stack")
        return {name.split("_")[1] for name in self.docker.run("ps", *mine, "--format", "{{.Names}}").split()}


@contextmanager
def checkout(docker: Docker, folder: Path) -> Iterator[Checkout]:
    """A clone; what runs from it is stopped in the end, and its volumes are gone."""
    made = Checkout(docker, folder)
    try:
        yield made
    finally:
        made.start("stop", check=False)
        made.sidecar("all", "uninstall", check=False)
        docker.run("volume", "prune", "-f")
