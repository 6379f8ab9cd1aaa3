"""Settings as an operator gives them: `.env` beside stack.toml, and the names that other projects use, in effect."""

import asyncio
import contextlib
import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import jwt
import pytest

from harness.processes import free_port, until
from harness.samples.sentence_models import sentence_model
from harness.servers.chat import ChatServer, chat_server
from harness.servers.postgres import new_database
from harness.servers.redis import RedisServer
from harness.stack import Stack

pytestmark = pytest.mark.heavy

LONG = "0123456789abcdefghijABCDEFGHIJ_-xyz"


class Described(Stack):
    """A stack of its own folder, told what to be by the files there; of the process only where the file is."""

    def __init__(self, folder: Path, **environ: str) -> None:
        super().__init__(folder, **environ)
        self.toml, self.env_file = folder / "stack.toml", folder / ".env"
        self.toml.write_text("")
        ports = {name: value for name, value in self.environ.items() if name.endswith("_PORT")}
        own = {name for name in self.environ if name.startswith(("GATEWAY_", "RAG_", "QUERY_", "AI_", "CONNECTION_"))}
        self.environ = {name: value for name, value in self.environ.items() if name not in own | {"AISTACK_DATA_DIR"}}
        self.environ["AISTACK_STACK"] = str(self.toml)
        self.lines = {"AISTACK_DATA_DIR": "data", "GATEWAY_RATE_LIMITS": "", **ports}
        self.say()

    def say(self, **variables: str) -> None:
        """Puts variables into .env, beside those that are there."""
        self.lines |= variables
        self.env_file.write_text("".join(f"{name}={value}\n" for name, value in self.lines.items()))

    def in_force(self, service: str, key: str) -> tuple[object, str]:
        rows = json.loads(self.command("config", service, "--json").stdout)
        return next((row["value"], row["source"]) for row in rows if row["key"] == key)

    def log(self) -> str:
        return "".join(path.read_text("utf-8", "replace") for path in sorted((self.data / "logs").glob("*.log")))


@pytest.fixture
def described(tmp_path: Path) -> Iterator[Described]:
    one = Described(tmp_path)
    yield one
    one.http.close()
    one.command("down")


@pytest.fixture
def redis_url(redis: RedisServer) -> str:
    return f"{redis.url}/0"


@pytest.fixture
def model() -> Iterator[ChatServer]:
    """A model that a test asks over HTTP, served on a loop of its own."""
    loop, held = asyncio.new_event_loop(), {}
    ready, over = threading.Event(), asyncio.Event()

    async def serve() -> None:
        async with chat_server(lambda _messages, _model: "The lamp is green [1].") as server:
            held["server"] = server
            ready.set()
            await over.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert ready.wait(60)
    yield held["server"]
    loop.call_soon_threadsafe(over.set)
    thread.join(60)
    loop.close()


def is_404(url: str) -> bool:
    return httpx.get(url, timeout=20).status_code == 404


def refuses(port: int) -> bool:
    with contextlib.suppress(httpx.TransportError):
        httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=20)
        return False
    return True


class TestFile:
    @pytest.mark.parametrize("words", [(), ("--processes",)])
    def test_every_command_and_every_process_sees_it(self, described: Described, words: tuple[str, ...]):
        described.say(LOG_LEVEL="debug", RAG_CHUNK_TOKENS="100")
        described.up(*words)
        assert {line["state"] for line in described.status()} == {"running"}
        assert described.in_force("rag", "chunk_tokens") == (100, f"$RAG_CHUNK_TOKENS in {described.env_file}")
        assert described.in_force("gateway", "port") == (described.port, f"$GATEWAY_PORT in {described.env_file}")
        assert "ok  port" in described.command("doctor").stdout
        assert described.command("logs").stdout
        assert described.command("down").stdout == "AI Stack stopped.\n"

    def test_the_environment_wins(self, described: Described):
        described.say(RAG_PORT=str(free_port()))
        described.environ["RAG_PORT"] = str(described.rag_port)
        described.up()
        assert described.in_force("rag", "port") == (described.rag_port, "$RAG_PORT")
        assert httpx.get(f"http://127.0.0.1:{described.rag_port}/health").status_code == 200

    def test_a_malformed_line_stops_every_command_with_its_place_and_is_not_shown(self, described: Described):
        described.env_file.write_text("A=1\nhunter2-is-the-password\n")
        for words in (("up",), ("status",), ("config",), ("doctor",), ("down",), ("reload",)):
            done = described.command(*words)
            assert done.returncode == 1, words
            assert done.stderr.startswith(f"aistack: {described.env_file}:2: the line has no ="), words
            assert "hunter2" not in done.stderr + done.stdout and "Traceback" not in done.stderr
        described.say()

    def test_mistyped_names_are_told_by_the_start_the_log_and_the_doctor(self, described: Described):
        described.say(GATEWAY_LISTENN="0.0.0.0", MY_OWN_THING="hunter2")
        described.environ |= {"RAG_DATABASE_URI": "x", "RAG_SERVICE_HOST": "10.0.0.1", "AI_PORT": "tcp://10.0.0.9:80"}
        shown = described.up().stderr
        assert f"warning: $GATEWAY_LISTENN in {described.env_file} is not a known setting; " in shown
        assert "did you mean GATEWAY_LISTEN?" in shown and "did you mean RAG_DATABASE_URL?" in shown
        assert "MY_OWN_THING" in shown and "hunter2" not in shown
        assert "RAG_SERVICE_HOST" not in shown and "AI_PORT" not in shown
        until(lambda: described.log().count("variable.ignored") == 3, 60, "the warnings in the log")
        os.chmod(described.env_file, 0o644)
        described.say(LLM_API_KEY="hunter2")
        findings = {one["what"]: one for one in json.loads(described.command("doctor", "--json").stdout)}
        assert findings["variable GATEWAY_LISTENN"]["state"] == "warning"
        assert findings[".env"]["fix"] == f"chmod 600 {described.env_file}"


