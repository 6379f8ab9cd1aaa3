"""The caller in row filters: always bound, never part of the SQL, and nothing matches what the caller does not have."""

import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aistack.connection.rules.binding import bind
from aistack.connection.rules.model import Relation, RowFilter, Rules
from aistack.databases.target import Target
from aistack.query.guard.caller_values import reserved
from aistack.query.guard.lexer import RULES
from aistack.query.guard.masking import restricted
from aistack.query.guard.parameters import bound
from aistack.query.guard.statement_check import Refused, check

ADA = {"groups": ["group:sales", "group:north"], "id": ["user:ada"], "name": ["Ada"], "email": ["ada@example.org"]}
NOBODY = {"groups": [], "id": ["user:new"], "name": [""], "email": [""]}


ENGINES = {"tsql": "sqlserver"}
RELATIONS = [
    Relation(name="orders", columns=dict.fromkeys(("id", "team", "owner", "mail", "name"), "TEXT")),
    Relation(name="customers", columns={"id": "TEXT"}),
]


def rewritten(where: str, caller: dict, dialect: str = "sqlite", sql: str = "SELECT id FROM orders ORDER BY id"):
    checked, engine = check(sql, dialect), ENGINES.get(dialect, dialect)
    rules = bind(Rules(filters=[RowFilter(table="orders", where=where)]), RELATIONS, engine, "")
    done = restricted(checked, rules, Target(engine), caller, b"key")
    return bound(done.sql, dialect, done.values)


@pytest.fixture
def orders() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE orders (id INTEGER, team TEXT, owner TEXT, mail TEXT)")
    rows = [(1, "group:sales", "user:ada", "ADA@example.org"), (2, "group:south", "user:bob", "bob@example.org")]
    rows += [(3, "public", "user:new", ""), (4, None, None, None)]
    connection.executemany("INSERT INTO orders VALUES (?, ?, ?, ?)", rows)
    return connection


@pytest.mark.parametrize(
    ("where", "of_ada", "of_nobody"),
    [
        ("team IN ({caller.groups})", [1], []),
        ("team NOT IN ({caller.groups})", [2, 3], []),
        ("NOT (team IN ({caller.groups}))", [2, 3], []),
        ("team IN ({caller.groups}, 'public')", [1, 3], [3]),
        ("team IN ({caller.groups}) OR owner = {caller.id}", [1], [3]),
        ("lower(mail) = lower({ caller.email })", [1], []),
        ("mail <> {caller.email}", [1, 2, 3], []),
        ("NOT (mail = {caller.email})", [1, 2, 3], []),
        ("coalesce({caller.name}, '') = ''", [], []),
    ],
)
def test_rows_are_those_that_the_filter_gives_the_caller(
    orders: sqlite3.Connection, where: str, of_ada: list[int], of_nobody: list[int]
):
    for caller, ids in ((ADA, of_ada), (NOBODY, of_nobody)):
        sql, values = rewritten(where, caller)
        assert [row[0] for row in orders.execute(sql, values)] == ids, sql


@pytest.mark.parametrize("dialect", RULES)
def test_values_are_bound_in_every_dialect(dialect: str):
    hostile = {"groups": ["x') OR 1=1 --", "b"], "id": ["' OR '1'='1"], "name": ["\\'; DROP TABLE t"], "email": ["e"]}
    where = "team IN ({caller.groups}) OR owner = {caller.id} OR name = {caller.name} OR mail = {caller.email}"
    sql, values = rewritten(where, hostile, dialect)
    assert values == ["x') OR 1=1 --", "b", "' OR '1'='1", "\\'; DROP TABLE t", "e"]
    assert "OR 1" not in sql and "DROP" not in sql and "caller" not in sql


@pytest.mark.parametrize("dialect", RULES)
def test_a_missing_value_leaves_no_parameter_behind(dialect: str):
    sql, values = rewritten("team IN ({caller.groups}) AND mail = {caller.email}", NOBODY, dialect)
    assert values == [] and "caller" not in sql and "NULL" in sql


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=30), max_size=5))
def test_no_text_of_a_caller_reaches_the_sql(texts: list[str]):
    sql, values = rewritten("team IN ({caller.groups})", ADA | {"groups": texts})
    assert values == texts
    assert sql == rewritten("team IN ({caller.groups})", ADA | {"groups": ["x"] * len(texts)})[0]


@pytest.mark.parametrize(
    "where", ["team = '{caller.id}'", "id = 1 /* {caller.id} */", "{caller.password} = 1", "id = {caller.}"]
)
def test_what_cannot_be_bound_is_refused(where: str):
    with pytest.raises(Refused, match="row filter of orders"):
        rewritten(where, ADA)


def test_filters_of_other_tables_do_not_matter():
    assert rewritten("{caller.oops}", ADA, sql="SELECT 1 FROM customers") == ("SELECT 1 FROM customers", [])


def test_a_callers_own_parameters_cannot_take_the_names():
    assert reserved({"city": "Kiel", "caller__id": "user:ada"}) == "caller__id"
    assert reserved({"city": "Kiel"}) == ""
