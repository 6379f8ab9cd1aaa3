"""How two statements differ."""

import pytest

from aistack.ai.statements.comparison import difference


@pytest.mark.parametrize(("one", "other", "kind"), [
    ("SELECT SUM(x) FROM t", "SELECT AVG(x) FROM t", "metric"),
    ("SELECT COUNT(*) FROM t GROUP BY a", "SELECT COUNT(*) FROM t GROUP BY b", "dimension"),
    ("SELECT 1 FROM t WHERE d > '2024-01-01'", "SELECT 1 FROM t WHERE d > '2023-01-01'", "time_range"),
    ("SELECT 1 FROM t WHERE a = 1", "SELECT 1 FROM t WHERE b = 1", "filter"),
    ("SELEC", "((", "filter"),
])  # fmt: skip
def test_the_first_clause_that_differs_decides_what_to_ask(one: str, other: str, kind: str):
    assert difference(one, other, "sqlite") == kind
