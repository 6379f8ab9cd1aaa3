"""The text of a doc file and the properties of its paragraphs and characters ([MS-DOC], Word 97 to 2003).

The text is in pieces of two encodings in the stream WordDocument; the table stream says where they are. Properties are
kept by file offset in pages of 512 bytes, each of which names only what differs from the paragraph's style.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from struct import error as StructError
from struct import unpack_from
from typing import NamedTuple

from aistack.rag.parsing.formats.builder import ParseError
from aistack.rag.parsing.formats.legacy.compound import CompoundFile
from aistack.rag.parsing.formats.legacy.doc_lists import Lists
from aistack.rag.parsing.formats.legacy.doc_properties import Properties, PropertyPages, Style, styles_of

WORD_FILE = 0xA5EC
WORD_97 = 0xC0
ENCRYPTED, SECOND_TABLE = 0x0100, 0x0200
STORIES = {"text": 3, "footnotes": 4, "headers": 5, "comments": 7, "endnotes": 8, "boxes": 9}
TABLES = {"styles": 1, "footnote references": 2, "footnotes": 3, "comment references": 4, "comments": 5, "headers": 11,
          "characters": 12, "paragraphs": 13, "pieces": 33, "shapes": 40, "endnote references": 46, "endnotes": 47,
          "boxes": 56, "lists": 73, "list references": 74}  # fmt: skip
REFERENCE_BYTES = {"footnotes": 2, "comments": 30, "endnotes": 2}
SHAPE_BYTES, BOX_BYTES = 26, 22
PARAGRAPH_ENDS = re.compile("[\r\x07\x0c]")
CHARACTERS = {0x0B: "\n", 0x0E: "\n", 0x1E: "-", 0x1F: None, 0x01: None, 0x02: None, 0x03: None, 0x04: None,
              0x05: None, 0x08: None, 0x13: None, 0x14: None, 0x15: None}  # fmt: skip
FIELD = re.compile("[\x13\x14\x15]")
HIDDEN_MARK = "\0"


class Piece(NamedTuple):
    """Characters `start` to `end`, which lie at `offset` of the stream with one or two bytes each."""

    start: int
    end: int
    offset: int
    width: int


@dataclass(slots=True)
class Paragraph:
    """A paragraph's text as shown, with its heading level and its place in tables. `depth` 0 is outside of tables."""

    text: str
    level: int = 0
    depth: int = 0
    is_cell_end: bool = False
    is_row_end: bool = False
    edges: list[int] = field(default_factory=list[int])
    merged: list[bool] = field(default_factory=list[bool])
    references: list[int] = field(default_factory=list[int])


