"""Word files before docx: paragraphs, tables, notes and text boxes in order, without deleted and hidden text."""

from itertools import pairwise
from struct import error as StructError
from typing import Any

from aistack.rag.parsing.document import ParsedDocument
from aistack.rag.parsing.formats.builder import DocumentBuilder, Limits, ParseError
from aistack.rag.parsing.formats.legacy.compound import CompoundFile
from aistack.rag.parsing.formats.legacy.doc_text import DocText, Paragraph
from aistack.rag.parsing.formats.tables import COVERED, tables_of

MEDIA_TYPE = "application/msword"
EDGE_DISTANCE = 40  # twips by which the edges of a column differ at most
NESTING_MAX = 40
SEPARATOR_STORIES = 6  # of the headers, which are not headers but lines above notes

Notes = dict[int, list[tuple[int, int]]]  # spans of notes and text boxes, by the position that refers to them


def doc(content: bytes, limits: Limits) -> ParsedDocument:
    """The document. Raises ParseError if it is encrypted, damaged, or from before Word 97."""
    file = CompoundFile(content, "Word file")
    try:
        text = DocText(file)
        reader = _Reader(text, limits)
        reader.span(0, text.lengths["text"])
        reader.rest()
    except (StructError, IndexError, ValueError) as error:
        raise ParseError(f"the Word file is damaged inside: {type(error).__name__}: {error}"[:300]) from None
    return reader.builder.document(file.title, MEDIA_TYPE)


class _Reader:
    def __init__(self, text: DocText, limits: Limits) -> None:
        self.builder = DocumentBuilder(limits)
        self._text = text
        self._notes = _notes(text)

    def span(self, start: int, end: int, depth: int = 0) -> None:
        """The paragraphs and tables between two positions, each followed by the notes and boxes that it refers to."""
        rows: list[list[Paragraph]] = []
        row: list[Paragraph] = []
        for paragraph in self._text.paragraphs(start, end):
            if paragraph.depth:
                row.append(paragraph)
                if paragraph.is_row_end and paragraph.depth == 1:
                    rows.append(row)
                    row = []
                continue
            self._tables(rows, row, depth)
            rows, row = [], []
            if paragraph.level:
                self.builder.heading(paragraph.level, paragraph.text)
            else:
                self.builder.block(paragraph.text)
            self._after([paragraph], depth)
        self._tables(rows, row, depth)

    def rest(self) -> None:
        """What no paragraph refers to, then each different header and footer once."""
        for spans in list(self._notes.values()):
            for start, end in spans:
                self.span(start, end, 1)
        seen: set[str] = set()
        first = self._text.start_of("headers")
        for start, end in list(pairwise(self._text.positions("headers")))[SEPARATOR_STORIES:]:
            shown = [one.text for one in self._text.paragraphs(first + start, first + end) if one.text.strip()]
            story = "\n".join(shown)
            if story and story not in seen:
                seen.add(story)
                self.builder.block(story)

    def _tables(self, rows: list[list[Paragraph]], left: list[Paragraph], depth: int) -> None:
        """A table's rows, then the tables inside its cells, and what its cells refer to. `left` has no end of row."""
        if rows:
            inner = _Nested()
            for table in tables_of(_grid(rows, inner)):
                for line in table.lines():
                    self.builder.block(line)
            for nested in inner.tables:
                for table in tables_of(_grid(nested, _Nested())):
                    for line in table.lines():
                        self.builder.block(line)
        for paragraph in left:
            self.builder.block(paragraph.text)
        self._after([paragraph for row in [*rows, left] for paragraph in row], depth)

    def _after(self, paragraphs: list[Paragraph], depth: int) -> None:
        if depth > NESTING_MAX or not self._notes:
            return
        for paragraph in paragraphs:
            for at in [one for one in paragraph.references if one in self._notes]:
                for start, end in self._notes.pop(at):
                    self.span(start, end, depth + 1)


class _Nested:
    """The tables that stand in cells, each as rows of paragraphs one level less deep."""

    def __init__(self) -> None:
        self.tables: list[list[list[Paragraph]]] = []


def _grid(rows: list[list[Paragraph]], inner: _Nested) -> list[list[str]]:
    """The cells of a table. One that is merged with cells above it repeats their text, as each record needs it."""
    edges = _edges([row[-1].edges for row in rows if row])
    grid: list[list[str]] = []
    for row in rows:
        cells, nested = _cells(row)
        inner.tables += nested
        places, merged = row[-1].edges, row[-1].merged
        line: list[str] = []
        for at, text in enumerate(cells):
            if at < len(merged) and merged[at] and not text and grid:
                text = grid[-1][len(line)] if len(line) < len(grid[-1]) else ""
            wide = 1
            if at + 1 < len(places):
                wide = max(1, sum(places[at] < edge - EDGE_DISTANCE and edge <= places[at + 1] + EDGE_DISTANCE
                                  for edge in edges))  # fmt: skip
            line += [text, *[COVERED] * (wide - 1)]
        grid.append(line)
    return grid


def _cells(row: list[Paragraph]) -> tuple[list[str], list[list[list[Paragraph]]]]:
    """The texts of a row's cells, and the tables that stand in them."""
    cells: list[str] = []
    tables: list[list[list[Paragraph]]] = []
    parts: list[str] = []
    deeper: list[Paragraph] = []
    table: list[list[Paragraph]] = []
    least = min(paragraph.depth for paragraph in row)
    for paragraph in row:
        if paragraph.depth > least:
            deeper.append(paragraph)
            if paragraph.is_row_end and paragraph.depth == least + 1:
                table.append(deeper)
                deeper = []
            continue
        if table:
            tables.append(table)
            table = []
        if paragraph.is_row_end:
            break
        parts.append(paragraph.text)
        if paragraph.is_cell_end:
            cells.append("\n".join(parts).strip())
            parts = []
    if any(parts):
        cells.append("\n".join(parts).strip())
    return cells, tables


def _edges(rows: list[list[int]]) -> list[int]:
    """The distinct edges of the columns of all rows, from left to right."""
    edges: list[int] = []
    for edge in sorted({edge for row in rows for edge in row}):
        if not edges or edge - edges[-1] > EDGE_DISTANCE:
            edges.append(edge)
    return edges


def _notes(text: DocText) -> Notes:
    notes: Notes = {}
    for kind in ("footnotes", "endnotes", "comments"):
        first = text.start_of(kind)
        spans = pairwise(text.positions(kind))
        for at, (start, end) in zip(text.references(kind), spans, strict=False):
            notes.setdefault(at, []).append((first + start, first + end))
    first = text.start_of("boxes")
    anchors: dict[Any, int] = text.anchors()
    for key, start, end in text.boxes():
        notes.setdefault(anchors.get(key, -1), []).append((first + start, first + end))
    return notes
