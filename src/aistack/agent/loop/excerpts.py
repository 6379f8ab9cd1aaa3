"""The parts of a long text that fit: its beginning, and the passages that share most words with a question."""

from collections.abc import Sequence
from dataclasses import dataclass

from aistack.language.analysis import query_terms

WINDOW_CHARACTERS = 1_500
HEAD_SHARE = 0.25
GAP = "\n[…]\n"
CHARACTERS_MAX = 5_000_000  # of what is searched for passages


@dataclass(frozen=True, slots=True)
class Excerpt:
    """`spans` are character offsets of the parts that `text` consists of; all of it if the text fitted."""

    text: str
    spans: Sequence[tuple[int, int]]
    of: int

    @property
    def is_whole(self) -> bool:
        return sum(end - start for start, end in self.spans) >= self.of

    def described(self, language: str) -> str:
        """Which part was read."""
        spans = ", ".join(f"{start + 1:,}–{end:,}" for start, end in self.spans)
        if language == "zh":
            return f"共 {self.of:,} 个字符，已读第 {spans} 个字符"
        return f"characters {spans} of {self.of:,} were read"


def excerpt(text: str, characters_max: int, question: str) -> Excerpt:
    """At most `characters_max` characters of a text, in its order."""
    if len(text) <= characters_max:
        return Excerpt(text, [(0, len(text))], len(text))
    windows = _windows(text[:CHARACTERS_MAX])
    room = max(characters_max - len(GAP) * 8, characters_max // 2)
    chosen = set[int]()
    head = 0
    for at, (start, end) in enumerate(windows):
        if head + end - start > room * HEAD_SHARE and at:
            break
        chosen.add(at)
        head += min(end - start, room)
    left = room - head
    for at in [*_ranked(text, windows, question), *range(len(windows))]:
        start, end = windows[at]
        if at not in chosen and end - start <= left:
            chosen.add(at)
            left -= end - start + (0 if {at - 1, at + 1} & chosen else len(GAP))
    spans: list[tuple[int, int]] = []
    for at in sorted(chosen):
        start, end = windows[at]
        if spans and spans[-1][1] == start:
            spans[-1] = spans[-1][0], end
        else:
            spans.append((start, end))
    spans[0] = spans[0][0], min(spans[0][1], spans[0][0] + characters_max)
    return Excerpt(GAP.join(text[start:end] for start, end in spans), spans, len(text))


def shares(lengths: Sequence[int], total: int) -> list[int]:
    """How much of a total each length gets: short ones all of theirs, the others equal parts of the rest."""
    given = [0] * len(lengths)
    left, order = total, sorted(range(len(lengths)), key=lambda at: lengths[at])
    for number, at in enumerate(order):
        given[at] = min(lengths[at], left // (len(order) - number))
        left -= given[at]
    return given


def best_passages(text: str, question: str, count: int) -> list[str]:
    """The passages that share most words with a question, best first; none if none does."""
    windows = _windows(text[:CHARACTERS_MAX])
    return [text[slice(*windows[at])].strip() for at in _ranked(text, windows, question)[:count]]


def _ranked(text: str, windows: Sequence[tuple[int, int]], question: str) -> list[int]:
    terms = list(dict.fromkeys(one.lower() for one in query_terms(question)))
    if not terms:
        return []
    lowered = [text[start:end].lower() for start, end in windows]
    weights = {one: 1 / (1 + sum(one in window for window in lowered)) for one in terms}
    scores = [sum(weights[one] for one in terms if one in window) for window in lowered]
    return [at for at in sorted(range(len(windows)), key=lambda at: -scores[at]) if scores[at] > 0]


def _windows(text: str) -> list[tuple[int, int]]:
    """Spans of about WINDOW_CHARACTERS that end with a line where they can."""
    found: list[tuple[int, int]] = []
    start = 0
    while start < len(text):
        end = min(len(text), start + WINDOW_CHARACTERS)
        if end < len(text):
            line = text.rfind("\n", start + WINDOW_CHARACTERS // 2, end)
            end = line + 1 if line > 0 else end
        found.append((start, end))
        start = end
    return found
