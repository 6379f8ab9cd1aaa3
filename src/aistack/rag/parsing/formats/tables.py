"""Tables from any format: which rows are captions, which name the columns, and each row as a line of text.

A row names the columns if it differs in kind from the rows below it: words over numbers, dates or codes. Years over
other numbers are names too. A table of words alone has names in its first row unless one of them recurs below.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

Row = list[str]

DIGIT = re.compile(r"\d")
LETTER = re.compile(r"[^\W\d_]")
YEAR = re.compile(r"\D{0,12}(?:1[89]|20)\d\d(?:[-/](?:\d\d){1,2})?\D{0,12}")


class Covered(str):
    """An empty cell that the cell to its left reaches over."""


COVERED = Covered()
SAMPLE_ROWS = 40
SPAN_MAX = 1_000  # columns that a cell reaches over
VALUES_SHARE_MIN = 0.6  # of a column's cells that have digits, for it to count as one of values
CAPTION_SHARE_MAX = 0.34  # of the cells that a usual row fills


@dataclass(frozen=True, slots=True)
class Table:
    """Rows above the table, the columns' names (empty if it has none), and its other rows."""

    captions: list[str]
    names: Row
    rows: list[Row]

    def lines(self) -> Iterator[str]:
        """Each caption and row as text. Names without rows are a line of their own."""
        yield from self.captions
        if self.names and not self.rows:
            yield row_text([], self.names)
        for row in self.rows:
            yield row_text(self.names, row)


def tables_of(rows: Sequence[Sequence[str]]) -> Iterator[Table]:
    """The tables of a grid: an empty row ends one where the next row names columns."""
    cleaned = [[cell if cell is COVERED else " ".join(cell.split()) for cell in row] for row in rows]
    while cleaned and not any(cleaned[0]):
        cleaned.pop(0)
    part: list[Row] = []
    for at, row in enumerate(cleaned):
        if any(row):
            part.append(row)
        elif len(part) > 1 and _starts_table(part, [one for one in cleaned[at : at + SAMPLE_ROWS] if any(one)]):
            yield table_of(part)
            part = []
    if part:
        yield table_of(part)


def table_of(rows: Sequence[Row]) -> Table:
    """One table. Its cells are expected without surrounding whitespace, and no row is empty."""
    widest = next((at for at, row in enumerate(rows) if _filled(row) > 1), 0)
    usual = median(_filled(row) for row in rows[widest : widest + SAMPLE_ROWS]) if rows else 0
    first = 0
    while first < len(rows) - 1 and _is_caption(rows[first], usual):
        first += 1
    captions = [row_text([], list(dict.fromkeys(row))) for row in rows[:first]]
    body = list(rows[first:])
    if not body or usual < 2:
        return Table(captions, [], body)
    if len(body) > 2 and _is_group_row(body[0]) and _evidence(body[1], body[2:]) > 0 and not _values(body[1]):
        return Table(captions, _joined(body[0], body[1]), body[2:])
    if not is_header(body[0], body[1:]):
        return Table(captions, [], body)
    names: Row = []
    for name in body[0]:
        names.append(names[-1] if name is COVERED and names else name)
    return Table(captions, names, body[1:])


def is_header(row: Row, below: Sequence[Row]) -> bool:
    """Whether a row names the columns of the rows below it."""
    evidence = _evidence(row, below)
    if evidence or not below:
        return evidence > 0
    recurs = any(cell and cell == (other[at] if at < len(other) else "")
                 for at, cell in enumerate(row) for other in below[:SAMPLE_ROWS])  # fmt: skip
    return all(row) and not recurs and len(set(row)) == len(row) and not _values(row)


def row_text(names: Row, row: Row) -> str:
    """`name: cell; name: cell`, without the empty cells. A cell that covers several columns has all their names."""
    cells = [(_name(names, row, at), cell) for at, cell in enumerate(row) if cell]
    return "; ".join(f"{name}: {cell}" if name and name != cell else cell for name, cell in cells)


def _name(names: Row, row: Row, at: int) -> str:
    own = names[at] if at < len(names) else ""
    end = at + 1
    while end < min(len(row), len(names)) and row[end] is COVERED:
        end += 1
    return own if end == at + 1 else ", ".join(dict.fromkeys(filter(None, names[at:end])))


def merge(rows: list[Row], top: int, left: int, bottom: int, right: int) -> None:
    """Lets a cell stand in each row that it covers, as each record needs it. The edges are inclusive."""
    if not (top < len(rows) and left < len(rows[top]) and (text := rows[top][left])):
        return
    width = min(right - left + 1, SPAN_MAX)
    for row in rows[top : bottom + 1]:
        row += [""] * (left + width - len(row))
        row[left : left + width] = [text, *[COVERED] * (width - 1)]


def _starts_table(above: list[Row], below: list[Row]) -> bool:
    """Whether `below` is another table than `above`, with names or captions of its own."""
    if len(below) < 2:
        return False
    usual = median(_filled(row) for row in above)
    if usual < 2:
        return False
    at = 0
    while at < len(below) - 2 and _is_caption(below[at], usual):
        at += 1
    return _evidence(below[at], below[at + 1 :]) > 0 and not _values(below[at])


def _evidence(row: Row, below: Sequence[Row]) -> int:
    """Columns whose cell in `row` differs in kind from those below, less those in which it is of their kind."""
    total = 0
    for at, cell in enumerate(row):
        column = [other[at] for other in below[:SAMPLE_ROWS] if at < len(other) and other[at]]
        if not cell or not column:
            continue
        if sum(bool(DIGIT.search(one)) for one in column) < VALUES_SHARE_MIN * len(column):
            continue
        if not DIGIT.search(cell) or (LETTER.search(cell) and not any(LETTER.search(one) for one in column)):
            total += 1
        elif YEAR.fullmatch(cell):
            total += -1 if all(YEAR.fullmatch(one) for one in column) else 1
        elif not LETTER.search(cell) or _shape(cell) == _shape(column[0]):
            total -= 1
    return total


def _shape(cell: str) -> str:
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "9", cell))


def _values(row: Row) -> int:
    """The cells that are numbers and not years."""
    return sum(bool(DIGIT.search(cell)) and not LETTER.search(cell) and not YEAR.fullmatch(cell) for cell in row)


def _filled(row: Row) -> int:
    return sum(bool(cell) for cell in row)


def _is_caption(row: Row, usual: float) -> bool:
    different = {cell for cell in row if cell}
    if usual < 2 or not any(LETTER.search(cell) for cell in different):
        return False
    return len(different) == 1 or _filled(row) <= CAPTION_SHARE_MAX * usual


def _is_group_row(row: Row) -> bool:
    """Whether the row names groups of columns: a name stands over several, or has empty cells to its right."""
    return _filled(row) > 0 and any(cell == before or not cell for before, cell in pairwise(row))


def _joined(groups: Row, names: Row) -> Row:
    """The names of columns under those of their groups. A group reaches to the right over empty cells."""
    joined: Row = []
    group = ""
    for at, name in enumerate(names):
        own = groups[at] if at < len(groups) else ""
        group = own or (group if at else "")
        joined.append(group if group == name or not name else f"{group} {name}".strip())
    return joined
