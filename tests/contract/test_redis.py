"""Redis as a store to look into: keys in pages, commands that only read, nothing else."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from harness.servers.redis import redis
from harness.services.sql import SqlServices, sql_services

FORBIDDEN = [
    "SET a 1", "DEL text", "FLUSHALL", "CONFIG SET dir /tmp", "CONFIG GET requirepass", "EVAL 'return 1' 0", "KEYS *",
    "SHUTDOWN NOSAVE", "SAVE", "DEBUG SLEEP 0", "SCRIPT FLUSH", "MODULE LIST", "SUBSCRIBE x", "BLPOP list 0", "MONITOR",
    "GETDEL text", "GETEX text PERSIST", "SORT list STORE other", "MIGRATE h 1 k 0 1", "REPLICAOF no one", "MULTI",
    "MEMORY PURGE", "OBJECT HELP x", "XINFO HELP", "PFCOUNT hll", "RESTORE a 0 b", "ACL SETUSER default nopass", "INFO",
    "EVAL_RO 'return 1' 0", "FCALL_RO f 0", "CLIENT LIST", "geosearchstore a b", "LMPOP 1 list LEFT",
    "AUTH x", "SELECT 1",
]  # fmt: skip


@pytest.fixture(scope="module")
def redis_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with redis(tmp_path_factory.mktemp("redis")) as server:
        server.command(
            "SET text 你好",
            "HSET user:1 name Ada city London",
            "HSET user:2 name 李雷",
            "RPUSH list a b c",
            "SADD tags x y",
            "ZADD scores 1 ada 2.5 grace",
            "XADD events 1-1 kind login",
            'SET binary "\\xff\\x00"',
            "SET soon 1 EX 500",
            "ACL SETUSER reader on >only-reads ~* +@read +@connection +command +info +acl|whoami -@write",
        )
        server.command(*(f"RPUSH long {' '.join(map(str, range(at, at + 1000)))}" for at in range(0, 20_000, 1000)))
        server.command("SETRANGE huge 20000000 x")
        yield server.port


@pytest.fixture
async def store(redis_port: int, tmp_path: Path) -> AsyncIterator[SqlServices]:
    described = {"engine": "redis", "host": "127.0.0.1", "port": redis_port, "tls": "off"}
    async with sql_services(tmp_path / "data") as made:
        await made.connect(**described, user="reader", password="only-reads")
        await made.connect(**described, name="all")
        yield made


async def command(store: SqlServices, said: object, connection: str = "shop", expect: int = 200) -> object:
    body = {"connection_id": connection, "command": said}
    answer = await store.http.post("/api/query/command", json=body)
    assert answer.status_code == expect, answer.text
    return answer.json()["value"] if expect == 200 else answer.json()


@pytest.mark.parametrize(("said", "value"), [
    ("GET text", "你好"), (["HGETALL", "user:1"], {"name": "Ada", "city": "London"}), ("LRANGE list 0 1", ["a", "b"]),
    ("ZRANGE scores 0 10 WITHSCORES", None), ("SCARD tags", 2), ("GET binary", "0xff00"), ("GET nothing", None),
    ("TYPE user:1", "hash"), ("MGET text nothing", ["你好", None]), ("get 'text'", "你好"), ("XLEN events", 1),
    ("HGET user:2 name", "李雷"), ("OBJECT ENCODING list", None), ("STRLEN huge", 20_000_001), ("LLEN long", 20_000),
])  # fmt: skip
async def test_values_of_every_type_are_read(store: SqlServices, said: object, value: object):
    got = await command(store, said)
    assert got == value if value is not None else True


@pytest.mark.parametrize("said", FORBIDDEN)
async def test_what_does_more_than_read_is_refused_even_with_every_right(store: SqlServices, said: str):
    answer = await command(store, said, "all", expect=403)
    assert answer["type"].endswith("database-denied")
    assert await command(store, "GET text", "all") == "你好"


async def test_what_would_not_fit_is_refused_with_what_to_do(store: SqlServices):
    for said in (
        "LRANGE long 0 -1", "GET huge", "LRANGE long 0 15000", "SRANDMEMBER tags -1000000000", "SCAN 0 COUNT 10000000",
        "MGET text huge", "LRANGE long -15000 -1",
    ):  # fmt: skip
        answer = await command(store, said, expect=413)
        assert answer["type"].endswith("database-size")
    assert len(await command(store, "LRANGE long 100 199")) == 100
    assert len(await command(store, "LRANGE long -100 -1")) == 100
    assert len(await command(store, "SRANDMEMBER tags -100")) == 100
    assert len(await command(store, "ZRANGEBYSCORE scores 0 10 LIMIT 0 1")) == 1
    assert await command(store, "XRANGE events - + COUNT 5")
    assert await command(store, "GETRANGE huge 0 3") == "\x00\x00\x00\x00"


async def test_keys_come_in_pages(store: SqlServices):
    found, cursor = [], 0
    while True:
        params = {"connection_id": "shop", "pattern": "user:*", "cursor": cursor, "count": 2}
        page = (await store.http.get("/api/query/keys", params=params)).json()
        found += page["keys"]
        cursor = page["cursor"]
        if not cursor:
            break
    assert sorted(one["key"] for one in found) == ["user:1", "user:2"]
    assert {one["type"] for one in found} == {"hash"}


async def test_the_schema_tells_kinds_of_keys(store: SqlServices):
    tables = {one["name"]: one for one in (await store.http.get("/api/connections/shop/schema")).json()["tables"]}
    assert tables["user:*"]["rows"] == 2
    assert [column["name"] for column in tables["user:*"]["columns"]] == ["key", "hash"]


async def test_the_account_is_told_about(store: SqlServices):
    shown = {one["name"]: one for one in (await store.http.get("/api/connections")).json()}
    assert "can do everything" in shown["all"]["tested"]["warnings"][0]
    assert shown["shop"]["tested"]["warnings"] == []


async def test_sql_and_questions_are_sent_elsewhere(store: SqlServices, tmp_path: Path):
    assert "/api/query/command" in (await store.run("SELECT 1", expect=400))["detail"]
    assert "does not support SQL" in (await store.ask("How many users?", expect=400))["detail"]
    listed = await store.http.get("/api/query/history")
    await command(store, "GET text")
    assert (await store.http.get("/api/query/history")).json()["total"] == listed.json()["total"] + 1


async def test_wrong_ways_to_ask(store: SqlServices):
    for said in ("", [], "GET 'text", "GET"):
        body = {"connection_id": "shop", "command": said}
        assert (await store.http.post("/api/query/command", json=body)).status_code in (400, 422)
    bad = {"name": "bad", "engine": "redis", "host": "127.0.0.1", "database": "x"}
    assert "must be a number" in (await store.http.post("/api/connections", json=bad)).json()["detail"]
