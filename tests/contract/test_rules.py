"""Rules bind however names are written, follow what depends on a table, and close what they no longer match."""

import hashlib
import hmac
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from aistack.connection.rules.binding import bind
from aistack.connection.rules.model import Mask, Relation, RowFilter, Rules
from aistack.databases.sealing import Sealer
from aistack.databases.target import Target
from aistack.query.guard.masking import restricted
from aistack.query.guard.masks import mask_key
from aistack.query.guard.statement_check import Refused, check
from harness.services.sql import KEY
from harness.services.sql_people import People, person

pytestmark = pytest.mark.heavy

MAKER, STRANGER = person("maker"), person("stranger")


async def answer(people: People, sql: str, who: object = STRANGER) -> tuple[int, dict]:
    got = await people.call(who, "POST", "/api/query", {"connection_id": "shop", "sql": sql})
    return got.status_code, got.json()


def execute(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()


async def shop(people: People, **rules: object) -> Path:
    await people.connect(MAKER, rules=rules)
    await people.share(MAKER, "/api/connections/shop", {"everyone": "use"})
    return people.folder / f"{MAKER.subject.replace(':', '-')}-shop.sqlite"


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        ({"masks": [{"table": "nope", "column": "note"}]}, "no table nope"),
        ({"masks": [{"table": "orders", "column": "nope"}]}, "no column nope"),
        ({"filters": [{"table": '"Orders "', "where": "1 = 1"}]}, "no table"),
        ({"filters": [{"table": "orders", "where": "nope = 1"}]}, "nope, which does not exist"),
        ({"filters": [{"table": "orders", "where": "id IN (SELECT nope FROM customers)"}]}, "nope, which does not"),
        ({"filters": [{"table": "orders", "where": "id IN (SELECT id FROM nope)"}]}, "table nope"),
        ({"filters": [{"table": "orders", "where": "1 = 1 UNION SELECT 1"}]}, "one condition"),
        ({"filters": [{"table": "orders", "where": "1 = 1) OR (1 = 1"}]}, "not a condition"),
        ({"filters": [{"table": "orders", "where": "status = {caller.shoe_size}"}]}, "shoe_size"),
        ({"only": {"tables": ["nope"]}}, "no table nope"),
    ],
)
async def test_rules_that_match_nothing_are_refused(people: People, rules: dict, why: str):
    await people.connect(MAKER)
    got = await people.call(MAKER, "PATCH", "/api/connections/shop", {"rules": rules})
    assert got.status_code == 400 and why in got.json()["detail"], got.text


async def test_a_renamed_column_or_table_closes_and_its_owner_is_told(people: People):
    masks = [{"table": '"orders"', "column": "`note`"}]
    path = await shop(people, masks=masks, filters=[{"table": "customers", "where": "city = 'London'"}])
    assert (await answer(people, "SELECT count(note) FROM main.Orders"))[1]["rows"] == [[0]]
    execute(path, "ALTER TABLE orders RENAME COLUMN note TO remark")
    targets = people.services.query.state.runner.targets
    connection = (await people.done(MAKER, "GET", "/api/connections/shop"))["id"]
    for sql in ("SELECT remark FROM orders", "SELECT * FROM orders"):
        targets._relations.clear()
        targets._stale.add(connection)
        status, told = await answer(people, sql)
        assert status == 400 and "address" not in str(told), told
    await people.done(MAKER, "GET", "/api/connections/shop/schema?refresh=true")
    assert "no column" in (await people.done(MAKER, "GET", "/api/connections/shop"))["rule_problems"][0]
    execute(path, "ALTER TABLE customers RENAME TO clients")
    targets._refreshed.clear()
    status, told = await answer(people, "SELECT * FROM clients")
    assert status == 400 and "Grace" not in str(told), told
    problems = (await people.done(MAKER, "GET", "/api/connections/shop"))["rule_problems"]
    assert any("no table customers" in one for one in problems)


async def test_views_over_tables_with_rules_are_closed_unless_they_have_their_own(people: People):
    path = await shop(people, filters=[{"table": "orders", "where": "status = 'paid'"}])
    execute(path, "CREATE VIEW every_order AS SELECT * FROM orders")
    status, told = await answer(people, "SELECT count(*) FROM every_order")
    assert status == 400 and "every_order" in told["detail"]
    schema = await people.done(STRANGER, "GET", "/api/connections/shop/schema?refresh=true")
    assert "every_order" not in [one["name"] for one in schema["tables"]]
    rules = {"filters": [{"table": one, "where": "status = 'paid'"} for one in ("orders", "every_order")]}
    await people.done(MAKER, "PATCH", "/api/connections/shop", {"rules": rules})
    people.services.query.state.runner.targets._cached.clear()
    assert (await answer(people, "SELECT count(*) FROM every_order"))[1]["rows"] == [[2]]


