"""Data masking and row filters: tables with rules are replaced by subqueries that return only what is allowed.

Every reference to such a table becomes `(SELECT ... FROM table WHERE filter) AS table` in the statement's text; the
rest stays as it was written. So a masked value cannot be found by comparing or sorting either. What cannot
be rewritten is refused, and so are tables that are not known: a view that was created a moment ago, for example.

Filtered rows are behind a barrier, a limit that cuts nothing off. Engines must apply a subquery's limit before the
conditions around it, so that no condition of the caller is evaluated on a hidden row, where an error would reveal its
values. PostgreSQL has the same for views (`security_barrier`).
"""

from dataclasses import dataclass, field
from typing import Any

from aistack.connection.rules.binding import BoundRules, TableRules
from aistack.connection.rules.conditions import PSEUDO, BadCondition, parsed_condition
from aistack.connection.rules.model import Relation, RowFilter
from aistack.databases.identifiers import meant, own_name, quoted
from aistack.databases.target import Target
from aistack.query.guard.caller_values import MISSING, Caller, with_caller, without_missing
from aistack.query.guard.catalogues import FUNCTIONS, harmless_columns
from aistack.query.guard.cte_scopes import names_cte
from aistack.query.guard.dialect_rules import CALLS
from aistack.query.guard.functional_dependence import DIALECTS as WITH_KEYS
from aistack.query.guard.functional_dependence import grouping_edits
from aistack.query.guard.masks import masked_value
from aistack.query.guard.statement_check import QUERIES, SYSTEM_TABLE, Checked, Refused, check
from aistack.query.wire import Value

ALL_ROWS = "9223372036854775807"
BARRIERS = {  # how each engine is told not to limit the rows
    "postgres": " OFFSET 0", "duckdb": " OFFSET 0", "mysql": " LIMIT 18446744073709551615", "sqlite": " LIMIT -1",
    "oracle": " AND ROWNUM > 0", "tsql": "",
}  # fmt: skip
REFERENCE = frozenset(("this", "db", "catalog", "alias", "joins", "laterals"))  # parts of a plain reference to a table
PREFIX = "SELECT 1 FROM t WHERE "  # before a condition when it is checked


class UnknownTable(Refused):
    """A table that is not in the schema as it was last read."""


@dataclass(slots=True)
class Restricted:
    """A statement with rules applied: its text, the values that describe the caller, the tables with rules in it."""

    sql: str
    values: dict[str, Value] = field(default_factory=dict[str, Value])
    tables: list[str] = field(default_factory=list[str])


def restricted(checked: Checked, bound: BoundRules, target: Target, caller: Caller, key: bytes) -> Restricted:
    """The statement with the rules applied. `key` is that of hashes. Raises Refused."""
    return _Rewriting(checked, bound, target, caller, key).result()


