"""Conditions of row filters: one expression over the columns of their table, and who asks as `{caller.…}`."""

import re
from collections.abc import Sequence
from typing import Any

from aistack.connection.rules.model import Relation
from aistack.databases.identifiers import meant, own_name

FIELDS = ("groups", "roles", "id", "name", "email")
CALLER = re.compile(r"\{\s*caller\s*\.\s*(\w*(?:\.[\w:/-]+)?)\s*\}")
CLAIM = "claims."
SOURCE = "filtered"
PARTS = frozenset(("expressions", "from", "from_", "where"))  # of the query that the condition is read in
PSEUDO = frozenset(("rowid", "_rowid_", "oid", "ctid", "tableoid", "rownum", "sysdate", "current_role", "user"))


class BadCondition(Exception):
    """The condition is not one expression; the message says why."""


def unknown_word(where: str) -> str:
    """The first word in braces that names nothing of a caller, or an empty string."""
    for found in CALLER.finditer(where):
        name = found[1]
        if name not in FIELDS and not (name.startswith(CLAIM) and len(name) > len(CLAIM)):
            return found[0]
    return ""


def parsed_condition(where: str, dialect: str) -> Any:
    """The syntax tree of a condition. Raises BadCondition, also if it goes on with UNION, GROUP BY or the like."""
    from sqlglot import exp, parse
    from sqlglot.errors import SqlglotError

    try:
        trees = parse(f"SELECT 1 FROM {SOURCE} WHERE {where}", read=dialect)  # noqa: S608 -- parsed, never run
    except (SqlglotError, RecursionError, ValueError, TypeError, AttributeError) as error:
        message = str(error).split("\n")[0][:200]
        raise BadCondition(f"it is not a condition in {dialect} SQL: {message}") from None
    tree: Any = trees[0] if len(trees) == 1 else None
    if not isinstance(tree, exp.Select) or {name for name, value in tree.args.items() if value} - PARTS:
        raise BadCondition("it must be one condition, without UNION, GROUP BY, ORDER BY and the like")
    source: Any = tree.args.get("from_") or tree.args.get("from")
    if {name for name, value in source.this.args.items() if value} != {"this"}:
        raise BadCondition("it must be one condition")
    return tree.args["where"].this


def condition_problems(
    where: str, relation: Relation, relations: Sequence[Relation], dialect: str, engine: str, database: str
) -> list[str]:
    """What keeps a condition from holding on a table: other syntax, unknown columns, tables and words."""
    word = unknown_word(where)
    if word:
        claims = f"{', '.join(FIELDS)} and claims.NAME"
        return [f"the row filter of {relation.name} has {word}; known are {claims}"]
    try:
        condition = parsed_condition(CALLER.sub("NULL", where), dialect)
    except BadCondition as error:
        return [f"the row filter of {relation.name} cannot be used: {error}"]
    return [
        f"the row filter of {relation.name} names {problem}"
        for problem in _unknown(condition, relation, relations, engine, database)
    ]


def _unknown(
    condition: Any, relation: Relation, relations: Sequence[Relation], engine: str, database: str
) -> list[str]:
    from sqlglot import exp

    if condition.find(exp.CTE):
        return []
    found: list[str] = []
    read: dict[str, list[Relation]] = {}
    for table in condition.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier):
            continue
        tables = meant([part.name for part in table.parts], relations, engine, database)
        if not tables and not str(table.db):
            found.append(f"the table {table.name}, which does not exist")
        read.setdefault((table.alias or table.name).casefold(), []).extend(tables)
    in_reach = {own_name(relation).casefold(): [relation]} | read
    whole = [one for tables in in_reach.values() for one in tables]
    derived = any(isinstance(one.parent, (exp.From, exp.Join)) for one in condition.find_all(exp.Subquery))
    for column in condition.find_all(exp.Column):
        if column.find_ancestor(exp.Lambda) or isinstance(column.this, exp.Star):
            continue
        is_nested = column.find_ancestor(exp.Select, exp.Subquery) is not None
        holder = str(column.table).casefold()
        tables = in_reach.get(holder, []) if holder else (whole if is_nested else [relation])
        if holder and not tables and _has(holder, whole):  # a field of a structure
            continue
        if not _has(column.name, tables) and not (is_nested and derived) and column.name.casefold() not in PSEUDO:
            found.append(f"the column {column.sql()}, which does not exist")
    return found


def _has(column: str, tables: Sequence[Relation]) -> bool:
    return any(name.casefold() == column.casefold() for one in tables for name in one.columns)
