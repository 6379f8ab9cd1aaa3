"""A neutral placeholder for the values of a statement, for engines whose drivers use different ones."""

from collections.abc import Sequence

from aistack.databases.session import DatabaseFailed

PLACEHOLDER = "\0?"  # cannot occur in a checked statement


def split_at_placeholders(sql: str, values: Sequence[object]) -> list[str]:
    """The parts of a statement around its placeholders: one more than there are values. Raises DatabaseFailed."""
    parts = sql.split(PLACEHOLDER) if values else [sql]
    if len(parts) != len(values) + 1:
        raise DatabaseFailed("failed", f"the statement has {len(parts) - 1} parameters; {len(values)} were given")
    return parts


def join_parts(parts: Sequence[str], replacements: Sequence[str]) -> str:
    """The statement again, with a replacement for each placeholder."""
    return "".join(part + one for part, one in zip(parts, [*replacements, ""], strict=True))
