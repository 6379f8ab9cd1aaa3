"""Rows of a page: its words joined to pieces, in the order in which they are read, and the pieces side by side."""

import re
from collections.abc import Sequence
from dataclasses import replace

from aistack.rag.parsing.formats.pdf.grid import IDEOGRAPHS, Row
from aistack.rag.parsing.formats.pdf.page import Line, Piece, is_right_to_left

SAME_ROW = 0.5  # minimum vertical overlap of two pieces in a row, as a share of the lower one's height
WORD_GAP = 0.8  # maximum gap between the words of a line, in line heights
MARKER = re.compile(r"[•◦▪●○■□‣⁃·*–—-]|\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,5})[.)]|[①-⑳]")  # of a list item
IDEOGRAPH_GAP = 0.2  # maximum gap between the characters of a Chinese line, in line heights
MARKER_GAP = 5.0


def rows_of(pieces: Sequence[Piece]) -> list[Row]:
    """Rows from top to bottom, each from left to right, with adjacent words joined into one piece."""
    rows: list[Row] = []
    for piece in sorted(pieces, key=lambda one: -(one.top + one.bottom)):
        last = rows[-1][0] if rows else None
        if last is not None:
            shared = min(last.top, piece.top) - max(last.bottom, piece.bottom)
            if shared > SAME_ROW * min(last.top - last.bottom, piece.top - piece.bottom):
                rows[-1].append(piece)
                continue
        rows.append([piece])
    return [_row(row) for row in rows]


def _row(pieces: Line) -> Row:
    """The pieces from left to right, adjacent ones joined in the order in which they are read."""
    if any(is_right_to_left(one.text) for one in pieces):
        pieces = join_words(sorted(pieces, key=lambda one: -one.right))
    return join_words(sorted(pieces, key=lambda one: one.left))


def join_words(row: Line) -> Row:
    """The words of a line in one piece, where no wide gap lies between them."""
    line = [replace(row[0])]
    for piece in row[1:]:
        last = line[-1]
        gap = MARKER_GAP if MARKER.fullmatch(last.text) else WORD_GAP
        is_rightward = piece.left >= last.left or not is_right_to_left(last.text + piece.text)
        apart = piece.left - last.right if is_rightward else last.left - piece.right
        if apart <= gap * max(last.height, piece.height):
            last.text += _space(last, piece) + piece.text
            last.left = last.left if is_rightward else piece.left
            last.right, last.top = max(last.right, piece.right), max(last.top, piece.top)
            last.bottom = min(last.bottom, piece.bottom)
        else:
            line.append(replace(piece))
    return line


def _space(one: Piece, other: Piece) -> str:
    """What stands between two words: nothing between Chinese or Japanese characters that are set close."""
    is_close = other.left - one.right < IDEOGRAPH_GAP * max(one.height, other.height)
    return "" if is_close and IDEOGRAPHS.fullmatch(one.text[-1:] + other.text[:1]) else " "


def raised_joined(lines: list[Row]) -> list[Row]:
    """The lines, without the breaks that pdfium makes before and after raised characters."""
    joined: list[Row] = []
    for line in lines:
        last = joined[-1][-1] if joined else None
        first = line[0]
        if last is not None:
            height = min(last.height, first.height)
            overlap = min(last.top, first.top) - max(last.bottom, first.bottom)
            if overlap > 0.4 * height and -0.2 * height < first.left - last.right < 0.5 * height:
                joined[-1] = join_words([*joined[-1], *line])
                continue
        joined.append(line)
    return joined
