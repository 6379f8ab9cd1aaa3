"""The reading order of a page: pdfium's, except where columns or tables lie across it.

Consecutive rows that leave the same horizontal gap free form a region with a gutter. If its pieces are long, the region
has columns of running text, which are read one after the other if pdfium's lines run across the gutter. If they are
short, it is a table, which is read row by row with the names of its columns; a table that goes on at the top of the
next page keeps them.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

from aistack.rag.parsing.formats.pdf.fields import Field, placed
from aistack.rag.parsing.formats.pdf.grid import (
    DIVIDED,
    Gutter,
    Row,
    columns_of,
    is_same_table,
    names_and_columns,
    table_lines,
)
from aistack.rag.parsing.formats.pdf.page import Line, Piece, is_rotated

PIECES_MAX = 5_000
SAME_ROW = 0.5  # minimum vertical overlap of two pieces in a row, as a share of the lower one's height
WORD_GAP = 0.8  # maximum gap between the words of a line, in line heights
PARAGRAPH_GAP = 0.7  # maximum gap between the lines of a paragraph, in line heights
REGION_GAP = 3.0  # maximum gap between the rows of a region, in line heights
MARKER = re.compile(r"[•◦▪●○■□‣⁃·*–—-]|\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,5})[.)]|[①-⑳]")  # of a list item
IDEOGRAPHS = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]{2}")
IDEOGRAPH_GAP = 0.2  # maximum gap between the characters of a Chinese line, in line heights
MARKER_GAP = 5.0
TABLE_ROWS_MIN = 3
COLUMN_ROWS_MIN = 5
COLUMN_WORDS_MIN = 4.0
COLUMN_IDEOGRAPHS_MIN = 10
MARKS = re.compile("[\ufffe\x02]")


class Layout:
    """Reads the pages of one file in turn."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._columns: list[Gutter] = []

    def parts(self, lines: list[Line], fields: list[Field]) -> Iterator[str]:
        """The page's paragraphs and table rows in reading order, words that a hyphen divides joined."""
        lines = [list(line) for line in lines]
        beside = placed(lines, fields)
        found = [*self._parts([_join_words(line) for line in lines]), *beside]
        for at, part in enumerate(found):
            if at + 1 < len(found) and MARKS.search(part[-1:]):
                found[at + 1] = part + found[at + 1]
                continue
            yield MARKS.sub("-", DIVIDED.sub("", part))

    def _parts(self, lines: list[Row]) -> Iterator[str]:
        carried, self._names = (self._names, self._columns), []
        lines = _raised_joined(lines)
        pieces = [piece for line in lines for piece in line]
        if not 2 <= len(pieces) <= PIECES_MAX or is_rotated(lines):
            yield from _paragraphs(lines)
            return
        regions = list(_regions(rows_of(pieces)))
        if not any(gutter and (not _is_prose(region) or _crosses(lines, gutter, region)) for region, gutter in regions):
            yield from _paragraphs(lines)
            return
        for number, (region, gutter) in enumerate(regions):
            if gutter is None or _is_prose(region):
                yield from _read(region, gutter)
                continue
            names, columns = names_and_columns(region)
            goes_on = number <= 1 and is_same_table(columns, carried[1]) and bool(carried[0])
            yield from table_lines(region, columns, carried[0] if goes_on else None)
            if number == len(regions) - 1 or (number == len(regions) - 2 and len(regions[-1][0]) <= 2):
                self._names = carried[0] if goes_on else names
                self._columns = columns


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
    return [_join_words(sorted(row, key=lambda one: one.left)) for row in rows]


def _join_words(row: Line) -> Row:
    """The words of a line in one piece, where no wide gap lies between them."""
    line = [replace(row[0])]
    for piece in row[1:]:
        last = line[-1]
        gap = MARKER_GAP if MARKER.fullmatch(last.text) else WORD_GAP
        if piece.left - last.right <= gap * max(last.height, piece.height):
            last.text += _space(last, piece) + piece.text
            last.right, last.top = max(last.right, piece.right), max(last.top, piece.top)
            last.bottom = min(last.bottom, piece.bottom)
        else:
            line.append(replace(piece))
    return line


def _space(one: Piece, other: Piece) -> str:
    """What stands between two words: nothing between Chinese or Japanese characters that are set close."""
    is_close = other.left - one.right < IDEOGRAPH_GAP * max(one.height, other.height)
    return "" if is_close and IDEOGRAPHS.fullmatch(one.text[-1:] + other.text[:1]) else " "


