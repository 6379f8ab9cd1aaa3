"""Rate limits that several gateways share in Redis: one bucket per caller, whichever gateway its requests reach.

The requests of one iteration of the event loop are sent to Redis together. While Redis does not answer, each gateway
uses its own buckets: callers may then exceed their limit, but no request waits.
"""

import asyncio
import contextlib
import time
from typing import Any, Protocol

from aistack.chassis.runtime.tasks import Tasks
from aistack.chassis.telemetry.logs import get_log
from aistack.gateway.policy.rate_limits import Buckets, RateRule

ANSWER_SECONDS_MAX = 0.1
UNAVAILABLE_SECONDS = 1.0

# The generic cell rate algorithm of `rate_limits`, by the clock of Redis. Returns seconds to wait and requests left.
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


class RateLimitedRequest(Protocol):
    """What is needed of a request. `rate_limit_result` gets the seconds to wait, 0 for none, and the requests left."""

    @property
    def begun(self) -> float: ...

    @property
    def done(self) -> bool: ...

    def rate_limit_result(self, rule: RateRule, wait: float, left: int) -> None: ...


class RedisBuckets:
    """Takes from buckets in Redis; each result goes to the request's `rate_limit_result`."""

    def __init__(self, url: str, name: str, local: Buckets) -> None:
        from redis.asyncio import Redis

        seconds = ANSWER_SECONDS_MAX
        self._redis: Any = Redis.from_url(url, socket_timeout=seconds, socket_connect_timeout=seconds)  # pyright: ignore[reportUnknownMemberType] -- typed in part
        self._script: Any = self._redis.register_script(SCRIPT)
        self._name = name
        self._local = local
        self._waiting: list[tuple[RateLimitedRequest, RateRule, int]] = []
        self._tasks = Tasks()
        self._unavailable_until = 0.0

    def take(self, request: RateLimitedRequest, rule: RateRule, bucket: int) -> bool:
        """Queues a request for Redis; False while Redis is unavailable, so that the local buckets have to be used."""
        if time.monotonic() < self._unavailable_until:
            return False
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._send)
        self._waiting.append((request, rule, bucket))
        return True

    async def close(self) -> None:
        self._tasks.cancel()
        with contextlib.suppress(Exception):
            await self._redis.aclose()

    def _send(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._tasks.start(self._take(waiting), "limits:redis")

    async def _take(self, waiting: list[tuple[RateLimitedRequest, RateRule, int]]) -> None:
        from redis.exceptions import RedisError

        try:
            async with asyncio.timeout(ANSWER_SECONDS_MAX), self._redis.pipeline(transaction=False) as pipe:
                for _, rule, bucket in waiting:
                    await self._script(
                        keys=[f"{self._name}:rate:{bucket:x}"], args=[rule.interval, rule.span], client=pipe
                    )
                answers = await pipe.execute()
        except (OSError, TimeoutError, RedisError) as error:
            self._unavailable_until = time.monotonic() + UNAVAILABLE_SECONDS
            get_log("gateway").warning("limits.redis_unavailable", error=str(error) or "no answer in time")
            answers = [self._local.take(bucket, rule, request.begun) for request, rule, bucket in waiting]
        for (request, rule, _), (wait, left) in zip(waiting, answers, strict=True):
            if not request.done:
                request.rate_limit_result(rule, float(wait), int(left))
