"""Whether a statement may run, and what speaks against it: walls first, then what a careful reader would notice."""

from typing import Any

from aistack.ai.databases import Databases, is_ours
from aistack.ai.knowing import Known
from aistack.ai.wire import Assessment, Risk
from aistack.chassis.errors import Problem
from aistack.chassis.identity import Principal
from aistack.databases.identifiers import bare

LARGE_ROWS = 1_000_000


async def assessed(databases: Databases, known: Known, sql: str, who: Principal, *, run_explain: bool) -> Assessment:
    """Nothing is run."""
    validity = await databases.validate(known.connection.id, sql, who)
    if not validity.valid:
        return Assessment(valid=False, errors=[validity.error], risk_level="high")
    warnings, risk = _noticed(sql, known)
    if validity.writes:
        warnings.insert(0, "it changes data")
        risk = "high"
    plan: list[str] = []
    errors: list[str] = []
    if run_explain:
        try:
            plan = (await databases.explain(known.connection.id, sql, who)).plan
        except Problem as problem:
            if is_ours(problem):
                raise
            errors, risk = [problem.detail], "high"
    return Assessment(
        valid=not errors, errors=errors, warnings=warnings, risk_level=risk, tables=validity.tables, plan=plan
    )


def _noticed(sql: str, known: Known) -> tuple[list[str], Risk]:
    import sqlglot
    from sqlglot import exp

    tree: Any = sqlglot.parse_one(sql, read=known.dialect)
    found: list[str] = []
    risk: Risk = "low"
    sizes = {table.name.lower(): table.rows or 0 for table in known.schema.tables}
    for select in tree.find_all(exp.Select):
        tables = [one for one in select.find_all(exp.Table) if one.parent_select is select]
        names = [f"{one.db}.{one.name}".strip(".") for one in tables]
        if len(tables) > 1 and not _joined(select):
            found.append(
                f"{' and '.join(names)} stand beside each other without a condition: every row meets every row"
            )
            risk = "high"
        large = [name for name in names if sizes.get(name.lower(), 0) >= LARGE_ROWS]
        if large and select.args.get("where") is None:
            found.append(f"{', '.join(large)} is read whole: about {max(sizes[name.lower()] for name in large):,} rows")
            risk = "medium" if risk == "low" else risk
        if any(isinstance(one, exp.Star) for one in select.expressions) and select is tree:
            found.append("SELECT * shows every column; name those that are meant")
        columns = {name.lower() for one in tables for name in _columns(known, one)}
        if columns:
            for column in select.find_all(exp.Column):
                if (
                    column.parent_select is select
                    and not column.table
                    and column.name.lower() not in columns
                    and not _outer(column, select)
                ):
                    found.append(f"none of {', '.join(names)} has a column {column.name}")
                    risk = "high"
    for comparison in tree.find_all(exp.EQ, exp.NEQ):
        if isinstance(comparison.expression, exp.Null):
            found.append("= NULL is never true; write IS NULL")
    for one in tree.find_all(exp.Not):
        if isinstance(one.this, exp.In) and one.this.args.get("query") is not None:
            found.append("NOT IN (SELECT ...) finds nothing as soon as one value is NULL; NOT EXISTS does not")
    return list(dict.fromkeys(found)), risk


def _joined(select: Any) -> bool:
    """Whether its tables are held together by conditions."""
    joins = select.args.get("joins") or ()
    if select.args.get("where") is not None or not joins:
        return True
    return all(join.args.get("on") is not None or join.args.get("using") or join.method == "NATURAL" for join in joins)


def _columns(known: Known, table: Any) -> list[str]:
    name = f"{table.db}.{table.name}".strip(".").lower()
    for full, facts in known.knowledge.tables.items():
        if name in (full.lower(), bare(full)):
            return list(facts.columns)
    return []


def _outer(column: Any, select: Any) -> bool:
    """An alias of the select list, or a column of a query around it."""
    from sqlglot import exp

    aliases = {one.alias.lower() for one in select.expressions if one.alias}
    return (
        column.name.lower() in aliases
        or select.parent_select is not None
        or select.find_ancestor(exp.CTE) is not None
        or select.find(exp.Subquery, exp.With) is not None
    )
