"""What the rules understand of a question: its units, numbers and times, its readings, and the SQL of them."""

from datetime import date
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aistack.ai.facts import Column
from aistack.ai.identifiers import parts_of
from aistack.ai.knowledge import Knowledge
from aistack.ai.rules.chart import SKIP, Entry, Rule, expanded, parse
from aistack.ai.rules.dates import spans_in
from aistack.ai.rules.numbers import number_at
from aistack.ai.rules.reading import Reader
from aistack.ai.rules.sql import Writer
from aistack.ai.rules.units import normal, units_of
from aistack.ai.rules.wording import Wording
from aistack.ai.semantics import Layer, parsed
from aistack.query.guard import check
from harness.sql.store_schema import knowledge, schema, table

TODAY = date(2026, 11, 21)
WORDS = (
    "customers orders products categories employees price total salary name city by of with without the most largest",
    "average number how many which what is are in 2024 last month and or not more than 5 per top 3 each",
    "订单 客户 产品 的 最多 多少 按 价格 平均 每个 没有 在 大于 和 前 个 2023年 总额 最便宜",
)


ANY_WORD = st.sampled_from(" ".join(WORDS).split())


@cache
def reader_of(engine: str) -> Reader:
    return Reader(knowledge(engine))


def forms(text: str) -> list[str]:
    return [unit.form for unit in units_of(normal(text))]


def sql_of(question: str, known: Knowledge, **values: list) -> str:
    reading = Reader(known).read(question, values, TODAY)
    assert reading.readings, reading.unknown
    return Writer(known, known.schema.engine).statement(reading.best[0])


class TestUnits:
    def test_words_are_compared_by_their_stems_and_chinese_by_characters(self):
        assert forms("Orders paid") == forms("order PAID")
        assert forms("订单Kiel的") == ["订", "单", "kiel", "的"]

    def test_quotes_hold_together_and_possessives_come_apart(self):
        assert forms('city "New York" of the customer\'s') == ["citi", "New York", "of", "the", "custom", "'s"]
        assert forms("城市“纽约”") == ["城", "市", "纽约"]

    @pytest.mark.parametrize(("said", "number"), [
        ("1,000", 1000), ("2.5 million", 2_500_000), ("three", 3), ("两百", 200), ("3.5万", 35_000), ("十二", 12),
        ("一千零五", 1005), ("二十", 20), ("1.2亿", 120_000_000), ("10k", 10_000),
    ])  # fmt: skip
    def test_numbers(self, said: str, number: float):
        found = number_at([unit.text for unit in units_of(normal(said))], 0)
        assert found is not None
        assert found[0] == pytest.approx(number)

    def test_identifiers_come_apart(self):
        assert parts_of("OrderDetails") == parts_of("order_details") == parts_of("orderdetails") == ["order", "details"]
        assert parts_of("HTTPServerID") == ["http", "server", "id"]


class TestTimes:
    @pytest.mark.parametrize(("said", "start", "end"), [
        ("in 2024", "2024-01-01", "2025-01-01"), ("2024年", "2024-01-01", "2025-01-01"),
        ("march 2024", "2024-03-01", "2024-04-01"), ("2024年3月", "2024-03-01", "2024-04-01"),
        ("2024年十二月", "2024-12-01", "2025-01-01"), ("Q2 2024", "2024-04-01", "2024-07-01"),
        ("2024年第二季度", "2024-04-01", "2024-07-01"), ("2024-02-29", "2024-02-29", "2024-03-01"),
        ("last month", "2026-10-01", "2026-11-01"), ("上个月", "2026-10-01", "2026-11-01"),
        ("this year", "2026-01-01", "2027-01-01"), ("去年", "2025-01-01", "2026-01-01"),
        ("last week", "2026-11-09", "2026-11-16"), ("last 7 days", "2026-11-15", "2026-11-22"),
        ("最近7天", "2026-11-15", "2026-11-22"), ("yesterday", "2026-11-20", "2026-11-21"),
        ("between 2020 and 2022", "2020-01-01", "2023-01-01"), ("2020年到2022年", "2020-01-01", "2023-01-01"),
        ("since 2020", "2020-01-01", "9999-12-31"), ("after 2020", "2021-01-01", "9999-12-31"),
        ("before 2020", "0001-01-01", "2020-01-01"), ("the last 2 months", "2026-09-22", "2026-11-22"),
        ("May 3, 2024", "2024-05-03", "2024-05-04"), ("2024年上半年", "2024-01-01", "2024-07-01"),
    ])  # fmt: skip
    def test_are_spans_of_days(self, said: str, start: str, end: str):
        assert (start, end) in [(span.start, span.end) for _, _, span in spans_in(said, TODAY)]

    @pytest.mark.parametrize("said", ["2024-13-40", "february 30 2024", "2023年13月", "99999", "last 999999999 years"])
    def test_that_are_none_are_let_be(self, said: str):
        for _, _, span in spans_in(said, TODAY):
            assert date.fromisoformat(span.start) < date.fromisoformat(span.end)


