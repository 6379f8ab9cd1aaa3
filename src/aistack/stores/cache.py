"""A cache: bytes under a key for some seconds; in memory, or in Redis or Memcached behind a small one in memory.

A cache may forget at any time, and never fails its caller: a server that is away is a miss, and its owner is told.
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

if TYPE_CHECKING:
    pass

VALUE_BYTES_MAX = 1024 * 1024 - 1024  # Memcached's own limit, less its header
MEMORY_BYTES = 16 * 1024 * 1024
NEAR_SECONDS = 5.0  # a copy is kept in memory for at most so long
SECONDS_MAX = 30 * 24 * 3600
ANSWER_SECONDS_MAX = 1.0
QUIET_SECONDS = 30.0  # between two log lines about a server that is away
PREFIX = "ai-stack:"
MEMCACHED_PORT = 11211


OnAway = Callable[[str], None]


class CacheFailed(Exception):
    """The setting cannot work; the message says why."""


class Cache(Protocol):
    async def get(self, key: str) -> bytes | None: ...

    async def set(self, key: str, value: bytes, seconds: float) -> None:
        """Keeps a value for at most so long, above 0. What is larger than `VALUE_BYTES_MAX` is not kept."""
        ...

    async def delete(self, key: str) -> None: ...

    async def close(self) -> None: ...


def open_cache(url: str, on_away: OnAway) -> Cache:
    """Empty for memory, `redis://HOST:PORT/DB` or `memcached://HOST:PORT`. Raises CacheFailed.

    `on_away` is told, now and then, why a server cannot be reached.
    """
    if not url:
        return MemoryCache(MEMORY_BYTES)
    kind = urlsplit(url).scheme
    if kind in ("redis", "rediss"):
        return NearCache(MemoryCache(MEMORY_BYTES), RedisCache(url), on_away)
    if kind == "memcached":
        return NearCache(MemoryCache(MEMORY_BYTES), MemcachedCache(url), on_away)
    raise CacheFailed(f"cache at {url!r}: write redis://HOST:PORT/DB, memcached://HOST:PORT, or nothing for memory")


class MemoryCache:
    """The least recently used goes first when `bytes_max` is passed."""

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
    """Keys are hashed, for Memcached's may not be long or hold blanks. It counts time in whole seconds."""

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
    """A server that is shared, behind copies in memory that live a few seconds."""

    def __init__(self, near: MemoryCache, far: Cache, on_away: OnAway) -> None:
        self._near = near
        self._far = far
        self._on_away = on_away
        self._said = -QUIET_SECONDS

    async def get(self, key: str) -> bytes | None:
        found = await self._near.get(key)
        if found is not None:
            return found
        try:
            found = await self._far.get(key)
        except Exception as error:  # whatever the client raises when its server is away
            self._away(error)
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
            self._away(error)

    async def delete(self, key: str) -> None:
        await self._near.delete(key)
        try:
            await self._far.delete(key)
        except Exception as error:
            self._away(error)

    async def close(self) -> None:
        await self._near.close()
        await self._far.close()

    def _away(self, error: Exception) -> None:
        if time.monotonic() - self._said >= QUIET_SECONDS:
            self._said = time.monotonic()
            self._on_away(f"{type(error).__name__}: {error}")


def _hashed(key: str) -> bytes:
    return (PREFIX + hashlib.sha256(key.encode()).hexdigest()).encode()
