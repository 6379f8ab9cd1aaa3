"""Grouping by a primary key works with row filters and masks as it does without, where the engine allows it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from harness.servers.postgres import new_database
from harness.services.sql import SqlServices, sql_services

pytestmark = pytest.mark.heavy

TABLES = """
CREATE TABLE t (id int PRIMARY KEY, name text, "Odd Name" int, at date, payload json, place point, tags text[]);
CREATE TABLE u (a int, b int, k int, note text, PRIMARY KEY (a, b));
CREATE SCHEMA other; CREATE TABLE other.t (id int, name text, PRIMARY KEY (id));
INSERT INTO t VALUES (1, 'x', 5, '2024-01-01', '{"a": 1}', '(1,2)', '{a}'),
  (2, 'x', 6, NULL, '{"a": 2}', NULL, '{b,c}'),
  (3, NULL, 7, NULL, NULL, NULL, NULL);
INSERT INTO u VALUES (1, 1, 1, 'p'), (1, 2, 1, 'q'), (2, 1, 2, 'r'); INSERT INTO other.t VALUES (1, 'o')
"""
SAME = [
    "SELECT t.id, t.name, count(*) FROM t JOIN u ON u.k = t.id GROUP BY t.id ORDER BY 1",
    "SELECT t.*, count(u.k) AS n FROM t LEFT JOIN u ON u.k = t.id GROUP BY t.id ORDER BY t.id",
    "SELECT * FROM t GROUP BY id ORDER BY id",
    "SELECT id, name, payload FROM t GROUP BY id ORDER BY id",
    "SELECT id, payload->>'a' AS v, place FROM t GROUP BY 1 ORDER BY name, 1",
    "SELECT x.id AS kk, upper(x.name), max(u.note) FROM public.t AS x JOIN u ON x.id = u.k GROUP BY kk ORDER BY 1",
    "SELECT public.t.name FROM public.t GROUP BY public.t.id ORDER BY public.t.id",
    'SELECT "Odd Name" FROM t GROUP BY (id) HAVING "Odd Name" > 5 ORDER BY at NULLS LAST, id',
    "SELECT u.note, u.k FROM u GROUP BY a, u.b ORDER BY u.a, b",
    "SELECT t.name, u.note, count(*) FROM t JOIN u ON t.id = u.k GROUP BY t.id, u.a, u.b ORDER BY 1, 2",
    "SELECT t.name, t.at, u.note FROM t JOIN u ON t.id = u.k GROUP BY t.id, ROLLUP (u.note) ORDER BY t.id, 3",
    "SELECT id, (SELECT max(note) FROM u WHERE u.k = t.id AND t.name = 'x') FROM t GROUP BY id ORDER BY id",
    "SELECT (SELECT count(*) FROM u GROUP BY t.id LIMIT 1), t.name FROM t ORDER BY t.id",
    "SELECT n FROM (SELECT t.id, t.name AS n, json_agg(t.payload) FROM t GROUP BY t.id) s ORDER BY id",
    "WITH w AS (SELECT t.name, sum(u.b) AS s FROM t JOIN u ON u.k = t.id GROUP BY t.id) SELECT * FROM w ORDER BY 2",
    "SELECT DISTINCT ON (name) name, tags FROM t GROUP BY id ORDER BY name, at NULLS LAST, id",
    "SELECT o.name FROM other.t o GROUP BY o.id UNION ALL SELECT t.name FROM t GROUP BY t.id ORDER BY 1",
    "SELECT t.name, sum(count(*)) OVER (PARTITION BY t.name ORDER BY t.id) FROM t GROUP BY t.id ORDER BY t.id",
    "SELECT id, t.name, count(*) FROM t JOIN (SELECT k AS id FROM u) v USING (id) GROUP BY id ORDER BY id",
]  # fmt: skip
REFUSED = (
    "SELECT id, name FROM t GROUP BY name",
    "SELECT u.note FROM u GROUP BY u.a",
    "SELECT name FROM t GROUP BY ROLLUP (id)",
)
NOTHING_HIDDEN = {
    "filters": [{"table": one, "where": "1 = 1"} for one in ("t", "u", "other.t")],
    "masks": [{"table": "u", "column": "note", "how": "null", "except_for": ["*"]}],
}


@pytest.fixture
async def services(tmp_path: Path, postgres: str) -> AsyncIterator[SqlServices]:
    import asyncpg

    url = await new_database(postgres)
    connection = await asyncpg.connect(url)
    await connection.execute(TABLES)
    if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = 'reader'"):
        await connection.execute("CREATE ROLE reader LOGIN PASSWORD 'only-reads'")
    await connection.execute(
        "GRANT USAGE ON SCHEMA other TO reader; GRANT SELECT ON ALL TABLES IN SCHEMA other TO reader"
    )
    await connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
    await connection.close()
    account = {"engine": "postgres", "host": "127.0.0.1", "user": "reader", "password": "only-reads", "tls": "off"}
    port, _, name = url.rpartition(":")[2].partition("/")
    async with sql_services(tmp_path) as made:
        await made.connect(**account, port=int(port), database=name)
        yield made


async def rule(services: SqlServices, rules: dict) -> None:
    changed = await services.http.patch("/api/connections/shop", json={"rules": rules})
    assert changed.status_code == 200, changed.text
    services.query.state.runner.targets._cached.clear()


async def test_rules_that_hide_nothing_leave_grouping_by_a_key_as_it_is(services: SqlServices):
    first = {sql: await services.run(sql) for sql in SAME}
    await rule(services, NOTHING_HIDDEN)
    for sql, before in first.items():
        answer = await services.http.post("/api/query", json={"connection_id": "shop", "sql": sql})
        assert answer.status_code == 200, (sql, answer.text)
        now = answer.json()
        shown = [one["name"] for one in before["columns"]]
        assert ([one["name"] for one in now["columns"]], now["rows"]) == (shown, before["rows"]), sql
    await asyncio.gather(*(services.run(sql, expect=400) for sql in REFUSED))


async def test_only_rows_and_values_that_are_shown_are_grouped(services: SqlServices):
    filters = [{"table": "t", "where": "id <> 2"}]
    sql = "SELECT t.name, count(*) FROM t JOIN u ON u.k = t.id GROUP BY t.id"
    for how, expected in (("hash", [["****", 2]]), ("partial", None)):
        masks = [{"table": "t", "column": "id", "how": how}, {"table": "t", "column": "name", "how": "partial"}]
        await rule(services, {"filters": filters, "masks": masks})
        joined = (
            sql.replace("u.k = t.id", "u.note = 'p' OR u.note = 'q'")
            if how == "hash"
            else "SELECT name FROM t GROUP BY id"
        )
        answer = await services.run(joined, expect=200 if expected else 400)
        if expected:
            assert ["****", 2] in answer["rows"] and len(answer["rows"]) == 2


async def test_rows_whose_fields_travel_as_text_are_the_text_that_the_server_writes(services: SqlServices):
    answer = await services.run("SELECT t, ARRAY[t] AS listed FROM t WHERE id = 1")
    row = '(1,x,5,2024-01-01,"{""a"": 1}","(1,2)",{a})'
    assert answer["rows"] == [[row, [row]]]
