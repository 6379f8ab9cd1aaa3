"""Checks a statement before it runs: it must parse, and consist of allowed parts only.

The check is an allow-list (`allowed/`), not a list of known attacks. Text that parser and server could read differently
is refused: the statement is tokenized twice, by the parser and by the server's own lexical rules (`lexer.py`). Exactly
the text that was checked is executed. The engines in `databases/` protect the database once more, on their own.
"""

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Any

from aistack.query.guard.allow_lists import allowed_functions, allowed_nodes
from aistack.query.guard.dialect_rules import CALLS, hidden_calls, nodes_of, secret_schemas, violation
from aistack.query.guard.inspection import EXAMPLES, inspection_of
from aistack.query.guard.lexer import Span, Unreadable, spans


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


CHARACTERS_MAX = 100_000
TOKENS_MAX = 20_000
DEPTH_MAX = 60
SUBSCRIPTS_MAX = 200
RUN_MAX = 50  # repetitions of one operator, as in NOT NOT NOT
LITERALS = _words(
    """STRING RAW_STRING HEREDOC_STRING NATIONAL_STRING BYTE_STRING BIT_STRING HEX_STRING UNICODE_STRING IDENTIFIER"""
)
QUOTES, SPACES = frozenset("'\"`]$"), frozenset(" \t\r\n\f")
AMBIGUOUS = "its quotes or comments are ambiguous; use plain quotes and comments"
QUERIES = ("Select", "Union", "Except", "Intersect", "Values", "Subquery", "Pivot")
WRITES = ("Insert", "Update", "Delete", "Merge")
WRITE_NODES = frozenset((*WRITES, "Returning", "OnConflict", "When", "Whens"))
SYSTEM_TABLES = _words(
    """pg_class pg_namespace pg_attribute pg_attrdef pg_type pg_constraint pg_index pg_description pg_tables pg_views
    pg_matviews pg_indexes pg_enum pg_proc pg_sequence pg_sequences pg_extension pg_collation pg_database
    pg_timezone_names pg_timezone_abbrevs pg_partitioned_table pg_inherits pg_trigger pg_language pg_operator
    pg_stat_user_tables pg_statio_user_tables pg_stat_user_indexes sqlite_master sqlite_schema sqlite_temp_master
    sqlite_temp_schema sqlite_sequence sqlite_stat1 duckdb_columns duckdb_constraints duckdb_indexes
    duckdb_schemas duckdb_tables duckdb_types duckdb_views"""
)
SYSTEM_TABLE = re.compile(r"(?:pg|sqlite|duckdb|pragma)_|dbstat$", re.I)
FILE_LIKE = re.compile(r"[/\\:*?]|\.(?:csv|tsv|json|jsonl|ndjson|parquet|txt|gz|zst|xlsx|db|duckdb|sqlite)$", re.I)
SUSPECT = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]|[^\x00-\x7f]")
INVISIBLE = frozenset(("Cf", "Co", "Cs", "Zl", "Zp"))


