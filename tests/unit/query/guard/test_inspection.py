"""EXPLAIN, SHOW, DESCRIBE and SUMMARIZE run where they are harmless, and nothing hides behind them."""

import pytest

from aistack.query.guard.statement_check import Refused, check

ALLOWED = [
    ("postgres", "EXPLAIN SELECT 1"), ("postgres", "explain (analyze, format json) select * from t"),
    ("postgres", "SHOW server_version"), ("postgres", "EXPLAIN ANALYZE VERBOSE WITH a AS (SELECT 1) SELECT * FROM a;"),
    ("mysql", "SHOW TABLES"), ("mysql", "EXPLAIN FORMAT=JSON SELECT 1"), ("mysql", "DESC `my table`"),
    ("mysql", "SHOW CREATE TABLE shop.orders"), ("mysql", "SHOW INDEX FROM orders"), ("mysql", "ANALYZE SELECT 1"),
    ("sqlite", "EXPLAIN QUERY PLAN SELECT 1"), ("duckdb", "SUMMARIZE t"), ("duckdb", "SUMMARIZE SELECT 1 AS a"),
    ("duckdb", "DESCRIBE t"), ("duckdb", "SHOW ALL TABLES"), ("duckdb", "EXPLAIN ANALYZE SELECT 1"),
]  # fmt: skip
REFUSED = [
    ("postgres", "EXPLAIN ANALYZE DELETE FROM t"), ("postgres", "EXPLAIN ANALYZE SELECT pg_terminate_backend(1)"),
    ("postgres", "SHOW hba_file"), ("postgres", "SHOW ALL"), ("postgres", "EXPLAIN SELECT 1; DROP TABLE t"),
    ("postgres", "EXPLAIN EXECUTE p"), ("postgres", "EXPLAIN (ANALYZE) WITH d AS (DELETE FROM t RETURNING 1) SELECT 1"),
    ("postgres", "EXPLAIN SELECT pg_read_file('/etc/passwd')"), ("postgres", "EXPLAIN SELECT 1 INTO t"),
    ("mysql", "SHOW GRANTS FOR root"), ("mysql", "DESCRIBE mysql.user"), ("mysql", "SHOW VARIABLES"),
    ("mysql", "EXPLAIN FORMAT=JSON DELETE FROM t"), ("mysql", "ANALYZE TABLE t"), ("mysql", "SHOW BINARY LOGS"),
    ("mysql", "EXPLAIN SELECT load_file('/etc/passwd')"), ("mysql", "SHOW CREATE TABLE mysql.user"),
    ("sqlite", "EXPLAIN ATTACH 'x' AS y"), ("duckdb", "DESCRIBE 'secrets.csv'"), ("duckdb", "SUMMARIZE '/etc/passwd'"),
    ("duckdb", "SUMMARIZE \"a.csv\""), ("duckdb", "DESCRIBE SELECT * FROM read_csv('/etc/passwd')"),
    ("duckdb", "EXPLAIN ANALYZE COPY t TO 'x.csv'"), ("duckdb", "EXPLAIN SELECT * FROM 'x.csv'"),
]  # fmt: skip


@pytest.mark.parametrize(("dialect", "sql"), ALLOWED)
def test_harmless_forms_are_allowed(dialect: str, sql: str):
    checked = check(sql, dialect)
    assert checked.sql == sql and not checked.is_query and not checked.writes


@pytest.mark.parametrize(("dialect", "sql"), REFUSED)
def test_others_are_refused(dialect: str, sql: str):
    with pytest.raises(Refused):
        check(sql, dialect, may_write=True)


def test_tables_are_told():
    assert check("DESCRIBE orders", "duckdb").tables == ("orders",)
    assert check("EXPLAIN SELECT * FROM a JOIN b USING (id)", "postgres").tables == ("a", "b")
