"""The right picture for a result."""

import json

import pytest

from aistack.ai.answers.charts import chart_for
from aistack.ai.answers.sentence import sentence
from aistack.ai.generation.prompts import said
from aistack.ai.generation.voting import Candidate, difference, vote
from aistack.ai.statements.explanation import described
from aistack.query.wire import QueryAnswer


def result(columns: list[tuple[str, str]], rows: list[list]) -> QueryAnswer:
    return QueryAnswer(
        query_id="q", columns=[{"name": name, "type": kind} for name, kind in columns], rows=rows,
        row_count=len(rows), truncated="", elapsed_ms=1,
    )  # fmt: skip


MONTHS = result([("month", "text"), ("count", "int")], [["2024-01", 3], ["2024-02", 5], ["2024-03", None]])
NAMES = result([("city", "text"), ("total", "numeric")], [["Kiel", "3.5"], ["Ulm", "10"], [None, "2"]])


@pytest.mark.parametrize(("given", "question", "mark"), [
    (MONTHS, "", "line"), (NAMES, "", "bar"), (NAMES, "share of each city", "arc"), (NAMES, "各城市占比", "arc"),
    (result([("x", "float"), ("y", "float")], [[1.0, 2.0], [2.5, 3.5]]), "", "point"),
    (result([("n", "int")], [[3]]), "", ""), (result([("a", "text"), ("b", "text")], [["x", "y"], ["z", "w"]]), "", ""),
    (result([("a", "text"), ("b", "int")], []), "", ""),
    (result([("name", "text"), ("n", "int")], [[f"n{n}", n] for n in range(100)]), "", ""),
    (result([("month", "text"), ("city", "text"), ("n", "int")],
            [["2024-01", "a", 1], ["2024-01", "b", 2], ["2024-02", "a", 3]]), "", "line"),
])  # fmt: skip
def test_the_shape_of_the_result_decides(given: QueryAnswer, question: str, mark: str):
    chart = chart_for(given, question)
    drawn = "" if chart is None else chart["mark"]["type"] if isinstance(chart["mark"], dict) else chart["mark"]
    assert drawn == mark


def test_decimals_that_travel_as_text_are_numbers_in_a_picture():
    chart = chart_for(NAMES)
    assert chart is not None
    assert [row["total"] for row in chart["data"]["values"]] == [3.5, 10.0, 2.0]


def test_nothing_but_data_goes_into_it():
    evil = result([("a.b['x']", "text"), ("n", "int")], [["<script>", 1], ["datum.x; alert(1)", 2]])
    chart = chart_for(evil)
    assert chart is not None
    assert chart["encoding"]["y"]["field"] == r"a\.b\[\'x\'\]"
    assert "expr" not in json.dumps(chart)


def test_the_answer_in_words_has_the_numbers_in_it():
    one = result([("n", "int")], [[1234567]])
    assert sentence(one, "the number of orders", chinese=False) == "The number of orders: 1,234,567."
    assert sentence(one, "订单的数量", chinese=True) == "订单的数量：1,234,567。"
    assert "Kiel: 3.5" in sentence(NAMES, "totals", chinese=False)
    assert sentence(result([("n", "int")], []), "orders", chinese=False) == "Nothing was found: orders."


class TestVotes:
    def made(self, *rows: object) -> list[Candidate]:
        return [
            Candidate("model", f"SELECT {row}", result([("n", "int")], [[row]]) if row is not None else None,
                      "" if row is not None else "it fails")
            for row in rows
        ]  # fmt: skip

    @pytest.mark.parametrize(("rows", "confidence"), [
        ((1, 1, 1), 0.896), ((1, 1, 2), 0.597), ((1,), 0.741), ((1, None), 0.541), ((None, None), 0.0), ((), 0.0),
    ])  # fmt: skip
    def test_agreement_makes_sure(self, rows: tuple, confidence: float):
        assert vote(self.made(*rows))[1] == pytest.approx(confidence, abs=0.001)

    def test_rows_in_another_order_and_numbers_in_other_forms_are_the_same(self):
        a = Candidate("model", "a", result([("x", "text"), ("n", "numeric")], [["k", "1.50"], ["u", "2"]]))
        b = Candidate("rules", "b", result([("n", "float"), ("x", "text")], [[2.0, "u"], [1.5, "k"]]))
        assert len(vote([a, b])[0]) == 1

    @pytest.mark.parametrize(("one", "other", "kind"), [
        ("SELECT SUM(x) FROM t", "SELECT AVG(x) FROM t", "metric"),
        ("SELECT COUNT(*) FROM t GROUP BY a", "SELECT COUNT(*) FROM t GROUP BY b", "dimension"),
        ("SELECT 1 FROM t WHERE d > '2024-01-01'", "SELECT 1 FROM t WHERE d > '2023-01-01'", "time_range"),
        ("SELECT 1 FROM t WHERE a = 1", "SELECT 1 FROM t WHERE b = 1", "filter"),
        ("SELEC", "((", "filter"),
    ])  # fmt: skip
    def test_what_differs_is_what_is_asked_back_about(self, one: str, other: str, kind: str):
        assert difference(one, other, "sqlite") == kind


@pytest.mark.parametrize(("text", "sql", "asks", "cannot"), [
    ("```sql\nSELECT 1;\n```", "SELECT 1", "", ""), ("Here:\n```\nSELECT 2\n```\nDone.", "SELECT 2", "", ""),
    ("First a\n```sql\nSELECT 1\n```\nthen better\n```sql\nSELECT 3\n```", "SELECT 3", "", ""),
    ("SELECT 4", "SELECT 4", "", ""), ("WITH a AS (SELECT 1) TABLE a", "WITH a AS (SELECT 1) TABLE a", "", ""),
    ("ASK: metric ; Which? ; a ; b", "", "Which?", ""), ("CANNOT: no such data", "", "", "no such data"),
    ("I would delete the table.", "", "", ""), ("", "", "", ""), ("ASK:", "", "", ""),
])  # fmt: skip
def test_prose_is_never_taken_for_a_statement(text: str, sql: str, asks: str, cannot: str):
    got = said(text)
    assert (got.sql, got.asks, got.cannot) == (sql, asks, cannot)


def test_statements_are_described_whatever_they_are():
    for sql in (
        "SELECT a FROM t UNION SELECT b FROM u",
        "WITH x AS (SELECT 1) SELECT * FROM x",
        "VALUES (1)",
        "((((",
        "",
    ):
        assert isinstance(described(sql, "sqlite", chinese=False)[0], str)
