"""A bottom-up chart parser: spans of a question, their categories and meanings, the cheapest first."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass

MEANINGS_MAX = 12  # of one category over one span
SKIP = "skip"

Combine = Callable[..., Iterable[tuple[Hashable, float]]]


@dataclass(frozen=True, slots=True)
class Entry:
    """A word, or several, in the lexicon of one question: units `start` to `end`, at a cost."""

    start: int
    end: int
    category: str
    meaning: Hashable
    cost: float = 1.0


@dataclass(frozen=True, slots=True)
class Rule:
    """`left` from `right`, a sequence of categories; `combine` gives meanings, each with a cost, or none."""

    left: str
    right: tuple[str, ...]
    combine: Combine


def expanded(left: str, right: str, combine: Combine) -> list[Rule]:
    """Rules for a pattern in which `NAME?` may be left out; a part that is left out combines as None."""
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
    """What the whole question can mean: by category, each meaning with its lowest cost."""
    cells: dict[tuple[int, int], Cell] = {}
    starting: dict[int, list[int]] = {}
    unary = [rule for rule in rules if len(rule.right) == 1]
    longer = [rule for rule in rules if len(rule.right) > 1]
    words: dict[tuple[int, int], list[Entry]] = {}
    for entry in entries:
        words.setdefault((entry.start, entry.end), []).append(entry)

    def splits(right: tuple[str, ...], at: int, start: int, end: int) -> Iterator[tuple[tuple[int, int], ...]]:
        """Ways to lay the categories from `at` on over `start` to `end`."""
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
    """Words that mean nothing go with what stands before them, at the beginning with what follows."""
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
    """Applies the rules of one category until nothing changes."""
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
