"""Engines behind drivers that block: ClickHouse's own engine, and Snowflake's protocol, behind both services."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from aistack.databases.pool.session_factory import open_session
from aistack.databases.session import DatabaseFailed, Limits
from aistack.databases.target import Target, checked
from harness.services.sql import SqlServices, sql_services
from harness.sql import dialects
from harness.sql.harmless import everywhere
from harness.standins import clickhouse, running

CLICKHOUSE_TABLES = """CREATE DATABASE shop;
CREATE TABLE shop.customers (id UInt32, name String, city LowCardinality(String) COMMENT 'where they live',
  since DateTime) ENGINE = MergeTree ORDER BY id COMMENT 'who buys';
CREATE TABLE shop.orders (id UInt32, customer_id Nullable(UInt32), status String, total Decimal(10, 2),
  note Nullable(String), created_at DateTime, INDEX by_status status TYPE set(10))
  ENGINE = ReplacingMergeTree ORDER BY id;
CREATE TABLE shop.`Order Details` (id UInt32, `Unit Price` Decimal(10, 2), `数量` Int32) ENGINE = Memory;
CREATE TABLE shop.reserved_words (`grant` Int32, `select` Int32, `order` Int32, `insert into` Int32) ENGINE = Memory;
CREATE TABLE shop.reserved (`update` Int32) ENGINE = Memory;
CREATE TABLE shop.canary (id Int32, word String) ENGINE = Memory;
INSERT INTO shop.customers VALUES (1, 'Ada', 'Bern', '2020-01-01 00:00:00'), (2, '李雷', '北京', '2021-06-01 00:00:00');
INSERT INTO shop.orders VALUES (1, 1, 'paid', 92.50, 'by post', '2024-01-15 10:00:00'),
  (2, 1, 'new', 60.00, NULL, '2024-02-03 09:30:00'), (3, 2, 'paid', 25.00, NULL, '2024-02-20 16:45:00');
