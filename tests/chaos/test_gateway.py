"""The gateway's own parts break: workers are killed, everything is replaced, Redis is lost, all under load."""

import asyncio
import os
import signal

import pytest

from harness.servers.redis import RedisServer
from harness.services.gateway import worker_pids
from tests.chaos.conftest import Chaos, Traffic

pytestmark = pytest.mark.heavy


class TestWorkers:
    @pytest.fixture
    def gateway_toml(self) -> str:
        return "workers = 2\n"

    async def test_a_worker_that_is_killed_takes_only_its_own_connections_with_it(self, chaos: Chaos):
        await chaos.service("shop", 2)
        traffic = Traffic(f"{chaos.gateway.url}/shop", clients=8)

        async def breaking() -> None:
            for _ in range(3):
                os.kill(worker_pids()[0], signal.SIGKILL)
                await asyncio.sleep(1.5)

        await chaos.under([traffic], breaking)
        assert not traffic.wrong
        cut = sum(number for kind, number in traffic.seen.items() if kind != 200)
        assert cut <= 3 * traffic.clients, traffic.seen
        assert traffic.seen[200] > 200
        assert not {502, 503, 504} & set(traffic.seen)

    async def test_replacing_workers_and_instances_at_once_loses_no_request(self, chaos: Chaos):
        instances = await chaos.service("shop", 3)
        traffic = Traffic(f"{chaos.gateway.url}/shop", clients=8)

        async def breaking() -> None:
            reloading = asyncio.create_task(chaos.gateway.reload())
            instances[0].send(signal.SIGKILL)
            await reloading
            await chaos.gateway.reload()

        await chaos.under([traffic], breaking)
        assert not traffic.wrong
        assert set(traffic.seen) == {200}, traffic.seen


class TestRedis:
    @pytest.fixture
    def gateway_toml(self, redis: RedisServer) -> str:
        return f"redis_url = 'redis://127.0.0.1:{redis.port}'\nrate_limits = ['/shop 100000/s burst 100000']\n"

    async def test_losing_redis_loses_no_request(self, chaos: Chaos, redis: RedisServer):
        await chaos.service("shop", 2)
        traffic = Traffic(f"{chaos.gateway.url}/shop")

        async def breaking() -> None:
            redis.stop()
            await asyncio.sleep(2)
            redis.start()
            await asyncio.sleep(1)
            assert redis.process is not None
            redis.process.send_signal(signal.SIGSTOP)
            await asyncio.sleep(1.5)
            redis.process.send_signal(signal.SIGCONT)

        await chaos.under([traffic], breaking)
        assert not traffic.wrong
        assert set(traffic.seen) == {200}, traffic.seen
        assert traffic.share_within(0.5) > 0.98
