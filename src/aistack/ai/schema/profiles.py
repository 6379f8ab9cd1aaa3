"""Profiles of tables: the kind and the names of each column, the label of a row, and the column that dates it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Literal

from aistack.ai.schema.glossary import translations
from aistack.ai.schema.identifiers import identifier_words
from aistack.ai.schema.name_prefixes import bare_words, shared_prefix
from aistack.ai.schema.semantic_layer import TableLayer
from aistack.ai.text.english_nouns import singular_phrase
from aistack.connection.wire import TableView

Scalar = str | int | float  # a value of a column
Kind = Literal["number", "text", "time", "boolean", "other"]

KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("boolean", re.compile(r"bool|^bit$|tinyint\(1\)", re.I)),
    ("time", re.compile(r"date|time|year", re.I)),
    ("number", re.compile(r"int|num|dec|float|double|real|money|serial", re.I)),
    ("text", re.compile(r"char|text|enum|string|clob|^set|uuid|^$", re.I)),
)
ZONED = re.compile(r"timestamptz|timestamp.* with time zone", re.I)
TIME_NAME = re.compile(r"(^|_)(date|time|datetime|at|on|day|since)($|_)|date$|time$|日期|时间", re.I)
MAIN_TIME = re.compile(r"creat|order|invoice|sale|date|下单|创建|日期", re.I)
LABEL_NAMES = ("name", "title", "label", "fullname", "username", "名称", "姓名", "标题", "名字")
PERSON = (("first", "name"), ("last", "name"))
PHRASES_MAX = 24
COMMENT_WORDS_MAX = 4
COMMENT_CHINESE_MAX = 12


@dataclass(frozen=True, slots=True, order=True)
class Column:
    """A column by its table's name and its own."""

    table: str
    name: str


@dataclass(slots=True)
class ColumnProfile:
    """`names` are what people call it; `most` and `least` are adjectives for rows with high or low values.

    `is_cast`: it holds numbers as text, so queries cast it. `has_zone`: it holds instants, not readings of a clock.
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
    bare: str = ""  # its name without the prefix that all columns of the table share
    nullable: bool = True
    has_zone: bool = False


@dataclass(slots=True)
class TableProfile:
    """`label` are the columns that name a row for people, `key` those that identify it, `time` the one that dates it.

    `rows_repeat`: several rows describe the same thing, so it is counted by its key.
    """

    name: str
    names: list[str]
    columns: dict[str, ColumnProfile]
    key: tuple[str, ...]
    label: tuple[str, ...]
    time: Column | None
    rows_repeat: bool = False
    bare: str = ""  # its name without the schema's prefix
    abbreviation: str = ""  # what the schema calls it in the names of columns: cust
    qualities: dict[str, tuple[list[str], str]] = field(default_factory=dict[str, tuple[list[str], str]])
    uniques: list[frozenset[str]] = field(default_factory=list[frozenset[str]])


def profile_table(table: TableView, layer: TableLayer, prefix: str = "") -> TableProfile:
    """`prefix` is what the names of all tables begin with."""
    own_name = bare_words(table.name.rpartition(".")[2], prefix)
    shared = shared_prefix([column.name for column in table.columns])
    columns: dict[str, ColumnProfile] = {}
    keys = set(table.primary_key) | {name for key in table.foreign_keys for name in key.columns}
    for column in table.columns:
        definition = layer.columns.get(column.name)
        bare = bare_words(column.name, shared)
        names = phrases(bare, column.comment, own_name)
        profile = ColumnProfile(Column(table.name, column.name), kind_of(column.type), names, samples=column.samples)
        profile.bare = bare
        profile.has_zone = bool(ZONED.search(column.type))
        profile.nullable = column.nullable and column.name not in table.primary_key
        profile.is_key = column.name in keys or identifier_words(bare)[-1:] in (["id"], ["key"], ["uuid"])
        if profile.kind == "text" and TIME_NAME.search(bare) and _are_dates(column.samples):
            profile.kind = "time"
        if definition is not None:
            profile.names = [*definition.names, *names]
            profile.most, profile.least = list(definition.most), list(definition.least)
            profile.is_cast = definition.type == "number" and profile.kind != "number"
            profile.kind = definition.type or profile.kind
            if definition.extreme_of:
                profile.extreme_of = Column(table.name, definition.extreme_of)
                profile.extreme_is_most = definition.extreme == "most"
        columns[column.name] = profile
    key = tuple(layer.key or table.primary_key)
    label = tuple(layer.label) if layer.label else _label(table, own_name, columns)
    times = [profile.column for profile in columns.values() if profile.kind == "time"]
    years = [one.column for one in columns.values() if one.kind == "number" and identifier_words(one.bare) == ["year"]]
    times = times or years
    main = next((one for one in times if MAIN_TIME.search(one.name)), times[0] if times else None)
    made = TableProfile(
        table.name,
        [*layer.names, *phrases(own_name, table.comment)],
        columns,
        key or label,
        label,
        Column(table.name, layer.time) if layer.time else main,
        layer.rows_repeat,
        own_name,
        shared[len(prefix) :] if shared.startswith(prefix) else shared,
        {name: (one.names or [name], one.where) for name, one in layer.qualities.items()},
    )
    if not layer.rows_repeat:
        made.uniques = [frozenset(one) for one in (key, layer.key) if one]
        made.uniques += [frozenset(index.columns) for index in table.indexes if index.unique]
    return made


def kind_of(type_name: str) -> Kind:
    """The kind of a column, from the name of its SQL type."""
    for kind, pattern in KINDS:
        if pattern.search(type_name):
            return kind
    return "other"


def phrases(name: str, comment: str, table: str = "") -> list[str]:
    """What people may call it: the words of its name, its comment if that is short, and both in the other language."""
    words = identifier_words(name)
    own = [" ".join(words)] if words else []
    own += [name.lower()] if len(words) > 1 and name.isalpha() and name.islower() else []
    prefix = identifier_words(table.rpartition(".")[2])
    for begin in (prefix, singular_phrase(prefix)):
        if table and len(words) > len(begin) and words[: len(begin)] == begin:
            own.append(" ".join(words[len(begin) :]))
    comment = comment.strip()
    longest = COMMENT_CHINESE_MAX * (1 + comment.isascii())
    if comment and len(comment.split()) <= COMMENT_WORDS_MAX and len(comment) <= longest:
        own.append(comment.lower())
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


def _label(table: TableView, own_name: str, columns: dict[str, ColumnProfile]) -> tuple[str, ...]:
    texts = [profile for profile in columns.values() if profile.kind == "text"]
    words = {profile.column.name: identifier_words(profile.bare) for profile in columns.values()}
    person = [name for pair in PERSON for name, parts in words.items() if tuple(parts) == pair]
    if len(person) == len(PERSON):
        return tuple(person)
    own = identifier_words(own_name)
    for wanted in (["name"], [*own, "name"], [*singular_phrase(own), "name"], *([one] for one in LABEL_NAMES)):
        for profile in texts:
            if words[profile.column.name] == wanted:
                return (profile.column.name,)
    named = [profile.column.name for profile in texts if words[profile.column.name][-1:] in (["name"], ["title"])]
    if named:
        return (named[0],)
    return tuple(table.primary_key) or (table.columns[0].name,)


def _are_dates(samples: Sequence[str]) -> bool:
    return not samples or all(re.match(r"\d{4}-\d\d", one) for one in samples)
