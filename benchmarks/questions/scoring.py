"""Whether an answer's rows are those of a gold statement.

An answer is right when some choice of its columns gives the gold rows, in any order; more columns are allowed. defog's
gold may have several statements between `;`, any of which counts, and `{a, b}` for columns of which one is enough.
"""

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

Rows = Sequence[Sequence[Any]]
ASSIGNMENTS_MAX = 500
ALIAS = re.compile(r"\s+AS\s+\w+", re.IGNORECASE)
CHOICE = re.compile(r"\{([^{}]*)\}")
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")


def gold_statements(gold: str) -> Iterator[str]:
    """Every statement that counts: with one column of each choice, and with all; `{}` repeats the first choice."""
    for statement in filter(None, (part.strip() for part in gold.split(";"))):
        choices = [[*(one.strip() for one in found.split(",")), found] for found in CHOICE.findall(statement) if found]
        for picked in itertools.product(*choices):
            columns = iter(picked)
            filled = CHOICE.sub(lambda found, left=columns: next(left) if found[1] else found[0], statement)
            yield filled.replace("{}", ALIAS.sub("", picked[0])) if picked else filled


def same_rows(answer: Rows, gold: Rows) -> bool:
    """Whether columns of the answer give the gold rows."""
    if len(answer) != len(gold):
        return False
    if not gold:
        return True
    wanted = [[_plain(value) for value in column] for column in zip(*gold, strict=True)]
    given = [[_plain(value) for value in column] for column in zip(*answer, strict=True)]
    counts = [Counter(column) for column in given]
    candidates = [[at for at, count in enumerate(counts) if count == Counter(column)] for column in wanted]
    rows = Counter(zip(*wanted, strict=True))
    return any(
        Counter(zip(*(given[at] for at in choice), strict=True)) == rows
        for choice in itertools.islice(itertools.product(*candidates), ASSIGNMENTS_MAX)
        if len(set(choice)) == len(choice)
    )


def _plain(value: Any) -> str:
    """Numbers to two digits after the point, whatever type they came in; times without a zone and without zeros."""
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, int | float | Decimal) or (isinstance(value, str) and NUMBER.fullmatch(value.strip())):
        return f"{float(value):.2f}"
    return re.sub(r"(T| )00:00:00(\.0+)?(Z|\+00:00)?$", "", str(value)).strip()
