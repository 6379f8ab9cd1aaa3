"""Reviews a statement: whether it may run, and what a careful reader would warn about."""

from typing import Any

from aistack.ai.databases import Databases, is_service_failure
from aistack.ai.schema.snapshot import DatabaseSnapshot
from aistack.ai.statements.fan_out import fan_outs
from aistack.ai.wire import Assessment, Risk
from aistack.chassis.errors import Forbidden, Problem
from aistack.chassis.identity import Principal
from aistack.databases.identifiers import bare

LARGE_ROWS = 1_000_000


async def review_statement(
    databases: Databases, database: DatabaseSnapshot, sql: str, who: Principal, *, run_explain: bool
) -> Assessment:
    """The verdict of the query service, warnings and a risk level; the statement does not run.

    Raises Forbidden if the plan is asked for without the right to run SQL.
    """
    if run_explain and "run" not in database.connection.rights:
        raise Forbidden(f"you may ask {database.connection.name}, but not see plans; leave out run_explain")
    validity = await databases.validate(database.connection.id, sql, who)
    if not validity.valid:
        return Assessment(valid=False, errors=[validity.error], risk_level="high")
    warnings, risk = _warnings(sql, database)
    if validity.writes:
        warnings.insert(0, "The statement changes data.")
        risk = "high"
    plan: list[str] = []
    errors: list[str] = []
    if run_explain:
        try:
            plan = (await databases.explain(database.connection.id, sql, who)).plan
        except Problem as problem:
            if is_service_failure(problem):
                raise
            errors, risk = [problem.detail], "high"
    return Assessment(
        valid=not errors, errors=errors, warnings=warnings, risk_level=risk, tables=validity.tables, plan=plan
    )


def _warnings(sql: str, database: DatabaseSnapshot) -> tuple[list[str], Risk]:
    import sqlglot
    from sqlglot import exp

    tree: Any = sqlglot.parse_one(sql, read=database.dialect)
    found: list[str] = []
    risk: Risk = "low"
    sizes = {table.name.lower(): table.rows or 0 for table in database.schema.tables}
    for select in tree.find_all(exp.Select):
        tables = [one for one in select.find_all(exp.Table) if one.parent_select is select]
        names = [f"{one.db}.{one.name}".strip(".") for one in tables]
        if len(tables) > 1 and not _joined(select):
            found.append(f"{' and '.join(names)} have no join condition: every row is combined with every row.")
            risk = "high"
        large = [name for name in names if sizes.get(name.lower(), 0) >= LARGE_ROWS]
        if large and select.args.get("where") is None:
            found.append(f"Full scan of {', '.join(large)}: about {max(sizes[name.lower()] for name in large):,} rows.")
            risk = "medium" if risk == "low" else risk
        if any(isinstance(one, exp.Star) for one in select.expressions) and select is tree:
            found.append("SELECT * returns every column; list the ones you need.")
        columns = {name.lower() for one in tables for name in _columns(database, one)}
        if columns:
            for column in select.find_all(exp.Column):
                if (
                    column.parent_select is select
                    and not column.table
                    and column.name.lower() not in columns
                    and not _is_outer(column, select)
                ):
                    found.append(f"There is no column {column.name} in {', '.join(names)}.")
                    risk = "high"
    for comparison in tree.find_all(exp.EQ, exp.NEQ):
        if isinstance(comparison.expression, exp.Null):
            found.append("= NULL is never true; use IS NULL.")
    for one in tree.find_all(exp.Not):
        if isinstance(one.this, exp.In) and one.this.args.get("query") is not None:
            found.append("NOT IN (SELECT ...) returns no rows if any value is NULL; use NOT EXISTS.")
    repeated = fan_outs(sql, database.dialect, database.graph)
    if repeated:
        found += [one.message() for one in repeated]
        risk = "high"
    return list(dict.fromkeys(found)), risk


def _joined(select: Any) -> bool:
    """Whether its tables have join conditions."""
    joins = select.args.get("joins") or ()
    if select.args.get("where") is not None or not joins:
        return True
    return all(join.args.get("on") is not None or join.args.get("using") or join.method == "NATURAL" for join in joins)


def _columns(database: DatabaseSnapshot, table: Any) -> list[str]:
    name = f"{table.db}.{table.name}".strip(".").lower()
    for full, table in database.graph.tables.items():
        if name in (full.lower(), bare(full)):
            return list(table.columns)
    return []


def _is_outer(column: Any, select: Any) -> bool:
    """Whether it may be an alias of the SELECT list or a column of an outer query."""
    from sqlglot import exp

    aliases = {one.alias.lower() for one in select.expressions if one.alias}
    return (
        column.name.lower() in aliases
        or select.parent_select is not None
        or select.find_ancestor(exp.CTE) is not None
        or select.find(exp.Subquery, exp.With) is not None
    )
