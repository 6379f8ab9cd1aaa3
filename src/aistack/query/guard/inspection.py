"""Statements that look at a database instead of querying it: EXPLAIN, SHOW, DESCRIBE, SUMMARIZE.

The harmless forms of each dialect are listed here. What they look at is a query or a table, and is checked as a query.
"""

import re
from dataclasses import dataclass

NAME = r'(?:[\w$]+|"[^"]+"|`[^`]+`)'
TABLE = rf"(?P<table>{NAME}(?:\.{NAME}){{0,2}})"
QUERY = r"(?P<query>(?:\(|select\b|with\b|values\b|from\b).*)"
PG_OPTION = r"(?:analyze|verbose|costs|settings|buffers|wal|timing|summary|generic_plan|format)(?:\s+\w+)?"
PG_SETTINGS = (
    "server_version|server_version_num|server_encoding|client_encoding|timezone|time\\s+zone|datestyle|intervalstyle|"
    "search_path|lc_collate|lc_ctype|lc_messages|lc_monetary|lc_numeric|lc_time|standard_conforming_strings|"
    "statement_timeout|transaction_isolation|transaction\\s+isolation\\s+level|default_transaction_isolation|"
    "transaction_read_only|default_transaction_read_only|max_connections|integer_datetimes|is_superuser|work_mem"
)
FORMS = {
    dialect: [re.compile(rf"\s*{form}\s*;?\s*$", re.I | re.S) for form in forms]
    for dialect, forms in {
        "postgres": [
            rf"explain\s+(?:\(\s*{PG_OPTION}(?:\s*,\s*{PG_OPTION})*\s*\)\s*)?(?:analyze\s+)?(?:verbose\s+)?{QUERY}",
            rf"show\s+(?:{PG_SETTINGS})",
        ],
        "mysql": [
            rf"(?:explain|describe|desc)\s+(?:extended\s+|partitions\s+|format\s*=\s*\w+\s+)?{QUERY}",
            rf"analyze\s+(?:format\s*=\s*\w+\s+)?{QUERY}",
            rf"(?:explain|describe|desc)\s+{TABLE}",
            r"show\s+(?:full\s+)?tables", r"show\s+(?:databases|schemas)", r"show\s+(?:character\s+set|collation)",
            rf"show\s+(?:full\s+)?(?:columns|fields)\s+(?:from|in)\s+{TABLE}",
            rf"show\s+(?:index|indexes|keys)\s+(?:from|in)\s+{TABLE}",
            rf"show\s+create\s+(?:table|view)\s+{TABLE}",
        ],
        "sqlite": [rf"explain\s+(?:query\s+plan\s+)?{QUERY}"],
        "duckdb": [
            rf"explain\s+(?:analyze\s+)?{QUERY}", rf"(?:describe|desc|summarize|show)\s+{QUERY}",
            r"show\s+(?:all\s+)?tables", r"show\s+databases", rf"(?:describe|desc|summarize)\s+{TABLE}",
        ],
    }.items()
}  # fmt: skip
FIRST_WORD = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*(explain|show|describe|desc|summarize|analyze)\b", re.I | re.S)
EXAMPLES = {
    "postgres": "EXPLAIN SELECT ..., SHOW server_version",
    "mysql": "EXPLAIN SELECT ..., SHOW TABLES, SHOW COLUMNS FROM table, SHOW INDEX FROM table, DESCRIBE table",
    "sqlite": "EXPLAIN QUERY PLAN SELECT ...",
    "duckdb": "EXPLAIN SELECT ..., SHOW TABLES, DESCRIBE table, SUMMARIZE table",
}
NOTHING = "SELECT 1"


@dataclass(frozen=True, slots=True)
class Inspection:
    """`word` is the statement's first one. `looks_at` is a query to check, empty if the form is not allowed."""

    word: str
    looks_at: str


def inspection_of(sql: str, dialect: str) -> Inspection | None:
    """None for any other statement."""
    word = FIRST_WORD.match(sql)
    if word is None or dialect not in FORMS:
        return None
    for form in FORMS[dialect]:
        found = form.match(sql)
        if found is not None:
            parts = found.groupdict()
            table = f"SELECT * FROM {parts['table']}" if parts.get("table") else ""  # noqa: S608 -- only checked
            return Inspection(word[1].upper(), parts.get("query") or table or NOTHING)
    return Inspection(word[1].upper(), "")
