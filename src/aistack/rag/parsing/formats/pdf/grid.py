"""A table on a page: its columns by position, its cells, and its rows as lines of text."""

import re
from collections.abc import Iterator
from itertools import pairwise
from statistics import mode

from aistack.rag.parsing.formats.pdf.page import Piece, is_right_to_left
from aistack.rag.parsing.formats.tables import row_text, table_of

IDEOGRAPHS = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]{2}")
ROW_GAP = 0.7  # maximum gap between the lines of a table's row, in line heights
SAME_COLUMN_POINTS = 12.0  # how far the columns of a table may move from one page to the next
DIVIDED = re.compile("[\ufffe\x02][ \n]*(?=\\S)")  # the hyphen of a word that goes on in the next line

Row = list[Piece]
Gutter = tuple[float, float]


def names_and_columns(region: list[Row]) -> tuple[list[str], list[Gutter]]:
    """The names of the table's columns, if it has any, and their horizontal spans."""
    columns = columns_of(region)
    return table_of(_grid(region, columns)).names, columns


def table_lines(region: list[Row], columns: list[Gutter], names: list[str] | None = None) -> Iterator[str]:
    """The rows as `column: value` pairs. `names` are those of the page before, if the table began there."""
    grid = _grid(region, columns)
    if names:
        yield from (row_text(names, row) for row in grid if row != names)
    else:
        yield from table_of(grid).lines()


def _grid(region: list[Row], columns: list[Gutter]) -> list[list[str]]:
    """The table's cells. A row close below another, with an empty first cell, goes on with the cells above it."""
    grid: list[list[str]] = []
    is_reversed = is_right_to_left("".join(piece.text for row in region for piece in row))
    above: Piece | None = None
    for row in region:
        if len(row) == len(columns):
            cells = [piece.text for piece in row]
        else:
            cells = [_cell(row, low, high) for low, high in columns]
        cells = cells[::-1] if is_reversed else cells
        continues = above is not None and above.bottom - row[0].top < ROW_GAP * row[0].height
        if grid and continues and not cells[0]:
            grid[-1] = [joined(before, cell) for before, cell in zip(grid[-1], cells, strict=True)]
        else:
            grid.append(cells)
        above = row[0]
    return grid


def joined(above: str, below: str) -> str:
    """The lines of a cell in one: without the hyphen of a divided word, and without a space inside Chinese text."""
    if IDEOGRAPHS.fullmatch(above[-1:] + below[:1]):
        return above + below
    return DIVIDED.sub("", f"{above} {below}".strip())


def columns_of(region: list[Row]) -> list[Gutter]:
    """The columns' horizontal spans: those of the rows that fill all columns, else of all pieces that overlap."""
    full = _full_rows(region)
    spans = sorted((piece.left, piece.right) for row in full or region if len(row) > 1 for piece in row)
    columns: list[Gutter] = []
    for left, right in spans:
        if columns and left <= columns[-1][1]:
            columns[-1] = (columns[-1][0], max(right, columns[-1][1]))
        else:
            columns.append((left, right))
    edges = [(one[1] + other[0]) / 2 for one, other in pairwise(columns)]
    return list(zip([float("-inf"), *edges], [*edges, float("inf")], strict=True))


def _full_rows(region: list[Row]) -> list[Row]:
    """Rows with the usual number of pieces, which stand under each other. The first row may be centred over them."""
    usual = mode(len(row) for row in region if len(row) > 1)
    rows = [row for row in region[1:] if len(row) == usual]
    sides = [
        (min(row[at].left for row in rows), max(row[at].right for row in rows)) for at in range(usual * bool(rows))
    ]
    is_apart = all(one[1] < other[0] for one, other in pairwise(sides))
    is_most = 2 * len(rows) > len(region) - 1 and max(len(row) for row in region) == usual
    return rows if is_apart and is_most else []


def is_same_table(columns: list[Gutter], others: list[Gutter]) -> bool:
    return len(columns) == len(others) > 1 and all(
        abs(one[1] - other[1]) <= SAME_COLUMN_POINTS for one, other in zip(columns[:-1], others[:-1], strict=True)
    )


def _cell(row: Row, low: float, high: float) -> str:
    return " ".join(piece.text for piece in row if low <= (piece.left + piece.right) / 2 < high)
