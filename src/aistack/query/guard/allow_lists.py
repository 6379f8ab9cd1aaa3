"""The allow-lists: what statements may be made of, and which functions each engine may be asked for."""

from functools import cache
from importlib.resources import files

COMMON = "common"


@cache
def allowed_nodes() -> frozenset[str]:
    """Class names of the parser's nodes that a reading statement may hold."""
    return words_of("nodes")


@cache
def allowed_functions(dialect: str) -> frozenset[str]:
    """Names in lower case of the functions that the parser has no class for, and that may be called."""
    return words_of(COMMON) | words_of(dialect)


def words_of(name: str) -> frozenset[str]:
    """The words of a list, comments left out."""
    lines = (files("aistack.query.guard") / "allowed" / f"{name}.txt").read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())
