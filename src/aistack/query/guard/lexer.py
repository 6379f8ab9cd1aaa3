"""Finds the literals, quoted names and comments of a statement by each server's own lexical rules.

A parser that reads a comment or a string differently from the server can overlook code. So statements are tokenized a
second time here, and refused where both readings differ (`statement_check.py`). Rules: PostgreSQL 4.1, MariaDB "Comment
Syntax" and "String Literals", SQLite tokenize.c, DuckDB (PostgreSQL's scanner, block comments nest), T-SQL
"Constants", "Database identifiers" and "Slash star", Oracle "Literals" and "Comments", ClickHouse Lexer.cpp, Snowflake
"String & binary data types" and "Identifier requirements", GoogleSQL "Lexical structure".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

DOLLAR_TAG = re.compile(r"\$(?:[A-Za-z_\u0080-\uffff][A-Za-z_0-9\u0080-\uffff]*)?\$")
MARK = re.compile(r"--|//|/\*|['\"`\[#$@\u2018\u2019\u201c\u201d]")
WORD = re.compile(r"[A-Za-z0-9_\u0080-\uffff$]")


REFUSED = {'"': "write names in [brackets]"}
NOT_ALLOWED = "variables, stages, links and positions are not allowed"


class Unreadable(Exception):
    """The text cannot be tokenized unambiguously; the message says where and why."""


@dataclass(frozen=True, slots=True)
class LexicalRules:
    """How one dialect writes literals, names and comments."""

    string_quotes: str = "'"
    name_quotes: str = '"'
    brackets: bool = False  # [name]
    backslashes: bool = False  # in every string
    escape_strings: bool = False  # E'...'
    name_backslashes: bool = False  # also in quoted names
    triples: bool = False  # '''...''' and """..."""
    q_strings: bool = False  # q'[...]'
    bracket_escapes: bool = False  # [a]]b]
    dollars: bool = False  # $tag$...$tag$
    dollar_tags: bool = True  # if not, $$...$$ only
    hashes: bool = False  # # comment
    dashes_need_space: bool = False  # "--1" is not a comment
    slashes: bool = False  # // comment
    nested: bool | None = False  # /* /* */ */; None if it depends on the server's version
    line_ends: str = "\n"
    executable: bool = False  # /*! ... */ is code
    refused: str = ""  # characters that reach beyond the database, or that no query needs


RULES = {
    "postgres": LexicalRules(escape_strings=True, dollars=True, nested=True, line_ends="\n\r"),
    "mysql": LexicalRules(
        string_quotes="'\"", name_quotes="`", backslashes=True, hashes=True, dashes_need_space=True, executable=True
    ),
    "sqlite": LexicalRules(name_quotes='"`', brackets=True),
    "duckdb": LexicalRules(escape_strings=True, dollars=True, nested=True, line_ends="\n\r"),
    "tsql": LexicalRules(name_quotes="", brackets=True, bracket_escapes=True, nested=True, refused='@"'),
    "oracle": LexicalRules(q_strings=True, executable=True, refused="@"),
    "clickhouse": LexicalRules(
        name_quotes='"`', backslashes=True, name_backslashes=True, nested=None, refused="@#$\u2018\u2019\u201c\u201d"
    ),
    "snowflake": LexicalRules(backslashes=True, dollars=True, dollar_tags=False, slashes=True, refused="@$"),
    "bigquery": LexicalRules(
        string_quotes="'\"", name_quotes="`", backslashes=True, name_backslashes=True, triples=True, hashes=True,
        refused="@$",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Span:
    """`kind` is "string", "name" or "comment"; `end` is exclusive."""

    kind: str
    start: int
    end: int


def spans(sql: str, dialect: str) -> Iterator[Span]:
    """The spans of `sql` in order. Raises Unreadable."""
    rules = RULES[dialect]
    at = 0
    while (mark := MARK.search(sql, at)) is not None:
        found = _span(sql, mark.start(), rules)
        if found is not None:
            yield found
        at = mark.start() + 1 if found is None else found.end


def _span(sql: str, at: int, rules: LexicalRules) -> Span | None:
    one, two = sql[at], sql[at : at + 2]
    if two == "//":
        return Span("comment", at, _line_end(sql, at, rules)) if rules.slashes else None
    if two == "--" and _starts_comment(sql, at, rules):
        return Span("comment", at, _line_end(sql, at, rules))
    if one == "#" and rules.hashes:
        return Span("comment", at, _line_end(sql, at, rules))
    if two == "/*":
        return Span("comment", at, _block_end(sql, at, rules))
    if one in rules.string_quotes and rules.q_strings and sql[at - 1 : at] in ("q", "Q"):
        raise Unreadable(f"there is a string with custom delimiters (q'...') at character {at}; use plain quotes")
    if one in rules.string_quotes and rules.triples and sql[at : at + 3] == one * 3:
        return Span("string", at, _triple_end(sql, at, one * 3))
    if one in rules.string_quotes:
        escapes = rules.backslashes or (rules.escape_strings and _is_prefixed(sql, at, "eE"))
        return Span("string", at, _quote_end(sql, at, one, escapes))
    if one in rules.name_quotes:
        if _is_prefixed(sql, at, "&"):
            raise Unreadable(
                f"there is a name with Unicode escapes (U&) at character {at}; write the characters themselves"
            )
        return Span("name", at, _quote_end(sql, at, one, rules.name_backslashes))
    if one == "[" and rules.brackets:
        return Span("name", at, _bracket_end(sql, at, rules))
    if one == "$" and rules.dollars and not (at and WORD.match(sql[at - 1])):
        tag = DOLLAR_TAG.match(sql, at)
        if tag is not None and (rules.dollar_tags or tag.group() == "$$"):
            end = sql.find(tag.group(), tag.end())
            if end < 0:
                raise Unreadable(f"the {tag.group()} at character {at} is never closed")
            return Span("string", at, end + len(tag.group()))
    if one in rules.refused:
        raise Unreadable(f"there is a {one} at character {at}; {REFUSED.get(one, NOT_ALLOWED)}")
    return None


def _starts_comment(sql: str, at: int, rules: LexicalRules) -> bool:
    return not rules.dashes_need_space or at + 2 >= len(sql) or sql[at + 2] <= " "


def _line_end(sql: str, at: int, rules: LexicalRules) -> int:
    ends = [end for mark in rules.line_ends if (end := sql.find(mark, at)) >= 0]
    return min(ends, default=len(sql))


def _block_end(sql: str, at: int, rules: LexicalRules) -> int:
    if rules.executable and sql[at + 2 : at + 3] in ("!", "+", "M"):
        raise Unreadable(f"this server executes the comment at character {at}; remove it")
    depth, here = 1, at + 2
    while depth:
        close = sql.find("*/", here)
        if close < 0:
            raise Unreadable(f"the comment at character {at} is never closed")
        if rules.nested is None and sql.find("/*", here, close) >= 0:
            raise Unreadable(f"the comment at character {at} contains another; servers differ on where it ends")
        begin = sql.find("/*", here, close) if rules.nested else -1
        depth += 1 if begin >= 0 else -1
        here = (begin if begin >= 0 else close) + 2
    return here


def _quote_end(sql: str, at: int, quote: str, escapes: bool) -> int:
    here = at + 1
    while True:
        close = sql.find(quote, here)
        if close < 0:
            raise Unreadable(f"the {quote} at character {at} is never closed")
        if escapes:
            slash = sql.find("\\", here, close)
            if slash >= 0:
                here = slash + 2
                continue
        if sql[close + 1 : close + 2] != quote:
            return close + 1
        here = close + 2


def _bracket_end(sql: str, at: int, rules: LexicalRules) -> int:
    here = at + 1
    while (end := sql.find("]", here)) >= 0:
        if not rules.bracket_escapes or sql[end + 1 : end + 2] != "]":
            return end + 1
        here = end + 2
    raise Unreadable(f"the [ at character {at} is never closed")


def _triple_end(sql: str, at: int, quotes: str) -> int:
    here = at + 3
    while (close := sql.find(quotes, here)) >= 0:
        slash = sql.find("\\", here, close)
        if slash < 0:
            return close + 3
        here = slash + 2
    raise Unreadable(f"the {quotes} at character {at} is never closed")


def _is_prefixed(sql: str, at: int, letters: str) -> bool:
    """Whether the quote at `at` has a one-letter prefix such as the E of E'...'."""
    if not at or sql[at - 1] not in letters:
        return False
    return at < 2 or letters == "&" or not WORD.match(sql[at - 2])
