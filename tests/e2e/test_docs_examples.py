"""Every curl line to the gateway that the documentation shows runs as it stands, against a stack with the demo set."""

import base64
import hashlib
import hmac
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from aistack.chassis.identity import Principal, sign
from harness.processes import REPOSITORY, free_port, until
from harness.samples.documents import MARKDOWN, handbook, write
from harness.stack import Stack

pytestmark = pytest.mark.heavy

PAGES = sorted((*REPOSITORY.glob("README*.md"), *REPOSITORY.glob("docs/*.md")))
BLOCKS = [
    (page.relative_to(REPOSITORY), block)
    for page in PAGES
    for block in re.findall(r"```sh\n(.*?)```", page.read_text("utf-8"), re.S)
    if "curl" in block and "localhost:9000" in block
    if page.name != "models-api.md"  # those need a model: tests/integration/models
    if page.name != "trend.md"  # those follow one another: tests/contract/test_trend_docs.py
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


KEY = "ask_the-administrators-key-of-this-test-0123456789"


@pytest.fixture(scope="module")
def guarded_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """With identity on."""
    one = Stack(tmp_path_factory.mktemp("guarded"), AISTACK_IDENTITY="true", GATEWAY_ADMIN_KEY=KEY, AISTACK_API_KEY=KEY)
    one.http.headers["authorization"] = f"Bearer {KEY}"
    one.up()
    yield one
    one.http.close()
    one.command("down")


@contextmanager
def documented(language: str, folder: Path, stack: Stack, **environ: str) -> Iterator[tuple[str, str]]:
    """Runs the program that the page shows; the service's name and its own URL."""
    file, words = LANGUAGES[language]
    if shutil.which(words[0]) is None:
        pytest.skip(f"{words[0]} is not installed")
    page = (REPOSITORY / "docs/your-service.md").read_text("utf-8")
    code = re.search(rf"```{language}\n(.*?)```", page, re.S)[1]
    name, port = re.search(r"hello-\w+", code)[0], free_port()
    code = code.replace("localhost:9000", f"localhost:{stack.port}")
    (folder / file).write_text(re.sub(r"\b701\d\b", str(port), code))
    service = subprocess.Popen([*words, str(folder / file)], start_new_session=True, env=os.environ | environ)
    try:
        until(lambda: stack.http.get(f"/{name}").status_code == 200, 60, f"the service in {language}")
        yield name, f"http://127.0.0.1:{port}/{name}"
    finally:
        os.killpg(service.pid, signal.SIGKILL)
        service.wait()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_service_in_each_language_joins_and_leaves(shared_stack: Stack, tmp_path: Path, language: str):
    with documented(language, tmp_path, shared_stack) as (name, _):
        assert shared_stack.http.get(f"/{name}").text.startswith("hello from ")


def resigned(token: str, key: str, **claims: object) -> str:
    """The token with other claims, signed as who holds the key would."""
    version, body, _ = token.split(".")
    payload = json.loads(base64.urlsafe_b64decode(body + "==")) | claims
    body = base64.urlsafe_b64encode(json.dumps(payload).encode()).rstrip(b"=").decode()
    return f"{version}.{body}.{hmac.new(key.encode(), f'{version}.{body}'.encode(), hashlib.sha256).hexdigest()}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_documented_service_answers_only_those_that_the_gateway_vouches_for(
    guarded_stack: Stack, tmp_path: Path, language: str
):
    own_name = {"js": "hello-node"}.get(language, f"hello-{language}")
    key = guarded_stack.command("keys", "add", own_name, "--services", f"gateway:register:{own_name}").stdout.strip()
    checked_with = guarded_stack.command("keys", "service", own_name).stdout.strip()
    secret = (guarded_stack.data / "secrets" / "stack.key").read_text().strip()
    environ = {"AISTACK_API_KEY": key, "PRINCIPAL_KEY": checked_with}
    with documented(language, tmp_path, guarded_stack, **environ) as (name, url):
        assert name == own_name

        def answer(*tokens: str) -> int:
            headers = [(b"X-AIStack-Principal", token.encode("latin-1")) for token in tokens]
            return httpx.get(url, headers=headers).status_code

        soon = time.time() + 60
        everywhere, here = Principal("key:1", "key", "shop"), Principal("key:2", "key", "shop", ("rag", name))
        good = sign(here, secret, soon, name)
        assert answer(good) == 200
        assert answer(sign(everywhere, secret, soon, name)) == 200
        refused = {
            "none": (),
            "empty": ("",),
            "expired": (sign(here, secret, time.time() - 2, name),),
            "for rag": (sign(here, secret, soon, "rag"),),
            "for rag, signed with this key": (resigned(good, checked_with, aud="rag"),),
            "out of reach": (sign(Principal("key:3", "key", "shop", ("rag",)), secret, soon, name),),
            "no reach": (sign(Principal("key:4", "key", "shop", ()), secret, soon, name),),
            "reach like the name": (sign(Principal("key:5", "key", "", (name + "x", "x" + name)), secret, soon, name),),
            "another secret": (sign(here, "another secret", soon, name),),
            "another version": ("v1" + good[2:],),
            "another version, signed with this key": (resigned("v1" + good[2:], checked_with),),
            "more claims": (f"{good.rpartition('.')[0]}x.{good.rpartition('.')[2]}",),
            "another last digit": (good[:-1] + ("0" if good[-1] != "0" else "1"),),
            "cut": (good[:-1],),
            "longer": (good + "0",),
            "another part": (good + ".x",),
            "no mac": (good.rpartition(".")[0] + ".",),
            "no parts": ("v2.",),
            "bytes": ("v2.\u00fc.\u00fc",),
        }
        assert {what: answer(*tokens) for what, tokens in refused.items()} == dict.fromkeys(refused, 401)
        assert answer(good) == 200


