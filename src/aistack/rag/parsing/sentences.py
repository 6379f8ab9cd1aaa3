"""Splits Chinese and English text into sentences with character spans."""

import re
from collections.abc import Iterator

_NEVER_LAST = """
mr mrs ms mx dr prof st mt ft rev hon gen col lt sgt capt cmdr adm gov sen rep pres messrs no nos fig figs eq eqs sec ch
vol vols pp ed eds trans e.g i.e cf vs v viz approx ca al resp dept est jan feb mar apr jun jul aug sep sept oct nov dec
"""
_MAYBE_LAST = """
etc inc ltd co corp bros jr sr a.m p.m u.s u.k u.n e.u u.s.a d.c b.c a.d ph.d m.d b.a m.a b.sc m.sc univ ave blvd rd
mon tue wed thu fri sat sun min max hr hrs sq cu oz lb lbs kg km cm mm
"""
NEVER_LAST = frozenset(_NEVER_LAST.split())  # abbreviations that more text of the sentence follows
MAYBE_LAST = frozenset(_MAYBE_LAST.split())  # abbreviations that may end a sentence
_NUMBERED = "no nos fig figs eq eqs sec ch vol vols pp jan feb mar apr jun jul aug sep sept oct nov dec"
NUMBERED = frozenset(_NUMBERED.split())  # abbreviations that a number follows
_OPENERS = """
the a an this that these those it he she they we you i in on at by for from to of as if when while after before
however but and or so there here his her its their our my no not all some many most each every both such
"""
OPENERS = frozenset(_OPENERS.split())  # words that begin a sentence
CLOSING = "”’」』）)\"'】》"
BREAK = re.compile(
    rf"[。！？!?…]+[{CLOSING}]*|\.+[{CLOSING}]*(?=\s|$)|(?<=[\u3400-\u9fff])\.(?=[\u3400-\u9fff])"
    r"|\n\s*\n|\n(?=\s*(?:[-*+#>|•]|\d+[.)]\s|(?:[（(]?[一二三四五六七八九十]{1,3}[）)、])))"
)
FENCE = re.compile(r"^[ \t]*(```+|~~~+)[^\n]*\n.*?(?:^[ \t]*\1[ \t]*$|\Z)", re.M | re.S)


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Spans `(start, end)` of the sentences, without surrounding whitespace. Blank sentences are skipped.

    A fenced code block is one sentence. Abbreviations and initials do not end a sentence.
    """
    start = 0
    for fence in FENCE.finditer(text):
        yield from _sentences(text, start, fence.start())
        yield from _trimmed(text, fence.start(), fence.end())
        start = fence.end()
    yield from _sentences(text, start, len(text))


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for match in BREAK.finditer(text, start, end):
        if match.start() < start or (match.group()[0] in ".!?" and _goes_on(text, match)):
            continue
        if match.group() == "." and text[start : match.start()].strip().isdigit():
            continue  # the number of a list item
        yield from _trimmed(text, start, match.end())
        start = match.end()
    yield from _trimmed(text, start, end)


def _goes_on(text: str, match: re.Match[str]) -> bool:
    """Whether the sentence goes on after a full stop (or a mark within quotation marks)."""
    rest = text[match.end() : match.end() + 60].lstrip(" \t")
    if rest[:1].islower() and match.group()[0] != "." and len(match.group()) > 1:
        return True  # "Stop!" he said
    if not match.group().startswith("."):
        return False
    if len(match.group()) > 1 and match.group()[1] in CLOSING:
        return rest[:1].islower()  # (p. 7.) and ...
    word = re.search(r"[^\s(（\"“‘']+$", text[max(0, match.start() - 24) : match.start()])
    if word is None:
        return False
    last = word.group().lower().strip("*_[")
    following = re.match(r"[\w'’]+", rest)
    opens = following is not None and following.group().lower() in OPENERS
    if last in NEVER_LAST:
        return last not in NUMBERED or not rest.strip() or rest[0].isdigit() or (last != "no" and not opens)
    if rest[:1].islower() or rest[:1].isdigit():
        return last in MAYBE_LAST or _is_initial(last)
    if last in MAYBE_LAST or ("." in last and _is_initial(last)):
        return bool(rest) and rest[:1].isalpha() and not opens and last in ("u.s", "u.k", "u.n", "e.u", "d.c")
    return _is_initial(last) and last != "i" and bool(rest) and not opens


def _is_initial(word: str) -> bool:
    """Whether the word is single letters with full stops between them: J, J.R, U.S."""
    return all(len(part) == 1 and part.isalpha() and part.isascii() for part in word.split("."))


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    right = len(piece.rstrip())
    if right > left:
        yield start + left, start + right
