"""Columns that a grouped primary key determines (SQL:1999, functional dependence), where a subquery replaces a table.

PostgreSQL lets `SELECT t.*, count(*) FROM t JOIN u ... GROUP BY t.id` pass because `id` is the table's primary key. A
subquery in place of `t` has no key, so the columns that are used are added to GROUP BY. They change no group, because
the key determines them. Columns of types that cannot be compared are taken from any row of the group.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from aistack.connection.rules.model import Relation
from aistack.databases.identifiers import quoted

DIALECTS = ("postgres",)  # others have no such rule, or accept any column
CLAUSES = ("expressions", "having", "order", "distinct", "windows")  # of a SELECT, that see its groups
INCOMPARABLE = frozenset(("json", "xml", "point", "line", "lseg", "box", "path", "polygon", "circle"))
AGGREGATES = frozenset(("json_agg", "jsonb_agg", "json_object_agg", "jsonb_object_agg", "xmlagg", "string_agg"))

Edit = tuple[int, int, str]  # the part of a text from one position to another, and what replaces it


def grouping_edits(table: Any, relation: Relation, kept: frozenset[str], sql: str, tokens: Sequence[Any]) -> list[Edit]:
    """What to change so that a grouped statement still passes when a subquery replaces `table`.

    `kept` are the columns whose values stay as different as they are. `tokens` are those of `sql`.
    """
    from sqlglot import expressions

    exp: Any = expressions
    select = table.find_ancestor(exp.Select)
    group = select.args.get("group") if select is not None else None
    alias = table.args.get("alias")
    if group is None or (alias is not None and alias.args.get("columns")):
        return []
    name = _folded(table.this if alias is None else alias.this)
    grouped = {column for one in group.expressions if (column := _grouped(one, select, name, relation, exp))}
    if not relation.key or not set(relation.key) <= grouped & kept:
        return []
    return _Grouping(select, name, relation, exp).edits(grouped, table, sql, tokens)


class _Grouping:
    def __init__(self, select: Any, name: str, relation: Relation, exp: Any) -> None:
        self.select, self.name, self.relation, self.exp = select, name, relation, exp
        self.source = quoted(name, "postgres")

    def edits(self, grouped: set[str], table: Any, sql: str, tokens: Sequence[Any]) -> list[Edit]:
        added: dict[str, None] = {}
        edits: list[Edit] = []
        for node in self._used():
            for column in self._meant(node):
                if column and not self._comparable(column):
                    edits += self._any_value(node, column)
                elif column not in grouped:
                    added[f"{self.source}.{quoted(column, 'postgres')}" if column else self.source] = None
        at = _after_group_by(table, tokens)
        if added and at is not None:
            edits.append((at, at, f" {', '.join(added)},"))
        return list(dict.fromkeys(edits))

    def _used(self) -> Iterator[Any]:
        """The columns and stars that see groups, without those inside aggregates."""
        for clause in CLAUSES:
            for part in self.exp.ensure_list(self.select.args.get(clause)):
                yield from (one for one in part.walk(prune=self._is_aggregate) if self._is_reference(one))

    def _is_aggregate(self, node: Any) -> bool:
        anonymous = isinstance(node, self.exp.Anonymous) and str(node.this).lower() in AGGREGATES
        return anonymous or isinstance(node, self.exp.AggFunc)

    def _is_reference(self, node: Any) -> bool:
        star = isinstance(node, self.exp.Star) and node.parent is self.select
        return star or isinstance(node, self.exp.Column)

    def _meant(self, node: Any) -> list[str]:
        """The table's columns that a reference means; the empty string is the whole row."""
        if isinstance(node, self.exp.Star):
            return list(self.relation.columns)
        holder = node.args.get("table")
        if holder is not None and _folded(holder) != self.name:
            return []
        if isinstance(node.this, self.exp.Star):
            return list(self.relation.columns)
        column = _folded(node.this)
        if column in self.relation.columns:
            return [column]
        return [""] if holder is None and column == self.name else []

    def _comparable(self, column: str) -> bool:
        return self.relation.columns[column].lower().removesuffix("[]") not in INCOMPARABLE

    def _any_value(self, node: Any, column: str) -> list[Edit]:
        """The reference replaced by the value of any row in the group."""
        inner = node.find_ancestor(self.exp.Select) is not self.select or node.args.get("db") is not None
        if inner or self.relation.columns[column].endswith("[]"):
            return []
        value = self._value(column)
        if node is not self._star(node):
            first = node.args.get("table") or node.this
            named = f" AS {quoted(column, 'postgres')}" if node.parent is self.select else ""
            return [(first.meta["start"], node.this.meta["end"] + 1, value + named)]
        if isinstance(node, self.exp.Star) and self.select.args.get("joins"):
            return []
        listed = ", ".join(
            f"{self.source}.{quoted(one, 'postgres')}"
            if self._comparable(one)
            else f"{self._value(one)} AS {quoted(one, 'postgres')}"
            for one in self.relation.columns
        )
        star = node if isinstance(node, self.exp.Star) else node.this
        first = star if isinstance(node, self.exp.Star) else node.args["table"]
        return [(first.meta["start"], star.meta["end"] + 1, listed)]

    def _star(self, node: Any) -> Any:
        """The node itself if it is a star, `*` or `t.*`."""
        return node if isinstance(node, self.exp.Star) or isinstance(node.this, self.exp.Star) else None

    def _value(self, column: str) -> str:
        return f"(array_agg({self.source}.{quoted(column, 'postgres')}))[1]"


def _grouped(one: Any, select: Any, name: str, relation: Relation, exp: Any) -> str:
    """The table's column that an item of GROUP BY is: by its name, its alias or its position in the list."""
    one = one.unnest()
    if isinstance(one, exp.Literal) and one.is_int:
        listed = select.expressions[: int(one.name)]
        if len(listed) < int(one.name) or any(shown.is_star for shown in listed):
            return ""
        one = listed[-1].unalias()
    elif isinstance(one, exp.Column) and not one.table and _folded(one.this) not in relation.columns:
        alias = _folded(one.this)
        one = next((shown.this for shown in select.expressions if _alias(shown, exp) == alias), one)
    if not isinstance(one, exp.Column) or isinstance(one.this, exp.Star):
        return ""
    holder = one.args.get("table")
    column = _folded(one.this)
    return column if column in relation.columns and (holder is None or _folded(holder) == name) else ""


def _alias(shown: Any, exp: Any) -> str:
    return _folded(shown.args["alias"]) if isinstance(shown, exp.Alias) else ""


def _folded(name: Any) -> str:
    return str(name.name) if name.args.get("quoted") else str(name.name).lower()


def _after_group_by(table: Any, tokens: Sequence[Any]) -> int | None:
    """Where the GROUP BY of the table's own SELECT ends: the first after the table that no other brackets enclose."""
    position, depth, lowest = table.parts[-1].meta["end"], 0, 0
    for at, token in enumerate(tokens):
        if token.start <= position:
            continue
        depth += {"(": 1, ")": -1}.get(token.text, 0) if token.token_type.name in ("L_PAREN", "R_PAREN") else 0
        lowest = min(lowest, depth)
        if token.token_type.name == "GROUP_BY" and depth == lowest:
            following = tokens[at + 1].text.upper() if at + 1 < len(tokens) else ""
            return None if following in ("ALL", "DISTINCT") else int(token.end) + 1
    return None
