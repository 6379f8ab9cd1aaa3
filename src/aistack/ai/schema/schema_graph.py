"""The schema graph: profiled tables as nodes, joins as edges, with the relations and metrics of the semantic layer.

Joins come from foreign keys, from column names that refer to another table's key, and from the semantic layer.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aistack.ai.schema.identifiers import identifier_words
from aistack.ai.schema.name_prefixes import shared_prefix
from aistack.ai.schema.profiles import Column, ColumnProfile, TableProfile, profile_table
from aistack.ai.schema.semantic_layer import Layer, TableLayer
from aistack.ai.text.english_nouns import singular_phrase
from aistack.connection.wire import SchemaView, TableView

PATH_JOINS_MAX = 4


@dataclass(frozen=True, slots=True)
class Join:
    """An equality join from `left` to `right`.

    `to_one`: each row of `left` matches at most one of `right`.
    """

    left: str
    left_columns: tuple[str, ...]
    right: str
    right_columns: tuple[str, ...]
    to_one: bool

    @property
    def match(self) -> str:
        """The join condition."""
        pairs = zip(self.left_columns, self.right_columns, strict=True)
        return " and ".join(f"{self.left}.{left} = {self.right}.{right}" for left, right in pairs)


Path = tuple[Join, ...]


@dataclass(frozen=True, slots=True)
class Relation:
    """A path of joins that verbs stand for: "customers who bought ..."."""

    names: tuple[str, ...]
    path: Path


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric of the semantic layer: `expression` over the rows of `table` that meet `where`, dated by `time`."""

    name: str
    names: tuple[str, ...]
    table: str
    expression: str
    where: str
    time: str


