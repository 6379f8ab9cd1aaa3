"""What the rules understand of a question, and the SQL of it."""

from datetime import date
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from aistack.ai.rules.grammar.question_parser import QuestionParser
from aistack.ai.rules.sql.sql_generator import SqlGenerator
from aistack.ai.schema.profiles import Column
from aistack.ai.schema.schema_graph import SchemaGraph
from aistack.ai.schema.semantic_layer import Layer, parse_layer
from aistack.query.guard.statement_check import check
from harness.sql.store_schema import schema, store_graph, table

TODAY = date(2026, 11, 21)
WORDS = (
    "customers orders products categories employees price total salary name city by of with without the most largest",
    "average number how many which what is are in 2024 last month and or not more than 5 per top 3 each",
    "订单 客户 产品 的 最多 多少 按 价格 平均 每个 没有 在 大于 和 前 个 2023年 总额 最便宜",
)


ANY_WORD = st.sampled_from(" ".join(WORDS).split())


@cache
def parser_of(engine: str) -> QuestionParser:
    return QuestionParser(store_graph(engine))


def sql_of(question: str, graph: SchemaGraph, **values: list) -> str:
    parsed = QuestionParser(graph).parse(question, values, TODAY)
    assert parsed.interpretations, parsed.unknown
    return SqlGenerator(graph, graph.schema.engine).statement(parsed.best[0])


class TestQuestionParser:
    def test_unknown_words_are_named(self):
        parsed = QuestionParser(store_graph()).parse("How many purple elephants are there in orders?", {}, TODAY)
        assert parsed.unknown == ("purple elephants",)

    def test_a_value_of_a_column_is_not_the_name_of_the_rows(self):
        kiel = {"Kiel": [(Column("customers", "city"), "Kiel")]}
        assert sql_of("customers from Kiel", store_graph(), **kiel) == (
            "SELECT customers.name FROM customers WHERE customers.city = 'Kiel'"
        )

    def test_rows_with_the_same_label_are_separate_groups(self):
        assert "GROUP BY customers.name, customers.id" in sql_of("number of orders per customer", store_graph())

    def test_values_are_escaped(self):
        evil = "x' OR '1'='1"
        for engine in ("sqlite", "postgres", "mysql", "duckdb"):
            graph = store_graph(engine)
            sql = sql_of(f'customers named "{evil}"', graph)
            assert "''1''=''1'" in sql
            assert check(sql, engine).tables == ["customers"] or check(sql, engine)
        assert "'a\\\\b'" in sql_of('customers named "a\\b"', store_graph("mysql"))

    def test_unusual_names_are_quoted(self):
        graph = SchemaGraph(
            schema(table("Order Details", {"id": "INTEGER", "Unit Price": "DECIMAL", "select": "TEXT"})), Layer()
        )
        sql = sql_of("average unit price of order details", graph)
        assert sql.startswith('SELECT AVG("Order Details"."Unit Price") AS average_unit_price FROM "Order Details"')

    def test_several_join_paths_are_ambiguous_and_cycles_are_not(self):
        graph = SchemaGraph(
            schema(
                table("teams", {"id": "INTEGER", "name": "TEXT", "captain_id": "INTEGER"}, {"captain_id": "players"}),
                table("players", {"id": "INTEGER", "name": "TEXT", "team_id": "INTEGER"}, {"team_id": "teams"}),
                table("games", {"id": "INTEGER", "home_id": "INTEGER", "guest_id": "INTEGER"},
                      {"home_id": "teams", "guest_id": "teams"}),
            ),
            Layer(),
        )  # fmt: skip
        parsed = QuestionParser(graph).parse("games of teams", {}, TODAY)
        assert len(parsed.best) == 2  # at home or as guests: the user is asked
        assert QuestionParser(graph).parse("number of players per team", {}, TODAY).interpretations

    def test_five_thousand_tables_are_parsed_in_time(self):
        tables = [
            table(f"table_{n}", {"id": "INTEGER", "name": "TEXT", "amount": "DECIMAL", "parent_id": "INTEGER"},
                  {"parent_id": f"table_{(n + 1) % 5000}"})
            for n in range(5000)
        ]  # fmt: skip
        graph = SchemaGraph(schema(*tables, table("orders", {"id": "INTEGER", "total": "DECIMAL"})), Layer())
        assert sql_of("how many orders are there", graph) == "SELECT COUNT(*) AS count FROM orders"

    @settings(max_examples=200, deadline=None)
    @given(
        st.lists(st.sampled_from(" ".join(WORDS).split()), min_size=1, max_size=9),
        st.sampled_from(["sqlite", "postgres", "mysql"]),
    )
    def test_every_generated_statement_passes_the_guard(self, words: list[str], engine: str):
        graph = parser_of(engine)
        parsed = graph.parse(" ".join(words), {}, TODAY)
        for meaning, _ in parsed.interpretations[:3]:
            checked = check(SqlGenerator(graph.graph, engine).statement(meaning), engine)
            assert not checked.writes

    @settings(max_examples=200, deadline=None)
    @given(st.text(max_size=80))
    def test_no_text_raises(self, text: str):
        parser = parser_of("sqlite")
        parser.parse(text, {}, TODAY)


class TestSemanticLayer:
    def test_joins_with_only_named_need_one_of_their_names(self):
        tables = (
            table("people", {"id": "INTEGER", "name": "TEXT"}),
            table("letters", {"id": "INTEGER", "subject": "TEXT", "writer": "INTEGER", "reader": "INTEGER"}),
        )
        layer = parse_layer("""
joins:
  - {match: letters.writer = people.id, names: [written by]}
  - {match: letters.reader = people.id, names: [sent to], only_named: true}
""")
        graph = SchemaGraph(schema(*tables), layer)
        ada = {"Ada": [(Column("people", "name"), "Ada")]}
        assert "letters.writer IN" in sql_of("letters of Ada", graph, **ada)
        assert "letters.reader IN" in sql_of("letters sent to Ada", graph, **ada)
