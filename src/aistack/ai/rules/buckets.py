"""Times by day, week, month, quarter or year, in each engine's own words. Weeks are ISO 8601's; SQLite has its own."""

from aistack.ai.rules.meaning import Unit
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
}  # fmt: skip


def bucketed(column: str, unit: Unit, engine: Engine) -> str:
    """`2024-03` and the like; they sort as the times do."""
    return PATTERNS[engine][unit].format(column)
