"""The words of a PDF page as pdfium orders them, with their positions."""

import re
from dataclasses import dataclass
from itertools import groupby, pairwise
from statistics import median
from typing import Any

from aistack.rag.parsing.formats.pdf.fonts import raw

WORD = re.compile(r"\S+")
LINE_END = re.compile(r"[\r\n]+")
HYPHENS = "\ufffe\x02"  # pdfium's marks for a hyphen that divides a word at the end of a line
UNSEEN = {0: None, 0xFFFF: None, 0xAD: None}
RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
LEFT_TO_RIGHT_PART = re.compile(r"[A-Za-z\u00c0-\u058f\u3040-\u9fff0-9\u0660-\u0669\u06f0-\u06f9()\[\]]")
LEFT_TO_RIGHT = re.compile(r"[A-Za-z\u00c0-\u058f\u3040-\u9fff]")
ROTATED_SHARE_MAX = 0.2
FALSE_SPACE_MAX = 0.17  # an added space that may be none, in line heights
WORD_SPACE_MAX = 1.0  # between words of a letter-spaced line, in line heights
FALSE_SPACE_RATIO = 0.4  # of a false space to the spaces between words
LETTERS_MIN = 5  # single letters in a row that may be a letter-spaced word
LETTER_GAP_MAX = 0.5  # between letter-spaced letters, in line heights
WORD_GAP_RATIO = 1.6  # of the gap between letter-spaced words to the one between their letters


@dataclass(slots=True)
class Piece:
    """A piece of text and its bounding box, in points from the page's lower left corner."""

    left: float
    bottom: float
    right: float
    top: float
    text: str

    @property
    def height(self) -> float:
        return self.top - self.bottom


Line = list[Piece]


def is_right_to_left(text: str) -> bool:
    """Whether more letters of the text are Arabic or Hebrew than not."""
    return len(RIGHT_TO_LEFT.findall(text)) > len(LEFT_TO_RIGHT.findall(text))


def lines_of(textpage: Any) -> list[Line]:
    """The words of each line, in pdfium's order."""
    unicode: Any = raw().FPDFText_GetUnicode
    codes = [unicode(textpage, at) for at in range(textpage.count_chars())]
    text = "".join(map(chr, codes))
    found: list[Line] = []
    at = 0
    for end in [*LINE_END.finditer(text), None]:
        stop = end.start() if end else len(text)
        words = [(piece(textpage, text, at + word.start(), at + word.end()), at + word.start())
                 for word in WORD.finditer(text[at:stop])]  # fmt: skip
        line = _close(_without_false_spaces(textpage, [(word, start) for word, start in words if word.text]))
        if line:
            found.append(line)
        at = end.end() if end else stop
    return found


def _without_false_spaces(textpage: Any, words: list[tuple[Piece, int]]) -> Line:
    """The line without the spaces that pdfium adds between letters set wide apart: those between words are wider."""
    is_added: Any = raw().FPDFText_IsGenerated
    line = [word for word, _ in words[:1]]
    if len(words) < 2:
        return line
    gaps = [(after.left - before.right) / max(before.height, 1e-6) for (before, _), (after, _) in pairwise(words)]
    wide = [gap for gap in gaps if FALSE_SPACE_MAX < gap < WORD_SPACE_MAX]
    limit = min(FALSE_SPACE_MAX, FALSE_SPACE_RATIO * median(wide)) if wide else 0.0
    for (word, start), gap in zip(words[1:], gaps, strict=True):
        last = line[-1]
        is_inside = 0 <= gap < limit and last.text[-1:].isalnum() and word.text[:1].isalnum()
        if is_inside and is_added(textpage, start - 1) == 1:
            line[-1] = _joined(last, word)
        else:
            line.append(word)
    return line


def _joined(one: Piece, other: Piece) -> Piece:
    text = one.text + other.text
    return Piece(one.left, min(one.bottom, other.bottom), other.right, max(one.top, other.top), text)


def _close(line: Line) -> Line:
    """The line with letter-spaced words joined, which pdfium gives letter by letter."""
    found: Line = []
    for is_letter, run in groupby(line, key=lambda word: len(word.text) == 1):
        words = list(run)
        found += _closed(words) if is_letter and len(words) >= LETTERS_MIN else words
    return found


def _closed(letters: Line) -> Line:
    gaps = [after.left - before.right for before, after in pairwise(letters)]
    usual = median(gaps)
    if not 0 < usual < LETTER_GAP_MAX * letters[0].height or not any(one.text.isalnum() for one in letters):
        return letters
    found = [letters[0]]
    for gap, letter in zip(gaps, letters[1:], strict=True):
        last = found[-1]
        if gap <= WORD_GAP_RATIO * usual:
            found[-1] = _joined(last, letter)
        else:
            found.append(letter)
    return found


def is_rotated(lines: list[Line]) -> bool:
    """Whether so much of the text is not horizontal that positions say nothing about its order."""
    words = [word for line in lines for word in line if len(word.text) > 3]
    return sum(word.height > 1.5 * (word.right - word.left) for word in words) > ROTATED_SHARE_MAX * len(words)


def piece(textpage: Any, text: str, start: int, end: int) -> Piece:
    first = _box(textpage, start)
    last = _box(textpage, end - 1) if end - start > 1 else first
    word = text[start:end].encode("utf-16", "surrogatepass").decode("utf-16", "replace").translate(UNSEEN)
    if (
        end - start > 1
        and RIGHT_TO_LEFT.search(word)
        and not LEFT_TO_RIGHT_PART.search(word)
        and len(word) == end - start
    ):
        word = _from_right(textpage, word, start)
    return Piece(
        min(first[0], last[0]), min(first[1], last[1]), max(first[2], last[2]), max(first[3], last[3]), word
    )  # fmt: skip


def _from_right(textpage: Any, word: str, start: int) -> str:
    """The word as it is read: its letters from right to left by their places, whatever the order they are given in.

    pdfium turns the letters of one glyph around together with the others, so that those are turned back.
    """
    boxes = [_box(textpage, start + at) for at in range(len(word))]
    order = sorted(range(len(word)), key=lambda at: (-round(boxes[at][2], 1), -round(boxes[at][0], 1), -at))
    return "".join(word[at] for at in order)


def _box(textpage: Any, at: int) -> tuple[float, float, float, float]:
    box: tuple[float, float, float, float] = textpage.get_charbox(at, loose=True)
    return box