async def test_what_a_connection_is_not_limited_to_does_not_exist(people: People):
    await shop(people, only={"tables": ["customers"]})
    assert (await answer(people, "SELECT count(*) FROM customers"))[1]["rows"] == [[3]]
    for who in (STRANGER, MAKER):
        for sql in ("SELECT * FROM orders", "SELECT * FROM main.orders", "SELECT name FROM sqlite_master"):
            assert (await answer(people, sql, who))[0] == 400
        schema = await people.done(who, "GET", "/api/connections/shop/schema")
        assert [one["name"] for one in schema["tables"]] == ["customers"]
        assert await people.done(who, "GET", "/api/connections/shop/schema/search?q=orders") == []
    asked = {"connection_id": "shop", "question": "How many orders are there?"}
    assert "FROM orders" not in (await people.done(STRANGER, "POST", "/api/ai/query", asked))["sql"]


async def test_filters_name_claims_and_roles(people: People):
    await shop(
        people, filters=[{"table": "customers", "where": "city = {caller.claims.city} OR 'x' IN ({caller.roles})"}]
    )
    assert (await answer(people, "SELECT name FROM customers"))[1]["rows"] == []
    there = replace(STRANGER, attributes=(("city", "London"),))
    assert (await answer(people, "SELECT name FROM customers", there))[1]["rows"] == [["Ada Lovelace"]]


async def test_hashes_are_keyed_and_stay_the_same(people: People):
    await shop(people, masks=[{"table": "customers", "column": "name", "how": "hash"}])
    connection = (await people.done(MAKER, "GET", "/api/connections/shop"))["id"]
    key = mask_key(Sealer([KEY]).derived("masks"), connection)
    expected = hmac.new(key, b"Ada Lovelace", hashlib.sha256).hexdigest()
    assert (await answer(people, "SELECT name FROM customers WHERE id = 1"))[1]["rows"] == [[expected]]


RELATIONS = [
    Relation(name="claims", held_by="public", columns={"id": "int", "card": "text"}),
    Relation(name="other.claims", held_by="other", columns={"id": "int"}),
    Relation(name="claims_1", held_by="public", columns={"id": "int", "card": "text"}, parents=["claims"]),
    Relation(name="v", held_by="public", columns={"id": "int"}, reads=["claims_1"]),
]


def rewritten(sql: str, table: str = "claims") -> str:
    rules = Rules(masks=[Mask(table=table, column="card")], filters=[RowFilter(table=table, where="id > 1")])
    bound = bind(rules, RELATIONS, "postgres", "d")
    return restricted(check(sql, "postgres"), bound, Target("postgres", database="d"), {}, b"k").sql


ROWS = (
    '(SELECT "id", CASE WHEN 1 = 0 THEN "card" END AS "card" FROM "public"."claims" WHERE ("claims".id > 1) OFFSET 0)'
)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT COUNT( card )  FROM Claims -- x", f"SELECT COUNT( card )  FROM {ROWS} AS Claims -- x"),
        ('SELECT c.id FROM "public"."claims" c', f"SELECT c.id FROM {ROWS} c"),
        ("SELECT d.public.claims.id FROM d.public.claims", f"SELECT claims.id FROM {ROWS} AS claims"),
        ("WITH claims AS (SELECT 1 AS id) SELECT id FROM claims", None),
        (
            "WITH x AS (SELECT 1), claims AS (SELECT id FROM claims) SELECT id FROM claims",
            "AS claims) SELECT id FROM claims",
        ),
        ("SELECT id FROM other.claims", None),
    ],
)
def test_only_the_reference_to_the_table_is_rewritten(sql: str, expected: str | None):
    got = rewritten(sql)
    assert got == sql if expected is None else got.endswith(expected), got


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM v", "SELECT * FROM ONLY claims", "SELECT * FROM nope", "SELECT * FROM pg_stats",
        'WITH "CLAIMS" AS (SELECT 1) SELECT * FROM claims', "SELECT pg_total_relation_size('claims')",
        "SELECT * FROM claims TABLESAMPLE SYSTEM (1)", "SELECT * FROM e.public.claims",
    ],
)  # fmt: skip
def test_what_cannot_be_rewritten_is_refused(sql: str):
    with pytest.raises(Refused):
        rewritten(sql)


def test_partitions_have_the_rules_of_their_parents():
    assert 'FROM "public"."claims_1" WHERE ("claims_1".id > 1)' in rewritten("SELECT * FROM claims_1")
    assert "reltuples" not in rewritten("SELECT * FROM pg_class")
