"""What the engines behind blocking drivers share, and what each says when nobody is there."""

from pathlib import Path

import pytest

from aistack.databases.engines.dbapi.reflection import ReflectedEngine
from aistack.databases.session import DatabaseFailed
from aistack.databases.target import Target
from harness.processes import free_port
from harness.services.sql import sql_services
from harness.sql.shop import make_sqlite

SERVER = {"host": "h", "database": "x"}


class ShopEngine(ReflectedEngine):
    """SQLite through SQLAlchemy, to try what all reflected engines share."""

    product, paramstyle, version = "Shop", "qmark", "SELECT sqlite_version()"
    rows_query = "SELECT 'main', 'orders', 5"

    def url(self) -> str:
        return f"sqlite:///{self.target.path}"

    def connect_arguments(self, seconds: float) -> dict[str, object]:
        return {"timeout": seconds}

    def schemas(self, inspector: object) -> list[str | None]:
        return ["main"]

    def privileges(self, cursor: object) -> tuple[bool, list[str], list[str]]:
        return True, ["it may"], []


class TestReflected:
    @pytest.fixture
    def engine(self, tmp_path: Path) -> ShopEngine:
        return ShopEngine(Target("sqlite", path=str(make_sqlite(tmp_path / "shop.sqlite"))), 5)

    def test_the_schema_has_types_keys_and_indexes(self, engine: ShopEngine):
        tables = {table["name"]: table for table in engine.schema()["tables"]}
        orders = tables["orders"]
        assert orders["rows"] == 5 and orders["primary_key"] == ["id"]
        assert orders["columns"][3]["name"] == "total" and "10, 2" in orders["columns"][3]["type"]
        assert orders["foreign_keys"][0]["columns"] == ["customer_id"]
        assert {"name": "orders_by_status", "columns": ["status"], "unique": False} in orders["indexes"]
        assert engine.probe()["warnings"] == ["it may"]

    def test_values_are_bound_and_rows_come_in_parts(self, engine: ShopEngine):
        with engine.statement(
            "SELECT id, note FROM orders WHERE id > \0? AND note LIKE '%' ORDER BY id", [0], "read", 5
        ) as found:
            first = found.fetch(2)
            assert found.columns(first) == [("id", "integer"), ("note", "text")]
            assert [row[0] for row in (*first, *found.fetch(10))] == [1, 3, 5]
        with pytest.raises(DatabaseFailed, match="parameters"), engine.statement("SELECT 1", [1], "read", 5):
            pass

    def test_what_is_only_shown_is_undone(self, engine: ShopEngine):
        change = "UPDATE orders SET status = 'gone' WHERE id < 3"
        for mode, left in (("preview", 0), ("apply", 2)):
            with engine.statement(change, [], mode, 5) as found:
                assert found.changed == 2
            with engine.statement("SELECT count(*) FROM orders WHERE status = 'gone'", [], "read", 5) as found:
                assert found.fetch(1) == [[left]]

    def test_what_the_server_says_is_told(self, engine: ShopEngine):
        with (
            pytest.raises(DatabaseFailed, match="no such table") as failed,
            engine.statement("SELECT * FROM x", [], "read", 5),
        ):
            pass
        assert failed.value.kind == "failed"


class TestUnreachable:
    @pytest.mark.parametrize("engine", ["sqlserver", "oracle", "clickhouse", "snowflake", "bigquery", "mongodb"])
    async def test_a_server_that_is_not_there_is_named(self, engine: str, tmp_path: Path):
        async with sql_services(tmp_path / "data", connect_seconds_max=3) as made:
            dead = {
                "name": "dead", "engine": engine, "host": "127.0.0.1", "port": free_port(), "database": "x",
                "tls": "off", "user": "reader", "password": "" if engine == "bigquery" else "x",
            }  # fmt: skip
            answer = await made.http.post("/api/connections", json=dead)
            assert answer.status_code == 502, answer.text
            assert "cannot be reached" in answer.json()["detail"] or "did not answer" in answer.json()["detail"]

    @pytest.mark.parametrize(
        ("described", "says"),
        [
            ({"engine": "sqlserver", "host": "h"}, "host and database"),
            ({"engine": "bigquery", "database": "p.d"}, "database and password"),
            (SERVER | {"engine": "oracle", "path": "/x"}, "no path"),
            (
                {"engine": "oracle", "host": "h", "database": "x", "options": {"role": "x"}},
                "no option role; allowed: schemas",
            ),
            (SERVER | {"engine": "clickhouse", "options": {"role": "x"}}, "no option role"),
            (SERVER | {"engine": "snowflake", "options": {"role": ""}}, "1 to 200 characters"),
            (SERVER | {"engine": "snowflake", "ssh_host": "y", "ssh_user": "u"}, "HTTPS"),
            (
                {"engine": "bigquery", "database": "p.d", "password": "x", "options": {"bytes_billed_max": "much"}},
                "number",
            ),
        ],
    )
    async def test_descriptions_that_do_not_hold_together_say_so(self, described: dict, says: str, tmp_path: Path):
        async with sql_services(tmp_path / "data") as made:
            answer = await made.http.post("/api/connections", json={"name": "shop"} | described)
            assert answer.status_code == 400 and says in answer.json()["detail"], answer.text