class _Rewriting:
    def __init__(self, checked: Checked, bound: BoundRules, target: Target, caller: Caller, key: bytes) -> None:
        self.checked, self.bound, self.target, self.caller, self.key = checked, bound, target, caller, key
        self.sql, self.dialect = checked.sql, checked.dialect
        self.done = Restricted(checked.sql)
        self.edits: list[tuple[int, int, str]] = []

    def result(self) -> Restricted:
        from sqlglot import expressions

        exp: Any = expressions
        tree = self.checked.tree
        self._check_statement(tree, exp)
        for table in tree.find_all(exp.Table):
            if isinstance(table.this, exp.Identifier) and not names_cte(table, self.dialect):
                self._restrict(table)
        for column in tree.find_all(exp.Column):
            self._unqualify(column)
        for start, end, text in sorted(self.edits, reverse=True):
            self.done.sql = self.done.sql[:start] + text + self.done.sql[end:]
        return self.done

    def _check_statement(self, tree: Any, exp: Any) -> None:
        if self.bound.closed:
            raise Refused("rules", self.bound.closed)
        if type(tree).__name__ not in QUERIES and not self.checked.writes:
            raise Refused("rules", "rules apply to you on this connection, so only SELECT and similar statements run")
        for node in tree.walk():
            if type(node).__name__ in CALLS and str(node.name or node.this).lower() in FUNCTIONS:
                raise Refused("rules", f"{node.name or node.this} tells of hidden rows, and rules apply to you")
            if self.dialect == "sqlite" and isinstance(node, exp.In) and node.args.get("field") is not None:
                raise Refused("rules", "write IN (SELECT ...) instead of IN and the name of a table")

    def _restrict(self, table: Any) -> None:
        start, end = _place(table)
        relation = self._relation(table)
        if relation is None:
            self._restrict_catalogue(table, start, end)
            return
        rules = self.bound.tables.get(relation.name)
        if self.checked.writes:
            self._check_write(relation)
        if rules is None:
            return
        if rules.closed:
            raise Refused("rules", f"you cannot read {relation.name}: {rules.closed}")
        self._check_reference(table, relation.name)
        self.done.tables.append(relation.name)
        self._replace(table, start, end, self._rows(table, relation, rules, self.sql[start:end]))
        if self.dialect in WITH_KEYS:
            kept = frozenset(
                name for name in relation.key if name not in rules.masks or rules.masks[name].how == "hash"
            )
            self.edits += grouping_edits(table, relation, kept, self.sql, self._tokens())

    def _tokens(self) -> list[Any]:
        from sqlglot.dialects.dialect import Dialect

        return Dialect.get_or_raise(self.dialect).tokenize(self.sql)

    def _relation(self, table: Any) -> Relation | None:
        """The relation that a reference means; None for the server's own tables. Raises Refused."""
        names = [_folded(part, self.dialect) for part in table.parts]
        found = meant(names, list(self.bound.relations.values()), self.target.engine, self.target.database)
        if len(found) > 1 and any(one.name in self.bound.tables for one in found):
            listed = ", ".join(one.name for one in found)
            raise Refused("rules", f"{table.name} can mean {listed}; write its schema before the name")
        if found:
            return found[0]
        if SYSTEM_TABLE.match(table.name) or table.db.lower() in ("information_schema", "pg_catalog"):
            return None
        written = ".".join(names)
        raise UnknownTable("rules", f"there is no table {written} in the schema of this connection")

    def _restrict_catalogue(self, table: Any, start: int, end: int) -> None:
        columns = harmless_columns(table.name, str(table.db), self.dialect)
        hidden = bool(self.bound.relations.keys() ^ self.bound.all.keys())
        if columns is None or hidden:
            raise Refused("rules", f"you cannot read {table.name}, because rules apply to you; use the schema instead")
        if columns:
            self._check_reference(table, table.name)
            self.done.tables.append(table.name)
            rows = f"SELECT {', '.join(columns)} FROM {self.sql[start:end]}"  # noqa: S608
            self._replace(table, start, end, rows)

    def _check_write(self, relation: Relation) -> None:
        """A failing write tells of the rows of its table, and of those that its foreign keys reach."""
        reached = {relation.name, *relation.references}
        reached |= {one.name for one in self.bound.all.values() if relation.name in one.references}
        hidden = sorted(reached & self.bound.tables.keys())
        if hidden:
            raise Refused(
                "rules",
                f"you cannot write to {relation.name}, because masks or row filters apply to you on {hidden[0]}",
            )

    def _check_reference(self, table: Any, name: str) -> None:
        more = sorted(name for name, value in table.args.items() if value and name not in REFERENCE)
        if more:
            raise Refused("rules", f"{name} has rules, so it cannot be read with {more[0].upper()}; use its name alone")

    def _replace(self, table: Any, start: int, end: int, rows: str) -> None:
        self.edits.append((start, end, f"({rows})"))
        if table.args.get("alias") is None:
            own = self.sql[slice(*_span(table.this))]
            self.edits[-1] = (start, end, f"({rows}) {'' if self.dialect == 'oracle' else 'AS '}{own}")

    def _rows(self, table: Any, relation: Relation, rules: TableRules, written: str) -> str:
        """The SELECT with the rows and values that the rules allow."""
        engine = self.target.engine
        own, source = quoted(own_name(relation), engine), written
        if relation.held_by and engine in ("postgres", "mysql", "sqlite"):  # whatever hides the name now
            source = f"{quoted(relation.held_by, engine)}.{own}"
        elif engine not in ("postgres", "mysql", "sqlite", "duckdb"):
            own = self.sql[slice(*_span(table.this))]
        shown = "*" if not rules.masks else ", ".join(self._column(name, rules) for name in relation.columns)
        where = " AND ".join(f"({self._condition(one, own)})" for one in rules.filters)
        if not where:
            return f"SELECT {shown} FROM {source}"  # noqa: S608
        top = f"TOP {ALL_ROWS} " if self.dialect == "tsql" else ""
        return f"SELECT {top}{shown} FROM {source} WHERE {where}{BARRIERS.get(self.dialect, f' LIMIT {ALL_ROWS}')}"  # noqa: S608

    def _column(self, name: str, rules: TableRules) -> str:
        column, mask = quoted(name, self.target.engine), rules.masks.get(name)
        return column if mask is None else f"{masked_value(column, mask, self.dialect, self.key)} AS {column}"

    def _condition(self, one: RowFilter, own: str) -> str:
        """The condition, checked like any other statement, its columns qualified with their table's name.

        Otherwise a column that was dropped would be taken from the caller's own query around it.
        """
        text = with_caller(one, self.caller, self.dialect, self.done.values)
        try:
            parsed_condition(text, self.dialect)
        except BadCondition as error:
            raise Refused("rules", f"the row filter of {one.table} cannot be used: {error}") from None
        probe = check(PREFIX + text, self.dialect)
        condition = probe.tree.args["where"].this
        if MISSING in text:
            return without_missing(condition.copy(), self.dialect)
        from sqlglot import exp

        for column in sorted(condition.find_all(exp.Column), key=lambda one: -_span(one.this)[0]):
            free = column.table or column.name.lower() in PSEUDO
            if not free and column.find_ancestor(exp.Select, exp.Lambda) is probe.tree:
                at = _span(column.this)[0] - len(PREFIX)
                text = f"{text[:at]}{own}.{text[at:]}"
        return f"{text}\n" if "--" in text or "#" in text else text

    def _unqualify(self, column: Any) -> None:
        """Drops the schema before `schema.table.column`: a subquery has none."""
        holder = column.args.get("db")
        if holder is None or not self.edits:
            return
        names = [_folded(part, self.dialect) for part in column.parts[:-1]]
        found = meant(names, list(self.bound.relations.values()), self.target.engine, self.target.database)
        if found and found[0].name in self.done.tables:
            first = column.args.get("catalog") or holder
            self.edits.append((_span(first)[0], _span(column.args["table"])[0], ""))


def _folded(name: Any, dialect: str) -> str:
    return str(name.name).lower() if dialect == "postgres" and not name.quoted else str(name.name)


def _place(table: Any) -> tuple[int, int]:
    return _span(table.parts[0])[0], _span(table.parts[-1])[1]


def _span(name: Any) -> tuple[int, int]:
    """Where a name is in the text. Raises Refused if the parser does not know."""
    start, end = name.meta.get("start"), name.meta.get("end")
    if start is None or end is None:
        raise Refused("rules", f"rules apply to you, and {name} cannot be found in the statement")
    return start, end + 1