def _regions(rows: Sequence[Row]) -> Iterator[tuple[list[Row], Gutter | None]]:
    """Regions of rows that share a gutter, with the gutter; the rows between them with None."""
    at, plain = 0, list[Row]()
    while at < len(rows):
        end, gutter = _run(rows, at)
        if gutter is not None and sum(len(row) > 1 for row in rows[at:end]) >= TABLE_ROWS_MIN:
            if plain:
                yield plain, None
                plain = []
            yield list(rows[at:end]), gutter
            at = end
        else:
            plain.append(rows[at])
            at += 1
    if plain:
        yield plain, None


def _run(rows: Sequence[Row], start: int) -> tuple[int, Gutter | None]:
    """The longest run of rows from `start` that share a gap of the first row: its end, and the gutter."""
    best: tuple[int, Gutter | None] = (start + 1, None)
    for one, other in pairwise(rows[start]):
        low, high = one.right, other.left
        end = last = start + 1
        while end < len(rows) and not _is_far(rows[end - 1], rows[end]):
            narrowed = _free_gap(rows[end], low, high)
            if narrowed is None:
                break
            low, high = narrowed
            end += 1
            if len(rows[end - 1]) > 1:
                last = end
        if last > best[0]:
            best = last, (low, high)
    return best


def _is_far(row: Row, below: Row) -> bool:
    return row[0].bottom - below[0].top > REGION_GAP * (below[0].top - below[0].bottom)


def _free_gap(row: Row, low: float, high: float) -> Gutter | None:
    """The part of a gap that the row leaves free. None if that is too narrow for a gutter."""
    for piece in row:
        if piece.right <= (low + high) / 2:
            low = max(low, piece.right)
        elif piece.left >= (low + high) / 2:
            high = min(high, piece.left)
        else:
            return None
    height = row[0].top - row[0].bottom
    return (low, high) if high - low > 0.5 * height else None


def _read(region: list[Row], gutter: Gutter | None) -> Iterator[str]:
    if gutter is None:
        yield from _paragraphs(region)
    elif _is_prose(region):
        middle = (gutter[0] + gutter[1]) / 2
        left = [[piece for piece in row if piece.right <= middle] for row in region]
        right = [[piece for piece in row if piece.left >= middle] for row in region]
        for side in (left, right):
            for rows, between in _regions([row for row in side if row]):
                yield from _read(rows, between)
    else:
        yield from table_lines(region, columns_of(region))


def _is_prose(region: list[Row]) -> bool:
    """Whether the region has columns of running text: many rows of long pieces."""
    pieces = [piece for row in region for piece in row]
    if len(region) < COLUMN_ROWS_MIN or median(len(row) for row in region) > 3:
        return False
    words = median(max(len(piece.text.split()) / COLUMN_WORDS_MIN, _ideographs(piece)) for piece in pieces)
    return words >= 1


def _ideographs(piece: Piece) -> float:
    return sum("\u3040" <= character <= "\u9fff" for character in piece.text) / COLUMN_IDEOGRAPHS_MIN


def _line(row: Row) -> Piece:
    return Piece(row[0].left, row[0].bottom, row[-1].right, row[0].top, " ".join(piece.text for piece in row))


def _raised_joined(lines: list[Row]) -> list[Row]:
    """The lines, without the breaks that pdfium makes before and after raised characters."""
    joined: list[Row] = []
    for line in lines:
        last = joined[-1][-1] if joined else None
        first = line[0]
        if last is not None:
            height = min(last.height, first.height)
            overlap = min(last.top, first.top) - max(last.bottom, first.bottom)
            if overlap > 0.4 * height and -0.2 * height < first.left - last.right < 0.5 * height:
                joined[-1] = _join_words([*joined[-1], *line])
                continue
        joined.append(line)
    return joined


def _paragraphs(lines: Sequence[Row]) -> Iterator[str]:
    """Lines in the order given. A larger gap, or a line above the one before it, begins a paragraph."""
    paragraph: list[str] = []
    last: Piece | None = None
    for row in lines:
        line = _line(row)
        if last is not None and not -line.height < last.bottom - line.top < PARAGRAPH_GAP * line.height:
            yield "\n".join(paragraph)
            paragraph = []
        paragraph.append(line.text)
        last = line
    if paragraph:
        yield "\n".join(paragraph)


def _crosses(lines: list[Row], gutter: Gutter, region: list[Row]) -> bool:
    """Whether lines of pdfium run across a gutter, so that its order mixes the columns."""
    inside = {id(piece) for row in region for piece in row}
    middle = (gutter[0] + gutter[1]) / 2
    crossing = sum(
        any(piece.right <= middle for piece in line) and any(piece.left >= middle for piece in line)
        for line in lines
        if any(id(piece) in inside for piece in line)
    )
    return crossing >= TABLE_ROWS_MIN
