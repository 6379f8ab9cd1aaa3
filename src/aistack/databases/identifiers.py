"""Quoted and qualified names of tables and columns in each engine's SQL."""

UNQUALIFIED = ("mysql", "sqlite")  # engines whose table names have no schema
QUOTES = {"mysql": "``", "bigquery": "``", "sqlserver": "[]"}


def quoted(name: str, engine: str) -> str:
    """The quoted name. A quote inside it is doubled; BigQuery and ClickHouse escape it."""
    begin, end = QUOTES.get(engine, '""')
    if engine in ("bigquery", "clickhouse"):
        return begin + name.replace("\\", "\\\\").replace(end, "\\" + end) + end
    return begin + name.replace(end, end * 2) + end


def parts(table: str, engine: str) -> list[str]:
    """The schema, if the name has one, and the table's own name. A dot always separates them."""
    return [table] if engine in UNQUALIFIED else table.split(".", 1)


def qualified(table: str, engine: str) -> str:
    return ".".join(quoted(part, engine) for part in parts(table, engine))


def bare(table: str) -> str:
    """A table's own name in lower case. Masks and row filters apply to it whatever its schema."""
    return table.rpartition(".")[2].lower()
