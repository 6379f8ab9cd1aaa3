"""What a statement rests on, read from its own tree: tables, the columns that decide, and the rules that apply."""

import re
from typing import Any

from aistack.ai.knowing import Known
from aistack.ai.wire import Lineage, Reference
from aistack.chassis.identity import Principal
from aistack.databases.identifiers import bare

COLUMNS_MAX = 20


def lineage_of(sql: str, known: Known, who: Principal) -> tuple[Lineage, list[Reference]]:
    """Tables, the columns of conditions, joins and groups, and semantic definitions, masks and filters that hold."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        tree: Any = sqlglot.parse_one(sql, read=known.dialect)
    except SqlglotError:
        return Lineage(), []
    names = {name.lower(): name for name in known.knowledge.tables} | {
        bare(name): name for name in known.knowledge.tables
    }
    aliases: dict[str, str] = {}
    tables: dict[str, None] = {}
    for table in tree.find_all(exp.Table):
        name = names.get(f"{table.db}.{table.name}".lower().strip(".")) or names.get(table.name.lower())
        if name is not None:
            tables[name] = None
            aliases[table.alias_or_name.lower()] = name
    keys: dict[str, None] = {}
    for kind in (exp.Where, exp.Join, exp.Group, exp.Having):
        for clause in tree.find_all(kind):
            for column in clause.find_all(exp.Column):
                table = aliases.get(column.table.lower()) or _holder(known, tables, column.name)
                keys[f"{table}.{column.name}" if table else column.name] = None
    rules = _rules(sql, known, tables, who)
    references = [Reference(kind="table", name=name, about=_about(known, name)) for name in tables]
    references += [
        Reference(kind="metric", name=one.name, about=one.expression)
        for one in known.knowledge.metrics
        if _uses(sql, one.expression)
    ]
    lineage = Lineage(source_tables=list(tables), key_columns=list(keys)[:COLUMNS_MAX], applied_rules=rules)
    return lineage, references


def _rules(sql: str, known: Known, tables: dict[str, None], who: Principal) -> list[str]:
    found = [f"metric {one.name}: {one.expression}" for one in known.knowledge.metrics if _uses(sql, one.expression)]
    for table in tables:
        for names, where in known.knowledge.tables[table].qualities.values():
            if _uses(sql, where):
                found.append(f"{names[0]} {table}: {where}")
    short = {bare(table) for table in tables} | {table.lower() for table in tables}
    rules = known.connection.rules.against(who)
    found += [f"mask {one.table}.{one.column}: {one.how}" for one in rules.masks if one.table.lower() in short]
    found += [f"row filter on {one.table}" for one in rules.filters if one.table.lower() in short]
    return found


def _uses(sql: str, fragment: str) -> bool:
    """Whether a definition stands in a statement, whatever table its columns are written with."""
    return _bare(fragment) in _bare(sql)


def _bare(text: str) -> str:
    return re.sub(r"\s+|[\"`]|\b\w+\.(?=\w)", "", text).lower()


def _holder(known: Known, tables: dict[str, None], column: str) -> str:
    return next((name for name in tables if column in known.knowledge.tables[name].columns), "")


def _about(known: Known, name: str) -> str:
    layer = known.layer.tables.get(name)
    return (layer.about if layer else "") or next((one.comment for one in known.schema.tables if one.name == name), "")
