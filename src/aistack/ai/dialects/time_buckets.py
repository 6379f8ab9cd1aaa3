"""Truncates times to days, weeks, months, quarters or years in each engine's SQL; weeks are ISO 8601 but on SQLite."""

from typing import Literal

from aistack.connection.wire import Engine

TimeUnit = Literal["day", "week", "month", "quarter", "year"]

PATTERNS: dict[Engine, dict[TimeUnit, str]] = {
    "postgres": {
        "day": "to_char({}, 'YYYY-MM-DD')", "week": "to_char({}, 'IYYY-\"W\"IW')", "month": "to_char({}, 'YYYY-MM')",
        "quarter": "to_char({}, 'YYYY-\"Q\"Q')", "year": "to_char({}, 'YYYY')",
    },
    "mysql": {
        "day": "date_format({}, '%Y-%m-%d')", "week": "date_format({}, '%x-W%v')", "month": "date_format({}, '%Y-%m')",
        "quarter": "concat(year({0}), '-Q', quarter({0}))", "year": "date_format({}, '%Y')",
    },
    "sqlite": {
        "day": "strftime('%Y-%m-%d', {})", "week": "strftime('%Y-W%W', {})", "month": "strftime('%Y-%m', {})",
        "quarter": "strftime('%Y', {0}) || '-Q' || ((CAST(strftime('%m', {0}) AS INTEGER) + 2) / 3)",
        "year": "strftime('%Y', {})",
    },
    "duckdb": {
        "day": "strftime({}, '%Y-%m-%d')", "week": "strftime({}, '%G-W%V')", "month": "strftime({}, '%Y-%m')",
        "quarter": "concat(year({0}), '-Q', quarter({0}))", "year": "strftime({}, '%Y')",
    },
    "sqlserver": {
        "day": "FORMAT({}, 'yyyy-MM-dd')", "month": "FORMAT({}, 'yyyy-MM')", "year": "FORMAT({}, 'yyyy')",
        "quarter": "CONCAT(YEAR({0}), '-Q', DATEPART(QUARTER, {0}))",
        "week": "CONCAT(YEAR(DATEADD(DAY, 26 - DATEPART(ISO_WEEK, {0}), {0})), '-W', "
        "RIGHT(CONCAT('0', DATEPART(ISO_WEEK, {0})), 2))",
    },
    "oracle": {
        "day": "TO_CHAR({}, 'YYYY-MM-DD')", "week": "TO_CHAR({}, 'IYYY-\"W\"IW')", "month": "TO_CHAR({}, 'YYYY-MM')",
        "quarter": "TO_CHAR({}, 'YYYY-\"Q\"Q')", "year": "TO_CHAR({}, 'YYYY')",
    },
    "clickhouse": {
        "day": "formatDateTime({}, '%Y-%m-%d')", "week": "formatDateTime({}, '%G-W%V')",
        "month": "formatDateTime({}, '%Y-%m')", "year": "formatDateTime({}, '%Y')",
        "quarter": "concat(toString(toYear({0})), '-Q', toString(toQuarter({0})))",
    },
    "snowflake": {
        "day": "TO_CHAR({}, 'YYYY-MM-DD')", "month": "TO_CHAR({}, 'YYYY-MM')", "year": "TO_CHAR({}, 'YYYY')",
        "week": "CONCAT(YEAROFWEEKISO({0}), '-W', LPAD(WEEKISO({0}), 2, '0'))",
        "quarter": "CONCAT(YEAR({0}), '-Q', QUARTER({0}))",
    },
    "bigquery": {
        "day": "FORMAT_DATE('%Y-%m-%d', DATE({}))", "week": "FORMAT_DATE('%G-W%V', DATE({}))",
        "month": "FORMAT_DATE('%Y-%m', DATE({}))", "quarter": "FORMAT_DATE('%Y-Q%Q', DATE({}))",
        "year": "FORMAT_DATE('%Y', DATE({}))",
    },
}  # fmt: skip


def time_bucket(column: str, unit: TimeUnit, engine: Engine) -> str:
    """SQL for a bucket such as `2024-03`; buckets sort like the times in them."""
    return PATTERNS[engine][unit].format(column)