CREATE VIEW shop.paid AS SELECT * FROM shop.orders WHERE status = 'paid'
"""
LONG = "SELECT count() FROM numbers(1000000000000)"


@pytest.fixture(scope="module")
def clickhouse_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    tables = tmp_path_factory.mktemp("clickhouse") / "tables.sql"
    tables.write_text(CLICKHOUSE_TABLES)
    with running("clickhouse", str(tables)) as port:
        yield port


@pytest.fixture
async def shop(clickhouse_port: int, tmp_path: Path) -> AsyncIterator[SqlServices]:
    described = {
        "engine": "clickhouse", "host": "127.0.0.1", "port": clickhouse_port, "database": "shop",
        "password": clickhouse.PASSWORD, "tls": "off",
    }  # fmt: skip
    async with sql_services(tmp_path / "data", connect_seconds_max=20) as made:
        made.described = described
        await made.connect(**described, user="reader")
        yield made


class TestClickhouse:
    async def test_the_account_is_looked_at_and_one_that_may_do_everything_is_refused(self, shop: SqlServices):
        found = (await shop.http.get("/api/connections/shop")).json()["tested"]
        assert found["server"].startswith("ClickHouse 2") and not found["may_write"] and not found["warnings"]
        owner = shop.described | {"name": "owner", "user": "owner"}
        refused = await shop.http.post("/api/connections", json=owner)
        assert refused.status_code == 400 and "too many privileges" in refused.json()["detail"]
        wrong = await shop.http.post("/api/connections", json=owner | {"password": "wrong"})
        assert wrong.status_code == 403 and "Authentication failed" in wrong.json()["detail"]

    async def test_the_schema_tells_of_tables_views_keys_comments_and_values(self, shop: SqlServices):
        tables = (await shop.http.get("/api/connections/shop/schema")).json()["tables"]
        by_name = {table["name"]: table for table in tables}
        assert by_name["paid"]["kind"] == "view" and "Order Details" in by_name
        customers = by_name["customers"]
        assert (customers["comment"], customers["rows"], customers["primary_key"]) == ("who buys", 2, ["id"])
        city = customers["columns"][2]
        assert (city["type"], city["comment"]) == ("LowCardinality(String)", "where they live")
        assert sorted(city["samples"]) == ["Bern", "北京"]
        orders = by_name["orders"]
        assert orders["columns"][1]["nullable"] and not orders["columns"][0]["nullable"]
        assert orders["indexes"] == [{"name": "by_status", "columns": ["status"], "unique": False}]

    async def test_cells_keep_their_values_and_columns_their_types(self, shop: SqlServices):
        answer = await shop.run(
            "SELECT total, toInt64(9007199254740993) AS big, nan AS nan, [1, 2] AS list, map('a', 1) AS m, created_at, "
            "toUUID('61f0c404-5cb3-11e7-907b-a6006ad3dba0') AS u, note, true AS yes FROM orders WHERE id = 2"
        )
        kinds = [column["type"] for column in answer["columns"]]
        expected = ["decimal", "integer", "float", "array", "json", "timestamp", "uuid", "text", "boolean"]
        assert kinds == expected
        assert answer["rows"] == [
            ["60.00", "9007199254740993", "NaN", [1, 2], {"a": 1}, "2024-02-03 09:30:00",
             "61f0c404-5cb3-11e7-907b-a6006ad3dba0", None, True]
        ]  # fmt: skip

    async def test_values_are_bound_by_the_server(self, shop: SqlServices):
        sql = "SELECT id FROM orders WHERE status = :status AND id < :most AND note IS NOT DISTINCT FROM :note"
        answer = await shop.run(sql, params={"status": "paid", "most": 5, "note": None})
        assert answer["rows"] == [[3]]
        hostile = await shop.run("SELECT :text AS text", params={"text": "'; DROP TABLE orders --\\"})
        assert hostile["rows"] == [["'; DROP TABLE orders --\\"]]

    async def test_large_results_stream_and_limits_hold(self, shop: SqlServices):
        body = {"connection_id": "shop", "sql": "SELECT number FROM numbers(300000)", "format": "ndjson"}
        lines = (await shop.http.post("/api/query", json=body)).text.count("\n")
        assert lines >= 300_000
        cut = await shop.run("SELECT number FROM numbers(300000)", limit=10)
        assert len(cut["rows"]) == 10 and cut["truncated"] == "rows"

    async def test_what_takes_too_long_is_stopped_and_so_is_what_is_cancelled(self, shop: SqlServices):
        late = await shop.run(LONG, expect=504, timeout_seconds=1)
        assert late["type"].endswith("database-time")
        query_id = "cd" * 16
        going = asyncio.create_task(shop.run(LONG, expect=409, timeout_seconds=60, query_id=query_id))
        async with asyncio.timeout(30):
            while (await shop.http.delete(f"/api/query/{query_id}")).status_code != 204:
                await asyncio.sleep(0.05)
            assert (await going)["type"].endswith("database-cancelled")
        assert (await shop.run("SELECT 1 AS one"))["rows"] == [[1]]

    async def test_the_server_itself_refuses_what_the_guard_might_let_through(self, shop: SqlServices):
        session = await open_session(checked(Target(**shop.described, user="reader")), 20)
        for statement in (
            "INSERT INTO canary VALUES (1, 'x')", "DROP TABLE canary", "SELECT 1 SETTINGS max_threads = 1",
            "CREATE TABLE x (a Int32) ENGINE = Memory", "SET readonly = 0",
            "SELECT * FROM url('http://127.0.0.1:1', 'CSV')",
        ):  # fmt: skip
            with pytest.raises(DatabaseFailed):
                async with session.run(statement, (), Limits()) as result:
                    assert [row async for batch in result.batches for row in batch] == []
            if session.broken:
                session = await open_session(checked(Target(**shop.described, user="reader")), 20)
        await session.close()

    async def test_a_change_is_refused_with_a_reason(self, shop: SqlServices):
        roles = {"see": ["*"], "ask": ["*"], "run": ["*"], "write": ["*"]}
        assert (await shop.http.patch("/api/connections/shop", json={"roles": roles, "test": False})).status_code == 200
        refused = await shop.run("INSERT INTO canary (id, word) VALUES (1, 'x')", expect=403)
        assert "cannot preview changes" in refused["detail"]

    async def test_masks_and_filters_hold(self, shop: SqlServices):
        rules = {
            "masks": [
                {"table": "customers", "column": "city", "how": "hash"},
                {"table": "customers", "column": "name", "how": "null"},
                {"table": "orders", "column": "created_at", "how": "partial"},
            ],
            "filters": [{"table": "orders", "where": "status = 'paid'"}],
        }
        answer = await shop.http.patch("/api/connections/shop", json={"rules": rules, "test": False})
        assert answer.status_code == 200, answer.text
        rows = (await shop.run("SELECT name, city FROM customers ORDER BY id"))["rows"]
        assert rows[0][0] is None and len(rows[0][1]) == 64
        rows = (await shop.run("SELECT o.id, created_at FROM orders o ORDER BY o.id"))["rows"]
        assert [row[0] for row in rows] == [1, 3] and all(row[1].startswith("****") for row in rows)

    async def test_a_plan_is_shown(self, shop: SqlServices):
        body = {"connection_id": "shop", "sql": "SELECT id FROM orders WHERE id = 1"}
        plan = (await shop.http.post("/api/query/explain", json=body)).json()["plan"]
        assert any("orders" in line for line in plan)

    async def test_questions_are_answered_by_rules(self, shop: SqlServices):
        for question, expected in (
            ("how many orders are there", [[3]]), ("订单有多少", [[3]]),
            ("sum of the total of orders by status", [["paid", "117.50"], ["new", "60.00"]]),
            ("how many orders per month in 2024", [["2024-01", 1], ["2024-02", 2]]),
        ):  # fmt: skip
            answer = await shop.ask(question)
            assert answer["status"] == "ready", str(answer)
            rows = [sorted(map(str, row)) for row in answer["result"]["rows"]]
            assert sorted(rows) == sorted(sorted(map(str, row)) for row in expected), answer["sql"]

    @pytest.mark.heavy
    async def test_every_harmless_query_runs(self, shop: SqlServices):
        failed = {}
        for query in (*dialects.harmless("clickhouse"), *everywhere("clickhouse")):
            answer = await shop.http.post("/api/query", json={"connection_id": "shop", "sql": query})
            if answer.status_code != 200:
                failed[query] = answer.json()["detail"]
        assert not failed


@pytest.fixture(scope="module")
def snowflake_port() -> Iterator[int]:
    with running("snowflake") as port:
        yield port


@pytest.fixture
async def warehouse(snowflake_port: int, tmp_path: Path) -> AsyncIterator[SqlServices]:
    async with sql_services(tmp_path / "data", connect_seconds_max=20) as made:
        await made.connect(
            engine="snowflake", host="127.0.0.1", port=snowflake_port, database="SHOP", user="reader", tls="off",
            password="SnowSecret1", options={"schema": "PUBLIC"},
        )  # fmt: skip
        yield made


class TestSnowflake:
    async def test_tables_and_values_are_read(self, warehouse: SqlServices):
        found = (await warehouse.http.get("/api/connections/shop")).json()["tested"]
        assert found["server"].startswith("Snowflake") and found["may_write"] is None and found["warnings"]
        tables = (await warehouse.http.get("/api/connections/shop/schema")).json()["tables"]
        orders = next(table for table in tables if table["name"] == "ORDERS")
        names = [column["name"] for column in orders["columns"]]
        assert names == ["ID", "CUSTOMER_ID", "STATUS", "TOTAL", "CREATED_AT"]
        answer = await warehouse.run("SELECT total, created_at, status FROM orders WHERE id = :id", params={"id": 2})
        assert [column["type"] for column in answer["columns"]] == ["decimal", "timestamp", "text"]
        assert answer["rows"] == [["60.00", "2024-02-03 09:30:00", "new"]]

    async def test_a_change_is_shown_first_and_made_only_when_told_to(self, warehouse: SqlServices):
        sql = "UPDATE orders SET status = 'sent' WHERE id = 2"
        roles = {"see": ["*"], "ask": ["*"], "run": ["*"], "write": ["*"]}
        await warehouse.http.patch("/api/connections/shop", json={"roles": roles, "test": False})
        assert (await warehouse.run(sql))["changed"] == 1
        assert (await warehouse.run("SELECT status FROM orders WHERE id = 2"))["rows"] == [["new"]]

    async def test_masks_find_tables_that_are_written_without_quotes(self, warehouse: SqlServices):
        rules = {"masks": [{"table": "ORDERS", "column": "STATUS", "how": "null"}], "filters": []}
        await warehouse.http.patch("/api/connections/shop", json={"rules": rules, "test": False})
        rows = (await warehouse.run("SELECT orders.status FROM orders WHERE orders.id = 1"))["rows"]
        assert rows == [[None]]

    async def test_questions_are_answered_by_rules(self, warehouse: SqlServices):
        answer = await warehouse.ask("sum of the total of orders by status")
        assert answer["status"] == "ready", str(answer)
        assert sorted((status, float(total)) for status, total in answer["result"]["rows"]) == [
            ("new", 60),
            ("paid", 117.5),
        ]


@pytest.fixture(scope="module")
def bigquery_port() -> Iterator[int]:
    with running("bigquery") as port:
        yield port


@pytest.fixture
async def dataset(bigquery_port: int, tmp_path: Path) -> AsyncIterator[SqlServices]:
    async with sql_services(tmp_path / "data", connect_seconds_max=20) as made:
        await made.connect(
            engine="bigquery", host="127.0.0.1", port=bigquery_port, database="demo.shop", tls="off",
            options={"bytes_billed_max": "1000000"},
        )  # fmt: skip
        yield made


class TestBigquery:
    async def test_tables_are_read_with_their_keys_and_no_values(self, dataset: SqlServices):
        tables = (await dataset.http.get("/api/connections/shop/schema")).json()["tables"]
        orders = next(table for table in tables if table["name"] == "orders")
        assert (orders["comment"], orders["rows"], orders["primary_key"]) == ("all orders", 3, ["id"])
        assert orders["foreign_keys"] == [{"columns": ["customer_id"], "table": "customers", "table_columns": ["id"]}]
        kinds = [(column["name"], column["type"], column["nullable"]) for column in orders["columns"]]
        assert kinds[0] == ("id", "INTEGER", False) and kinds[5] == ("tags", "ARRAY<STRING>", True)
        assert not any(column["samples"] for column in orders["columns"])

    async def test_values_are_bound_and_cells_typed(self, dataset: SqlServices):
        sql = "SELECT id, total, tags, created_at FROM `demo.shop.orders` WHERE id < :most AND status = :status"
        answer = await dataset.run(sql, params={"most": 3, "status": "paid"})
        assert [column["type"] for column in answer["columns"]] == ["integer", "decimal", "array", "timestamp"]
        assert answer["rows"] == [[1, "92.50", ["a", "b"], "2024-01-15 10:00:00+00:00"]]
        many = await dataset.run("SELECT x FROM UNNEST(GENERATE_ARRAY(1, 12000)) AS x", limit=11_000)
        assert len(many["rows"]) == 11_000 and many["truncated"] == "rows"

    async def test_what_would_read_too_much_is_not_run(self, dataset: SqlServices):
        refused = await dataset.run("SELECT * FROM events", expect=413)
        assert "bytes_billed_max" in refused["detail"]

    async def test_its_own_reading_of_a_statement_counts_too(self, dataset: SqlServices, bigquery_port: int):
        target = checked(Target("bigquery", host="127.0.0.1", port=bigquery_port, database="demo.shop", tls="off"))
        session = await open_session(target, 20)
        for statement in ("INSERT INTO orders (id) VALUES (9)", "DELETE FROM orders WHERE true"):
            with pytest.raises(DatabaseFailed, match="not as a query") as failed:
                async with session.run(statement, (), Limits()):
                    pass
            assert failed.value.kind == "denied"
        await session.close()

    async def test_a_cancel_reaches_the_job(self, dataset: SqlServices):
        pairs = "UNNEST(GENERATE_ARRAY(1, 300000)) AS a, UNNEST(GENERATE_ARRAY(1, 300000)) AS b"
        query_id = "ef" * 16
        slow = dataset.run(f"SELECT COUNT(*) FROM {pairs} WHERE a * b = 7", expect=409, query_id=query_id)
        going = asyncio.create_task(slow)
        async with asyncio.timeout(30):
            while (await dataset.http.delete(f"/api/query/{query_id}")).status_code != 204:
                await asyncio.sleep(0.05)
            assert (await going)["type"].endswith("database-cancelled")
        assert (await dataset.run("SELECT 1 AS one"))["rows"] == [[1]]

    async def test_masks_hold_and_questions_are_answered(self, dataset: SqlServices):
        rules = {"masks": [{"table": "customers", "column": "city", "how": "null"}], "filters": []}
        await dataset.http.patch("/api/connections/shop", json={"rules": rules, "test": False})
        assert (await dataset.run("SELECT city FROM customers"))["rows"] == [[None], [None]]
        answer = await dataset.ask("how many orders per status")
        assert answer["status"] == "ready", str(answer)
        assert sorted(answer["result"]["rows"]) == [["new", 1], ["paid", 2]]