class SchemaGraph:
    """`layer` may be empty. Names in it that the schema does not have are ignored; `layer_validation` reports them."""

    def __init__(self, schema: SchemaView, layer: Layer) -> None:
        self.schema, self.layer = schema, layer
        prefix = shared_prefix([table.name.rpartition(".")[2] for table in schema.tables])
        self.tables = {
            table.name: profile_table(table, layer.tables.get(table.name, TableLayer()), prefix)
            for table in schema.tables
        }
        self._directed: dict[tuple[str, tuple[str, ...], str, tuple[str, ...]], Join] = {}
        self._by_words: dict[tuple[str, ...], list[TableProfile]] = {}
        for profile in self.tables.values():
            words = identifier_words(profile.bare)
            for name in {tuple(words), tuple(singular_phrase(words)), (profile.abbreviation,)} - {("",)}:
                self._by_words.setdefault(name, []).append(profile)
        self.relations: list[Relation] = []
        self._paths: dict[tuple[str, str], list[Path]] = {}
        self.explicit_only: set[Join] = set()  # joins that are used only where a question names them
        self._infer_keys()
        self._add_joins()
        self._infer_bridges()
        self._joins_of: dict[str, list[Join]] = {}
        for join in self.joins:
            self._joins_of.setdefault(join.left, []).append(join)
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
        """Every join, in both directions."""
        return self._directed.values()

    def profile(self, column: Column) -> ColumnProfile:
        """The profile of a column of this schema."""
        return self.tables[column.table].columns[column.name]

    def column(self, text: str) -> Column | None:
        """The column that `table.column` names; tables may have dots in their names."""
        table, _, name = text.rpartition(".")
        return Column(table, name) if table in self.tables and name in self.tables[table].columns else None

    def paths(self, start: str, end: str) -> list[Path]:
        """The shortest join paths between two tables: several if equally short, none from a table to itself."""
        if (start, end) not in self._paths:
            self._paths[start, end] = self._search(start, end)
        return self._paths[start, end]

    def path_to_one(self, start: str, end: str) -> Path | None:
        """The join path on which each row of `start` has at most one of `end`; empty if they are the same table."""
        if start == end:
            return ()
        found = [path for path in self.paths(start, end) if all(join.to_one for join in path)]
        return found[0] if len(found) == 1 else None

    def only_path(self, start: str, end: str) -> Path | None:
        """The join path to one row, or else the only shortest one."""
        found = self.path_to_one(start, end)
        paths = self.paths(start, end) if found is None else []
        return paths[0] if len(paths) == 1 else found

    def is_attribute(self, table: str) -> bool:
        """Whether the table only holds several values of one attribute of another: the categories of a business."""
        profile = self.tables[table]
        own = [one for one in profile.columns.values() if not one.is_key and one.column.name not in profile.label]
        referred = any(join.right == table and join.to_one for join in self.joins)
        return not own and not referred and sum(join.to_one for join in self.joins_of(table)) == 1

    def repeats(self, start: str, end: str) -> bool:
        """Whether several rows of `start` may refer to the same row of `end`: its columns then repeat in a join."""
        path = self.path_to_one(start, end)
        return bool(path) and not all(join.to_one for join in self.reversed_path(path))

    def unique_key(self, table: str) -> tuple[str, ...]:
        """Columns that identify a row: the primary key, or else the shortest unique index; empty if there is none."""
        profile = self.tables[table]
        if frozenset(profile.key) in profile.uniques:
            return profile.key
        return tuple(sorted(min(profile.uniques, key=len, default=frozenset[str]())))

    def reversed_path(self, path: Path) -> Path:
        """The same joins from end to start."""
        return tuple(
            self._directed[join.right, join.right_columns, join.left, join.left_columns] for join in reversed(path)
        )

    def joins_of(self, table: str) -> list[Join]:
        """The joins that start at a table."""
        return self._joins_of.get(table, [])

    def _search(self, start: str, end: str) -> list[Path]:
        level: list[Path] = [()]
        seen = {start}
        for _ in range(PATH_JOINS_MAX):
            following: list[Path] = []
            for path in level:
                at = path[-1].right if path else start
                implicit = [join for join in self._joins_of.get(at, ()) if join not in self.explicit_only]
                following += [(*path, join) for join in implicit if join.right not in seen]
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
                    self._infer_join(table, column.name)
        for one in self.layer.joins:
            join = self._join(one.match)
            if join is not None:
                names = [list(join.left_columns), list(join.right_columns)]
                made = self._add(join.left, names[0], join.right, names[1])
                if one.only_named:
                    self.explicit_only |= {made, self.reversed_path((made,))[0]}
                if one.names:
                    self.relations.append(Relation(tuple(one.names), (made,)))

    def _infer_keys(self) -> None:
        """Where no key is declared: an `id` column, or a name or code that other tables have a column for."""
        occurrences = Counter(name.lower() for profile in self.tables.values() for name in profile.columns)
        for profile in self.tables.values():
            if profile.uniques or profile.rows_repeat:
                continue
            own = {tuple(words) for words, tables in self._by_words.items() if profile in tables}
            initial = f"{profile.bare[:1].lower()}id" if len(identifier_words(profile.bare)) == 1 else ""
            found: list[str] = []
            for name, column in profile.columns.items():
                words = tuple(identifier_words(column.bare))
                is_id = words in (("id",), (initial,)) or (words[-1:] == ("id",) and words[:-1] in own)
                is_name = words[-1:] in (("name",), ("code",)) and words[:-1] in own and occurrences[name.lower()] > 1
                found += [name] if is_id or is_name else []
            if found:
                name = max(found, key=lambda one: 0 if one.lower() == "id" else occurrences[one.lower()])
                profile.key = (name,)
                profile.uniques.append(frozenset((name,)))
        for profile in self.tables.values():  # without any identity so far: the first column, if others name it too
            first = next(iter(profile.columns), "")
            is_name = identifier_words(first)[-1:] in (["name"], ["code"]) and occurrences[first.lower()] > 1
            if is_name and not profile.uniques and not profile.rows_repeat:
                profile.key = (first,)
                profile.uniques.append(frozenset((first,)))

    def _infer_bridges(self) -> None:
        """A table of nothing but references has each combination once."""
        for profile in self.tables.values():
            references = {
                name for join in self.joins if join.left == profile.name and join.to_one for name in join.left_columns
            }
            if len(profile.columns) > 1 and not profile.uniques and references == set(profile.columns):
                profile.key = tuple(profile.columns)
                profile.uniques.append(frozenset(profile.columns))

    def _infer_join(self, table: TableView, column: str) -> None:
        """A column `customer_id`, or one with the name of another table's key, most likely refers to that table."""
        bare = self.tables[table.name].columns[column].bare
        words = identifier_words(bare)
        owners = [
            one for one in self.tables.values() if one.key == (column,) and one.uniques and one.name != table.name
        ]
        if len(owners) == 1 and column.lower() not in ("id", "name", "code"):
            self._add(table.name, [column], owners[0].name, [column])
            return
        for other in self._by_words.get(tuple(words[:-1]), ()) if len(words) > 1 else ():
            if other.name == table.name or len(other.key) != 1:
                continue
            key = identifier_words(other.columns[other.key[0]].bare if other.key[0] in other.columns else other.key[0])
            if words[-1] == key[-1] or words == key:
                self._add(table.name, [column], other.name, [other.key[0]])

    def _add(self, left: str, left_columns: Sequence[str], right: str, right_columns: Sequence[str]) -> Join:
        pair = tuple(left_columns), tuple(right_columns)
        made = Join(left, pair[0], right, pair[1], self._unique(right, pair[1]))
        back = Join(right, pair[1], left, pair[0], self._unique(left, pair[0]))
        for join in (made, back):
            self._directed.setdefault((join.left, join.left_columns, join.right, join.right_columns), join)
        return made

    def _unique(self, table: str, columns: Iterable[str]) -> bool:
        profile = self.tables[table]
        return any(one <= set(columns) for one in profile.uniques)

    def _join(self, match: str) -> Join | None:
        """From "a.x = b.y and a.z = b.w"; None if the schema does not have one of the columns."""
        pairs = [tuple(self.column(side.strip()) for side in one.split("=")) for one in match.split(" and ")]
        left = [pair[0] for pair in pairs if pair[0] is not None]
        right = [pair[-1] for pair in pairs if pair[-1] is not None]
        if len(left) != len(pairs) or len(right) != len(pairs):
            return None
        names = tuple(one.name for one in right)
        return Join(
            left[0].table, tuple(one.name for one in left), right[0].table, names, self._unique(right[0].table, names)
        )
