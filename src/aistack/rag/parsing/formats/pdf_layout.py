"""The reading order of a page with columns or tables, from the positions of its text.

Consecutive rows that leave the same horizontal gap free form a region with a gutter. If its pieces are long, the region
has columns of running text, which are read one after the other. If they are short, it is a table, which is read row by
row with the first row as its header.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

from aistack.rag.parsing.formats.plain import is_header, row_text

PIECES_MAX = 5_000
SAME_ROW = 0.5  # minimum vertical overlap of two pieces in a row, as a share of the lower one's height
WORD_GAP = 0.9  # maximum gap between the words of a line, in line heights
PARAGRAPH_GAP = 0.9  # maximum gap between the lines of a paragraph, in line heights
REGION_GAP = 3.0  # maximum gap between the rows of a region, in line heights
MARKER = re.compile(r"[•◦▪●○■□‣⁃·*–—-]|\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,5})[.)]|[①-⑳]")  # of a list item
MARKER_GAP = 5.0
TABLE_ROWS_MIN = 3
COLUMN_ROWS_MIN = 5
COLUMN_WORDS_MIN = 4.0
COLUMN_IDEOGRAPHS_MIN = 10


@dataclass(slots=True)
class Piece:
    """A piece of text and its bounding box, in points from the page's lower left corner."""

    left: float
    bottom: float
    right: float
    top: float
    text: str


Row = list[Piece]


def parts_of(textpage: Any) -> list[str] | None:
    """The page's paragraphs and table rows in reading order. None if the page has no columns and no tables."""
    count: int = textpage.count_rects()
    if not 2 * TABLE_ROWS_MIN <= count <= PIECES_MAX:
        return None
    pieces: list[Piece] = []
    for number in range(count):
        box: tuple[float, float, float, float] = textpage.get_rect(number)
        text = " ".join(str(textpage.get_text_bounded(*box)).replace("\ufffe", "").replace("\0", "").split())
        if text and box[3] > box[1]:
            pieces.append(Piece(*box, text))
    rows = rows_of(pieces)
    regions = list(_regions(rows))
    if all(len(region) == 1 or not gutter for region, gutter in regions):
        return None
    return [part for region, gutter in regions for part in _read(region, gutter)]


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


def _join_words(row: Row) -> Row:
    line = [row[0]]
    for piece in row[1:]:
        last = line[-1]
        gap = MARKER_GAP if MARKER.fullmatch(last.text) else WORD_GAP
        if piece.left - last.right <= gap * max(last.top - last.bottom, piece.top - piece.bottom):
            touching = piece.left - last.right < 0.15 * (piece.top - piece.bottom)
            last.text += piece.text if touching else " " + piece.text
            last.right, last.top = max(last.right, piece.right), max(last.top, piece.top)
            last.bottom = min(last.bottom, piece.bottom)
        else:
            line.append(piece)
    return line


Gutter = tuple[float, float]


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
        yield from _paragraphs([_line(row) for row in region])
    elif _is_prose(region):
        middle = (gutter[0] + gutter[1]) / 2
        left = [[piece for piece in row if piece.right <= middle] for row in region]
        right = [[piece for piece in row if piece.left >= middle] for row in region]
        for side in (left, right):
            for rows, between in _regions([row for row in side if row]):
                yield from _read(rows, between)
    else:
        yield from _table(region)


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


def _paragraphs(lines: Sequence[Piece]) -> Iterator[str]:
    paragraph: list[str] = []
    last: Piece | None = None
    for piece in lines:
        if last is not None and last.bottom - piece.top > PARAGRAPH_GAP * (piece.top - piece.bottom):
            yield "\n".join(paragraph)
            paragraph = []
        paragraph.append(piece.text)
        last = piece
    if paragraph:
        yield "\n".join(paragraph)


def _table(region: list[Row]) -> Iterator[str]:
    """The rows as `column: value` pairs if the first row is a header."""
    columns = _columns(region)
    grid: list[list[str]] = []
    above: Piece | None = None
    for row in region:
        cells = [_cell(row, low, high) for low, high in columns]
        continues = above is not None and above.bottom - row[0].top < PARAGRAPH_GAP * (row[0].top - row[0].bottom)
        if grid and continues and not cells[0]:
            grid[-1] = [f"{before} {cell}".strip() for before, cell in zip(grid[-1], cells, strict=True)]
        else:
            grid.append(cells)
        above = row[0]
    names = grid[0] if len(grid) > 1 and is_header(grid[0]) else []
    for row in grid[1:] if names else grid:
        yield row_text(names, row)


def _columns(region: list[Row]) -> list[Gutter]:
    """The columns' horizontal spans, from all rows with more than one piece."""
    spans = sorted((piece.left, piece.right) for row in region if len(row) > 1 for piece in row)
    columns: list[Gutter] = []
    for left, right in spans:
        if columns and left <= columns[-1][1]:
            columns[-1] = (columns[-1][0], max(right, columns[-1][1]))
        else:
            columns.append((left, right))
    edges = [(one[1] + other[0]) / 2 for one, other in pairwise(columns)]
    return list(zip([float("-inf"), *edges], [*edges, float("inf")], strict=True))


def _cell(row: Row, low: float, high: float) -> str:
    return " ".join(piece.text for piece in row if low <= (piece.left + piece.right) / 2 < high)
