"""Which chart a result gets."""

import json

import pytest

from aistack.ai.answers.charts import chart_of
from aistack.query.wire import QueryAnswer
from tests.unit.ai.results import result

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
    chart = chart_of(given, question)
    drawn = "" if chart is None else chart["mark"]["type"] if isinstance(chart["mark"], dict) else chart["mark"]
    assert drawn == mark


def test_decimals_sent_as_text_are_numbers_in_a_chart():
    chart = chart_of(NAMES)
    assert chart is not None
    assert [row["total"] for row in chart["data"]["values"]] == [3.5, 10.0, 2.0]


def test_a_chart_contains_only_data():
    evil = result([("a.b['x']", "text"), ("n", "int")], [["<script>", 1], ["datum.x; alert(1)", 2]])
    chart = chart_of(evil)
    assert chart is not None
    assert chart["encoding"]["y"]["field"] == r"a\.b\[\'x\'\]"
    assert "expr" not in json.dumps(chart)
