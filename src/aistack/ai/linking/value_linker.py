"""Value linking: which phrases of a question are values in the database, and in which columns.

Values come from the samples that were read with the schema and from one statement, which runs with the rights of the
principal who asks.
"""

from collections.abc import Mapping, Sequence

from aistack.ai.databases import Databases
from aistack.ai.dialects.sql_formatter import SqlFormatter
from aistack.ai.schema.profiles import Column, ColumnProfile, Scalar
from aistack.ai.schema.snapshot import DatabaseSnapshot
from aistack.chassis.errors import Problem
from aistack.chassis.identity import Principal

COLUMNS_MAX = 60
ROWS_MAX = 500
TABLE_ROWS_MAX = 2_000_000

ValueLinks = Mapping[str, Sequence[tuple[Column, Scalar]]]  # phrase -> columns that hold it, each with its spelling


def sampled_values(database: DatabaseSnapshot, terms: Mapping[str, str]) -> dict[str, list[tuple[Column, Scalar]]]:
    """Terms among the frequent values that were read with the schema."""
    found: dict[str, list[tuple[Column, Scalar]]] = {}
    for table in database.graph.tables.values():
        for profile in table.columns.values():
            for value in profile.samples:
                if profile.kind == "text" and value.lower() in terms:
                    found.setdefault(terms[value.lower()], []).append((profile.column, value))
    return found


async def find_values(
    databases: Databases,
    database: DatabaseSnapshot,
    tables: Sequence[str],
    terms: Mapping[str, str],
    who: Principal,
    seconds: float,
) -> tuple[dict[str, list[tuple[Column, Scalar]]], str]:
    """Terms that text columns contain, and a message if the lookup failed.

    Columns of `tables` are searched first, then as many of all others as fit into one statement.
    """
    if not database.connection.samples or not terms:
        return {}, ""
    columns = _text_columns(database, tables)
    if not columns:
        return {}, ""
    sql = SqlFormatter(database.graph, database.connection.engine)
    listed = ", ".join(sql.literal(one) for one in terms)
    names = [(sql.quoted(one.column.name), sql.table(one.column.table, one.column.table)) for one in columns]
    parts = [
        f"SELECT DISTINCT {number} AS place, {name} AS value FROM {table} WHERE LOWER({name}) IN ({listed})"
        for number, (name, table) in enumerate(names)
    ]
    try:
        answer = await databases.run(database.connection.id, " UNION ALL ".join(parts), who, ROWS_MAX, seconds)
    except Problem as problem:
        return {}, problem.detail
    found: dict[str, list[tuple[Column, Scalar]]] = {}
    for place, value in answer.rows:
        if isinstance(value, str) and value.lower() in terms:
            found.setdefault(terms[value.lower()], []).append((columns[int(place)].column, value))
    return found, ""


def _text_columns(database: DatabaseSnapshot, tables: Sequence[str]) -> list[ColumnProfile]:
    sizes = {table.name: table.rows or 0 for table in database.schema.tables}
    ordered = [*tables, *(name for name in database.graph.tables if name not in tables)]
    found = [
        profile
        for name in ordered
        if sizes.get(name, 0) <= TABLE_ROWS_MAX
        for profile in database.graph.tables[name].columns.values()
        if profile.kind == "text" and not (profile.is_key and name not in tables)
    ]
    return found[:COLUMNS_MAX]