class TestStores:
    def test_postgres_url_and_redis_url_serve_the_whole_stack(
        self, described: Described, postgres: str, redis_url: str
    ):
        database = asyncio.run(new_database(postgres))
        described.say(POSTGRES_URL=database, REDIS_URL=redis_url, AISTACK_IDENTITY="true", CACHE_TTL="77")
        model = sentence_model(described.data.parent / "model")
        described.say(RAG_EMBEDDER=str(model))
        assert described.command("up").returncode == 0
        described.http.headers["authorization"] = "Bearer " + (described.data / "secrets/admin.key").read_text().strip()
        until(lambda: described.http.get("/v1/rag/collections").status_code == 200, 60, "the rag service")
        described.finished(described.upload(("lamp.md", b"The lamp is green.")))
        described.http.post("/v1/rag/search", json={"query": "lamp", "top_k": 1}).raise_for_status()
        assert asyncio.run(tables(database)) >= {
            "gateway_version", "rag_version", "connection_version", "query_version", "ai_version", "rag_documents",
        }  # fmt: skip
        assert not list(described.data.rglob("records.sqlite3"))
        keys = subprocess.run(
            ["redis-cli", "-u", redis_url, "keys", "*"], capture_output=True, text=True
        ).stdout.split()
        cached = [key for key in keys if key.startswith("ai-stack:query:")]
        assert len(cached) == 1 and len(keys) > 1, keys  # the cache of rag, and the gateway's registry
        left = subprocess.run(["redis-cli", "-u", redis_url, "ttl", cached[0]], capture_output=True, text=True).stdout
        assert 0 < int(left) <= 77

    def test_chroma_host_and_port_hold_the_vectors(self, described: Described, chroma: str):
        port = chroma.rpartition(":")[2]
        described.say(CHROMA_HOST="127.0.0.1", CHROMA_PORT=port)
        described.say(RAG_EMBEDDER=str(sentence_model(described.data.parent / "model")))
        described.up()
        described.finished(described.upload(("lamp.md", b"The lamp is green.")))
        place = f"http://127.0.0.1:{port}/api/v2/tenants/default_tenant/databases/default_database/collections"
        until(lambda: any("rag" in one["name"] for one in httpx.get(place).json()), 60, "a collection in ChromaDB")


async def tables(url: str) -> set[str]:
    import asyncpg

    connection = await asyncpg.connect(url)
    rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    await connection.close()
    return {row["tablename"] for row in rows}


class TestModels:
    def test_one_model_writes_the_answers(self, described: Described, model: ChatServer):
        described.say(LLM_BASE_URL=model.url, LLM_API_KEY="sk-1", LLM_DEFAULT_MODEL="scripted")
        described.up()
        described.finished(described.upload(("lamp.md", b"The lamp is green. The door is red.")))
        described.answer("What colour is the lamp?")
        assert model.asked and model.asked[0]["model"] == "scripted"
        assert described.in_force("ai", "llm_url") == (model.url, f"$LLM_BASE_URL in {described.env_file}")
        assert described.in_force("ai", "llm_key")[1] == f"$LLM_API_KEY in {described.env_file}"

    def test_without_the_models_name_it_starts_and_says_what_is_missing(self, described: Described):
        described.say(LLM_BASE_URL="http://127.0.0.1:1/v1", LLM_API_KEY="sk-1")
        done = described.up()
        assert "$LLM_BASE_URL in" in done.stderr and "is not used by ai because no model is set; set" in done.stderr
        described.finished(described.upload(("lamp.md", b"The lamp is green.")))
        assert described.answer("What colour is the lamp?")["mode"] == "extractive"
        until(lambda: "no model is set" in described.log(), 60, "the warning in the log")


