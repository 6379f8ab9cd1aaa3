"""Lineage: the tables a statement reads, the columns that decide its result, and the rules that apply to it."""

import re
from typing import Any, NamedTuple

from aistack.ai.schema.snapshot import DatabaseSnapshot
from aistack.ai.wire import Lineage, Reference
from aistack.chassis.identity import Principal
from aistack.databases.identifiers import bare

COLUMNS_MAX = 20


class RuleWords(NamedTuple):
    """How rules are shown."""

    metric: str
    quality: str
    mask: str
    row_filter: str


ENGLISH = RuleWords("metric {}: {}", "{} {}: {}", "mask {}.{}: {}", "row filter on {}")
CHINESE = RuleWords("指标 {}：{}", "{} {}：{}", "脱敏 {}.{}：{}", "{} 的行过滤")


def lineage_of(
    sql: str, database: DatabaseSnapshot, who: Principal, *, chinese: bool
) -> tuple[Lineage, list[Reference]]:
    """Tables, the columns of conditions, joins and groups, and the definitions, masks and row filters that apply.

    The rules are in words, in Chinese or in English.
    """
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        tree: Any = sqlglot.parse_one(sql, read=database.dialect)
    except SqlglotError:
        return Lineage(), []
    names = {name.lower(): name for name in database.graph.tables} | {
        bare(name): name for name in database.graph.tables
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
                table = aliases.get(column.table.lower()) or _table_of(database, tables, column.name)
                keys[f"{table}.{column.name}" if table else column.name] = None
    rules = _rules(sql, database, tables, who, CHINESE if chinese else ENGLISH)
    references = [Reference(kind="table", name=name, about=_about(database, name)) for name in tables]
    references += [
        Reference(kind="metric", name=one.name, about=one.expression)
        for one in database.graph.metrics
        if _contains(sql, one.expression)
    ]
    lineage = Lineage(source_tables=list(tables), key_columns=list(keys)[:COLUMNS_MAX], applied_rules=rules)
    return lineage, references


def _rules(
    sql: str, database: DatabaseSnapshot, tables: dict[str, None], who: Principal, words: RuleWords
) -> list[str]:
    found = [
        words.metric.format(one.name, one.expression)
        for one in database.graph.metrics
        if _contains(sql, one.expression)
    ]
    for table in tables:
        for names, where in database.graph.tables[table].qualities.values():
            if _contains(sql, where):
                found.append(words.quality.format(names[0], table, where))
    short = {bare(table) for table in tables} | {table.lower() for table in tables}
    rules = database.connection.rules.against(who)
    found += [words.mask.format(one.table, one.column, one.how) for one in rules.masks if one.table.lower() in short]
    found += [words.row_filter.format(one.table) for one in rules.filters if one.table.lower() in short]
    return found


def _contains(sql: str, fragment: str) -> bool:
    """Whether a statement contains a definition, however its columns are qualified."""
    return _unqualified(fragment) in _unqualified(sql)


def _unqualified(text: str) -> str:
    return re.sub(r"\s+|[\"`]|\b\w+\.(?=\w)", "", text).lower()


def _table_of(database: DatabaseSnapshot, tables: dict[str, None], column: str) -> str:
    return next((name for name in tables if column in database.graph.tables[name].columns), "")


def _about(database: DatabaseSnapshot, name: str) -> str:
    layer = database.layer.tables.get(name)
    return (layer.about if layer else "") or next(
        (one.comment for one in database.schema.tables if one.name == name), ""
    )
