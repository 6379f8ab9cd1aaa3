"""What is known of the rows that a SELECT reads: their keys, and which tables its joins multiply.

A table is multiplied where its row does not determine one row of each other table, by the functional dependencies of
keys and join conditions (Paulley and Larson 1994).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Cell = tuple[str, str]  # alias and column, in lower case
CONSTANT: Cell = ("", "")


@dataclass(frozen=True, slots=True)
class Relation:
    """The rows of a table or of a subquery, with all names in lower case.

    `keys` are sets of columns that no two rows share, the empty one for a single row. `repeated` are columns that a
    join inside the subquery has multiplied.
    """

    name: str
    columns: frozenset[str] = frozenset()
    keys: tuple[frozenset[str], ...] = ()
    repeated: frozenset[str] = frozenset()


class JoinedRelations:
    """The relations of one SELECT, by alias, with the equalities of its joins and conditions."""

    def __init__(self, select: Any, relations: Mapping[str, Relation]) -> None:
        self.relations = relations
        self._classes: dict[Cell, Cell] = {}
        self._closures: dict[frozenset[Cell], frozenset[str]] = {}
        self._read(select)

    def cell(self, column: Any) -> Cell | None:
        """The column of one of the relations; None if it belongs to an outer query or to none."""
        name, alias = column.name.lower(), column.table.lower()
        if alias:
            return (alias, name) if alias in self.relations else None
        having = [one for one, relation in self.relations.items() if name in relation.columns]
        if not having and len(self.relations) == 1:
            having = list(self.relations)
        return (having[0], name) if having else None

    def cells(self, tree: Any) -> list[Cell]:
        """The columns of the relations in an expression, without those of its subqueries."""
        from sqlglot import exp

        here = tree.parent_select
        found = (self.cell(one) for one in tree.find_all(exp.Column) if one.parent_select is here)
        return [one for one in found if one is not None]

    def multiplied_by(self, alias: str) -> list[str]:
        """The relations that may have several rows for one row of `alias`."""
        columns = {(alias, name) for name in self.relations[alias].columns}
        done = self.determined(columns, (alias,))
        return [one for one in self.relations if one not in done]

    def determined(self, cells: Iterable[Cell], start: Iterable[str] = ()) -> frozenset[str]:
        """The relations of which the values of these columns determine one row at most."""
        known = frozenset(cells)
        done = set(start)
        roots = {self._root(CONSTANT), *(self._root(one) for one in known)}
        while True:
            new = [
                alias
                for alias, relation in self.relations.items()
                if alias not in done and any(self._holds(alias, key, roots, done) for key in relation.keys)
            ]
            if not new:
                return frozenset(done)
            done.update(new)

    def _holds(self, alias: str, key: frozenset[str], roots: set[Cell], done: set[str]) -> bool:
        return all(
            self._root((alias, name)) in roots or any(other in done for other, _ in self._members((alias, name)))
            for name in key
        )

    def _members(self, cell: Cell) -> Iterator[Cell]:
        root = self._root(cell)
        return (one for one in self._classes if self._root(one) == root)

    def _root(self, cell: Cell) -> Cell:
        while self._classes.setdefault(cell, cell) != cell:
            cell = self._classes[cell]
        return cell

    def _equate(self, one: Cell, other: Cell) -> None:
        a, b = self._root(one), self._root(other)
        if a != b:
            self._classes[a] = b

    def _read(self, select: Any) -> None:
        earlier: list[str] = []
        source = select.args.get("from_")
        if source is not None:
            earlier.append(source.this.alias_or_name.lower())
        for join in select.args.get("joins") or ():
            alias = join.this.alias_or_name.lower()
            using = [one.name.lower() for one in join.args.get("using") or ()]
            if join.method == "NATURAL" and alias in self.relations:
                using = [
                    name
                    for name in self.relations[alias].columns
                    if any(name in self.relations[one].columns for one in earlier if one in self.relations)
                ]
            for name in using:
                for one in earlier:
                    if one in self.relations and name in self.relations[one].columns:
                        self._equate((one, name), (alias, name))
            if join.args.get("on") is not None:
                self._read_condition(join.args["on"], alias)
            earlier.append(alias)
        where = select.args.get("where")
        if where is not None:
            self._read_condition(where.this, "")

    def _read_condition(self, condition: Any, joined: str) -> None:
        """Equalities that hold for every row; in ON, only the joined relation's columns are constant."""
        from sqlglot import exp

        parts = condition.flatten() if isinstance(condition, exp.And) else [condition]
        for part in parts:
            part = part.unnest()
            if isinstance(part, exp.And):
                self._read_condition(part, joined)
            elif isinstance(part, (exp.EQ, exp.NullSafeEQ)):
                left, right = self._side(part.this), self._side(part.expression)
                is_constant = CONSTANT in (left, right) and joined
                if left is None or right is None or (is_constant and joined not in (left[0], right[0])):
                    continue
                self._equate(left, right)

    def _side(self, side: Any) -> Cell | None:
        """A column, a constant (values of an outer query too), or None."""
        from sqlglot import exp

        side = side.unnest()
        while isinstance(side, exp.Cast):
            side = side.this.unnest()
        if isinstance(side, exp.Column):
            return self.cell(side) or (CONSTANT if side.table else None)
        return CONSTANT if isinstance(side, (exp.Literal, exp.Boolean, exp.Placeholder, exp.Parameter)) else None
