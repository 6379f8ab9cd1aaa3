"""Rate limits of several gateways over one Redis: one bucket a caller, wherever its requests arrive.

The requests of one turn of the event loop are asked about together. While Redis does not answer, each gateway limits by
its own buckets: callers may get more than their share for that time, and nobody is kept waiting.
"""

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Any

from aistack.chassis.runtime.tasks import Tasks
from aistack.chassis.telemetry.logs import get_log
from aistack.gateway.policy.rate_limits import Buckets, RateRule

if TYPE_CHECKING:
    from aistack.gateway.proxy.dispatch import Journey

ANSWER_SECONDS_MAX = 0.1
AWAY_SECONDS = 1.0

# The generic cell rate algorithm of `limits`, by the clock of Redis. Gives the seconds to wait, and what is left.
SCRIPT = """
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1000000
local interval, span = tonumber(ARGV[1]), tonumber(ARGV[2])
local filled = tonumber(redis.call('GET', KEYS[1]) or 0)
if filled < now then filled = now end
local after = filled + interval
if after - now > span + 0.000001 then
  return {tostring(after - now - span), 0}
end
redis.call('SET', KEYS[1], string.format('%.6f', after), 'PX', math.ceil((after - now) * 1000) + 1000)
return {'0', math.floor((now + span - after) / interval + 0.000001)}
"""


class SharedBuckets:
    """Asks Redis; each answer goes to the exchange's `rated`."""

    def __init__(self, url: str, name: str, local: Buckets) -> None:
        from redis.asyncio import Redis

        seconds = ANSWER_SECONDS_MAX
        self._redis: Any = Redis.from_url(url, socket_timeout=seconds, socket_connect_timeout=seconds)  # pyright: ignore[reportUnknownMemberType] -- typed in part
        self._script: Any = self._redis.register_script(SCRIPT)
        self._name = name
        self._local = local
        self._waiting: list[tuple[Journey, RateRule, int]] = []
        self._tasks = Tasks()
        self._away_until = 0.0

    def take(self, exchange: "Journey", rule: RateRule, bucket: int) -> bool:
        """Asks for a request; False while Redis is away and the gateway's own buckets have to do."""
        if time.monotonic() < self._away_until:
            return False
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._ask)
        self._waiting.append((exchange, rule, bucket))
        return True

    async def close(self) -> None:
        self._tasks.cancel()
        with contextlib.suppress(Exception):
            await self._redis.aclose()

    def _ask(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._tasks.start(self._answer(waiting), "limits:ask")

    async def _answer(self, waiting: list[tuple["Journey", RateRule, int]]) -> None:
        from redis.exceptions import RedisError

        try:
            async with asyncio.timeout(ANSWER_SECONDS_MAX), self._redis.pipeline(transaction=False) as pipe:
                for _, rule, bucket in waiting:
                    await self._script(
                        keys=[f"{self._name}:rate:{bucket:x}"], args=[rule.interval, rule.span], client=pipe
                    )
                answers = await pipe.execute()
        except (OSError, TimeoutError, RedisError) as error:
            self._away_until = time.monotonic() + AWAY_SECONDS
            get_log("gateway").warning("limits.redis_away", error=str(error) or "no answer in time")
            answers = [self._local.take(bucket, rule, exchange.begun) for exchange, rule, bucket in waiting]
        for (exchange, rule, _), (wait, left) in zip(waiting, answers, strict=True):
            if not exchange.done:
                exchange.rated(rule, float(wait), int(left))
