"""Times by day, week, month, quarter or year, in each engine's own words. Weeks are ISO 8601's; SQLite has its own."""

from aistack.ai.rules.meaning.logical_form import Unit
from aistack.connection.wire import Engine

PATTERNS: dict[Engine, dict[Unit, str]] = {
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


def bucketed(column: str, unit: Unit, engine: Engine) -> str:
    """`2024-03` and the like; they sort as the times do."""
    return PATTERNS[engine][unit].format(column)
