"""The pages under docs/deploy: their commands run in order, as they stand, on a machine that has nothing yet.

Those of other pages run in the tests of the mode that they are about.
"""

from pathlib import Path

import pytest

from harness.containers.docker import Docker
from harness.containers.images import clone
from harness.containers.systemd import Machine
from tests.deploy.checkout import PAGES, checkout, commands

pytestmark = pytest.mark.heavy


@pytest.mark.usefixtures("images")
def test_the_page_of_sidecars(docker: Docker, tmp_path: Path):
    with checkout(docker, tmp_path / "ai-stack") as made:
        made.follow(commands("sidecars.md"))
        assert docker.run("ps", "-aq", "--filter", "label=com.docker.compose.project=ai-stack") == ""


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
