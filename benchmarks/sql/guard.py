"""What the guard costs: statements of about 1 kB, and Spider's gold queries, none of which it may refuse."""

import time

from aistack.chassis.runtime.memory import settle_memory
from aistack.query.guard.statement_check import Refused, check
from benchmarks.datasets import geography_questions, spider
from benchmarks.report import Row
from harness.sql.harmless import HARMLESS
from harness.sql.hostile import HOSTILE

ROUNDS, QUICK_ROUNDS = 300, 3
STATEMENT = """WITH monthly AS (
  SELECT c.country, SUM(oi.quantity * oi.unit_price) AS revenue, COUNT(DISTINCT o.customer_id) AS customers
  FROM orders o JOIN order_items oi ON oi.order_id = o.id JOIN customers c ON c.id = o.customer_id
  LEFT JOIN refunds r ON r.order_id = o.id
  WHERE o.status IN ('paid', 'shipped') AND o.created_at >= '2024-01-01' AND c.country IS NOT NULL
    AND COALESCE(r.amount, 0) < 100
  GROUP BY c.country
), ranked AS (
  SELECT country, revenue, customers, RANK() OVER (ORDER BY revenue DESC) AS place,
    LAG(revenue) OVER (PARTITION BY country ORDER BY customers) AS before
  FROM monthly
)
SELECT country, revenue, customers, place,
  CASE WHEN before IS NULL OR before = 0 THEN NULL ELSE ROUND((revenue - before) / before * 100, 2) END AS growth
FROM ranked
WHERE place <= 10 AND revenue > 1000 AND country NOT LIKE 'test%' AND (customers BETWEEN 5 AND 5000 OR place = 1)
  AND country IN (SELECT code FROM countries WHERE continent = 'Europe')
ORDER BY place, country LIMIT 500"""


def rows(quick: bool) -> list[Row]:
    rounds = QUICK_ROUNDS if quick else ROUNDS
    settle_memory()  # as a service's process does
    made: list[Row] = []
    for dialect in ("postgres", "mysql", "sqlite", "duckdb"):
        check(STATEMENT, dialect)
        begun = time.perf_counter()
        for _ in range(rounds):
            check(STATEMENT, dialect)
        spent = (time.perf_counter() - begun) / rounds * 1000
        made.append(Row(f"guard, {len(STATEMENT)} characters, {dialect}", round(spent, 2), "ms", "<= 1"))
    passed = sum(_passes(sql, dialect) for dialect, group in HOSTILE.items() for _, sql in group)
    hostile = sum(map(len, HOSTILE.values()))
    made.append(
        Row(
            f"hostile statements that pass the guard alone, of {hostile}", round(passed / hostile * 100, 2), "%", "<= 3"
        )
    )
    refused = sum(not _passes(sql, dialect) for dialect, group in HARMLESS.items() for sql in group)
    made.append(Row(f"harmless look-alikes rejected, of {sum(map(len, HARMLESS.values()))}", refused, "", "<= 0"))
    for name, asked in (("Spider", spider(quick)[1]), ("GeoQuery", geography_questions(quick))):
        golden = [one["sql"] for one in asked]
        made.append(
            Row(
                f"gold queries of {name} rejected, of {len(golden)}",
                sum(not _passes(one, "sqlite") for one in golden),
                "",
                "<= 0",
            )
        )
    return made


def _passes(sql: str, dialect: str) -> bool:
    try:
        check(sql.replace("{file}", "/f").replace("{out}", "/o").replace("{port}", "5"), dialect)
    except Refused:
        return False
    return True