class Refused(Exception):
    """The statement may not run. `kind` is the rule that it violates; the message says what to change."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Checked:
    """A statement that may run. `writes` if it changes data; `tables` are the names that it reads or changes."""

    sql: str
    dialect: str
    tree: Any
    writes: bool
    tables: tuple[str, ...]
    is_query: bool = True  # and no EXPLAIN, SHOW or DESCRIBE


def check(sql: str, dialect: str, *, may_write: bool = False) -> Checked:
    """Parses `sql` and checks that it is one statement of allowed parts. Raises Refused.

    `dialect` must have an allow-list. A statement that changes data passes only with `may_write`.
    """
    _check_characters(sql)
    inspection = inspection_of(sql, dialect)
    if inspection is not None:
        if not inspection.looks_at:
            allowed = f"this form of {inspection.word} is not allowed; allowed are {EXAMPLES[dialect]}"
            raise Refused("statement", allowed)
        return replace(check(inspection.looks_at, dialect), sql=sql, is_query=False)
    tree = _parsed(sql, dialect)
    kind = type(tree).__name__
    writes = kind in WRITES
    if not writes and kind not in QUERIES:
        name = sql.split(maxsplit=1)[0].upper()[:30] if kind in ("Command", "Alias") else _sql_name(kind)
        raise Refused("statement", f"{name} is not a query; only SELECT and similar statements are allowed")
    if writes and not may_write:
        raise Refused("statement", f"{_sql_name(kind)} changes data, and you have read-only access to this connection")
    return Checked(sql, dialect, tree, writes, _check_nodes(tree, dialect, writes))


def _check_characters(sql: str) -> None:
    if not sql.strip():
        raise Refused("empty", "the statement is empty")
    if len(sql) > CHARACTERS_MAX:
        raise Refused("too-long", f"the statement has {len(sql)} characters; at most {CHARACTERS_MAX} are allowed")
    for mark in SUSPECT.finditer(sql):
        character = mark.group()
        if character.isascii() or unicodedata.category(character) in INVISIBLE:
            raise Refused("character", f"there is an invisible character (U+{ord(character):04X}) at {mark.start()}")


def _parsed(sql: str, dialect: str) -> Any:
    from sqlglot.dialects.dialect import Dialect
    from sqlglot.errors import SqlglotError

    try:
        literals = list(spans(sql, dialect))
        _check_depth(sql, literals)
        reader = Dialect.get_or_raise(dialect)
        tokens: list[Any] = reader.tokenize(sql)
        _check_tokens(sql, tokens, literals)
        trees = [tree for tree in reader.parser().parse(tokens, sql) if tree is not None]
    except Unreadable as error:
        raise Refused("unreadable", str(error)) from None
    except RecursionError:
        raise Refused("too-deep", "the statement is nested too deeply") from None
    except (SqlglotError, TypeError, ValueError, AttributeError, LookupError) as error:  # the parser itself may fail
        message = str(error).split("\n")[0][:200]
        raise Refused("syntax", f"this is not valid {dialect} SQL: {message}") from None
    if len(trees) != 1 or type(trees[0]).__name__ == "Semicolon":
        raise Refused("several", f"the text contains {len(trees)} statements; send one at a time")
    return trees[0]


def _check_depth(sql: str, literals: list[Span]) -> None:
    depth = subscripts = 0
    edges = [0, *(edge for span in literals for edge in (span.start, span.end)), len(sql)]
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        for mark in re.finditer(r"[()\[\]{}]", sql[start:end]):
            depth += 1 if mark.group() in "([{" else -1
            subscripts += mark.group() == "["
            if depth > DEPTH_MAX or subscripts > SUBSCRIPTS_MAX:
                raise Refused("too-deep", f"the statement is nested more than {DEPTH_MAX} levels deep")


def _check_tokens(sql: str, tokens: list[Any], literals: list[Span]) -> None:
    """Checks that both tokenizers agree on literals and comments."""
    if len(tokens) > TOKENS_MAX:
        raise Refused("too-long", f"the statement has {len(tokens)} tokens; at most {TOKENS_MAX} are allowed")
    quoted = iter([span for span in literals if span.kind != "comment"])
    comments = {span.start: span.end for span in literals if span.kind == "comment"}
    at, run, last = 0, 1, None
    for token in tokens:
        start, end, kind = token.start, token.end + 1, token.token_type
        if start != at:
            _check_gap(sql, at, start, comments)
        if sql[end - 1] in QUOTES and kind.name in LITERALS:
            span = next(quoted, None)
            if span is None or start > span.start or end != span.end:
                raise Refused("unreadable", AMBIGUOUS)
        if kind is not last:
            run, last = 1, kind
        elif sql[start] not in "()":
            run += 1
            if run > RUN_MAX:
                raise Refused("too-deep", f"{token.text} is repeated more than {RUN_MAX} times")
        at = end
    _check_gap(sql, at, len(sql), comments)
    if next(quoted, None) is not None:
        raise Refused("unreadable", AMBIGUOUS)


def _check_gap(sql: str, at: int, end: int, comments: dict[int, int]) -> None:
    """Checks that only white space and comments of the server's dialect are between two tokens."""
    while at < end:
        if sql[at] in SPACES:
            at += 1
        elif comments.get(at, end + 1) <= end:
            at = comments[at]
        else:
            raise Refused("unreadable", AMBIGUOUS)
    if at > end:
        raise Refused("unreadable", AMBIGUOUS)


def _check_nodes(tree: Any, dialect: str, writes: bool) -> tuple[str, ...]:
    """The names of the tables, without those that the statement defines itself. Raises Refused."""
    nodes, functions = nodes_of(dialect, allowed_nodes()), allowed_functions(dialect)
    if writes:
        nodes = nodes | WRITE_NODES
    defined: set[str] = set()
    tables: dict[str, None] = {}
    for node in tree.walk():
        name = type(node).__name__
        if name not in nodes:
            raise Refused("part", f"{_sql_name(name)} is not allowed")
        if name == "ObjectIdentifier" and str(node.this).upper() != "OID":
            raise Refused("part", f"{node.this} looks names up in the catalogue, and is not allowed; use oid")
        if name in CALLS:
            called = str(node.name or node.this)
            if called.lower() not in functions:
                raise Refused("function", f"the function {called} is not on the allow-list for {dialect}")
        elif name == "Parameter" and not str(node.name).isdigit():
            raise Refused("part", "variables are not allowed; pass values as parameters")
        elif name == "Table":
            _check_table(node, dialect)
            if type(node.this).__name__ == "Identifier":
                tables[".".join(str(part.name) for part in node.parts)] = None
        elif name == "CTE":
            defined.add(str(node.alias).lower())
        found = violation(node, name, dialect)
        if found is not None:
            raise Refused(*found)
    for found in hidden_calls(tree, dialect):
        raise Refused(*found)
    return tuple(table for table in tables if table.lower() not in defined)


def _check_table(node: Any, dialect: str) -> None:
    name = node.this
    if type(name).__name__ != "Identifier":
        if type(name).__name__ in ("Literal", "Placeholder", "Parameter"):
            raise Refused("table", "a table must be given by name, not as text")
        return
    low, schema = str(name.this).lower(), str(node.db).lower()
    if FILE_LIKE.search(low.removesuffix("*") if dialect == "bigquery" else low):
        raise Refused("table", f"{name.this} looks like a file; files cannot be read")
    if not secret_schemas(dialect).isdisjoint((schema, str(node.catalog).lower())):
        raise Refused("table", f"the server's own tables in {schema} cannot be read")
    if SYSTEM_TABLE.match(low) and low not in SYSTEM_TABLES and schema in ("", "pg_catalog", "main", "temp", "system"):
        raise Refused("table", f"{name.this} is one of the server's own tables, which cannot be read")


def _sql_name(kind: str) -> str:
    """The SQL name of a node's class."""
    words = {
        "Command": "this statement",
        "Into": "SELECT INTO",
        "Lock": "FOR UPDATE",
        "Hint": "a hint to the optimizer",
    }
    return words.get(kind, re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).upper())
