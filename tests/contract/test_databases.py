"""Connections and queries over their API, the same on PostgreSQL, MariaDB, SQLite and DuckDB."""

import asyncio
import json
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import pytest

from aistack.databases.pool.session_factory import open_session
from aistack.databases.session import DatabaseFailed, Limits
from aistack.databases.target import Target, checked
from harness.processes import free_port
from harness.services.sql import SqlServices, sql_services
from harness.sql.shop import make_duckdb, make_mariadb, make_postgres, make_sqlite

pytestmark = pytest.mark.heavy

ENGINES = ("postgres", "mysql", "sqlite", "duckdb")
COLUMNS = "information_schema.COLUMNS"
SLOW = {
    "postgres": "SELECT count(*) FROM generate_series(1, 100000000000)",
    "mysql": f"SELECT count(*) FROM {COLUMNS} a, {COLUMNS} b, {COLUMNS} c",
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
    "duckdb": "SELECT count(*) FROM range(10000000000000) a, range(1000000) b",
}
MANY = {
    "postgres": "SELECT i, 'row ' || i AS word FROM generate_series(1, 200000) AS t(i)",
    "mysql": f"SELECT a.ORDINAL_POSITION AS i, a.COLUMN_NAME AS word FROM {COLUMNS} a, {COLUMNS} b LIMIT 200000",
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 200000) "
    "SELECT i, 'row ' || i AS word FROM n",
    "duckdb": "SELECT i, 'row ' || i AS word FROM range(1, 200001) AS t(i)",
}


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def described(engine: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict:
    """How to reach the shop, with an account that may only read."""
    folder = tmp_path_factory.mktemp("shop")
    if engine == "sqlite":
        return {"engine": engine, "path": str(make_sqlite(folder / "shop.sqlite"))}
    if engine == "duckdb":
        return {"engine": engine, "path": str(make_duckdb(folder / "shop.duckdb"))}
    name = f"shop{free_port()}"
    account = {"host": "127.0.0.1", "database": name, "user": "reader", "password": "only-reads", "tls": "off"}
    if engine == "mysql":
        port = request.getfixturevalue("mariadb")
        make_mariadb(port, name)
        return {"engine": engine, "port": port} | account
    port, name = asyncio.run(make_postgres(request.getfixturevalue("postgres")))
    return {"engine": engine} | account | {"port": port, "database": name}


@pytest.fixture
async def shop(described: dict, tmp_path: Path) -> AsyncIterator[SqlServices]:
    async with sql_services(tmp_path) as made:
        await made.connect(**described)
        yield made


async def test_a_connection_shows_what_it_is_and_never_its_password(shop: SqlServices, described: dict, tmp_path: Path):
    (one,) = (await shop.http.get("/api/connections")).json()
    assert one["tested"]["ok"] and one["tested"]["latency_ms"] >= 0 and one["tested"]["server"]
    assert one["tested"]["refused"] == [] and one["rights"] == ["see", "ask", "run"]
    tested = (await shop.http.post("/api/connections/shop/test")).json()
    assert tested["ok"], tested
    everything = json.dumps([one, tested, (await shop.http.get("/api/connections/shop/target")).json()])
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert "only-reads" not in everything and b"only-reads" not in kept


async def test_the_schema_is_read_with_keys_indexes_and_samples(shop: SqlServices):
    schema = (await shop.http.get("/api/connections/shop/schema")).json()
    tables = {one["name"]: one for one in schema["tables"]}
    assert {"customers", "orders", "canary", "Order Details", "reserved_words"} <= set(tables)
    orders = tables["orders"]
    assert [one["name"] for one in orders["columns"]] == ["id", "customer_id", "status", "total", "note", "created_at"]
    assert orders["primary_key"] == ["id"]
    assert orders["foreign_keys"] == [{"columns": ["customer_id"], "table": "customers", "table_columns": ["id"]}]
    assert "orders_by_status" in [one["name"] for one in orders["indexes"]]
    status = orders["columns"][2]
    assert status["samples"][0] == "paid" and status["nullable"]
    assert "数量" in [one["name"] for one in tables["Order Details"]["columns"]]
    found = (await shop.http.get("/api/connections/shop/schema/search?q=customer orders")).json()
    assert {found[0]["table"], found[1]["table"]} <= {"customers", "orders"}
    found = (await shop.http.get("/api/connections/shop/schema/search?q=数量")).json()
    assert found[0]["column"] == "数量"


async def test_rows_come_typed(shop: SqlServices):
    answer = await shop.run("SELECT id, name, city, since FROM customers ORDER BY id")
    assert [one["name"] for one in answer["columns"]] == ["id", "name", "city", "since"]
    assert answer["columns"][0]["type"] == "integer" and answer["rows"][1][:3] == [2, "李雷", "北京"]
    assert answer["rows"][0][3].startswith("2020-01-01") and answer["row_count"] == 3 and answer["truncated"] == ""
    answer = await shop.run("SELECT total FROM orders WHERE id = 1")
    assert float(answer["rows"][0][0]) == 120.5


async def test_parameters_are_values_and_never_code(shop: SqlServices):
    hostile = "x'; DROP TABLE canary; --"
    answer = await shop.run(
        "SELECT name, ':city' AS words FROM customers WHERE city = :city OR name = :name ORDER BY id",
        params={"city": "London", "name": hostile},
    )
    assert answer["rows"] == [["Ada Lovelace", ":city"]]
    assert "no parameter :nope" in (await shop.run("SELECT 1", expect=400, params={"nope": 1}))["detail"]


async def test_a_limit_truncates_and_says_so(shop: SqlServices):
    answer = await shop.run("SELECT id FROM orders ORDER BY id", limit=2)
    assert answer["rows"] == [[1], [2]] and answer["truncated"] == "rows"
    answer = await shop.run("SELECT id FROM orders ORDER BY id", limit=5)
    assert len(answer["rows"]) == 5 and answer["truncated"] == ""


@pytest.mark.parametrize("form", ["ndjson", "csv", "arrow", "parquet"])
async def test_every_format_has_all_rows(shop: SqlServices, engine: str, form: str):
    body = {"connection_id": "shop", "sql": MANY[engine], "format": form, "timeout_seconds": 60}
    answer = await shop.http.post("/api/query", json=body)
    assert answer.status_code == 200, answer.text
    if form == "ndjson":
        lines = answer.text.splitlines()
        assert json.loads(lines[0])["columns"][0]["name"] == "i" and len(lines) == 200_002
        assert json.loads(lines[-1])["row_count"] == 200_000
    elif form == "csv":
        assert answer.text.splitlines()[0] == "i,word" and len(answer.text.splitlines()) == 200_001
    elif form == "arrow":
        import pyarrow as pa

        table = pa.ipc.open_stream(BytesIO(answer.content)).read_all()
        assert table.num_rows == 200_000 and table.column_names == ["i", "word"]
        assert pa.types.is_integer(table.schema.field("i").type)
    else:
        import pyarrow.parquet as pq

        table = pq.read_table(BytesIO(answer.content))
        assert table.num_rows == 200_000 and table.column_names == ["i", "word"]


async def test_what_takes_too_long_is_stopped(shop: SqlServices, engine: str):
    answer = await shop.run(SLOW[engine], expect=504, timeout_seconds=0.5)
    assert answer["type"].endswith("database-time")
    assert (await shop.run("SELECT 1"))["rows"] == [[1]]


async def test_a_cancel_stops_it_and_the_history_tells(shop: SqlServices, engine: str):
    query_id = "ab" * 16
    running = asyncio.create_task(shop.run(SLOW[engine], expect=409, timeout_seconds=60, query_id=query_id))
    async with asyncio.timeout(30):
        while (await shop.http.delete(f"/api/query/{query_id}")).status_code != 204:
            await asyncio.sleep(0.05)
        assert (await running)["type"].endswith("database-cancelled")
    (run,) = [one for one in (await shop.http.get("/api/query/history")).json()["runs"] if one["id"] == query_id]
    assert run["state"] == "cancelled" and run["connection"] == "shop"
    assert (await shop.http.delete(f"/api/query/{query_id}")).status_code == 404


async def test_writes_and_nonsense_are_refused_and_recorded(shop: SqlServices):
    assert "read-only" in (await shop.run("DELETE FROM canary", expect=400))["detail"]
    assert (await shop.run("DROP TABLE canary", expect=400))["type"].endswith("sql-statement")
    assert "send one" in (await shop.run("SELECT 1; SELECT 2", expect=400))["detail"]
    assert (await shop.run("SELECT * FROM no_such_table", expect=400))["type"].endswith("database-failed")
    states = [one["state"] for one in (await shop.http.get("/api/query/history")).json()["runs"]]
    assert states == ["failed", "refused", "refused", "refused"]


async def test_an_id_that_is_used_again_hides_nothing_from_the_history(shop: SqlServices):
    for _ in range(2):
        await shop.run("SELECT 1", query_id="cd" * 16)
    await shop.run("SELECT 2")
    assert (await shop.http.get("/api/query/history")).json()["total"] == 3


async def test_validate_and_explain_run_nothing(shop: SqlServices):
    body = {"connection_id": "shop", "sql": "SELECT orders.id FROM orders JOIN customers ON customers.id = customer_id"}
    valid = (await shop.http.post("/api/query/validate", json=body)).json()
    assert valid["valid"] and sorted(valid["tables"]) == ["customers", "orders"] and not valid["writes"]
    plan = (await shop.http.post("/api/query/explain", json=body)).json()["plan"]
    assert any("orders" in line.lower() for line in plan), plan
    invalid = (await shop.http.post("/api/query/validate", json=body | {"sql": "DROP TABLE orders"})).json()
    assert not invalid["valid"] and invalid["kind"] == "statement"


async def test_masks_and_filters_hold_however_it_is_asked(shop: SqlServices):
    rules = {
        "masks": [
            {"table": "customers", "column": "name", "how": "partial"},
            {"table": "customers", "column": "city", "how": "hash"},
            {"table": "orders", "column": "note", "how": "null"},
            {"table": "orders", "column": "total", "how": "null"},
        ],
        "filters": [{"table": "orders", "where": "status <> 'deleted'"}],
    }
    changed = await shop.http.patch("/api/connections/shop", json={"rules": rules})
    assert changed.status_code == 200, changed.text
    shop.query.state.runner.targets._cached.clear()
    for sql in (
        "SELECT name, city FROM customers ORDER BY id",
        "SELECT c.name, c.city FROM customers c ORDER BY c.id",
        "SELECT * FROM (SELECT name, city FROM customers ORDER BY id) AS t",
        "WITH x AS (SELECT id, name, city FROM customers) SELECT name, city FROM x ORDER BY id",
    ):
        rows = (await shop.run(sql))["rows"]
        assert rows[0][0] == "****lace" and rows[1][0] == "****" and len(rows[0][1]) == 64, (sql, rows)
    assert (await shop.run("SELECT count(*) FROM customers WHERE name = 'Ada Lovelace'"))["rows"] == [[0]]
    assert (await shop.run("SELECT count(*) FROM orders"))["rows"] == [[4]]
    assert (await shop.run("SELECT count(note) FROM orders AS o"))["rows"] == [[0]]
    assert (await shop.run("SELECT count(*), sum(total) FROM orders WHERE total > 5"))["rows"] == [[0, None]]
    joined = "SELECT c.name, o.note FROM orders o JOIN customers c ON c.id = o.customer_id ORDER BY o.id"
    assert (await shop.run(joined))["rows"][0] == ["****lace", None]
    named = await shop.run("SELECT name FROM customers WHERE id = :id", params={"id": 1})
    assert named["rows"] == [["****lace"]]
    own = "WITH orders AS (SELECT 1 AS x) SELECT * FROM orders"
    assert (await shop.run(own))["rows"] == [[1]]  # a query of the caller's own under that name
    around = "WITH kept AS (SELECT id FROM orders), orders AS (SELECT id FROM kept) SELECT count(*) FROM orders"
    assert (await shop.run(around))["rows"] == [[4]]


@pytest.mark.parametrize("where", ["status <> 'deleted'", "status IN (SELECT status FROM orders WHERE total >= 0)"])
async def test_no_error_tells_of_a_row_that_a_filter_hides(shop: SqlServices, engine: str, where: str):
    hidden = (await shop.run("SELECT id FROM orders WHERE status = 'deleted'"))["rows"][0][0]
    fails_on_it = {
        "sqlite": f"abs(CASE WHEN id = {hidden} THEN -9223372036854775807 - 1 ELSE 1 END) > 0",
        "duckdb": f"CAST(CASE WHEN id = {hidden} THEN 'x' ELSE '1' END AS INTEGER) = 1",
        "mysql": f"1 = (SELECT 1 UNION ALL SELECT 1 FROM customers WHERE orders.id = {hidden})",
    }
    condition = fails_on_it.get(engine, f"1 / (id - {hidden}) < 9")
    await shop.run(f"SELECT count(*) FROM orders WHERE {condition}", expect=400)
    filters = [{"table": "orders", "where": f"status <> 'deleted' AND {where}"}]
    changed = await shop.http.patch("/api/connections/shop", json={"rules": {"filters": filters}})
    assert changed.status_code == 200, changed.text
    shop.query.state.runner.targets._cached.clear()
    assert (await shop.run(f"SELECT count(*) FROM orders WHERE {condition}"))["rows"] == [[4]]


async def test_who_stands_in_the_roles_may_and_nobody_else(shop: SqlServices):
    await shop.http.patch("/api/connections/shop", json={"roles": {"see": ["*"], "ask": [], "run": [], "write": []}})
    shop.query.state.runner.targets._cached.clear()
    assert (await shop.run("SELECT 1", expect=403))["type"].endswith("forbidden")


async def test_fifty_users_share_a_few_connections_fairly(shop: SqlServices):
    await shop.http.patch("/api/connections/shop", json={"max_connections": 3})
    shop.query.state.runner.targets._cached.clear()
    answers = await asyncio.gather(*(shop.run("SELECT count(*) FROM orders") for _ in range(50)))
    assert all(answer["rows"] == [[5]] for answer in answers)
    _, pool = next(iter(shop.query.state.runner.pools._pools.values()))
    assert pool.size == 3 and len(pool._idle) <= 3 and pool.in_use == 0


async def test_a_deleted_connection_is_gone(shop: SqlServices):
    assert (await shop.http.delete("/api/connections/shop")).status_code == 204
    shop.query.state.runner.targets._cached.clear()
    assert (await shop.run("SELECT 1", expect=404))["type"].endswith("not-found")


class TestTlsTowardsMariadb:
    """Whether the channel is encrypted, asked of the server itself."""

    async def cipher(self, **more: object) -> str:
        target = checked(Target("mysql", host="127.0.0.1", database="mysql", user="root", **more))
        session = await open_session(target, 10)
        try:
            async with session.run("SHOW SESSION STATUS LIKE 'Ssl_cipher'", (), Limits()) as result:
                (status,) = [row async for batch in result.batches for row in batch]
                return status[1]
        finally:
            await session.close()

    async def test_is_used_where_the_server_can_and_left_where_it_cannot(self, mariadb: int, mariadb_with_tls):
        port, certificate = mariadb_with_tls
        assert await self.cipher(port=port, tls="off") == ""
        for tls in ("prefer", "require"):
            assert await self.cipher(port=port, tls=tls) != ""
        assert await self.cipher(port=port, tls="verify", ca_file=str(certificate)) != ""
        assert await self.cipher(port=mariadb, tls="prefer") == ""

    async def test_is_insisted_on_when_so_said(self, mariadb: int, mariadb_with_tls):
        with pytest.raises(DatabaseFailed):
            await self.cipher(port=mariadb, tls="require")
        with pytest.raises(DatabaseFailed, match=r"certificate|verify"):
            await self.cipher(port=mariadb_with_tls[0], tls="verify")

    async def test_a_wrong_password_is_not_tried_again_in_clear(self, mariadb_with_tls):
        with pytest.raises(DatabaseFailed) as refused:
            await self.cipher(port=mariadb_with_tls[0], tls="prefer", password="wrong")
        assert refused.value.kind == "denied"