def test_what_a_service_was_sent_is_of_no_use_at_another_ones_own_port(guarded_stack: Stack):
    """A program of somebody else's that is sent an administrator's request, and tries it elsewhere."""
    sent: list[str] = []

    class Listening(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path != "/health":
                sent.append(self.headers["X-AIStack-Principal"])
            self.send_response(200)
            self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Listening)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    lease = {"url": f"http://127.0.0.1:{server.server_port}", "routes": ["/listening"], "health_path": "/health"}
    assert guarded_stack.http.put("/registry/services/listening/instances/1", json=lease).is_success
    until(lambda: guarded_stack.http.get("/listening").status_code == 200, 60, "the route")
    guarded_stack.http.delete("/registry/services/listening/instances/1")
    server.shutdown()
    environ = guarded_stack.environ
    own_ports = {
        f"http://127.0.0.1:{environ['RAG_PORT']}/v1/rag/collections": "rag",
        f"http://127.0.0.1:{environ['CONNECTION_PORT']}/api/connections": "connection",
        f"http://127.0.0.1:{environ['QUERY_PORT']}/api/query/history": "query",
        f"http://127.0.0.1:{environ['AI_PORT']}/api/ai/questions": "ai",
    }
    secret = (guarded_stack.data / "secrets" / "stack.key").read_text().strip()
    admin, narrow = Principal("key:admin", "key"), Principal("key:1", "key", services=("gateway",))

    def answer(url: str, token: str) -> int:
        return httpx.get(url, headers={"X-AIStack-Principal": token}).status_code

    for url, service in own_ports.items():
        assert answer(url, sent[-1]) == 401, service
        assert answer(url, sign(admin, secret, time.time() + 60, service)) == 200, service
        assert answer(url, sign(narrow, secret, time.time() + 60, service)) == 403, service
        for other in {"gateway", *own_ports.values()} - {service}:
            assert answer(url, sign(admin, secret, time.time() + 60, other)) == 401, (service, other)


def test_the_key_of_a_service_of_the_stack_is_not_given_away(guarded_stack: Stack, shared_stack: Stack):
    for name in ("rag", "query", "gateway", "Rag", "rag ", "", "../rag"):
        refused = guarded_stack.command("keys", "service", name)
        assert refused.returncode != 0 and not refused.stdout, name
    assert "identity is off" in shared_stack.command("keys", "service", "hello").stderr
