"""Which tables a view shows, whose partition a table is, what foreign keys reach: rules follow these ways.

PostgreSQL's catalogue knows them exactly. Elsewhere the definitions of views are parsed; a view whose definition cannot
be read, or that calls functions of the database's users, is opaque.
"""

import re
from collections.abc import Sequence
from typing import Any

from aistack.connection.rules.model import Relation
from aistack.databases.identifiers import meant
from aistack.databases.schema import Schema
from aistack.databases.session import Limits, Session
from aistack.databases.target import Target

SECONDS, ROWS, BYTES = 15.0, 200_000, 64 << 20
NAME = "CASE WHEN pg_table_is_visible({0}.oid) THEN {0}.relname ELSE {1}.nspname || '.' || {0}.relname END"
POSTGRES = {
    "held": f"""
        SELECT {NAME.format("c", "n")}, n.nspname, c.relispartition FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT LIKE 'pg\\_%'
          AND n.nspname <> 'information_schema'""",  # noqa: S608
    "partitions": f"""
        SELECT {NAME.format("c", "n")}, a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE c.relispartition AND c.relkind IN ('r', 'p', 'f') ORDER BY c.oid, a.attnum""",  # noqa: S608
    "parents": f"""
        SELECT {NAME.format("c", "n")}, {NAME.format("p", "m")} FROM pg_inherits i
        JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_class p ON p.oid = i.inhparent JOIN pg_namespace m ON m.oid = p.relnamespace
        WHERE c.relkind IN ('r', 'p', 'f')""",  # noqa: S608
    "reads": f"""
        SELECT DISTINCT {NAME.format("c", "n")},
          CASE WHEN d.refclassid = 'pg_class'::regclass THEN {NAME.format("p", "m")} END
        FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refobjid <> c.oid
          AND (d.refclassid = 'pg_class'::regclass OR (d.refclassid = 'pg_proc'::regclass AND d.refobjid >= 16384))
        LEFT JOIN pg_class p ON p.oid = d.refobjid AND d.refclassid = 'pg_class'::regclass
        LEFT JOIN pg_namespace m ON m.oid = p.relnamespace
        WHERE c.relkind IN ('v', 'm')
          AND (d.refclassid <> 'pg_class'::regclass OR p.relkind IN ('r', 'p', 'v', 'm', 'f'))""",  # noqa: S608
}
DEFINITIONS = {
    "mysql": "SELECT TABLE_NAME, VIEW_DEFINITION FROM information_schema.VIEWS WHERE TABLE_SCHEMA = DATABASE()",
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'view'",
    "duckdb": "SELECT CASE WHEN schema_name = 'main' THEN view_name ELSE schema_name || '.' || view_name END, sql "
    "FROM duckdb_views() WHERE NOT internal",
}
MACROS = "SELECT DISTINCT function_name FROM duckdb_functions() WHERE NOT internal"
VIRTUAL = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL%'"
QUERYING = ("query", "query_table")  # table functions of DuckDB that read tables
HELD_BY = {"sqlite": "main", "duckdb": "main"}


async def read_relations(session: Session, schema: Schema, target: Target) -> list[Relation]:
    """The relations of a database whose schema was just read. Raises DatabaseFailed."""
    found = {
        table.name: Relation(
            name=table.name,
            held_by=_holder(table.name, target),
            columns={column.name: column.type for column in table.columns},
            key=table.primary_key,
            references=[key.table for key in table.foreign_keys],
            opaque=table.kind == "view",
        )
        for table in schema.tables
    }
    if target.engine == "postgres":
        await _add_postgres(session, found)
    elif target.engine in DEFINITIONS:
        macros = await _rows(session, MACROS) if target.engine == "duckdb" else []
        hidden = (
            re.compile(rf"\b(?:{'|'.join(re.escape(str(name)) for (name,) in macros)})\b", re.I) if macros else None
        )
        for name, definition in await _rows(session, DEFINITIONS[target.engine]):
            if name in found and found[name].opaque:
                reads = reads_of(str(definition or ""), list(found.values()), target)
                found[name].opaque = reads is None or (hidden is not None and hidden.search(definition) is not None)
                found[name].reads = reads or []
        if target.engine == "sqlite":
            for (name,) in await _rows(session, VIRTUAL):
                for one in found:
                    found[one].opaque |= one == name or one.startswith(f"{name}_")  # its shadow tables
    return list(found.values())


async def _add_postgres(session: Session, found: dict[str, Relation]) -> None:
    for name, column, kind in await _rows(session, POSTGRES["partitions"]):
        found.setdefault(name, Relation(name=name)).columns[column] = kind
    for name, holder, _ in await _rows(session, POSTGRES["held"]):
        if name in found:
            found[name].held_by = holder
    for name, parent in await _rows(session, POSTGRES["parents"]):
        if name in found:
            found[name].parents.append(parent)
    reads: dict[str, list[str | None]] = {}
    for name, read in await _rows(session, POSTGRES["reads"]):
        reads.setdefault(name, []).append(read)
    for name, relation in found.items():
        waiting, seen = [name], dict[str | None, None]()
        while waiting:  # also through views that the account cannot read itself
            for one in reads.get(waiting.pop(), ()):
                if one not in seen:
                    seen[one] = None
                    waiting += [one] if one is not None else []
        relation.opaque = None in seen
        relation.reads = [one for one in seen if one is not None and one in found]


def reads_of(definition: str, relations: Sequence[Relation], target: Target) -> list[str] | None:
    """The tables that a view reads, by its definition; None if that is not certain."""
    from sqlglot import exp, parse
    from sqlglot.errors import SqlglotError

    try:
        (tree,) = parse(definition, read=target.dialect)
    except (SqlglotError, ValueError, RecursionError):
        return None
    calls = [str(one.this).lower() for one in tree.find_all(exp.Anonymous)] if tree is not None else []
    if tree is None or tree.find(exp.Command) or (calls if target.engine == "mysql" else set(calls) & set(QUERYING)):
        return None
    own: Any = tree.this if isinstance(tree, exp.Create) else None
    defined = {str(one.alias).casefold() for one in tree.find_all(exp.CTE)}
    found: dict[str, None] = {}
    for table in tree.find_all(exp.Table):
        if table is own or (own is not None and own.find(exp.Table) is table):
            continue
        if not isinstance(table.this, exp.Identifier):
            continue
        if not table.db and table.name.casefold() in defined:
            continue
        names = meant([part.name for part in table.parts], relations, target.engine, target.database)
        if not names:
            return None
        found.update(dict.fromkeys(one.name for one in names))
    return list(found)


def _holder(name: str, target: Target) -> str:
    if target.engine == "mysql":
        return target.database
    if target.engine == "duckdb" and "." in name:
        return name.partition(".")[0]
    return HELD_BY.get(target.engine, name.rpartition(".")[0])


async def _rows(session: Session, query: str) -> list[Any]:
    async with session.run(query, (), Limits(SECONDS, ROWS, BYTES)) as result:
        return [row async for batch in result.batches for row in batch]
