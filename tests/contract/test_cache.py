"""One contract for the cache: in memory, in Redis, in Memcached; and what happens when a server goes."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from aistack.stores import cache as caches
from aistack.stores.cache import Cache, CacheFailed, MemoryCache, open_cache
from harness.servers.memcached import memcached
from harness.servers.redis import redis

AWAY: list[str] = []


@pytest.fixture(params=["memory", "redis", "memcached"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen | None]]:
    """The URL of a cache, and the process behind it."""
    if request.param == "memory":
        yield "", None
        return
    if request.param == "redis":
        with redis(tmp_path) as held:
            yield held.url, held.process
        return
    with memcached() as (url, process):
        yield url, process


@pytest.fixture
async def cache(server: tuple[str, subprocess.Popen | None], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Cache]:
    opened = open_cache(server[0], AWAY.append)
    yield opened
    await opened.close()


async def test_what_was_set_is_there_until_it_is_deleted(cache: Cache):
    assert await cache.get("k") is None
    await cache.set("k", b"\x00value\xff", 60)
    assert await cache.get("k") == b"\x00value\xff"
    await cache.set("k", b"", 60)
    assert await cache.get("k") == b""
    await cache.delete("k")
    await cache.delete("k")
    assert await cache.get("k") is None


async def test_any_text_is_a_key(cache: Cache):
    for key in ("with blanks\nand lines", "键" * 200, "x" * 5000, ""):
        await cache.set(key, key.encode()[:100] or b"-", 60)
        assert await cache.get(key) == (key.encode()[:100] or b"-")


async def test_values_end_with_their_time(cache: Cache, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(caches, "NEAR_SECONDS", 0.05)
    await cache.set("short", b"1", 1)
    await cache.set("never", b"1", 0)
    assert await cache.get("short") == b"1" and await cache.get("never") is None
    async with asyncio.timeout(30):
        while await cache.get("short") is not None:
            await asyncio.sleep(0.05)


async def test_what_is_too_large_is_not_kept(cache: Cache):
    await cache.set("k", b"small", 60)
    await cache.set("k", b"x" * 2_000_000, 60)
    assert await cache.get("k") is None


async def test_a_second_process_sees_what_is_shared(server: tuple[str, subprocess.Popen | None], cache: Cache):
    if server[1] is None:  # memory is not shared
        return
    await cache.set("k", b"told", 60)
    other = open_cache(server[0], AWAY.append)
    assert await other.get("k") == b"told"
    await other.close()


async def test_a_server_that_is_gone_is_a_miss_and_no_error(server: tuple[str, subprocess.Popen | None], cache: Cache):
    if server[1] is None:  # memory has no server
        return
    server[1].kill()
    server[1].wait()
    AWAY.clear()
    assert await cache.get("k") is None
    assert len(AWAY) == 1
    await cache.set("k", b"here", 60)
    assert await cache.get("k") == b"here"  # from the copy in memory
    await cache.delete("k")
    assert await cache.get("k") is None


async def test_memory_lets_the_least_used_go():
    cache = MemoryCache(100)
    for name in "abc":
        await cache.set(name, b"x" * 30, 60)
    assert await cache.get("a") is not None
    await cache.set("d", b"x" * 30, 60)
    assert [await cache.get(name) is not None for name in "abcd"] == [True, False, True, True]


@pytest.mark.parametrize("url", ["mysql://here", "here:6379", "memcached://"])
def test_what_is_no_cache_is_refused(url: str):
    with pytest.raises(CacheFailed):
        open_cache(url, AWAY.append)
