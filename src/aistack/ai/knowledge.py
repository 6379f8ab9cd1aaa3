"""What a question can be about: a schema with the semantic layer laid over it, and the ways between its tables."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Literal

from aistack.ai.glossary import translations
from aistack.ai.identifiers import parts_of
from aistack.ai.semantics import Layer, TableLayer
from aistack.connection.wire import SchemaView, TableView

Kind = Literal["number", "text", "time", "boolean", "other"]

KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("boolean", re.compile(r"bool|^bit$|tinyint\(1\)", re.I)),
    ("time", re.compile(r"date|time|year", re.I)),
    ("number", re.compile(r"int|num|dec|float|double|real|money|serial", re.I)),
    ("text", re.compile(r"char|text|enum|string|clob|^set|uuid|^$", re.I)),
)
TIME_NAME = re.compile(r"(^|_)(date|time|datetime|at|on|day|since)($|_)|date$|time$|日期|时间", re.I)
MAIN_TIME = re.compile(r"creat|order|invoice|sale|date|下单|创建|日期", re.I)
LABEL_NAMES = ("name", "title", "label", "fullname", "username", "名称", "姓名", "标题", "名字")
PERSON = (("first", "name"), ("last", "name"))
STEPS_MAX = 4
PHRASES_MAX = 24
COMMENT_WORDS_MAX = 4
COMMENT_CHINESE_MAX = 12


@dataclass(frozen=True, slots=True, order=True)
class Column:
    table: str
    name: str


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


Path = tuple[Join, ...]


@dataclass(frozen=True, slots=True)
class Relation:
    """What verbs say of two tables: "customers who bought ..."."""

    names: tuple[str, ...]
    path: Path


@dataclass(slots=True)
class ColumnFacts:
    """`names` are what people call it. `most` and `least` are adjectives for rows with much or little of it.

    `is_cast`: it holds numbers as text.
    """

    column: Column
    kind: Kind
    names: list[str]
    most: list[str] = field(default_factory=list[str])
    least: list[str] = field(default_factory=list[str])
    extreme_of: Column | None = None
    extreme_is_most: bool = True
    samples: list[str] = field(default_factory=list[str])
    is_key: bool = False
    is_cast: bool = False


@dataclass(slots=True)
class TableFacts:
    """`label` are the columns that name a row to people, `key` those that tell rows apart.

    `rows_repeat`: several rows say the same thing's different sides, so it is counted by its key.
    """

    name: str
    names: list[str]
    columns: dict[str, ColumnFacts]
    key: tuple[str, ...]
    label: tuple[str, ...]
    time: Column | None
    rows_repeat: bool = False
    qualities: dict[str, tuple[list[str], str]] = field(default_factory=dict[str, tuple[list[str], str]])
    uniques: list[frozenset[str]] = field(default_factory=list[frozenset[str]])


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
    """`layer` may be empty. Names in it that the schema lacks are left out here; the layer's own check tells of them."""

    def __init__(self, schema: SchemaView, layer: Layer) -> None:
        self.schema, self.layer = schema, layer
        self.tables = {table.name: _table(table, layer.tables.get(table.name, TableLayer())) for table in schema.tables}
        self.joins: list[Join] = []
        self.relations: list[Relation] = []
        self._paths: dict[tuple[str, str], list[Path]] = {}
        self.particular: set[Join] = set()
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

    def facts(self, column: Column) -> ColumnFacts:
        return self.tables[column.table].columns[column.name]

    def column(self, text: str) -> Column | None:
        """The column that `table.column` names; tables may have dots in their names."""
        table, _, name = text.rpartition(".")
        return Column(table, name) if table in self.tables and name in self.tables[table].columns else None

    def paths(self, start: str, end: str) -> list[Path]:
        """The shortest ways from one table to another; several when they are equally short. None of a table to itself."""
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
        sides = {(one.left, one.left_columns, one.right, one.right_columns): one for one in self.joins}
        return tuple(sides[join.right, join.right_columns, join.left, join.left_columns] for join in reversed(path))

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

    def _infer(self, table: TableView, column: str) -> None:
        """A column `customer_id`, or one that bears the name of another table's key, most likely refers to it."""
        words = parts_of(column)
        for other in self.tables.values():
            if other.name == table.name or len(other.key) != 1:
                continue
            key, name = other.key[0], parts_of(other.name.rpartition(".")[2])
            refers = len(words) > 1 and words[-1] == parts_of(key)[-1] and words[:-1] in (name, _singular(name))
            same = column.lower() == key.lower() and len(words) > 1 and parts_of(key)[:-1] in (name, _singular(name))
            if refers or same:
                self._add(table.name, [column], other.name, [key])

    def _add(self, left: str, left_columns: Sequence[str], right: str, right_columns: Sequence[str]) -> Join:
        pair = tuple(left_columns), tuple(right_columns)
        made = Join(left, pair[0], right, pair[1], self._unique(right, pair[1]))
        back = Join(right, pair[1], left, pair[0], self._unique(left, pair[0]))
        for join in (made, back):
            if join not in self.joins:
                self.joins.append(join)
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


