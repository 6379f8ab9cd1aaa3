"""What a question can be about: a schema with the semantic layer laid over it, and the ways between its tables."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aistack.ai.schema.identifiers import parts_of
from aistack.ai.schema.profiles import Column, ColumnFacts, TableFacts, singular, table_facts
from aistack.ai.schema.semantic_layer import Layer, TableLayer
from aistack.connection.wire import SchemaView, TableView

STEPS_MAX = 4


@dataclass(frozen=True, slots=True)
class Join:
    """Rows of `left` and `right` belong together where their columns are equal.

    `to_one`: a row of `left` has at most one of `right`.
    """

    left: str
    left_columns: tuple[str, ...]
    right: str
    right_columns: tuple[str, ...]
    to_one: bool

    @property
    def match(self) -> str:
        """The condition that holds both together."""
        pairs = zip(self.left_columns, self.right_columns, strict=True)
        return " and ".join(f"{self.left}.{left} = {self.right}.{right}" for left, right in pairs)


Path = tuple[Join, ...]


@dataclass(frozen=True, slots=True)
class Relation:
    """What verbs say of two tables: "customers who bought ..."."""

    names: tuple[str, ...]
    path: Path


@dataclass(frozen=True, slots=True)
class Metric:
    """A measure with a definition: `expression` over rows of `table`, only those that meet `where`."""

    name: str
    names: tuple[str, ...]
    table: str
    expression: str
    where: str
    time: str


class Knowledge:
    """`layer` may be empty. Names in it that the schema lacks are left out here; it is checked elsewhere."""

    def __init__(self, schema: SchemaView, layer: Layer) -> None:
        self.schema, self.layer = schema, layer
        self.tables = {
            table.name: table_facts(table, layer.tables.get(table.name, TableLayer())) for table in schema.tables
        }
        self._sides: dict[tuple[str, tuple[str, ...], str, tuple[str, ...]], Join] = {}
        self._called: dict[tuple[str, ...], list[TableFacts]] = {}
        for facts in self.tables.values():
            words = parts_of(facts.name.rpartition(".")[2])
            for called in {tuple(words), tuple(singular(words))}:
                self._called.setdefault(called, []).append(facts)
        self.relations: list[Relation] = []
        self._paths: dict[tuple[str, str], list[Path]] = {}
        self.particular: set[Join] = set()
        self._guess_keys()
        self._add_joins()
        self._of: dict[str, list[Join]] = {}
        for join in self.joins:
            self._of.setdefault(join.left, []).append(join)
        for relation in layer.relations:
            steps = [self._join(one) for one in relation.path]
            if all(steps):
                path = tuple(one for one in steps if one is not None)
                self.relations.append(Relation(tuple(relation.names), path))
        self.metrics = [
            Metric(name, (name, *one.names), one.table, one.expression, one.where, one.time)
            for name, one in layer.metrics.items()
            if one.table in self.tables
        ]

    @property
    def joins(self) -> Iterable[Join]:
        """Each in both directions."""
        return self._sides.values()

    def facts(self, column: Column) -> ColumnFacts:
        return self.tables[column.table].columns[column.name]

    def column(self, text: str) -> Column | None:
        """The column that `table.column` names; tables may have dots in their names."""
        table, _, name = text.rpartition(".")
        return Column(table, name) if table in self.tables and name in self.tables[table].columns else None

    def paths(self, start: str, end: str) -> list[Path]:
        """The shortest ways from one table to another; several when equally short, none of a table to itself."""
        if (start, end) not in self._paths:
            self._paths[start, end] = self._search(start, end)
        return self._paths[start, end]

    def path_to_one(self, start: str, end: str) -> Path | None:
        """A way on which each row of `start` meets at most one of `end`; the empty one when they are the same."""
        if start == end:
            return ()
        found = [path for path in self.paths(start, end) if all(join.to_one for join in path)]
        return found[0] if len(found) == 1 else None

    def turned(self, path: Path) -> Path:
        """The same way from its end."""
        return tuple(
            self._sides[join.right, join.right_columns, join.left, join.left_columns] for join in reversed(path)
        )

    def joins_of(self, table: str) -> list[Join]:
        return self._of.get(table, [])

    def _search(self, start: str, end: str) -> list[Path]:
        level: list[Path] = [()]
        seen = {start}
        for _ in range(STEPS_MAX):
            following: list[Path] = []
            for path in level:
                at = path[-1].right if path else start
                usual = [join for join in self._of.get(at, ()) if join not in self.particular]
                following += [(*path, join) for join in usual if join.right not in seen]
            found = [path for path in following if path[-1].right == end]
            if found:
                return found
            seen |= {path[-1].right for path in following}
            level = following
        return []

    def _add_joins(self) -> None:
        for table in self.schema.tables:
            declared: set[str] = set()
            for key in table.foreign_keys:
                if key.table in self.tables:
                    self._add(table.name, key.columns, key.table, key.table_columns or list(self.tables[key.table].key))
                    declared |= set(key.columns)
            for column in table.columns:
                if column.name not in declared:
                    self._infer(table, column.name)
        for one in self.layer.joins:
            join = self._join(one.match)
            if join is not None:
                names = [list(join.left_columns), list(join.right_columns)]
                made = self._add(join.left, names[0], join.right, names[1])
                if one.only_named:
                    self.particular |= {made, self.turned((made,))[0]}
                if one.names:
                    self.relations.append(Relation(tuple(one.names), (made,)))

    def _guess_keys(self) -> None:
        """Where no key is declared: an `id`, or a name of its own that other tables' columns repeat."""
        bearing = Counter(name.lower() for facts in self.tables.values() for name in facts.columns)
        for facts in self.tables.values():
            if facts.uniques or facts.rows_repeat:
                continue
            own = {tuple(words) for words, tables in self._called.items() if facts in tables}
            for name in facts.columns:
                words = tuple(parts_of(name))
                is_id = words == ("id",) or (words[-1:] == ("id",) and words[:-1] in own)
                is_name = words[-1:] in (("name",), ("code",)) and words[:-1] in own and bearing[name.lower()] > 1
                if is_id or is_name:
                    facts.key = (name,)
                    facts.uniques.append(frozenset((name,)))
                    break

    def _infer(self, table: TableView, column: str) -> None:
        """A column `customer_id`, or one that bears the name of another table's key, most likely refers to it."""
        words = parts_of(column)
        for other in self._called.get(tuple(words[:-1]), ()) if len(words) > 1 else ():
            if other.name == table.name or len(other.key) != 1:
                continue
            key = parts_of(other.key[0])
            if words[-1] == key[-1] or words == key:
                self._add(table.name, [column], other.name, [other.key[0]])

    def _add(self, left: str, left_columns: Sequence[str], right: str, right_columns: Sequence[str]) -> Join:
        pair = tuple(left_columns), tuple(right_columns)
        made = Join(left, pair[0], right, pair[1], self._unique(right, pair[1]))
        back = Join(right, pair[1], left, pair[0], self._unique(left, pair[0]))
        for join in (made, back):
            self._sides.setdefault((join.left, join.left_columns, join.right, join.right_columns), join)
        return made

    def _unique(self, table: str, columns: Iterable[str]) -> bool:
        facts = self.tables[table]
        return any(one <= set(columns) for one in facts.uniques)

    def _join(self, match: str) -> Join | None:
        """From "a.x = b.y and a.z = b.w"; None when the schema lacks one of them."""
        pairs = [tuple(self.column(side.strip()) for side in one.split("=")) for one in match.split(" and ")]
        left = [pair[0] for pair in pairs if pair[0] is not None]
        right = [pair[-1] for pair in pairs if pair[-1] is not None]
        if len(left) != len(pairs) or len(right) != len(pairs):
            return None
        names = tuple(one.name for one in right)
        return Join(
            left[0].table, tuple(one.name for one in left), right[0].table, names, self._unique(right[0].table, names)
        )
