"""Every curl line that the documentation shows runs as it stands, against a stack with the demo set."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.documents import MARKDOWN, handbook, write
from tests.e2e.conftest import REPOSITORY, Stack

pytestmark = pytest.mark.heavy

PAGES = sorted((*REPOSITORY.glob("README*.md"), *REPOSITORY.glob("docs/*.md")))
BLOCKS = [
    (page.relative_to(REPOSITORY), block)
    for page in PAGES
    for block in re.findall(r"```sh\n(.*?)```", page.read_text("utf-8"), re.S)
    if "curl" in block
]


@pytest.mark.parametrize(("page", "block"), BLOCKS, ids=[f"{page}-{number}" for number, (page, _) in enumerate(BLOCKS)])
def test_the_example_works(shared_stack: Stack, tmp_path: Path, page: Path, block: str):
    write(tmp_path, "report.pdf", handbook())
    write(tmp_path, "notes.md", MARKDOWN)
    script = "set -e\n" + block.replace("curl ", "curl -sS --fail-with-body ").replace(
        "localhost:9000", f"localhost:{shared_stack.port}"
    )
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"mode":"none"' not in done.stdout
