"""Splits a question into items: the phrases of the lexicon that cover it with the fewest, longest pieces."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from aistack.ai.rules.grammar.chart_parser import SKIP, Entry
from aistack.ai.text.tokens import Token

NAMING = ("S", "C", "MEA", "SC", "V")  # what names something in the database
UNKNOWN_COST = 6.0  # of a word without an entry
PIECE_COST = 1.0
SKIP_COST = 0.9
STOP = re.compile(r"[.?!;:？。！；：]\s|\n")


@dataclass(slots=True)
class Item:
    """A phrase with everything it may be; `stop`: a sentence ends before it."""

    text: str
    start: int
    end: int
    meanings: dict[str, list[object]] = field(default_factory=dict[str, list[object]])
    stop: bool = False
    quoted: bool = False

    def __contains__(self, category: str) -> bool:
        return category in self.meanings

    def one(self, category: str) -> object:
        return self.meanings[category][0]

    @property
    def is_unknown(self) -> bool:
        return not self.meanings


def items_of(text: str, tokens: Sequence[Token], entries: Sequence[Entry]) -> list[Item]:
    """The items of a question, in order."""
    starting: dict[int, dict[int, list[Entry]]] = {}
    for one in entries:
        starting.setdefault(one.start, {}).setdefault(one.end, []).append(one)
    best: list[tuple[float, int]] = [(0.0, -1)] + [(float("inf"), -1)] * len(tokens)
    for start in range(len(tokens)):
        cost = best[start][0]
        options = {end: _cost(found, end - start) for end, found in starting.get(start, {}).items()}
        options.setdefault(start + 1, UNKNOWN_COST)
        for end, more in options.items():
            if cost + more < best[end][0]:
                best[end] = (cost + more, start)
    spans: list[tuple[int, int]] = []
    end = len(tokens)
    while end > 0:
        spans.append((best[end][1], end))
        end = best[end][1]
    found: list[Item] = []
    for start, end in reversed(spans):
        first, last = tokens[start], tokens[end - 1]
        item = Item(text[first.start : last.end], start, end, quoted=first.quoted)
        for one in starting.get(start, {}).get(end, ()):
            item.meanings.setdefault(one.category, []).append(one.meaning)
        if SKIP in item.meanings:
            item.meanings = {name: found for name, found in item.meanings.items() if name not in NAMING}
        before = text[tokens[start - 1].end : first.start + 1] if start else ""
        item.stop = bool(STOP.search(before))
        found.append(item)
    return found


def _cost(found: Sequence[Entry], length: int) -> float:
    """Long phrases cost less than their words; words without a meaning a little less than others."""
    only_skip = all(one.category == SKIP for one in found)
    return (SKIP_COST if only_skip else PIECE_COST) + 0.01 * length + 0.1 * min(one.cost for one in found)
