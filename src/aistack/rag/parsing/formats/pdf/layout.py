"""The reading order of a page: pdfium's, except where columns or tables lie across it.

Consecutive rows that leave the same horizontal gap free form a region with a gutter. If its pieces are long, the region
has columns of running text, which are read one after the other if pdfium's lines run across the gutter. If they are
short, it is a table, which is read row by row with the names of its columns; a table that goes on at the top of the
next page keeps them.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

from aistack.rag.parsing.formats.pdf.fields import Field, placed
from aistack.rag.parsing.formats.pdf.grid import (
    DIVIDED,
    IDEOGRAPHS,
    Gutter,
    Row,
    columns_of,
    is_same_table,
    names_and_columns,
    table_lines,
)
from aistack.rag.parsing.formats.pdf.page import Line, Piece, is_right_to_left, is_rotated
from aistack.rag.parsing.formats.pdf.rows import join_words, raised_joined, rows_of

PIECES_MAX = 5_000
PARAGRAPH_GAP = 0.7  # maximum gap between the lines of a paragraph, in line heights
REGION_GAP = 3.0  # maximum gap between the rows of a region, in line heights
TABLE_ROWS_MIN = 3
COLUMN_ROWS_MIN = 5
COLUMN_WORDS_MIN = 4.0
COLUMN_IDEOGRAPHS_MIN = 10
FULL_LINE_GAP = 2.0  # from the end of a full line to the right edge of its paragraph, in line heights
FULL_LINE_CHARACTERS_MIN = 10
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
        found = [*self._parts([join_words(line) for line in lines]), *beside]
        for at, part in enumerate(found):
            if at + 1 < len(found) and MARKS.search(part[-1:]):
                found[at + 1] = part + found[at + 1]
                continue
            yield MARKS.sub("-", DIVIDED.sub("", part))

    def _parts(self, lines: list[Row]) -> Iterator[str]:
        carried, self._names = (self._names, self._columns), []
        lines = raised_joined(lines)
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
        text = "".join(piece.text for row in region for piece in row)
        for side in (right, left) if is_right_to_left(text) else (left, right):
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
    text = " ".join(piece.text for piece in row)
    if len(row) > 1 and row[0].left < row[-1].left and is_right_to_left(text):
        text = " ".join(piece.text for piece in reversed(row))
    return Piece(row[0].left, row[0].bottom, row[-1].right, row[0].top, text)


def _paragraphs(lines: Sequence[Row]) -> Iterator[str]:
    """Lines in the order given. A larger gap, or a line above the one before it, begins a paragraph."""
    paragraph: list[Piece] = []
    for row in lines:
        line = _line(row)
        last = paragraph[-1] if paragraph else None
        if last is not None and not -line.height < last.bottom - line.top < PARAGRAPH_GAP * line.height:
            yield _joined_lines(paragraph)
            paragraph = []
        paragraph.append(line)
    if paragraph:
        yield _joined_lines(paragraph)


def _joined_lines(lines: list[Piece]) -> str:
    """The lines of a paragraph. Chinese text that fills a line goes on in the next one without a break."""
    edge = max(line.right for line in lines)
    text = lines[0].text
    for line, below in pairwise(lines):
        is_full = line.right > edge - FULL_LINE_GAP * line.height and len(line.text) >= FULL_LINE_CHARACTERS_MIN
        is_inside = is_full and IDEOGRAPHS.fullmatch(line.text[-1:] + below.text[:1])
        text += below.text if is_inside else f"\n{below.text}"
    return text


def _crosses(lines: list[Row], gutter: Gutter, region: list[Row]) -> bool:
    """Whether lines of pdfium run across a gutter, so that its order mixes the columns."""
    bottom = min(piece.bottom for row in region for piece in row)
    top = max(piece.top for row in region for piece in row)
    middle = (gutter[0] + gutter[1]) / 2
    crossing = sum(
        any(piece.right <= middle for piece in line) and any(piece.left >= middle for piece in line)
        for line in lines
        if line[0].bottom >= bottom and line[0].top <= top
    )
    return crossing >= TABLE_ROWS_MIN
