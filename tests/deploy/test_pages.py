"""The pages under docs/deploy: their commands run in order, as they stand, on a machine that has nothing yet."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.containers.docker import Docker
from harness.containers.images import clone
from harness.containers.systemd import Machine
from harness.processes import REPOSITORY, until

pytestmark = pytest.mark.heavy

PAGES = REPOSITORY / "docs/deploy"


def commands(page: str) -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", (PAGES / page).read_text("utf-8"), re.S)
    assert blocks, page
    return [line for block in blocks for line in block.splitlines() if line.strip()]


def follow(docker: Docker, page: str, folder: Path) -> None:
    try:
        for line in commands(page):
            script = line.replace("curl ", "curl -sS --fail-with-body ", 1)
            done = subprocess.run(
                ["bash", "-c", script], env=docker.environ, cwd=folder, capture_output=True, text=True, timeout=600
            )
            assert done.returncode == 0, f"{line}: {done.stdout[-2000:]} {done.stderr[-2000:]}"
    finally:
        docker.script("./start.sh", "stop", cwd=folder, check=False)


@pytest.fixture
def nothing_left(docker: Docker, images: dict[str, str]) -> Iterator[None]:
    yield
    docker.run("volume", "prune", "-f")


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize("page", ["single.md", "multi.md", "sidecars.md"])
def test_the_page_of_a_container_mode(docker: Docker, page: str, tmp_path: Path):
    follow(docker, page, clone(tmp_path / "ai-stack"))
    assert docker.run("ps", "-q") == ""


def test_the_page_of_systemd(docker: Docker, base_image: str, tmp_path: Path):
    machine = Machine(docker, base_image, clone(tmp_path / "ai-stack"))
    try:
        for line in commands("systemd.md"):
            if line.startswith("curl"):
                ready = f"cd /work && {line.replace('curl ', 'curl -sS --fail-with-body ')} >/dev/null && echo well"
                until(lambda script=ready: "well" in machine.sh(script, check=False), 20, line)
            else:
                machine.sh(f"cd /work && {line}")
    finally:
        machine.stop()


def test_the_page_of_this_machine(docker: Docker, base_image: str, tmp_path: Path):
    machine = Machine(docker, base_image, clone(tmp_path / "ai-stack"))
    try:
        for line in commands("local.md"):
            machine.sh(f"cd /work && HOME=/root {line}")
    finally:
        machine.stop()


def test_every_mode_has_a_page_and_the_overview_names_it():
    pages = {path.name for path in PAGES.glob("*.md")} - {"README.md"}
    overview = (PAGES / "README.md").read_text()
    assert pages == {"local.md", "single.md", "multi.md", "sidecars.md", "production.md", "systemd.md", "kubernetes.md"}
    assert all(f"]({page})" in overview for page in pages)
