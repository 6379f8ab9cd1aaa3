"""Properties of paragraphs and characters in doc files ([MS-DOC] 2.6 and 2.9, single property modifiers and pages)."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from struct import unpack_from

from aistack.rag.parsing.formats.office.word import HEADING_STYLE

PAGE_BYTES = 512
OPERAND_BYTES = (1, 1, 2, 4, 2, 2, 0, 3)  # by the kind of a modifier; 0: its first byte is the length
DELETED, HIDDEN = 0x0800, 0x083C
IN_TABLE, ROW_END, INNER_CELL_END, INNER_ROW_END, DEPTH = 0x2416, 0x2417, 0x244B, 0x244C, 0x6649
OUTLINE, TABLE_DEFINITION, TAB_CHANGES, LIST, LIST_LEVEL = 0x2640, 0xD608, 0xC615, 0x460B, 0x260A
ELSEWHERE = (0x6645, 0x6646)  # the modifiers are in the stream Data
CELL_BYTES = 20
VERTICAL_MERGE, MERGED_ABOVE = 0x60, 0x20
TITLE_STYLE = 62  # of the built-in styles, of which 1 to 9 are the headings
STYLES_DEEP_MAX = 12


@dataclass(slots=True)
class Properties:
    """Of a paragraph: its style, outline level and place in tables. Of the end of a table's row: the row's cells."""

    style: int = 0
    outline: int = 9
    depth: int = 0
    is_row_end: bool = False
    is_inner_cell_end: bool = False
    is_inner_row_end: bool = False
    edges: list[int] = field(default_factory=list[int])
    merged: list[bool] = field(default_factory=list[bool])
    list_number: int = -1  # of the document's lists, from 1; 0 is none, -1 is the style's
    list_level: int = -1


class PropertyPages:
    """Finds the properties that hold at an offset of the stream WordDocument."""

    def __init__(self, main: bytes, index: bytes, data: bytes) -> None:
        self._main, self._data = main, data
        count = max(0, (len(index) - 4) // 8)
        self._starts = list(unpack_from(f"<{count + 1}I", index, 0)) if count else []
        self._pages = [unpack_from("<I", index, 4 * (count + 1) + 4 * at)[0] & 0x3FFFFF for at in range(count)]
        self._last: tuple[int, tuple[int, ...]] = (-1, ())

    def hidden(self) -> Iterator[tuple[int, int]]:
        """The spans of offsets whose characters are deleted or hidden."""
        for page in self._pages:
            base = page * PAGE_BYTES
            starts = self._runs(page)
            for at in range(len(starts) - 1):
                place = self._main[base + 4 * len(starts) + at] * 2
                if not place:
                    continue
                size = self._main[base + place]
                changes = self._main[base + place + 1 : base + place + 1 + size]
                if any(code in (DELETED, HIDDEN) and operand[0] & 1 for code, operand in modifiers(changes)):
                    yield starts[at], starts[at + 1]

    def at(self, offset: int) -> Properties:
        """The properties of the paragraph that has the offset."""
        found = Properties()
        if not self._pages:
            return found
        page = self._pages[min(max(0, bisect_right(self._starts, offset) - 1), len(self._pages) - 1)]
        starts = self._runs(page)
        at = bisect_right(starts, offset) - 1
        if not 0 <= at < len(starts) - 1:
            return found
        base = page * PAGE_BYTES
        place = base + self._main[base + 4 * len(starts) + 13 * at] * 2
        if place == base:
            return found
        size, first = 2 * self._main[place] - 1, place + 1
        if size < 0:
            size, first = 2 * self._main[place + 1], place + 2
        found.style = unpack_from("<H", self._main, first)[0]
        self._apply(found, self._main[first + 2 : first + size])
        return found

    def _apply(self, found: Properties, changes: bytes, *, is_inner: bool = False) -> None:
        for code, operand in modifiers(changes):
            if code == IN_TABLE:
                found.depth = max(found.depth, operand[0] & 1)
            elif code == DEPTH:
                found.depth = max(0, unpack_from("<i", operand)[0])
            elif code == ROW_END:
                found.is_row_end = bool(operand[0])
            elif code == INNER_CELL_END:
                found.is_inner_cell_end = bool(operand[0])
            elif code == INNER_ROW_END:
                found.is_inner_row_end = bool(operand[0])
            elif code == OUTLINE:
                found.outline = operand[0]
            elif code == LIST:
                found.list_number = unpack_from("<h", operand)[0]
            elif code == LIST_LEVEL:
                found.list_level = operand[0]
            elif code == TABLE_DEFINITION:
                found.edges, found.merged = _row_cells(operand)
            elif code in ELSEWHERE and self._data and not is_inner:
                place = unpack_from("<I", operand)[0]
                size = unpack_from("<H", self._data, place)[0]
                self._apply(found, self._data[place + 2 : place + 2 + size], is_inner=True)

    def _runs(self, page: int) -> tuple[int, ...]:
        """The offsets at which the page's runs begin and the last one ends."""
        if self._last[0] != page:
            base = page * PAGE_BYTES
            count = self._main[base + PAGE_BYTES - 1]
            self._last = page, unpack_from(f"<{count + 1}I", self._main, base)
        return self._last[1]


