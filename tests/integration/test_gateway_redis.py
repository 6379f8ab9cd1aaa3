"""Several gateways over one Redis act as one, and each goes on without it."""

import asyncio
import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import httpx
import pytest

from tests.conftest import free_port
from tests.integration.conftest import BEHIND_PROXY, FROM_AFAR, Gateway, answering, plain

pytestmark = pytest.mark.skipif(not shutil.which("redis-server"), reason="redis-server is not installed")


class RedisServer:
    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        words = [
            "redis-server",
            "--port",
            str(self.port),
            "--save",
            "",
            "--dir",
            str(self.folder),
            "--bind",
            "127.0.0.1",
        ]
        self.process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
        while subprocess.run(["redis-cli", "-p", str(self.port), "ping"], capture_output=True).stdout != b"PONG\n":
            assert self.process.poll() is None

    def stop(self, number: int = signal.SIGKILL) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait()
            self.process = None


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def pair(tmp_path: Path, redis: RedisServer, gateway_toml: str) -> AsyncIterator[tuple[Gateway, Gateway]]:
    toml = f"redis_url = 'redis://127.0.0.1:{redis.port}'\nlease_ttl_seconds = 4\n{gateway_toml}"
    both: list[Gateway] = []
    for name in ("a", "b"):
        folder = tmp_path / name
        folder.mkdir()
        both.append(Gateway(folder, free_port(), toml))
        await both[-1].start()
    yield both[0], both[1]
    await ended(both)


async def ended(gateways: list[Gateway]) -> None:
    for one in gateways:
        await one.client.aclose()
        for server in one.servers:
            server.close()
        await one.stop()


async def soon(ask, wanted, seconds: float = 30) -> None:
    """The condition comes to hold."""
    async with asyncio.timeout(seconds):
        while await ask() != wanted:
            await asyncio.sleep(0.02)


async def test_a_service_registered_at_one_is_routed_by_both(pair: tuple[Gateway, Gateway]):
    first, second = pair
    await first.instance("shop", answering(plain(b"ok")), metadata={"zone": "a"})

    async def text() -> str:
        return (await second.client.get("/shop")).text

    await soon(text, "ok")
    seen = (await second.client.get("/registry/services/shop")).json()["instances"][0]
    assert (seen["id"], seen["metadata"], seen["routes"][0]["prefix"]) == ("one", {"zone": "a"}, "/shop")


async def test_heartbeats_at_one_keep_it_alive_at_the_other(pair: tuple[Gateway, Gateway]):
    first, second = pair
    await first.instance("shop", answering(plain(b"ok")))
    for _ in range(6):
        await asyncio.sleep(1)
        await first.client.post("/registry/services/shop/instances/one/heartbeat")
    assert (await second.client.get("/shop")).text == "ok"

    async def status() -> int:
        return (await second.client.get("/shop")).status_code

    await soon(status, 404)


async def test_deregistering_at_the_other_takes_it_away_at_both(pair: tuple[Gateway, Gateway]):
    first, second = pair
    await first.instance("shop", answering(plain(b"ok")))

    async def status(gateway: Gateway) -> int:
        return (await gateway.client.get("/shop")).status_code

    await soon(lambda: status(second), 200)
    assert (await second.client.delete("/registry/services/shop/instances/one")).status_code == 204
    await soon(lambda: status(first), 404)


async def test_a_gateway_that_starts_later_knows_what_is_registered(pair: tuple[Gateway, Gateway], tmp_path: Path):
    first, second = pair
    await first.instance("shop", answering(plain(b"ok")), ttl_seconds=60)

    async def status() -> int:
        return (await second.client.get("/shop")).status_code

    await soon(status, 200)
    (tmp_path / "late").mkdir()
    late = Gateway(tmp_path / "late", free_port(), first.toml)
    await late.start()
    assert (await late.client.get("/shop")).text == "ok"
    await late.client.aclose()
    await late.stop()


async def test_a_gateway_that_loses_redis_goes_on_and_catches_up_when_it_is_back(
    pair: tuple[Gateway, Gateway], redis: RedisServer
):
    first, second = pair
    await first.instance("shop", answering(plain(b"ok")), ttl_seconds=60)

    async def status(gateway: Gateway, path: str) -> int:
        return (await gateway.client.get(path)).status_code

    await soon(lambda: status(second, "/shop"), 200)
    redis.stop()
    await asyncio.sleep(2)
    assert await status(first, "/shop") == await status(second, "/shop") == 200
    await first.instance("news", answering(plain(b"fresh")), ttl_seconds=60)
    redis.start()
    await soon(lambda: status(second, "/news"), 200)
    assert await status(second, "/shop") == 200


