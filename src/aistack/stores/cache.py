"""A cache of bytes with a lifetime: in memory, or in Redis or Memcached behind a small cache in memory.

A cache may evict an entry at any time and never raises: an unreachable server counts as a miss and is reported.
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol
from urllib.parse import urlsplit

VALUE_BYTES_MAX = 1024 * 1024 - 1024  # Memcached's limit minus its header
MEMORY_BYTES = 16 * 1024 * 1024
NEAR_SECONDS = 5.0  # the maximum lifetime of a copy in memory
SECONDS_MAX = 30 * 24 * 3600
ANSWER_SECONDS_MAX = 1.0
QUIET_SECONDS = 30.0  # between two log lines about an unreachable server
PREFIX = "ai-stack:"
MEMCACHED_PORT = 11211


OnUnavailable = Callable[[str], None]


class CacheFailed(Exception):
    """The setting is invalid; the message says why."""


class Cache(Protocol):
    async def get(self, key: str) -> bytes | None: ...

    async def set(self, key: str, value: bytes, seconds: float) -> None:
        """Keeps a value for at most this time, above 0. Values above `VALUE_BYTES_MAX` are not kept."""
        ...

    async def delete(self, key: str) -> None: ...

    async def close(self) -> None: ...


def open_cache(url: str, on_unavailable: OnUnavailable) -> Cache:
    """A cache in memory (empty), at `redis://HOST:PORT/DB` or `memcached://HOST:PORT`. Raises CacheFailed.

    `on_unavailable` is called, at most every 30 s, with the reason why the server cannot be reached.
    """
    if not url:
        return MemoryCache(MEMORY_BYTES)
    kind = urlsplit(url).scheme
    if kind in ("redis", "rediss"):
        return NearCache(MemoryCache(MEMORY_BYTES), RedisCache(url), on_unavailable)
    if kind == "memcached":
        return NearCache(MemoryCache(MEMORY_BYTES), MemcachedCache(url), on_unavailable)
    raise CacheFailed(
        f"cache at {url!r}: write redis://HOST:PORT/DB, memcached://HOST:PORT, or leave it empty for memory"
    )


class MemoryCache:
    """Evicts the least recently used entries above `bytes_max`."""

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._bytes = 0
        self._held: OrderedDict[str, tuple[bytes, float]] = OrderedDict()

    async def get(self, key: str) -> bytes | None:
        found = self._held.get(key)
        if found is None:
            return None
        if found[1] <= time.monotonic():
            await self.delete(key)
            return None
        self._held.move_to_end(key)
        return found[0]

    async def set(self, key: str, value: bytes, seconds: float) -> None:
        await self.delete(key)
        if seconds <= 0 or len(value) > min(VALUE_BYTES_MAX, self._bytes_max):
            return
        self._held[key] = (value, time.monotonic() + seconds)
        self._bytes += len(key) + len(value)
        while self._bytes > self._bytes_max:
            await self.delete(next(iter(self._held)))

    async def delete(self, key: str) -> None:
        found = self._held.pop(key, None)
        if found is not None:
            self._bytes -= len(key) + len(found[0])

    async def close(self) -> None:
        self._held.clear()
        self._bytes = 0


class RedisCache:
    def __init__(self, url: str) -> None:
        try:
            from redis.asyncio import Redis
        except ImportError:
            raise CacheFailed("a cache in Redis needs redis-py; install with: pip install 'aistack[redis]'") from None
        self._redis: Redis = Redis.from_url(  # pyright: ignore[reportUnknownMemberType] -- loose stubs
            url, socket_timeout=ANSWER_SECONDS_MAX, socket_connect_timeout=ANSWER_SECONDS_MAX
        )

    async def get(self, key: str) -> bytes | None:
        found = await self._redis.get(PREFIX + key)
        return found if isinstance(found, bytes) else None

    async def set(self, key: str, value: bytes, seconds: float) -> None:
        await self._redis.set(PREFIX + key, value, px=max(1, int(seconds * 1000)))

    async def delete(self, key: str) -> None:
        await self._redis.delete(PREFIX + key)

    async def close(self) -> None:
        await self._redis.aclose()


class MemcachedCache:
    """Keys are hashed, because Memcached's must be short and without blanks. Lifetimes are whole seconds."""

    def __init__(self, url: str) -> None:
        try:
            import aiomcache
        except ImportError:
            raise CacheFailed("a cache in Memcached needs aiomcache: pip install 'aistack[memcached]'") from None
        parts = urlsplit(url)
        if not parts.hostname:
            raise CacheFailed("the address of the Memcached server is missing; write memcached://HOST:PORT")
        self._client: aiomcache.Client = aiomcache.Client(parts.hostname, parts.port or MEMCACHED_PORT)

    async def get(self, key: str) -> bytes | None:
        return await self._client.get(_hashed(key))

    async def set(self, key: str, value: bytes, seconds: float) -> None:
        await self._client.set(_hashed(key), value, exptime=max(1, min(int(seconds), SECONDS_MAX)))

    async def delete(self, key: str) -> None:
        await self._client.delete(_hashed(key))

    async def close(self) -> None:
        await self._client.close()


class NearCache:
    """A shared server behind copies in memory that live a few seconds."""

    def __init__(self, near: MemoryCache, far: Cache, on_unavailable: OnUnavailable) -> None:
        self._near = near
        self._far = far
        self._on_unavailable = on_unavailable
        self._reported_at = -QUIET_SECONDS

    async def get(self, key: str) -> bytes | None:
        found = await self._near.get(key)
        if found is not None:
            return found
        try:
            found = await self._far.get(key)
        except Exception as error:  # clients raise various errors when their server is unreachable
            self._report(error)
            return None
        if found is not None:
            await self._near.set(key, found, NEAR_SECONDS)
        return found

    async def set(self, key: str, value: bytes, seconds: float) -> None:
        if seconds <= 0 or len(value) > VALUE_BYTES_MAX:
            await self.delete(key)
            return
        await self._near.set(key, value, min(seconds, NEAR_SECONDS))
        try:
            await self._far.set(key, value, seconds)
        except Exception as error:
            self._report(error)

    async def delete(self, key: str) -> None:
        await self._near.delete(key)
        try:
            await self._far.delete(key)
        except Exception as error:
            self._report(error)

    async def close(self) -> None:
        await self._near.close()
        await self._far.close()

    def _report(self, error: Exception) -> None:
        if time.monotonic() - self._reported_at >= QUIET_SECONDS:
            self._reported_at = time.monotonic()
            self._on_unavailable(f"{type(error).__name__}: {error}")


def _hashed(key: str) -> bytes:
    return (PREFIX + hashlib.sha256(key.encode()).hexdigest()).encode()
