"""Neutral placeholders for the values of a statement, for engines whose drivers use different ones."""

import re
from collections.abc import Callable, Sequence

from aistack.databases.session import DatabaseFailed

PLACEHOLDER = "\0?"  # cannot occur in a checked statement
NUMBERED = re.compile("\0([0-9]+)\0")


def numbered_placeholder(number: int) -> str:
    """A placeholder that may occur several times, counted from 1."""
    return f"\0{number}\0"


def rendered(sql: str, render: Callable[[int], str]) -> str:
    """The statement with its numbered placeholders replaced."""
    return NUMBERED.sub(lambda found: render(int(found[1])), sql)


def split_at_placeholders(sql: str, values: Sequence[object]) -> list[str]:
    """The parts of a statement around its placeholders: one more than there are values. Raises DatabaseFailed."""
    parts = sql.split(PLACEHOLDER) if values else [sql]
    if len(parts) != len(values) + 1:
        raise DatabaseFailed("failed", f"the statement has {len(parts) - 1} parameters; {len(values)} were given")
    return parts


def join_parts(parts: Sequence[str], replacements: Sequence[str]) -> str:
    """The statement again, with a replacement for each placeholder."""
    return "".join(part + one for part, one in zip(parts, [*replacements, ""], strict=True))
