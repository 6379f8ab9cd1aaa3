"""Singular and plural of English nouns, as in the names of tables and columns."""

import re
from collections.abc import Sequence

UNCOUNTABLE = frozenset(
    ("people", "staff", "data", "information", "news", "media", "equipment", "inventory", "history", "music", "stock",
     "personnel", "feedback", "traffic", "weather", "software", "hardware", "children", "men", "women")
)  # fmt: skip


def singular_noun(noun: str) -> str:
    """The singular; unchanged if it is singular already."""
    if noun.endswith("ies"):
        return noun[:-3] + "y"
    if noun.endswith(("ses", "xes", "ches", "shes")):
        return noun[:-2]
    return noun[:-1] if noun.endswith("s") and not noun.endswith("ss") else noun


def singular_phrase(words: Sequence[str]) -> list[str]:
    """The words with the last one in the singular."""
    return [*words[:-1], singular_noun(words[-1])] if words else []


def possible_singulars(noun: str) -> list[str]:
    """The words that this one may be the plural of; for look-ups, where a wrong guess finds nothing."""
    if noun.endswith("ies"):
        return [noun[:-3] + "y", noun[:-1]]
    if noun.endswith("es"):
        return [noun[:-1], noun[:-2]]
    return [noun[:-1]] if noun.endswith("s") else []


def plural_noun(name: str) -> str:
    """The plural of a table's name; unchanged if it is plural already, or in capitals."""
    last = re.split(r"[\W_]+|(?<=[a-z])(?=[A-Z])", name)[-1].lower()
    if not name.isascii() or not last.isalpha() or name.isupper() or last in UNCOUNTABLE or singular_noun(name) != name:
        return name
    if name.endswith("y") and name[-2:-1] not in "aeiou":
        return f"{name[:-1]}ies"
    return f"{name}es" if name.endswith(("s", "x", "ch", "sh")) else f"{name}s"


def counted(count: int, noun: str) -> str:
    """The noun after its count, in the singular or the plural: "1 row", "2 rows"."""
    return f"{count} {noun if count == 1 else plural_noun(noun)}"