class TestLimits:
    @pytest.fixture
    def gateway_toml(self) -> str:
        return BEHIND_PROXY + "rate_limits = ['/shop 1/m burst 10']\n"

    @pytest.fixture
    def patient(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Redis is given time, for a busy machine may need more than the tenth of a second that it has in use."""
        monkeypatch.setattr("aistack.gateway.shared_limits.ANSWER_SECONDS_MAX", 5.0)

    async def ask(self, gateways: tuple[Gateway, ...], times: int) -> Counter[int]:
        answers = await asyncio.gather(
            *(gateways[number % len(gateways)].client.get("/shop", headers=FROM_AFAR) for number in range(times))
        )
        return Counter(answer.status_code for answer in answers)

    async def test_a_caller_has_one_bucket_over_both(self, patient: None, pair: tuple[Gateway, Gateway]):
        for gateway in pair:
            await gateway.instance("shop", answering(plain(b"ok")), instance_id=str(gateway.port))
        assert await self.ask(pair, 30) == {200: 10, 429: 20}
        refused = await pair[0].client.get("/shop", headers=FROM_AFAR)
        assert int(refused.headers["retry-after"]) > 0
        assert refused.headers["ratelimit"].startswith('"/shop";r=0')

    async def test_without_redis_each_limits_by_itself_and_answers_at_once(
        self, pair: tuple[Gateway, Gateway], redis: RedisServer
    ):
        for gateway in pair:
            await gateway.instance("shop", answering(plain(b"ok")), instance_id=str(gateway.port), ttl_seconds=60)
        redis.stop(signal.SIGKILL)
        for gateway in pair:
            assert await self.ask((gateway,), 15) == {200: 10, 429: 5}

    async def test_a_redis_that_hangs_keeps_nobody_waiting(self, pair: tuple[Gateway, Gateway], redis: RedisServer):
        await pair[0].instance("shop", answering(plain(b"ok")), ttl_seconds=60)
        assert redis.process is not None
        redis.process.send_signal(signal.SIGSTOP)
        try:
            async with httpx.AsyncClient(timeout=15) as client:
                assert (await client.get(f"{pair[0].url}/shop", headers=FROM_AFAR)).status_code == 200
        finally:
            redis.process.send_signal(signal.SIGCONT)

    async def test_a_body_that_comes_while_redis_is_asked_is_not_lost(self, pair: tuple[Gateway, Gateway]):
        from tests.integration.conftest import echo

        await pair[0].instance("shop", echo)
        answer = await pair[0].client.post("/shop", content=b"x" * 300_000, headers=FROM_AFAR)
        assert answer.text.endswith("x" * 1000)
        assert answer.text.count("x") >= 300_000


class TestKeysOfSeveralGateways:
    """Over one PostgreSQL; with Redis beside it the news travels at once, without it within a second."""

    @pytest.fixture(params=["with Redis", "without"])
    async def keyed(
        self, request: pytest.FixtureRequest, tmp_path: Path, postgres: str, redis: RedisServer
    ) -> AsyncIterator[tuple[Gateway, Gateway]]:
        name = f"keys{free_port()}"
        connection = await asyncpg.connect(postgres)
        await connection.execute(f"CREATE DATABASE {name}")
        await connection.close()
        toml = f"database_url = '{postgres.rpartition('/')[0]}/{name}'\n"
        if request.param == "with Redis":
            toml += f"redis_url = 'redis://127.0.0.1:{redis.port}'\n"
        both: list[Gateway] = []
        for folder in (tmp_path / "a", tmp_path / "b"):
            folder.mkdir()
            if both:
                shutil.copytree(both[0].folder / "secrets", folder / "secrets")  # one stack has one secret
            both.append(Gateway(folder, free_port(), toml, identity=True))
            await both[-1].start()
        yield both[0], both[1]
        await ended(both)

    async def test_a_key_made_at_one_is_known_and_revoked_at_all(self, keyed: tuple[Gateway, Gateway]):
        one, other = keyed
        made = (await one.client.post("/gateway/keys", json={"name": "shop"})).json()

        async def lets_in(gateway: Gateway) -> bool:
            shown = {"authorization": f"Bearer {made['key']}"}
            answer = await gateway.client.get("/registry/services", headers=shown)
            assert answer.status_code in (200, 401, 429)  # 429: it was shown too often while it was not known
            return answer.status_code == 200

        for gateway in keyed:
            await soon(lambda gateway=gateway: lets_in(gateway), True, 3.0)
        assert (await other.client.delete(f"/gateway/keys/{made['id']}")).status_code == 200
        for gateway in keyed:
            await soon(lambda gateway=gateway: lets_in(gateway), False, 3.0)
        audit = (await one.client.get("/gateway/audit")).json()
        assert [entry["action"] for entry in audit[:2]] == ["key.revoked", "key.created"]
