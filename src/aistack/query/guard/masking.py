"""Data masking and row filters: tables with rules are replaced by subqueries that return only what is allowed.

Every occurrence of such a table becomes `(SELECT ... FROM table WHERE filter) AS table` in the parsed statement. So a
masked value cannot be found by comparing or sorting either. What cannot be rewritten is refused.

Filtered rows are behind a barrier, a limit that cuts nothing off. Engines must apply a subquery's limit before the
conditions around it, so that no condition of the caller is evaluated on a hidden row, where an error would reveal its
values. PostgreSQL has the same for views (`security_barrier`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from aistack.connection.wire import Mask, RowFilter, Rules
from aistack.databases.identifiers import bare
from aistack.query.guard.caller_values import without_missing
from aistack.query.guard.statement_check import Checked, Refused, check

TAIL = 4  # characters that a partial mask shows
MASK_SQL: dict[str, dict[str, str]] = {
    "": {"text": "CAST({} AS TEXT)", "hash": "MD5({})", "length": "LENGTH", "tail": "'****' || RIGHT({}, {})"},
    "mysql": {
        "text": "CAST({} AS CHAR)", "hash": "MD5({})", "length": "LENGTH", "tail": "CONCAT('****', RIGHT({}, {}))",
    },
    "sqlite": {
        "text": "CAST({} AS TEXT)", "hash": "aistack_hash({})", "length": "LENGTH", "tail": "'****' || SUBSTR({}, -{})",
    },
    "tsql": {
        "text": "CAST({} AS NVARCHAR(4000))", "hash": "CONVERT(VARCHAR(64), HASHBYTES('SHA2_256', {}), 2)",
        "length": "LEN", "tail": "CONCAT('****', RIGHT({}, {}))",
    },
    "oracle": {
        "text": "TO_CHAR({})", "hash": "RAWTOHEX(STANDARD_HASH({}, 'MD5'))", "length": "LENGTH",
        "tail": "'****' || SUBSTR({}, -{})",
    },
    "clickhouse": {
        "text": "toString({})", "hash": "lower(hex(MD5({})))", "length": "LENGTH",
        "tail": "concat('****', right({}, {}))",
    },
    "snowflake": {"text": "TO_VARCHAR({})", "hash": "MD5({})", "length": "LENGTH", "tail": "'****' || RIGHT({}, {})"},
    "bigquery": {
        "text": "CAST({} AS STRING)", "hash": "TO_HEX(MD5({}))", "length": "LENGTH",
        "tail": "CONCAT('****', RIGHT({}, {}))",
    },
}  # fmt: skip
ALL_ROWS = "9223372036854775807"
BARRIERS = {"mysql": "18446744073709551615", "sqlite": "-1"}  # how each engine is told not to limit the rows


def masked(checked: Checked, rules: Rules, columns: Mapping[str, Sequence[str]]) -> str:
    """The statement with these rules applied. `columns` are the columns of each table. Raises Refused."""
    ruled = {bare(rule.table) for rule in (*rules.masks, *rules.filters)}
    touched = {table for table in checked.tables if bare(table) in ruled}
    from sqlglot import expressions

    exp: Any = expressions

    for cte in checked.tree.find_all(exp.CTE):
        if bare(str(cte.alias)) in ruled:
            raise Refused(
                "rules", f"rename the WITH query {cte.alias}: a table with masks or row filters has the same name"
            )
    if not touched:
        return checked.sql
    if checked.writes:
        raise Refused("rules", f"you cannot write to {min(touched)}, because masks or row filters apply to you")
    tree = checked.tree.copy()
    for table in list(tree.find_all(exp.Table)):
        if isinstance(table.this, exp.Identifier) and bare(table.name) in ruled:
            table.replace(_restricted_table(table, rules, columns, checked.dialect))
    for placeholder in list(tree.find_all(exp.Placeholder)):
        if placeholder.name:  # dialects render placeholders differently; parameters are bound later
            placeholder.replace(exp.Var(this=f":{placeholder.name}"))
    return tree.sql(dialect=checked.dialect, comments=False)


def _restricted_table(table: Any, rules: Rules, columns: Mapping[str, Sequence[str]], dialect: str) -> Any:
    from sqlglot import expressions

    exp: Any = expressions

    masks = {mask.column.lower(): mask for mask in rules.masks if bare(mask.table) == bare(table.name)}
    filters = [one for one in rules.filters if bare(one.table) == bare(table.name)]
    inner = table.copy()
    alias = inner.args.get("alias")
    inner.set("alias", None)
    inner.set("joins", None)
    shown = exp.select(*_columns(table, masks, columns, dialect)).from_(inner)
    for one in filters:
        shown = shown.where(_condition(one, dialect))
    if filters:
        shown = _behind_barrier(shown, dialect)
    own = exp.to_identifier(table.name, quoted=table.this.quoted)
    wrapped = shown.subquery(alias.this if alias is not None else own)
    if alias is not None:
        wrapped.set("alias", alias)
    wrapped.set("joins", table.args.get("joins"))
    return wrapped


def _behind_barrier(rows: Any, dialect: str) -> Any:
    if dialect in ("postgres", "duckdb"):
        return rows.offset(0)
    if dialect == "oracle":  # which keeps FETCH FIRST as a condition on a window
        return rows.where("ROWNUM > 0", dialect=dialect)
    return rows.limit(BARRIERS.get(dialect, ALL_ROWS))


def _columns(table: Any, masks: Mapping[str, Mask], columns: Mapping[str, Sequence[str]], dialect: str) -> list[Any]:
    from sqlglot import expressions

    exp: Any = expressions

    if not masks:
        return [exp.Star()]
    known = next((found for name, found in columns.items() if bare(name) == bare(table.name)), None)
    if not known:
        raise Refused(
            "rules", f"the columns of {table.name} are unknown, so its masks cannot be applied; refresh the schema"
        )
    shown: list[Any] = []
    for name in known:
        column = exp.column(exp.to_identifier(name, quoted=True))
        mask = masks.get(name.lower())
        value = (
            column
            if mask is None
            else exp.maybe_parse(_mask_expression(column.sql(dialect=dialect), mask, dialect), dialect=dialect)
        )
        shown.append(exp.alias_(value, exp.to_identifier(name, quoted=True)) if mask is not None else column)
    return shown


def _mask_expression(column: str, mask: Mask, dialect: str) -> str:
    words = MASK_SQL.get(dialect, MASK_SQL[""])
    text = words["text"].format(column)
    if mask.how == "null":  # with the column's type, so that comparisons still work
        return "NULL" if dialect == "sqlite" else f"CASE WHEN 1 = 0 THEN {column} END"
    if mask.how == "hash":
        return words["hash"].format(text)
    shown = f"CASE WHEN {words['length']}({text}) > {2 * TAIL} THEN {words['tail'].format(text, TAIL)} ELSE '****' END"
    return f"CASE WHEN {column} IS NULL THEN NULL ELSE {shown} END"


def _condition(one: RowFilter, dialect: str) -> Any:
    """The condition, checked like any other statement. Raises Refused."""
    probe = check(f"SELECT 1 FROM t WHERE {one.where}", dialect)  # noqa: S608 -- checked, and an administrator's
    return without_missing(probe.tree.args["where"].this.copy())
