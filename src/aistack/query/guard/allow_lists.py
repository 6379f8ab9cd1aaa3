"""The allow-lists in `allowed/`: the syntax nodes a statement may contain, and the functions each dialect may call."""

from functools import cache
from importlib.resources import files

COMMON = "common"


@cache
def allowed_nodes() -> frozenset[str]:
    """Class names of the parser's nodes that a statement that reads may contain."""
    return words_of("nodes")


@cache
def allowed_functions(dialect: str) -> frozenset[str]:
    """Names, in lower case, of the callable functions for which the parser has no class."""
    return words_of(COMMON) | words_of(dialect)


def words_of(name: str) -> frozenset[str]:
    """The words of a list, without comments."""
    lines = (files("aistack.query.guard") / "allowed" / f"{name}.txt").read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())
