"""Several gateways over one Redis act as one, and each goes on without it."""

import asyncio
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx
import jwt
import pytest

from harness.processes import free_port
from harness.servers.redis import RedisServer
from harness.services.gateway import BEHIND_PROXY, FROM_AFAR, Gateway, answering, plain


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


async def soon(ask, wanted, seconds: float = 60) -> None:
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


class TestOwners:
    """Both gateways ask for keys, here tokens of one issuer."""

    SECRET = "a-shared-secret-of-the-issuer-that-is-long-enough"

    @pytest.fixture
    async def pair(self, tmp_path: Path, redis: RedisServer) -> AsyncIterator[tuple[Gateway, Gateway]]:
        toml = f"redis_url = 'redis://127.0.0.1:{redis.port}'\njwt_secret = '{self.SECRET}'\n"
        both: list[Gateway] = []
        for folder in (tmp_path / "a", tmp_path / "b"):
            folder.mkdir()
            if both:
                shutil.copytree(both[0].folder / "secrets", folder / "secrets")
            both.append(Gateway(folder, free_port(), toml, identity=True))
            await both[-1].start()
        yield both[0], both[1]
        await ended(both)

    async def ask(self, gateway: Gateway, who: str, method: str, path: str, **more: object) -> int:
        token = jwt.encode({"sub": who, "exp": time.time() + 600, "services": ["gateway:register"]}, self.SECRET)
        headers = {"authorization": f"Bearer {token}"}
        path = f"/registry/services/{path}"
        return (await gateway.client.request(method, path, headers=headers, **more)).status_code

    async def put(self, gateway: Gateway, who: str, name: str, one: str, route: str = "", port: int = 1) -> int:
        body = {"url": f"http://127.0.0.1:{port}", "routes": [route or f"/{name}"], "ttl_seconds": 60}
        return await self.ask(gateway, who, "PUT", f"{name}/instances/{one}", json=body)

    async def shown(self, gateway: Gateway) -> dict[str, tuple[str, list[str]]]:
        """The services with their owner and their instances."""
        listed = (await gateway.client.get("/registry/services")).json()["services"]
        return {
            one["name"]: (one["owner"], sorted(instance["url"] for instance in one["instances"]))
            for one in listed
            if one["name"] != "gateway"
        }

    async def test_who_registered_at_one_owns_it_at_both(self, pair: tuple[Gateway, Gateway]):
        first, second = pair
        assert await self.put(first, "ann", "hello", "one") == 201
        await soon(lambda: self.shown(second), {"hello": ("jwt:ann", ["http://127.0.0.1:1"])})
        assert await self.put(second, "bob", "hello", "one") == 403
        assert await self.put(second, "bob", "hello", "two") == 403
        assert await self.put(second, "bob", "evil", "one", "/hello/x") == 403
        assert await self.ask(second, "bob", "POST", "hello/instances/one/heartbeat") == 403
        assert await self.ask(second, "bob", "DELETE", "hello/instances/one") == 403
        assert await self.ask(second, "ann", "POST", "hello/instances/one/heartbeat") == 200
        assert await self.put(second, "ann", "hello", "two", port=2) == 201
        await soon(lambda: self.shown(first), {"hello": ("jwt:ann", ["http://127.0.0.1:1", "http://127.0.0.1:2"])})
        for one in ("one", "two"):
            assert await self.ask(first, "ann", "DELETE", f"hello/instances/{one}") == 204
        await soon(lambda: self.shown(second), {})
        assert await self.put(second, "bob", "hello", "one") == 201

    async def test_a_gateway_that_starts_later_knows_whose_it_is(self, pair: tuple[Gateway, Gateway], tmp_path: Path):
        first, _ = pair
        assert await self.put(first, "ann", "hello", "one") == 201
        await soon(lambda: self.shown(pair[1]), {"hello": ("jwt:ann", ["http://127.0.0.1:1"])})
        shutil.copytree(first.folder / "secrets", tmp_path / "late" / "secrets")
        late = Gateway(tmp_path / "late", free_port(), first.toml, identity=True)
        await late.start()
        assert await self.put(late, "bob", "hello", "two") == 403
        await ended([late])

    @pytest.mark.parametrize(
        ("anns", "bobs"),
        [
            (("hello", "one", "/hello"), ("hello", "one", "/hello")),
            (("hello", "one", "/hello"), ("hello", "two", "/elsewhere")),
            (("hello", "one", "/same"), ("evil", "one", "/same")),
        ],
    )
    @pytest.mark.parametrize("order", ["first at the first", "first at the second"])
    async def test_what_two_took_while_redis_was_away_goes_to_the_earlier(
        self,
        pair: tuple[Gateway, Gateway],
        redis: RedisServer,
        anns: tuple[str, ...],
        bobs: tuple[str, ...],
        order: str,
    ):
        first, second = pair if order == "first at the first" else pair[::-1]
        redis.stop()
        assert await self.put(first, "ann", *anns, port=1) == 201
        assert await self.put(second, "bob", *bobs, port=2) == 201
        redis.start()
        wanted = {anns[0]: ("jwt:ann", ["http://127.0.0.1:1"])}
        for gateway in pair:
            await soon(lambda gateway=gateway: self.shown(gateway), wanted, 60)
        assert await self.ask(second, "ann", "POST", f"{anns[0]}/instances/one/heartbeat") == 200
        assert await self.put(first, "bob", *bobs, port=2) == 403
        for gateway in pair:
            assert await self.shown(gateway) == wanted

    @pytest.mark.parametrize("text", ["", "null", "[]", "{}", '{"from": 1, "kind": "registered"}', "\xff{", "1" * 9999])
    async def test_what_is_no_message_is_passed_over(
        self, pair: tuple[Gateway, Gateway], redis: RedisServer, text: str, tmp_path: Path
    ):
        words = ["redis-cli", "-p", str(redis.port)]
        subprocess.run([*words, "publish", "ai-stack:changes", text], check=True, capture_output=True)
        subprocess.run([*words, "hset", "ai-stack:registry", "evil/one", text], check=True, capture_output=True)
        assert await self.put(pair[0], "ann", "hello", "one") == 201
        await soon(lambda: self.shown(pair[1]), {"hello": ("jwt:ann", ["http://127.0.0.1:1"])})
        shutil.copytree(pair[0].folder / "secrets", tmp_path / "late" / "secrets")
        late = Gateway(tmp_path / "late", free_port(), pair[0].toml, identity=True)
        await late.start()
        await soon(lambda: self.shown(late), {"hello": ("jwt:ann", ["http://127.0.0.1:1"])})
        await ended([late])


class TestLimits:
    @pytest.fixture
    def gateway_toml(self) -> str:
        return BEHIND_PROXY + "rate_limits = ['/shop 1/m burst 10']\n"

    @pytest.fixture
    def patient(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Redis is given time, for a busy machine may need more than the tenth of a second that it has in use."""
        monkeypatch.setattr("aistack.gateway.policy.redis_rate_limits.ANSWER_SECONDS_MAX", 5.0)

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
        from harness.services.gateway import echo

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
            await soon(lambda gateway=gateway: lets_in(gateway), True, 60)
        assert (await other.client.delete(f"/gateway/keys/{made['id']}")).status_code == 200
        for gateway in keyed:
            await soon(lambda gateway=gateway: lets_in(gateway), False, 60)
        audit = (await one.client.get("/gateway/audit")).json()
        acts = [entry["action"] for entry in audit if entry["action"].startswith("key.")]
        assert acts == ["key.revoked", "key.created"]
