"""The levels of access to a thing, each with all that the ones before it allow."""

from typing import Literal, get_args

Level = Literal["view", "use", "edit", "manage"]
LEVELS: tuple[Level, ...] = get_args(Level)
READ_ONLY_MAX: Level = "use"  # of a key that changes nothing


def at_least(held: Level | None, wanted: Level) -> bool:
    """Whether the held level includes the wanted one. None includes nothing."""
    return held is not None and LEVELS.index(held) >= LEVELS.index(wanted)


def lower(one: Level, other: Level) -> Level:
    """The lower of two levels."""
    return other if at_least(one, other) else one


def highest(levels: "list[Level]") -> Level | None:
    """The highest of some levels, None for no level."""
    return max(levels, key=LEVELS.index, default=None)
