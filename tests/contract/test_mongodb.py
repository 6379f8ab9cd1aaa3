"""MongoDB as a store to look into: collections with their fields, commands that only read, nothing else."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from aistack.databases.engines.mongodb.read_commands import NotAllowed, checked
from harness.processes import free_port
from harness.services.sql import SqlServices, sql_services
from harness.standins import running

FORBIDDEN: list[Any] = [
    {"insert": "orders", "documents": [{}]},
    {"update": "orders", "updates": []},
    {"delete": "orders", "deletes": []},
    {"findAndModify": "orders", "remove": True},
    {"drop": "orders"},
    {"dropDatabase": 1},
    {"create": "mine"},
    {"createIndexes": "orders", "indexes": []},
    {"renameCollection": "shop.orders", "to": "shop.x"},
    {"mapReduce": "orders", "map": "x", "reduce": "y", "out": "z"},
    {"eval": "x"},
    {"$eval": "x"},
    {"shutdown": 1},
    {"fsync": 1},
    {"currentOp": 1},
    {"getLog": "global"},
    {"getParameter": "*"},
    {"setParameter": 1, "logLevel": 5},
    {"usersInfo": 1},
    {"createUser": "x", "pwd": "y", "roles": []},
    {"hostInfo": 1},
    {"getCmdLineOpts": 1},
    {"find": "orders", "filter": {"$where": "sleep(5000)"}},
    {"find": "orders", "filter": {"$and": [{"a": 1}, {"b": {"$not": {"$where": "x"}}}]}},
    {"find": "orders", "filter": {"$expr": {"$function": {"body": "x", "args": [], "lang": "js"}}}},
    {"find": "orders", "projection": {"x": {"$function": {"body": "x", "args": [], "lang": "js"}}}},
    {"find": "orders", "tailable": True},
    {"find": "orders", "noCursorTimeout": True},
    {"find": "orders", "maxTimeMS": 0},
    {"find": "orders", "readConcern": {"level": "linearizable"}},
    {"find": "system.users"},
    {"find": {"$db": "admin"}},
    {"find": "orders", "$db": "admin"},
    {"aggregate": "orders", "pipeline": [{"$out": "mine"}]},
    {"aggregate": "orders", "pipeline": [{"$merge": {"into": "mine"}}]},
    {"aggregate": "orders", "pipeline": [{"$facet": {"a": [{"$out": "mine"}]}}]},
    {"aggregate": "orders", "pipeline": [{"$lookup": {"from": "x", "as": "y", "pipeline": [{"$merge": "mine"}]}}]},
    {"aggregate": "orders", "pipeline": [{"$unionWith": {"coll": "x", "pipeline": [{"$out": "mine"}]}}]},
    {"aggregate": "orders", "pipeline": [{"$lookup": {"from": {"db": "admin", "coll": "x"}, "as": "y"}}]},
    {"aggregate": "orders", "pipeline": [{"$unionWith": "system.users"}]},
    {"aggregate": "orders", "pipeline": [{"$group": {"_id": 1, "x": {"$accumulator": {"init": "x"}}}}]},
    {"aggregate": "orders", "pipeline": [{"$addFields": {"x": {"$function": {"body": "x"}}}}]},
    {"aggregate": "orders", "pipeline": [{"$currentOp": {}}]},
    {"aggregate": "orders", "pipeline": [{"$listSessions": {}}]},
    {"aggregate": "orders", "pipeline": [{"$collStats": {}}]},
    {"aggregate": "orders", "pipeline": [{"$indexStats": {}}]},
    {"aggregate": "orders", "pipeline": [{"$changeStream": {}}]},
    {"aggregate": "orders", "pipeline": [{"$match": {}, "$out": "mine"}]},
    {"aggregate": "orders", "pipeline": {"$match": {}}},
    {"aggregate": 1, "pipeline": [{"$currentOp": {}}]},
    {"aggregate": "orders", "pipeline": [], "allowDiskUse": True},
    {"aggregate": "orders", "pipeline": [], "cursor": {"batchSize": 10_000_000}},
    {"aggregate": "orders", "pipeline": [], "writeConcern": {"w": 1}},
    {},
    [],
    "find",
    5,
    None,
]


@pytest.fixture(scope="module")
def mongodb_port() -> Iterator[int]:
    with running("mongodb") as port:
        yield port


@pytest.fixture
async def store(mongodb_port: int, tmp_path: Path) -> AsyncIterator[SqlServices]:
    async with sql_services(tmp_path / "data", connect_seconds_max=10, json_bytes_max=4_000_000) as made:
        await made.connect(engine="mongodb", host="127.0.0.1", port=mongodb_port, database="shop", tls="off")
        yield made


async def command(store: SqlServices, said: object, expect: int = 200, name: str = "shop") -> Any:
    body = {"connection_id": name, "command": said if isinstance(said, str) else json.dumps(said)}
    answer = await store.http.post("/api/query/command", json=body)
    assert answer.status_code == expect, answer.text
    return answer.json()["value"] if expect == 200 else answer.json()


@pytest.mark.parametrize("said", FORBIDDEN, ids=lambda said: json.dumps(said)[:60])
def test_what_does_more_than_read_is_not_sent(said: Any):
    with pytest.raises(NotAllowed):
        checked(said)


async def test_a_server_without_accounts_is_warned_of(store: SqlServices):
    tested = (await store.http.get("/api/connections/shop")).json()["tested"]
    assert tested["server"] == "MongoDB 7.0.0" and tested["may_write"]
    assert "no password" in tested["warnings"][0]


async def test_collections_are_shown_with_the_fields_of_their_documents(store: SqlServices):
    tables = (await store.http.get("/api/connections/shop/schema")).json()["tables"]
    assert [table["name"] for table in tables] == ["big", "customers", "orders"]
    orders = tables[2]
    kinds = {column["name"]: column["type"] for column in orders["columns"]}
    assert kinds["customer"] == "object" and kinds["customer.city"] == "string" and kinds["tags"] == "array"
    assert kinds["total"] == "double" and kinds["created_at"] == "date"
    assert orders["rows"] == 300
    assert {"name": "status_1", "columns": ["status"], "unique": False} in orders["indexes"]


async def test_documents_are_found_sorted_and_cut(store: SqlServices):
    said = {"find": "orders", "filter": {"status": "paid", "total": {"$gt": 400}}, "sort": {"_id": -1}, "limit": 2}
    found = await command(store, said)
    assert [one["_id"] for one in found] == [300, 297]
    assert found[0]["created_at"] == {"$date": "2024-01-01T00:00:00Z"}
    assert (await command(store, {"count": "orders", "query": {"status": "new"}}))["n"] == 100
    assert sorted(await command(store, {"distinct": "orders", "key": "status"})) == ["new", "paid", "sent"]
    by_id = {"find": "customers", "filter": {"_id": {"$oid": "650000000000000000000001"}}}
    assert (await command(store, by_id))[0]["name"] == "Ada"


async def test_aggregations_run(store: SqlServices):
    stages = [
        {"$match": {"total": {"$gte": 10}}},
        {"$group": {"_id": "$status", "n": {"$sum": 1}}},
        {"$sort": {"_id": 1}},
    ]
    found = await command(store, {"aggregate": "orders", "pipeline": stages})
    assert [one["_id"] for one in found] == ["new", "paid", "sent"] and sum(one["n"] for one in found) == 294


async def test_what_is_too_large_is_refused(store: SqlServices):
    refused = await command(store, {"find": "big"}, 413)
    assert "ask for less" in refused["detail"] or "bytes" in refused["detail"]


async def test_bad_commands_say_what_is_wrong(store: SqlServices):
    assert "JSON" in (await command(store, "db.orders.find()", 400))["detail"]
    assert "only read" in (await command(store, {"drop": "orders"}, 403))["detail"]
    assert (await command(store, {"find": "orders", "filter": {"_id": {"$oid": "short"}}}, 400))["detail"]
    answer = await store.http.post("/api/query", json={"connection_id": "shop", "sql": "SELECT 1"})
    assert answer.status_code == 400 and "does not support SQL" in answer.json()["detail"]
    answer = await store.http.post("/api/ai/query", json={"connection_id": "shop", "question": "how many orders"})
    assert answer.status_code == 400


async def test_every_command_is_in_the_history(store: SqlServices):
    await command(store, {"count": "orders"})
    await command(store, {"drop": "orders"}, 403)
    runs = (await store.http.get("/api/query/history")).json()["runs"]
    assert [(run["state"], run["sql"]) for run in runs][:2] == [
        ("failed", '{"drop": "orders"}'), ("done", '{"count": "orders"}'),
    ]  # fmt: skip


async def test_one_that_hangs_keeps_no_other_waiting(store: SqlServices):
    slow = asyncio.create_task(command(store, {"find": "orders", "filter": {"sleep": True}}))
    await asyncio.sleep(0.3)
    assert (await command(store, {"count": "orders"}))["n"] == 300
    assert not slow.done()
    slow.cancel()


async def test_a_server_that_is_not_there_is_named(store: SqlServices):
    dead = {
        "name": "dead",
        "engine": "mongodb",
        "host": "127.0.0.1",
        "port": free_port(),
        "database": "x",
        "tls": "off",
    }
    answer = await store.http.post("/api/connections", json=dead)
    assert answer.status_code == 502 and "cannot be reached" in answer.json()["detail"]
