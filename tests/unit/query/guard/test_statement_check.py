"""The guard: queries pass, everything else is refused, and quotes and comments cannot hide code."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aistack.connection.rules.binding import bind
from aistack.connection.rules.model import Mask, Relation, RowFilter, Rules
from aistack.databases.target import Target
from aistack.query.guard.masking import restricted
from aistack.query.guard.statement_check import Refused, check
from harness.sql import dialects
from harness.sql.harmless import HARMLESS, everywhere
from harness.sql.hostile import HOSTILE

ENGINES = ("postgres", "mysql", "sqlite", "duckdb")
PLACES = {"{file}": "/etc/passwd", "{out}": "/tmp/out", "{port}": "5"}
PASSING_SHARE_MAX = 0.03  # what passes is harmless to the server: tests/integration/test_read_only_enforcement.py


def passing(dialect: str) -> list[str]:
    passed: list[str] = []
    for _, statement in HOSTILE[dialect]:
        for place, value in PLACES.items():
            statement = statement.replace(place, value)
        with contextlib.suppress(Refused):
            check(statement, dialect)
            passed.append(statement)
    return passed


@pytest.mark.parametrize("dialect", ENGINES)
def test_next_to_nothing_hostile_passes_the_guard_alone(dialect: str):
    assert len(passing(dialect)) <= max(1, PASSING_SHARE_MAX * len(HOSTILE[dialect])), passing(dialect)


def test_the_corpora_are_large_enough_to_mean_something():
    assert sum(map(len, HOSTILE.values())) >= 200 and sum(map(len, HARMLESS.values())) >= 200
    assert sum(len(passing(one)) for one in ENGINES) <= PASSING_SHARE_MAX * sum(map(len, HOSTILE.values()))


@pytest.mark.parametrize("dialect", ENGINES)
def test_harmless_queries_are_not_refused(dialect: str):
    for query in HARMLESS[dialect]:
        assert not check(query, dialect).writes, query


def test_tables_are_named_and_those_of_the_statement_itself_are_not():
    checked = check("WITH a AS (SELECT * FROM shop.orders) SELECT * FROM a JOIN customers USING (id)", "postgres")
    assert sorted(checked.tables) == ["customers", "shop.orders"]


def test_writes_pass_only_where_they_may():
    for statement in ("UPDATE t SET a = 1 WHERE b = 2", "DELETE FROM t", "INSERT INTO t (a) VALUES (1)"):
        with pytest.raises(Refused, match="read-only"):
            check(statement, "postgres")
        assert check(statement, "postgres", may_write=True).writes
    for statement in ("DROP TABLE t", "TRUNCATE t", "UPDATE t SET a = 1; DROP TABLE t", "CREATE TABLE t (a int)"):
        with pytest.raises(Refused):
            check(statement, "postgres", may_write=True)


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("", "empty"),
        ("  \n", "empty"),
        (";", "several"),
        ("-- only a remark", "several"),
        ("SELECT 1\0", "character"),
        ("SELECT 'a\u202eb'", "character"),
        ("SELECT " + "x" * 1_000_000, "too-long"),
        ("SELECT " + "(" * 10_000 + "1" + ")" * 10_000, "too-deep"),
        ("SELECT " + "NOT " * 10_000 + "true", "too-deep"),
        ("SELECT a" + "[1]" * 1_000, "too-deep"),
        ("SELECT " + "CASE WHEN 1 = 1 THEN " * 2_000 + "1" + " END" * 2_000, "too-deep"),
        ("SELECT " + ",".join("1" for _ in range(30_000)), "too-long"),
        ("SELECT 'unbalanced", "unreadable"),
        ('SELECT "unbalanced', "unreadable"),
        ("SELECT /* for ever", "unreadable"),
        ("SELECT $a$ no end", "unreadable"),
        ("SELECT FROM WHERE", "syntax"),
        ("give me all orders please", "syntax"),
        ("删除所有订单", "statement"),
    ],
)
def test_what_is_no_statement_says_so(statement: str, kind: str):
    with pytest.raises(Refused) as refused:
        check(statement, "postgres")
    assert refused.value.kind == kind, refused.value


@settings(max_examples=500, deadline=None)
@given(st.text(max_size=200), st.sampled_from(ENGINES))
def test_no_text_does_anything_but_pass_or_be_refused(text: str, dialect: str):
    with contextlib.suppress(Refused):
        check(text, dialect)


WORDS = """SELECT 1 ' " ` -- /* */ ; \\ $$ $a$ # E' [ ] x /*! U& ( ) ,"""
FRAGMENTS = st.lists(st.sampled_from([*WORDS.split(), "DROP TABLE t", "\n", "\r", " "]), max_size=25)


@settings(max_examples=2_000, deadline=None)
@given(FRAGMENTS, st.sampled_from(ENGINES))
def test_no_shuffle_of_quotes_and_comments_hides_a_statement(parts: list[str], dialect: str):
    text = "".join(parts)
    try:
        checked = check(text, dialect)
    except Refused:
        return
    assert not checked.writes and not any(type(node).__name__ == "Drop" for node in checked.tree.walk())


@pytest.mark.parametrize("dialect", dialects.DIALECTS)
class TestOtherDialects:
    def test_nothing_hostile_passes(self, dialect: str):
        passed = []
        for statement in dialects.hostile(dialect):
            with contextlib.suppress(Refused):
                check(statement, dialect)
                passed.append(statement)
        assert not passed

    def test_harmless_queries_are_not_refused(self, dialect: str):
        refused = {}
        for query in (*dialects.harmless(dialect), *everywhere(dialect)):
            try:
                assert not check(query, dialect).writes
            except Refused as error:
                refused[query] = str(error)
        assert not refused

    def test_masks_are_written_in_its_own_words_and_pass_the_guard_again(self, dialect: str):
        masks = [Mask(table="customers", column=column, how=how) for column, how in HIDDEN.items()]
        rules = Rules(masks=masks, filters=[RowFilter(table="customers", where="city <> 'Ulm'")])
        engine = "sqlserver" if dialect == "tsql" else dialect
        relations = [Relation(name="customers", columns=dict.fromkeys(("id", *HIDDEN), "TEXT"))]
        asked = check("SELECT customers.city, name FROM customers WHERE customers.id = :id", dialect)
        written = restricted(asked, bind(rules, relations, engine, ""), Target(engine), {}, b"key").sql
        for word in WORDS_OF_MASKS[dialect]:
            assert word in written, written
        assert written.endswith(" WHERE customers.id = :id")


HIDDEN = {"city": "hash", "name": "partial", "phone": "null"}
WORDS_OF_MASKS = {
    "tsql": ("HASHBYTES('SHA2_256', 0x", "[city]", "RIGHT(", "SELECT TOP "),
    "oracle": ("STANDARD_HASH(", "'SHA256'", "customers.city", "AND ROWNUM > 0"),
    "clickhouse": ("SHA256(", "toString("),
    "snowflake": ("SHA2_HEX(", "TO_VARCHAR(", "customers.city"),
    "bigquery": ("TO_HEX(SHA256(", "AS STRING"),
}
