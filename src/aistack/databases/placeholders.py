"""Where the values of a statement stand until its engine knows how to write them."""

from collections.abc import Sequence

from aistack.databases.session import DatabaseFailed

MARK = "\0?"  # cannot stand in a checked statement


def parted(sql: str, values: Sequence[object]) -> list[str]:
    """The statement between its marks, one part more than there are values. Raises DatabaseFailed."""
    parts = sql.split(MARK) if values else [sql]
    if len(parts) != len(values) + 1:
        raise DatabaseFailed("failed", f"the statement has {len(parts) - 1} parameters; {len(values)} were given")
    return parts


def filled(parts: Sequence[str], written: Sequence[str]) -> str:
    """The parts with what stands for each value between them."""
    return "".join(part + one for part, one in zip(parts, [*written, ""], strict=True))
