"""nginx on this machine with the rendered files, in front of real gateways: balance, limits, TLS, streaming."""

import os
import re
import shutil
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from aistack.deploy.machine.certificates import make_certificate
from aistack.deploy.rendering import nginx
from aistack.stack.loader import load_stack
from harness.processes import REPOSITORY, accepts, free_port, program, until
from harness.stack import Stack

pytestmark = pytest.mark.heavy


class Front:
    """nginx before gateways on these ports."""

    def __init__(self, folder: Path, ports: list[int]) -> None:
        self.folder, self.port = folder, free_port()
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)
        make_certificate(folder / "tls", ["localhost"], 1)
        description = load_stack(REPOSITORY / "stack.toml", {})
        gateways = [f"127.0.0.1:{port}" for port in ports]
        text = nginx.configuration(
            description, gateways, str(folder / "tls"), str(folder / "pid"), str(folder), free_port(), self.port
        )
        (folder / "nginx.conf").write_text(text.replace("access_log /dev/stdout", f"access_log {folder}/access"))
        (folder / "proxy.conf").write_text(nginx.proxy())
        shutil.copy("/etc/nginx/mime.types", folder)
        self.log = (folder / "log").open("wb")
        words = ["nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder), "-g", "daemon off; user root;"]
        self.server = subprocess.Popen(words, stdout=self.log, stderr=self.log)
        self.url = f"https://localhost:{self.port}"
        trusted = ssl.create_default_context(cafile=folder / "tls/tls.crt")
        self.http = httpx.Client(base_url=self.url, verify=trusted, timeout=30)

    def stop(self) -> None:
        self.http.close()
        self.server.terminate()
        self.server.wait()
        self.log.close()


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    one = Stack(tmp_path_factory.mktemp("stack"), GATEWAY_TRUSTED_PROXIES="127.0.0.1/32")
    one.up()
    yield one
    one.http.close()
    one.command("down")


@contextmanager
def running_front(folder: Path, ports: list[int]) -> Iterator[Front]:
    program("nginx")
    made = Front(folder, ports)

    def answers() -> bool:
        try:
            return made.http.get("/health").status_code == 200
        except httpx.HTTPError:
            assert made.server.poll() is None, (folder / "log").read_text()
            return False

    try:
        until(answers, 10, "nginx")
        yield made
    finally:
        made.stop()


@pytest.fixture
def front(stack: Stack, tmp_path: Path) -> Iterator[Front]:
    """nginx before one stack and one gateway that is not there."""
    with running_front(tmp_path, [stack.port, free_port()]) as made:
        yield made


class Gateways:
    """Servers in the place of gateways, of which only some run."""

    def __init__(self, folder: Path, count: int) -> None:
        (folder / "behaviour").write_text("good")
        self.environ = os.environ | {"UPSTREAM_BEHAVIOUR_FILE": str(folder / "behaviour")}
        self.ports = [free_port() for _ in range(count)]
        self.processes: dict[int, subprocess.Popen[bytes]] = {}

    def run_only(self, *numbers: int) -> None:
        """The numbers of those that run from now on."""
        for number in set(self.processes) - set(numbers):
            ended = self.processes.pop(number)
            ended.kill()
            ended.wait()
        for number in set(numbers) - set(self.processes):
            words = [sys.executable, "-m", "harness.servers.upstream_process", str(self.ports[number]), "gateway"]
            self.processes[number] = subprocess.Popen(words, env=self.environ)
            until(lambda port=self.ports[number]: accepts(port), what=f"gateway {number}")


@pytest.fixture
def gateways(tmp_path: Path) -> Iterator[Gateways]:
    made = Gateways(tmp_path, 3)
    yield made
    made.run_only()


def test_a_gateway_that_is_away_costs_no_request(front: Front):
    assert [front.http.get("/health").status_code for _ in range(40)] == [200] * 40


def test_the_last_gateway_is_asked_even_if_it_was_away_before(gateways: Gateways, tmp_path: Path):
    gateways.run_only(1, 2)
    with running_front(tmp_path / "nginx", gateways.ports) as front:
        assert [front.http.get("/health").status_code for _ in range(20)] == [200] * 20
        gateways.run_only(0)
        assert [front.http.get("/health").status_code for _ in range(20)] == [200] * 20


def test_ten_a_second_and_twenty_at_once_then_429(front: Front):
    statuses = [front.http.get("/v1/rag/collections").status_code for _ in range(40)]
    assert statuses[:21] == [200] * 21
    assert 429 in statuses
    time.sleep(1)
    assert front.http.get("/v1/rag/collections").status_code == 200


def test_uploads_are_one_a_second_and_five_at_once(front: Front):
    path = "/v1/rag/collections/default/documents"
    statuses = [front.http.post(path, files=[("files", (f"{n}.txt", b"x"))]).status_code for n in range(9)]
    assert statuses[:6] == [202] * 6 and 429 in statuses[6:]


def test_an_upload_beyond_100_mb_is_refused(front: Front):
    path = "/v1/rag/collections/default/documents"
    assert front.http.post(path, files=[("files", ("a.txt", b"x" * 105_000_000))]).status_code == 413


def test_an_upload_reaches_the_gateway_while_it_still_comes(front: Front, stack: Stack):
    def body():
        yield b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n'
        yield b"half " * 10_000
        time.sleep(0.5)
        in_flight.append(stack.http.get("/registry/services/rag").json()["in_flight"])
        yield b"\r\n--x--\r\n"

    in_flight: list[int] = []
    headers = {"content-type": "multipart/form-data; boundary=x"}
    answer = front.http.post("/v1/rag/collections/default/documents", content=body(), headers=headers)
    assert answer.status_code == 202
    assert in_flight == [1]


def test_the_client_is_known_behind_nginx_and_the_log_has_the_request_id(front: Front):
    answer = front.http.get("/v1/rag/collections", headers={"x-request-id": "seen-by-nginx-1"})
    assert answer.headers["x-request-id"] == "seen-by-nginx-1"
    until(lambda: "seen-by-nginx-1" in (front.folder / "access").read_text(), 5, "the log line")


def test_static_files_are_cached_and_headers_protect(front: Front):
    page = front.http.get("/documents")
    assert page.headers["strict-transport-security"] and page.headers["x-frame-options"] == "DENY"
    assert page.status_code == 200
    asset = re.search(r'(?:src|href)="(/console/[^"]+\.(?:js|css))"', page.text)[1]
    first = front.http.get(asset)
    assert first.status_code == 200 and first.headers["x-content-type-options"] == "nosniff"


def test_events_are_streamed_not_collected(front: Front):
    with front.http.stream("GET", "/registry/watch") as answer:
        assert answer.status_code == 200
        begun = time.monotonic()
        next(answer.iter_raw())
        assert time.monotonic() - begun < 20