def _row_cells(operand: bytes) -> tuple[list[int], list[bool]]:
    """The edges of a row's cells, and which cells are merged with the ones above them."""
    count = operand[0]
    edges = list(unpack_from(f"<{count + 1}h", operand, 1))
    first = 1 + 2 * (count + 1)
    return edges, [operand[at] & VERTICAL_MERGE == MERGED_ABOVE for at in range(first, len(operand), CELL_BYTES)]


def modifiers(changes: bytes) -> Iterator[tuple[int, bytes]]:
    """The modifiers and their operands. One that is cut off ends them."""
    at = 0
    while at + 2 < len(changes):
        code = changes[at] | changes[at + 1] << 8
        at += 2
        size = OPERAND_BYTES[code >> 13]
        if code == TABLE_DEFINITION:
            size = unpack_from("<H", changes, at)[0] - 1 if at + 2 <= len(changes) else 0
            at += 2
        elif not size:
            size = changes[at]
            at += 1
            if code == TAB_CHANGES and size == 0xFF:
                deleted = changes[at]
                size = 1 + 4 * deleted + 1 + 3 * changes[at + 1 + 4 * deleted]
        operand = changes[at : at + size]
        if len(operand) < max(size, 1):
            return
        yield code, operand
        at += size


@dataclass(slots=True)
class Style:
    """A style's heading level, or 0, and its list with the level in it, or -1."""

    level: int = 0
    list_number: int = -1
    list_level: int = -1


def styles_of(sheet: bytes) -> dict[int, Style]:
    """The styles by number, with what they inherit."""
    if len(sheet) < 6:
        return {}
    size, count, fixed = unpack_from("<HHH", sheet, 0)
    at, bases, styles = 2 + size, dict[int, int](), dict[int, Style]()
    for number in range(count):
        if at + 2 > len(sheet):
            break
        length = unpack_from("<H", sheet, at)[0]
        entry = sheet[at + 2 : at + 2 + length]
        at += 2 + length + length % 2
        if len(entry) >= fixed + 2:
            bases[number] = unpack_from("<H", entry, 2)[0] >> 4
            styles[number] = _style(entry, fixed)
    own = {number: Style(one.level, one.list_number, one.list_level) for number, one in styles.items()}
    for number, style in styles.items():
        base, steps = bases[number], 0
        while base in own and steps < STYLES_DEEP_MAX:
            style.level = style.level or own[base].level
            if style.list_number < 0:
                style.list_number, style.list_level = own[base].list_number, own[base].list_level
            base, steps = bases[base], steps + 1
    return styles


def _style(entry: bytes, fixed: int) -> Style:
    identifier, letters = unpack_from("<H", entry, 0)[0] & 0xFFF, unpack_from("<H", entry, fixed)[0]
    name = entry[fixed + 2 : fixed + 2 + 2 * letters].decode("utf-16-le", "replace")
    match = HEADING_STYLE.match(name)
    style = Style(identifier if 1 <= identifier <= 9 else int(identifier == TITLE_STYLE))
    if not style.level and match:
        style.level = int(match[1])
    is_paragraph = len(entry) > 2 and entry[2] & 0xF == 1
    at = fixed + 4 + 2 * letters
    if is_paragraph and at + 4 <= len(entry):
        length = unpack_from("<H", entry, at)[0]
        for code, operand in modifiers(entry[at + 4 : at + 2 + length]):
            if code == LIST:
                style.list_number = unpack_from("<h", operand)[0]
            elif code == LIST_LEVEL:
                style.list_level = operand[0]
            elif code == OUTLINE and operand[0] < 9:
                style.level = style.level or operand[0] + 1
    return style
