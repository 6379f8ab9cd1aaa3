"""Literals, and sets of strings as trees of prefixes: many alternatives are decided character by character."""

import json
from collections.abc import Iterable, Sequence
from itertools import groupby
from os.path import commonprefix

TREE_DEPTH_MAX = 100
ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\", "]": "\\]", "[": "\\["}


def literal(text: str) -> str:
    """Exactly this text, as an expression."""
    return '"' + "".join(_in_literal(one) for one in text) + '"'


def in_class(character: str) -> str:
    """A character inside square brackets."""
    if character in "^-":
        return f"\\x{ord(character):02X}"
    return ESCAPES.get(character) or _in_literal(character)


def json_text(value: object) -> str:
    """A constant as the grammar has it."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def one_of(texts: Iterable[str]) -> str:
    """Any of these texts, none of them empty."""
    return _alternatives(sorted(set(texts)), 0)


def none_of(texts: Iterable[str]) -> str:
    """A string's content, without escapes, that is none of these texts."""
    return _other(sorted(set(texts)), 0)


def _alternatives(texts: Sequence[str], depth: int) -> str:
    if len(texts) == 1:
        return literal(texts[0])
    if depth > TREE_DEPTH_MAX:
        return " | ".join(literal(one) for one in texts)
    found: list[str] = []
    for first, group in groupby(texts, key=lambda one: one[:1]):
        members = list(group)
        prefix = commonprefix((members[0], members[-1]))  # noqa: RUF071 -- of characters, as is meant
        rest = [one[len(prefix) :] for one in members if len(one) > len(prefix)]
        if not first:
            found.append('""')
        elif not rest:
            found.append(literal(prefix))
        else:
            optional = "?" if len(rest) < len(members) else ""
            found.append(f"{literal(prefix)} ({_alternatives(rest, depth + 1)}){optional}")
    return " | ".join(found)


def _other(texts: Sequence[str], depth: int) -> str:
    firsts = [first for first, _ in groupby(texts, key=lambda one: one[:1]) if first]
    taken = "".join(in_class(one) for one in firsts)
    found = [f'[^"\\\\\\x7F\\x00-\\x1F{taken}] plain*']
    if depth < TREE_DEPTH_MAX:
        for first, group in groupby(texts, key=lambda one: one[:1]):
            if first:
                rest = [one[1:] for one in group]
                found.append(f"{literal(first)} ({_other(rest, depth + 1)})")
    end = "" if "" in texts or depth >= TREE_DEPTH_MAX else "?"
    return f"({' | '.join(found)}){end}"


def _in_literal(character: str) -> str:
    if character in '"\\\n\r\t':
        return ESCAPES[character]
    code = ord(character)
    if code < 32 or code == 127:
        return f"\\x{code:02X}"
    return character