class DocText:
    """Reads a doc file. Raises ParseError if it is encrypted, damaged, or from before Word 97."""

    def __init__(self, file: CompoundFile) -> None:
        self._main = file.stream("WordDocument")
        try:
            identifier, version = unpack_from("<HH", self._main, 0)
            flags = unpack_from("<H", self._main, 10)[0]
            if identifier != WORD_FILE:
                raise ParseError("the Word file is damaged: its header is missing")
            if flags & ENCRYPTED:
                raise ParseError("the Word file is encrypted; upload it without a password")
            if version < WORD_97:
                raise ParseError("the Word file is from Word 95 or before; save it as docx")
            self._table = file.stream("1Table" if flags & SECOND_TABLE else "0Table")
            counts = 34 + 2 * unpack_from("<H", self._main, 32)[0]
            self.lengths = {name: unpack_from("<i", self._main, counts + 2 + 4 * at)[0] for name, at in STORIES.items()}
            self._places = counts + 4 + 4 * unpack_from("<H", self._main, counts)[0]
            self._pieces = list(self._read_pieces())
            self._text = "".join(map(self._decoded, self._pieces))
            data = file.stream("Data") if "Data" in file else b""
            self._paragraphs = PropertyPages(self._main, self._part("paragraphs"), data)
            self._styles = styles_of(self._part("styles"))
            self._lists = Lists(self._table, self._place("lists"), self._part("list references"))
            self._hidden = self._hidden_spans(PropertyPages(self._main, self._part("characters"), data))
        except (StructError, OverflowError) as error:
            raise ParseError(f"the Word file is damaged or truncated: {error}") from None
        if any(length < 0 for length in self.lengths.values()):
            raise ParseError("the Word file is damaged: a part has a negative length")

    def start_of(self, story: str) -> int:
        """The position at which a story begins: they follow one another."""
        names = list(STORIES)
        return sum(self.lengths[name] for name in names[: names.index(story)])

    def positions(self, story: str) -> list[int]:
        """Where the parts of a story begin, relative to it. The last is where the last part ends."""
        size = BOX_BYTES if story == "boxes" else 0
        found = self._plc(story, size)[0]
        return found if story in ("headers", "boxes") else found[:-1]

    def references(self, story: str) -> list[int]:
        """The positions that refer to the parts of a story."""
        name = {"footnotes": "footnote", "comments": "comment", "endnotes": "endnote"}[story]
        return self._plc(f"{name} references", REFERENCE_BYTES[story])[0][:-1]

    def anchors(self) -> dict[int, int]:
        """The position at which each shape is anchored, by the shape's number."""
        positions, data = self._plc("shapes", SHAPE_BYTES)
        return {unpack_from("<I", one)[0]: at for at, one in zip(positions, data, strict=False)}

    def boxes(self) -> Iterator[tuple[int, int, int]]:
        """The text boxes: the shape's number, start and end."""
        positions, data = self._plc("boxes", BOX_BYTES)
        for at, one in enumerate(data):
            yield unpack_from("<I", one, 14)[0], positions[at], positions[at + 1]

    def paragraphs(self, start: int, end: int) -> Iterator[Paragraph]:
        """The paragraphs between two positions."""
        fields: list[bool] = []  # of the fields that are open, whether their result has begun
        at, end = start, min(end, len(self._text))
        while at < end:
            match = PARAGRAPH_ENDS.search(self._text, at, end)
            stop = match.start() if match else end
            mark = match.group() if match else ""
            text = self._shown(at, stop, fields)
            properties = self._paragraphs.at(self._offset(stop if match else end - 1))
            yield self._paragraph(text, mark, properties, list(self._references(at, stop)))
            at = stop + 1

    def _paragraph(self, text: str, mark: str, found: Properties, references: list[int]) -> Paragraph:
        style = self._styles.get(found.style) or Style()
        level = found.outline + 1 if 0 <= found.outline < 9 else style.level
        if text.strip():
            number = found.list_number if found.list_number >= 0 else style.list_number
            text = self._lists.mark(number, max(found.list_level, style.list_level, 0)) + text
        if not found.depth and mark != "\x07":
            return Paragraph(text, level, references=references)
        depth = max(1, found.depth)
        is_row_end = found.is_row_end or found.is_inner_row_end
        is_cell_end = mark == "\x07" or found.is_inner_cell_end
        return Paragraph(text, level, depth, is_cell_end, is_row_end, found.edges, found.merged, references)

    def _references(self, start: int, stop: int) -> Iterator[int]:
        for at in range(start, stop):
            if self._text[at] in "\x02\x05\x08\x01":
                yield at

    def _shown(self, start: int, stop: int, fields: list[bool]) -> str:
        """The text without hidden characters and without the instructions of fields."""
        text = self._text[start:stop]
        first = bisect_right(self._hidden, (start, -1))
        if first and self._hidden[first - 1][1] > start:
            first -= 1
        for low, high in self._hidden[first:]:
            if low >= stop:
                break
            low, high = max(low - start, 0), min(high - start, len(text))
            text = text[:low] + HIDDEN_MARK * (high - low) + text[high:]
        parts: list[str] = []
        at = 0
        for match in [*FIELD.finditer(self._text, start, stop), None]:
            until = (match.start() if match else stop) - start
            if all(fields):
                parts.append(text[at:until])
            if match:
                at = until + 1
                if match.group() == "\x13":
                    fields.append(False)
                elif match.group() == "\x14" and fields:
                    fields[-1] = True
                elif match.group() == "\x15" and fields:
                    fields.pop()
        shown = "".join(parts).replace(HIDDEN_MARK, "").translate(CHARACTERS)
        return shown.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")

    def _hidden_spans(self, properties: PropertyPages) -> list[tuple[int, int]]:
        """Deleted and hidden characters, as spans in order."""
        found: list[tuple[int, int]] = []
        pieces = sorted(self._pieces, key=lambda piece: piece.offset)
        for low, high in properties.hidden():
            begin = max(0, bisect_right(pieces, low, key=lambda piece: piece.offset) - 1)
            for piece in pieces[begin : bisect_right(pieces, high, key=lambda piece: piece.offset)]:
                first = max(piece.start, piece.start + (low - piece.offset) // piece.width)
                last = min(piece.end, piece.start + (high - piece.offset) // piece.width)
                if first < last:
                    found.append((first, last))
        return sorted(found)

    def _offset(self, position: int) -> int:
        at = bisect_right(self._pieces, position, key=lambda piece: piece.start) - 1
        piece = self._pieces[max(0, at)]
        return piece.offset + (position - piece.start) * piece.width

    def _decoded(self, piece: Piece) -> str:
        data = self._main[piece.offset : piece.offset + (piece.end - piece.start) * piece.width]
        if piece.width == 1:
            return data.decode("cp1252", "replace")
        text = data[: len(data) // 2 * 2].decode("utf-16-le", "surrogatepass")
        if 2 * len(text) != len(data):  # characters that take two positions are joined when they are shown
            text = "".join(map(chr, unpack_from(f"<{len(data) // 2}H", data)))
        return text

    def _read_pieces(self) -> Iterator[Piece]:
        data, at = self._part("pieces"), 0
        while at < len(data) and data[at] == 1:
            at += 3 + unpack_from("<H", data, at + 1)[0]
        if at >= len(data) or data[at] != 2:
            raise ParseError("the Word file is damaged: it does not say where its text is")
        size = unpack_from("<I", data, at + 1)[0]
        count = (size - 4) // 12
        at += 5
        positions = unpack_from(f"<{count + 1}i", data, at)
        for number in range(count):
            offset = unpack_from("<I", data, at + 4 * (count + 1) + 8 * number + 2)[0]
            start, end = positions[number], positions[number + 1]
            if end <= start:
                continue
            width = 1 if offset & 0x40000000 else 2
            offset = (offset & 0x3FFFFFFF) // (3 - width)
            if offset + (end - start) * width > len(self._main):
                raise ParseError("the Word file is truncated: a part of its text is missing")
            yield Piece(start, end, offset, width)

    def _part(self, name: str) -> bytes:
        offset, length = self._place(name)
        return self._table[offset : offset + length]

    def _place(self, name: str) -> tuple[int, int]:
        """Offset and length of a part in the table stream."""
        offset, length = unpack_from("<II", self._main, self._places + 8 * TABLES[name])
        return offset, length

    @lru_cache(maxsize=32)  # noqa: B019 -- the reader lives as long as one file is read
    def _plc(self, name: str, size: int) -> tuple[list[int], list[bytes]]:
        """Positions, one more than there are data, and the data of `size` bytes for each."""
        part = self._part(name)
        count = max(0, (len(part) - 4) // (4 + size))
        if len(part) < 4:
            return [], []
        positions = list(unpack_from(f"<{count + 1}i", part, 0))
        first = 4 * (count + 1)
        return positions, [part[first + at * size : first + (at + 1) * size] for at in range(count)]
