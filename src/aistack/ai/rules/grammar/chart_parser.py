"""A bottom-up chart parser (Kay 1980): the categories and meanings of each span of a question, with lowest costs."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass

MEANINGS_MAX = 12  # of one category over one span; the most expensive are dropped
SKIP = "skip"

Combine = Callable[..., Iterable[tuple[Hashable, float]]]


@dataclass(frozen=True, slots=True)
class Entry:
    """A phrase of a question in the lexicon: tokens `start` to `end`, at a cost."""

    start: int
    end: int
    category: str
    meaning: Hashable
    cost: float = 1.0


@dataclass(frozen=True, slots=True)
class Rule:
    """`left` from `right`, a sequence of categories; `combine` yields meanings, each with a cost, or none."""

    left: str
    right: tuple[str, ...]
    combine: Combine


def expand_optional(left: str, right: str, combine: Combine) -> list[Rule]:
    """Rules for a pattern in which `NAME?` is optional; `combine` gets None for a part that is missing."""
    variants: list[tuple[tuple[str, ...], tuple[bool, ...]]] = [((), ())]
    for part in right.split():
        name, is_optional = part.rstrip("?"), part.endswith("?")
        variants = [
            ((*names, name) if there else names, (*given, there))
            for names, given in variants
            for there in ((True, False) if is_optional else (True,))
        ]

    def filled(given: tuple[bool, ...]) -> Combine:
        def combined(*parts: object) -> Iterable[tuple[Hashable, float]]:
            values = iter(parts)
            return combine(*(next(values) if there else None for there in given))

        return combine if all(given) else combined

    return [Rule(left, names, filled(given)) for names, given in variants]


Cell = dict[str, dict[Hashable, float]]


def parse(length: int, entries: Sequence[Entry], rules: Sequence[Rule]) -> Cell:
    """The meanings of the whole question by category, each with its lowest cost."""
    cells: dict[tuple[int, int], Cell] = {}
    starting: dict[int, list[int]] = {}
    unary = [rule for rule in rules if len(rule.right) == 1]
    longer = [rule for rule in rules if len(rule.right) > 1]
    words: dict[tuple[int, int], list[Entry]] = {}
    for entry in entries:
        words.setdefault((entry.start, entry.end), []).append(entry)

    def splits(right: tuple[str, ...], at: int, start: int, end: int) -> Iterator[tuple[tuple[int, int], ...]]:
        """Ways to split `start` to `end` among the categories from `at` on."""
        if at == len(right) - 1:
            if right[at] in cells.get((start, end), ()):
                yield ((start, end),)
            return
        for middle in starting.get(start, ()):
            if middle < end and right[at] in cells[start, middle]:
                for rest in splits(right, at + 1, middle, end):
                    yield ((start, middle), *rest)

    for size in range(1, length + 1):
        for start in range(length - size + 1):
            end = start + size
            cell: Cell = {}
            for entry in words.get((start, end), ()):
                _put(cell, entry.category, entry.meaning, entry.cost)
            cells[start, end] = cell
            for middle in starting.get(start, ()):
                _absorb(cell, cells[start, middle], cells.get((middle, end)), is_first=start == 0)
            for rule in longer if size > 1 else ():
                for spans in splits(rule.right, 0, start, end):
                    parts = [cells[span][name] for span, name in zip(spans, rule.right, strict=True)]
                    _combine(cell, rule, parts)
            _close(cell, unary)
            if cell:
                starting.setdefault(start, []).append(end)
            else:
                del cells[start, end]
    return cells.get((0, length), {})


def _absorb(cell: Cell, left: Cell, right: Cell | None, *, is_first: bool) -> None:
    """Words without a meaning join what comes before them, or at the beginning what comes after."""
    if right is None:
        return
    if SKIP in right:
        for category, meanings in left.items():
            for meaning, cost in meanings.items():
                _put(cell, category, meaning, cost + right[SKIP][None])
    if is_first and SKIP in left:
        for category, meanings in right.items():
            if category != SKIP:
                for meaning, cost in meanings.items():
                    _put(cell, category, meaning, cost + left[SKIP][None])


def _combine(cell: Cell, rule: Rule, parts: list[dict[Hashable, float]]) -> None:
    def choose(at: int, chosen: list[Hashable], cost: float) -> None:
        if at == len(parts):
            for meaning, more in rule.combine(*chosen):
                _put(cell, rule.left, meaning, cost + more)
            return
        for meaning, more in list(parts[at].items()):
            choose(at + 1, [*chosen, meaning], cost + more)

    choose(0, [], 0.0)


def _close(cell: Cell, unary: Sequence[Rule]) -> None:
    """Applies unary rules until nothing changes."""
    for _ in range(4):
        before = sum(len(meanings) for meanings in cell.values())
        for rule in unary:
            if rule.right[0] in cell:
                _combine(cell, rule, [cell[rule.right[0]]])
        if sum(len(meanings) for meanings in cell.values()) == before:
            return


def _put(cell: Cell, category: str, meaning: Hashable, cost: float) -> None:
    meanings = cell.setdefault(category, {})
    if meanings.get(meaning, float("inf")) <= cost:
        return
    meanings[meaning] = cost
    if len(meanings) > MEANINGS_MAX:
        del meanings[max(meanings, key=lambda one: meanings[one])]
