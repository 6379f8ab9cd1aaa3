"""Splits Chinese and English text into sentences with character spans."""

import re
from collections.abc import Iterator

ABBREVIATIONS = frozenset(
    ("e.g", "i.e", "etc", "cf", "vs", "mr", "mrs", "ms", "dr", "prof", "st", "no", "fig", "eq", "al", "inc", "ltd")
)
BREAK = re.compile(r"[。！？!?…]+[”’」』）)\"']*|\.+[”’)\"']*(?=\s|$)|\n\s*\n|\n(?=\s*(?:[-*+#>|]|\d+[.)]\s))")


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Spans `(start, end)` of the sentences, without surrounding whitespace. Blank sentences are skipped."""
    start = 0
    for match in BREAK.finditer(text):
        if match.group().startswith(".") and _is_abbreviation(text, match.start()):
            continue
        yield from _trimmed(text, start, match.end())
        start = match.end()
    yield from _trimmed(text, start, len(text))


def _is_abbreviation(text: str, dot: int) -> bool:
    word = re.search(r"[\w.]+$", text[max(0, dot - 12) : dot])
    if word is None:
        return False
    last = word.group().lower()
    return last in ABBREVIATIONS or (len(last) == 1 and last.isalpha())


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    right = len(piece.rstrip())
    if right > left:
        yield start + left, start + right