class TestTheChart:
    RULES = (
        *expanded("S", "NOUN WORD? S", lambda a, _, b: ((f"({a} {b})", 0.0),)),
        Rule("S", ("NOUN",), lambda a: ((a, 0.0),)),
    )

    def test_finds_the_cheapest_meaning(self):
        entries = [Entry(0, 1, "NOUN", "a"), Entry(1, 2, "NOUN", "b", 3.0), Entry(0, 2, "NOUN", "ab", 1.5)]
        assert parse(2, entries, self.RULES)["S"] == {"(a b)": 4.0, "ab": 1.5}

    def test_leaves_out_what_is_optional_and_what_means_nothing(self):
        entries = [
            Entry(0, 1, SKIP, None, 0.1), Entry(1, 2, "NOUN", "a"), Entry(2, 3, "WORD", "w"), Entry(3, 4, "NOUN", "b"),
            Entry(4, 5, SKIP, None, 0.1),
        ]  # fmt: skip
        assert parse(5, entries, self.RULES)["S"] == {"(a b)": pytest.approx(3.2)}

    def test_accounts_for_every_unit(self):
        assert "S" not in parse(3, [Entry(0, 1, "NOUN", "a"), Entry(2, 3, "NOUN", "b")], self.RULES)


class TestReadings:
    def test_words_that_nothing_explains_are_named(self):
        reading = Reader(knowledge()).read("How many purple elephants are there in orders?", {}, TODAY)
        assert reading.unknown == ("purple elephants",)

    def test_a_name_is_not_the_place_of_itself(self):
        kiel = {"Kiel": [(Column("customers", "city"), "Kiel")]}
        assert sql_of("customers from Kiel", knowledge(), **kiel) == (
            "SELECT customers.name FROM customers WHERE customers.city = 'Kiel'"
        )

    def test_people_with_the_same_name_are_not_one_group(self):
        assert "GROUP BY customers.name, customers.id" in sql_of("number of orders per customer", knowledge())

    def test_values_are_written_so_that_they_stay_values(self):
        evil = "x' OR '1'='1"
        for engine in ("sqlite", "postgres", "mysql", "duckdb"):
            known = knowledge(engine)
            sql = sql_of(f'customers named "{evil}"', known)
            assert "''1''=''1'" in sql
            assert check(sql, engine).tables == ["customers"] or check(sql, engine)
        assert "'a\\\\b'" in sql_of('customers named "a\\b"', knowledge("mysql"))

    def test_names_that_are_hard_to_write_are_quoted(self):
        known = Knowledge(
            schema(table("Order Details", {"id": "INTEGER", "Unit Price": "DECIMAL", "select": "TEXT"})), Layer()
        )
        sql = sql_of("average unit price of order details", known)
        assert sql.startswith('SELECT AVG("Order Details"."Unit Price") AS average_unit_price FROM "Order Details"')

    def test_cyclic_and_many_ways_between_tables_do_not_confuse(self):
        known = Knowledge(
            schema(
                table("teams", {"id": "INTEGER", "name": "TEXT", "captain_id": "INTEGER"}, {"captain_id": "players"}),
                table("players", {"id": "INTEGER", "name": "TEXT", "team_id": "INTEGER"}, {"team_id": "teams"}),
                table("games", {"id": "INTEGER", "home_id": "INTEGER", "guest_id": "INTEGER"},
                      {"home_id": "teams", "guest_id": "teams"}),
            ),
            Layer(),
        )  # fmt: skip
        reading = Reader(known).read("games of teams", {}, TODAY)
        assert len(reading.best) == 2  # at home, or as guests: asked back about
        assert Reader(known).read("number of players per team", {}, TODAY).readings

    def test_a_schema_of_five_thousand_tables_is_read_in_time(self):
        tables = [
            table(f"table_{n}", {"id": "INTEGER", "name": "TEXT", "amount": "DECIMAL", "parent_id": "INTEGER"},
                  {"parent_id": f"table_{(n + 1) % 5000}"})
            for n in range(5000)
        ]  # fmt: skip
        known = Knowledge(schema(*tables, table("orders", {"id": "INTEGER", "total": "DECIMAL"})), Layer())
        assert sql_of("how many orders are there", known) == "SELECT COUNT(*) AS count FROM orders"

    def test_meanings_are_said_back_in_both_languages(self):
        known = knowledge()
        for question, said in (
            ("average price of products by category", "average price of products, by categories"),
            ("每个类别的产品平均价格", "产品的平均价格，按类别分组"),
            ("customers without orders", "customers without orders"),
        ):
            (meaning, _), *_ = Reader(known).read(question, {}, TODAY).readings
            assert Wording(known, chinese=not question.isascii()).asked(meaning) == said

    @settings(max_examples=200, deadline=None)
    @given(
        st.lists(st.sampled_from(" ".join(WORDS).split()), min_size=1, max_size=9),
        st.sampled_from(["sqlite", "postgres", "mysql"]),
    )
    def test_whatever_is_understood_passes_the_walls(self, words: list[str], engine: str):
        known = reader_of(engine)
        reading = known.read(" ".join(words), {}, TODAY)
        for meaning, _ in reading.readings[:3]:
            checked = check(Writer(known.knowledge, engine).statement(meaning), engine)
            assert not checked.writes

    @settings(max_examples=200, deadline=None)
    @given(st.text(max_size=80))
    def test_no_text_breaks_it(self, text: str):
        reader = reader_of("sqlite")
        reader.read(text, {}, TODAY)


class TestLayers:
    def test_joins_that_take_a_word_are_not_taken_without(self):
        tables = (
            table("people", {"id": "INTEGER", "name": "TEXT"}),
            table("letters", {"id": "INTEGER", "subject": "TEXT", "writer": "INTEGER", "reader": "INTEGER"}),
        )
        layer = parsed("""
joins:
  - {match: letters.writer = people.id, names: [written by]}
  - {match: letters.reader = people.id, names: [sent to], only_named: true}
""")
        known = Knowledge(schema(*tables), layer)
        ada = {"Ada": [(Column("people", "name"), "Ada")]}
        assert "letters.writer IN" in sql_of("letters of Ada", known, **ada)
        assert "letters.reader IN" in sql_of("letters sent to Ada", known, **ada)
