"""Every curl line that the documentation shows runs as it stands, against a stack with the demo set."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from aistack.chassis.identity import Principal, sign
from tests.conftest import free_port, until
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


LANGUAGES = {
    "python": ("service.py", [sys.executable]),
    "js": ("service.js", ["node"]),
    "go": ("service.go", ["go", "run"]),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_service_in_each_language_joins_and_leaves(shared_stack: Stack, tmp_path: Path, language: str):
    name, words = LANGUAGES[language]
    if shutil.which(words[0]) is None:
        pytest.skip(f"{words[0]} is not installed")
    page = (REPOSITORY / "docs/your-service.md").read_text("utf-8")
    code = re.search(rf"```{language}\n(.*?)```", page, re.S)[1]
    port = re.search(r"127\.0\.0\.1:(70\d\d)", code)[1]
    code = code.replace("localhost:9000", f"localhost:{shared_stack.port}").replace(port, str(free_port()))
    (tmp_path / name).write_text(code)
    route = re.search(r"/hello-\w+", code)[0]
    service = subprocess.Popen([*words, str(tmp_path / name)], start_new_session=True)
    try:
        until(lambda: shared_stack.http.get(route).status_code == 200, 60, f"the service in {language}")
        assert shared_stack.http.get(route).text.startswith("hello from ")
    finally:
        os.killpg(service.pid, signal.SIGKILL)
        service.wait()


def test_the_documented_check_of_a_principal_holds():
    page = (REPOSITORY / "docs/identity.md").read_text("utf-8")
    scope: dict[str, object] = {}
    exec(re.search(r"```python\n(.*?)```", page, re.S)[1], scope)
    check = scope["principal"]
    token = sign(Principal("key:1", "key", "shop", ("rag",)), "a secret", time.time() + 60)
    assert check(token, "a secret")["services"] == ["rag"]
    with pytest.raises(PermissionError):
        check(token, "another secret")
