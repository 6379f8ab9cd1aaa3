"""Production: nginx with TLS, three instances of every service, PostgreSQL, Redis, ChromaDB, S3, Prometheus."""

import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from harness.acceptance import SERVICES, StackClient, exercise, restart_one_by_one
from harness.containers import third_party_images
from harness.containers.docker import Docker
from harness.containers.images import clone
from harness.processes import REPOSITORY, until

pytestmark = pytest.mark.heavy

FILE = "docker-compose.prod.yml"
GATEWAYS = ["gateway-1", "gateway-2", "gateway-3"]


class Production:
    """What `start.sh production` brings up."""

    def __init__(self, docker: Docker, folder: Path) -> None:
        self.docker = docker
        checkout = clone(folder)
        self.folder = checkout / "deployments/compose"
        self.said = docker.script("./start.sh", "production", cwd=checkout).stdout
        key = (self.folder / "secrets/gateway_admin_key").read_text().strip()
        self.client = StackClient("https://localhost", key, self.folder / "secrets/tls.crt")

    def containers(self, service: str) -> list[str]:
        return self.docker.compose(self.folder, FILE, "ps", "-q", service).split()


@pytest.fixture(scope="module")
def production(
    docker: Docker, images: dict[str, str], base_image: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Production]:
    third_party_images.build(docker, base_image)
    folder = tmp_path_factory.mktemp("production") / "ai-stack"
    try:
        made = Production(docker, folder)
        made.client.healthy(SERVICES, 120)
        yield made
    finally:
        docker.compose(folder / "deployments/compose", FILE, "down", "-v", check=False)


def test_it_is_used_as_any_other(production: Production, shop: dict):
    assert "https://localhost/" in production.said
    exercise(production.client, SERVICES, shop)


def test_the_page_of_production_shows_what_works(production: Production):
    page = (REPOSITORY / "docs/deploy/production.md").read_text("utf-8")
    (line,) = re.findall(r"^curl .*$", page, re.M)
    whole = ["bash", "-c", line.replace("curl ", "curl -sS --fail-with-body ")]
    done = subprocess.run(whole, cwd=production.folder.parents[1], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0 and '"status":"healthy"' in done.stdout, done.stderr


def test_every_service_has_three_instances_and_all_are_known(production: Production):
    for name in SERVICES[1:]:
        assert len(production.containers(name)) == 3
        until(
            lambda name=name: len(production.client.http.get(f"/registry/services/{name}").json()["instances"]) == 3,
            30,
            f"three instances of {name}",
        )


def test_tls_is_modern_and_sessions_are_resumed(production: Production):
    def handshake(*words: str) -> str:
        whole = ["openssl", "s_client", "-connect", "localhost:443", *words]
        return subprocess.run(whole, input=b"", capture_output=True, timeout=60).stdout.decode("latin-1")

    assert "no peer certificate" in handshake("-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0")
    said = handshake("-reconnect", "-tls1_2", "-alpn", "h2")
    assert "ALPN protocol: h2" in said and said.count("Reused, ") >= 4
    assert "ECDHE" in said


def test_plain_http_is_sent_to_tls_and_answers_protect_the_browser(production: Production):
    plain = httpx.get("http://localhost/console")
    assert plain.status_code == 308 and plain.headers["location"] == "https://localhost/console"
    headers = production.client.http.get("/").headers
    assert headers["strict-transport-security"].startswith("max-age=")
    assert headers["x-content-type-options"] == "nosniff" and headers["x-frame-options"] == "DENY"


def test_a_client_that_asks_too_fast_is_refused_by_nginx(production: Production):
    time.sleep(3)  # what the tests before asked has run out of the bucket then
    with production.client.new_http_client() as http:
        statuses = [http.get("/v1/rag/collections").status_code for _ in range(60)]
    assert 429 in statuses and statuses.count(200) >= 20
    until(lambda: production.client.http.get("/v1/rag/collections").status_code == 200, 10, "a place again")


def test_a_large_upload_is_streamed_and_a_larger_one_refused(production: Production):
    client = production.client
    body = [("files", ("large.txt", b"The lamp shines. " * 3_000_000))]
    answer = until(
        lambda: (one := client.http.post("/v1/rag/collections/large/documents", files=body)).status_code != 429 and one,
        20,
        "an upload",
    )
    assert answer.status_code in (202, 404, 413), answer.text
    huge = client.http.post("/v1/rag/collections/large/documents", files=[("files", ("huge.txt", b"x" * 110_000_000))])
    assert huge.status_code == 413


def test_each_gateway_and_each_instance_may_be_killed(production: Production):
    docker, client = production.docker, production.client
    for name in (*GATEWAYS, "rag", "query"):
        victim = production.containers(name)[0]
        docker.run("kill", "--signal", "KILL", victim)
        try:
            answer = until(
                lambda: (one := client.http.get("/v1/rag/collections")).status_code != 429 and one, 20, "an answer"
            )
            assert answer.status_code == 200, (name, answer.text)
        finally:
            docker.run("start", victim)
        if name in GATEWAYS:
            docker.until_ready(victim)
    client.healthy(SERVICES)


def test_a_rolling_restart_of_every_gateway_and_service_loses_nothing(production: Production):
    docker, client = production.docker, production.client
    client.healthy(SERVICES)

    def restart(container: str) -> None:
        docker.run("restart", container)
        docker.until_ready(container)

    containers = [production.containers(name)[0] for name in (*GATEWAYS, *SERVICES[1:])]
    unlimited = StackClient(client.url, client.key, production.folder / "secrets/tls.crt")
    restart_one_by_one(
        unlimited,
        [lambda one=one: restart(one) for one in containers],
        ["/v1/rag/search", "/api/connections"],
        pause=0.5,
    )


def test_what_was_stored_outlives_all_containers(production: Production):
    docker, client = production.docker, production.client
    docker.compose(production.folder, FILE, "rm", "-sf", *GATEWAYS, *SERVICES[1:])
    docker.compose(production.folder, FILE, "up", "-d", *GATEWAYS, *SERVICES[1:])
    client.healthy(SERVICES, 120)
    found = until(
        lambda: (
            (one := client.http.post("/v1/rag/search", json={"query": "chamois", "top_k": 3})).status_code == 200
            and one.json()["hits"]
        ),
        30,
        "the document",
    )
    assert "chamois" in found[0]["text"]


def test_prometheus_scrapes_every_instance(production: Production):
    def up() -> bool:
        answer = httpx.get("http://127.0.0.1:9090/api/v1/query", params={"query": "sum by (job) (up)"}).json()
        seen = {one["metric"]["job"]: int(one["value"][1]) for one in answer["data"]["result"]}
        return all(seen.get(name) == 3 for name in SERVICES)

    until(up, 90, "three of each in Prometheus")
    rules = httpx.get("http://127.0.0.1:9090/api/v1/rules").json()["data"]["groups"][0]["rules"]
    assert {"InstanceDown", "HighErrorRate"} <= {one["name"] for one in rules}
    known = httpx.get("http://127.0.0.1:9090/api/v1/alertmanagers").json()["data"]["activeAlertmanagers"]
    assert known[0]["url"].startswith("http://alertmanager:9093")