def _table(table: TableView, layer: TableLayer) -> TableFacts:
    columns: dict[str, ColumnFacts] = {}
    keys = set(table.primary_key) | {name for key in table.foreign_keys for name in key.columns}
    for column in table.columns:
        said = layer.columns.get(column.name)
        names = phrases(column.name, column.comment, table.name)
        facts = ColumnFacts(Column(table.name, column.name), kind_of(column.type), names, samples=column.samples)
        facts.is_key = column.name in keys or parts_of(column.name)[-1:] in (["id"], ["key"], ["uuid"])
        if facts.kind == "text" and TIME_NAME.search(column.name) and _look_like_dates(column.samples):
            facts.kind = "time"
        if said is not None:
            facts.names = [*said.names, *names]
            facts.most, facts.least = list(said.most), list(said.least)
            facts.is_cast = said.type == "number" and facts.kind != "number"
            facts.kind = said.type or facts.kind
            if said.extreme_of:
                facts.extreme_of = Column(table.name, said.extreme_of)
                facts.extreme_is_most = said.extreme == "most"
        columns[column.name] = facts
    key = tuple(layer.key or table.primary_key)
    label = tuple(layer.label) if layer.label else _label(table, columns)
    times = [facts.column for facts in columns.values() if facts.kind == "time"]
    main = next((one for one in times if MAIN_TIME.search(one.name)), times[0] if times else None)
    made = TableFacts(
        table.name,
        [*layer.names, *phrases(table.name.rpartition(".")[2], table.comment)],
        columns,
        key or label,
        label,
        Column(table.name, layer.time) if layer.time else main,
        layer.rows_repeat,
        {name: (one.names or [name], one.where) for name, one in layer.qualities.items()},
    )
    if not layer.rows_repeat:
        made.uniques = [frozenset(one) for one in (key, layer.key) if one]
        made.uniques += [frozenset(index.columns) for index in table.indexes if index.unique]
    return made


def kind_of(type_name: str) -> Kind:
    return next((kind for kind, pattern in KINDS if pattern.search(type_name)), "other")


def phrases(name: str, comment: str, table: str = "") -> list[str]:
    """What people may call it: the words of its name, its comment when that is short, both in the other language."""
    words = parts_of(name)
    own = [" ".join(words)] if words else []
    prefix = parts_of(table.rpartition(".")[2])
    for begin in (prefix, _singular(prefix)):
        if table and len(words) > len(begin) and words[: len(begin)] == begin:
            own.append(" ".join(words[len(begin) :]))
    said = comment.strip()
    if said and (len(said.split()) <= COMMENT_WORDS_MAX and len(said) <= COMMENT_CHINESE_MAX * (1 + said.isascii())):
        own.append(said.lower())
    found = dict.fromkeys(one for one in own if one)
    for one in list(found):
        found |= dict.fromkeys(_translated(one))
    return list(found)[:PHRASES_MAX]


def _translated(phrase: str) -> list[str]:
    whole = translations(phrase)
    words = phrase.split()
    if len(words) < 2 or whole:
        return whole
    options = [translations(word)[:3] for word in words]
    if not all(options):
        return []
    return ["".join(combination) for combination in product(*options)][:8]


def _label(table: TableView, columns: dict[str, ColumnFacts]) -> tuple[str, ...]:
    texts = [facts for facts in columns.values() if facts.kind == "text"]
    words = {facts.column.name: parts_of(facts.column.name) for facts in columns.values()}
    person = [name for pair in PERSON for name, parts in words.items() if tuple(parts) == pair]
    if len(person) == len(PERSON):
        return tuple(person)
    own = parts_of(table.name.rpartition(".")[2])
    for wanted in (["name"], [*own, "name"], [*_singular(own), "name"], *([one] for one in LABEL_NAMES)):
        for facts in texts:
            if words[facts.column.name] == wanted:
                return (facts.column.name,)
    named = [facts.column.name for facts in texts if words[facts.column.name][-1:] in (["name"], ["title"])]
    if named:
        return (named[0],)
    return tuple(table.primary_key) or (table.columns[0].name,)


def _look_like_dates(samples: Sequence[str]) -> bool:
    return not samples or all(re.match(r"\d{4}-\d\d", one) for one in samples)


def _singular(words: Sequence[str]) -> list[str]:
    if not words:
        return []
    last = words[-1]
    if last.endswith("ies"):
        last = last[:-3] + "y"
    elif last.endswith(("ses", "xes", "ches", "shes")):
        last = last[:-2]
    elif last.endswith("s") and not last.endswith("ss"):
        last = last[:-1]
    return [*words[:-1], last]