class TestSecrets:
    def test_the_signing_secret_the_jwts_and_the_seal_are_the_ones_given(self, described: Described):
        described.say(SECRET_KEY=LONG, JWT_SECRET=LONG[::-1], ENCRYPTION_KEY=f"{LONG}z", AISTACK_IDENTITY="true")
        assert described.command("up").returncode == 0
        until(lambda: described.http.get("/api/connections").status_code == 401, 60, "the gateway")
        assert [path.name for path in (described.data / "secrets").iterdir()] == ["admin.key"]
        claims = {"sub": "ada", "exp": int(time.time()) + 600, "scope": "connection admin"}
        described.http.headers["authorization"] = "Bearer " + jwt.encode(claims, LONG[::-1], "HS256")
        until(lambda: described.http.get("/api/connections").status_code != 503, 60, "the connection service")
        assert described.http.get("/api/connections").status_code == 200
        described.http.headers["authorization"] = "Bearer " + jwt.encode(claims, LONG + "no", "HS256")
        assert described.http.get("/api/connections").status_code == 401

    def test_a_weak_signing_secret_is_refused(self, described: Described):
        described.say(SECRET_KEY="changeme", AISTACK_IDENTITY="true")
        done = described.command("up")
        assert done.returncode == 1
        assert f"$SECRET_KEY in {described.env_file} is too weak" in done.stderr


class TestServing:
    def test_max_workers_is_the_number_of_processes_that_carry_requests(self, described: Described):
        described.say(MAX_WORKERS="2")
        described.up()
        told = subprocess.run(
            ["pgrep", "-f", "-P", str(described.pid), "aistack.gateway.workers.worker"], capture_output=True
        )
        assert len(told.stdout.split()) == 2

    @pytest.mark.parametrize(("word", "is_debug"), [("info,hyper=warn", False), ("trace", True)])
    def test_rust_log_is_the_log_level(self, described: Described, word: str, is_debug: bool):
        described.say(RUST_LOG=word)
        described.up()
        assert described.in_force("rag", "log_level") == (
            "debug" if is_debug else "info",
            f"$RUST_LOG in {described.env_file}",
        )

    def test_log_level_of_errors_alone_keeps_the_log_empty(self, described: Described):
        described.say(LOG_LEVEL="ERROR", RUST_LOG="trace")
        described.up()
        assert "request.finished" not in described.log() and "stack.ready" not in described.log()

    def test_metrics_have_a_port_of_their_own_which_answers_nothing_else(self, described: Described):
        port = free_port()
        described.say(METRICS_PORT=str(port))
        described.up()
        door = f"http://127.0.0.1:{port}"
        assert "aistack_requests_total" in httpx.get(f"{door}/metrics").text
        assert httpx.get(f"{door}/health").status_code == 200
        assert is_404(f"{door}/registry/services") and is_404(f"{door}/") and is_404(f"{door}/gateway/openapi.json")
        assert httpx.put(f"{door}/registry/services/x/instances/y", json={}).status_code == 404

    def test_metrics_have_it_with_identity_too(self, described: Described):
        port = free_port()
        described.say(METRICS_PORT=str(port), AISTACK_IDENTITY="true")
        assert described.command("up").returncode == 0
        assert "aistack_build_info" in httpx.get(f"http://127.0.0.1:{port}/metrics").text
        assert is_404(f"http://127.0.0.1:{port}/registry/services")

    def test_metrics_are_off_everywhere_when_prometheus_is(self, described: Described):
        port = free_port()
        described.say(PROMETHEUS_ENABLED="false", METRICS_PORT=str(port))
        described.up()
        assert refuses(port)
        for service in described.status():
            assert is_404(f"{service['address']}/metrics"), service
            assert httpx.get(f"{service['address']}/health").status_code == 200


def test_a_data_folder_too_deep_for_sockets_is_told(tmp_path: Path):
    deep = tmp_path / ("x" * 120)
    one = Stack(tmp_path, AISTACK_DATA_DIR=str(deep))
    for words in ((), ("--processes",)):
        done = one.command("up", *words)
        assert done.returncode == 1
        assert "too long for a Unix socket" in done.stderr
    one.http.close()
