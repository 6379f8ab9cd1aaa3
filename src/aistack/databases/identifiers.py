"""Names of tables and columns as each engine's SQL writes them."""

UNQUALIFIED = ("mysql", "sqlite")  # where a table's name has no schema before it
MARKS = {"mysql": "``", "bigquery": "``", "sqlserver": "[]"}


def quoted(name: str, engine: str) -> str:
    """Raises nothing: a mark inside the name is doubled, in BigQuery escaped."""
    begin, end = MARKS.get(engine, '""')
    if engine in ("bigquery", "clickhouse"):
        return begin + name.replace("\\", "\\\\").replace(end, "\\" + end) + end
    return begin + name.replace(end, end * 2) + end


def parts(table: str, engine: str) -> list[str]:
    """The schema, where one stands before the name, and the name; one with a dot inside is taken so, too."""
    return [table] if engine in UNQUALIFIED else table.split(".", 1)


def qualified(table: str, engine: str) -> str:
    return ".".join(quoted(part, engine) for part in parts(table, engine))


def bare(table: str) -> str:
    """A table's own name in lower case: rules hold for all that are called so, whatever their schema."""
    return table.rpartition(".")[2].lower()
