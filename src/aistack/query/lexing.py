"""Where the literals, quoted names and comments of a statement are, by each server's own lexical rules.

A parser that reads a comment or a string differently from the server can be made to overlook code. So the statement is
read a second time here, and refused where both readings differ (`guard.py`). Rules: PostgreSQL 4.1, MariaDB "Comment
Syntax" and "String Literals", SQLite tokenize.c, DuckDB (PostgreSQL's scanner, block comments nest).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

DOLLAR_TAG = re.compile(r"\$(?:[A-Za-z_\u0080-\uffff][A-Za-z_0-9\u0080-\uffff]*)?\$")
MARK = re.compile(r"--|/\*|['\"`\[#$]")
WORD = re.compile(r"[A-Za-z0-9_\u0080-\uffff$]")


class Unreadable(Exception):
    """The text cannot be cut into tokens without doubt; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Lexical:
    """How one dialect writes literals, names and comments."""

    string_quotes: str = "'"
    name_quotes: str = '"'
    brackets: bool = False  # [name]
    backslashes: bool = False  # in every string
    escape_strings: bool = False  # E'...'
    dollars: bool = False  # $tag$...$tag$
    hashes: bool = False  # # comment
    dashes_need_space: bool = False  # "--1" is no comment
    nested: bool = False  # /* /* */ */
    line_ends: str = "\n"
    executable: bool = False  # /*! ... */ is code


RULES = {
    "postgres": Lexical(escape_strings=True, dollars=True, nested=True, line_ends="\n\r"),
    "mysql": Lexical(
        string_quotes="'\"", name_quotes="`", backslashes=True, hashes=True, dashes_need_space=True, executable=True
    ),
    "sqlite": Lexical(name_quotes='"`', brackets=True),
    "duckdb": Lexical(escape_strings=True, dollars=True, nested=True, line_ends="\n\r"),
}


@dataclass(frozen=True, slots=True)
class Span:
    """`kind` is "string", "name" or "comment"; `end` is behind the last character."""

    kind: str
    start: int
    end: int


def spans(sql: str, dialect: str) -> Iterator[Span]:
    """The spans of `sql` in their order. Raises Unreadable."""
    rules = RULES[dialect]
    at = 0
    while (mark := MARK.search(sql, at)) is not None:
        found = _span(sql, mark.start(), rules)
        if found is not None:
            yield found
        at = mark.start() + 1 if found is None else found.end


def _span(sql: str, at: int, rules: Lexical) -> Span | None:
    one, two = sql[at], sql[at : at + 2]
    if two == "--" and _starts_comment(sql, at, rules):
        return Span("comment", at, _line_end(sql, at, rules))
    if one == "#" and rules.hashes:
        return Span("comment", at, _line_end(sql, at, rules))
    if two == "/*":
        return Span("comment", at, _block_end(sql, at, rules))
    if one in rules.string_quotes:
        escapes = rules.backslashes or (rules.escape_strings and _is_prefixed(sql, at, "eE"))
        return Span("string", at, _quote_end(sql, at, one, escapes))
    if one in rules.name_quotes:
        if _is_prefixed(sql, at, "&"):
            raise Unreadable(f"a name with Unicode escapes (U&) at character {at}; write it as it is")
        return Span("name", at, _quote_end(sql, at, one, False))
    if one == "[" and rules.brackets:
        end = sql.find("]", at)
        if end < 0:
            raise Unreadable(f"the [ at character {at} is never closed")
        return Span("name", at, end + 1)
    if one == "$" and rules.dollars and not (at and WORD.match(sql[at - 1])):
        tag = DOLLAR_TAG.match(sql, at)
        if tag is not None:
            end = sql.find(tag.group(), tag.end())
            if end < 0:
                raise Unreadable(f"the {tag.group()} at character {at} is never closed")
            return Span("string", at, end + len(tag.group()))
    return None


def _starts_comment(sql: str, at: int, rules: Lexical) -> bool:
    return not rules.dashes_need_space or at + 2 >= len(sql) or sql[at + 2] <= " "


def _line_end(sql: str, at: int, rules: Lexical) -> int:
    ends = [end for mark in rules.line_ends if (end := sql.find(mark, at)) >= 0]
    return min(ends, default=len(sql))


def _block_end(sql: str, at: int, rules: Lexical) -> int:
    if rules.executable and sql[at + 2 : at + 3] in ("!", "+", "M"):
        raise Unreadable(f"the comment at character {at} is code to this server; leave it out")
    depth, here = 1, at + 2
    while depth:
        close = sql.find("*/", here)
        if close < 0:
            raise Unreadable(f"the comment at character {at} is never closed")
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


def _is_prefixed(sql: str, at: int, letters: str) -> bool:
    """Whether the quote at `at` belongs to a one-letter prefix such as the E of E'...'."""
    if not at or sql[at - 1] not in letters:
        return False
    return at < 2 or letters == "&" or not WORD.match(sql[at - 2])
