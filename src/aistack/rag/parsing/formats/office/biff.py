"""The number formats of the cells in xls files ([MS-XLS], BIFF5 and BIFF8), which python-calamine does not give."""

from collections.abc import Iterator
from struct import error as StructError
from struct import unpack_from

from aistack.rag.parsing.formats.builder import ParseError
from aistack.rag.parsing.formats.legacy.compound import CompoundFile

SHEET, ENCRYPTED, FORMAT, STYLE, END = 0x85, 0x2F, 0x041E, 0xE0, 0x0A
NUMBER, COMPACT, COMPACT_ROW, FORMULA = 0x0203, 0x027E, 0xBD, 0x06
COMPACT_BYTES = 6

Codes = dict[int, str]


class WorkbookFormats:
    """The number formats of a workbook. Raises ParseError if it is encrypted or damaged."""

    def __init__(self, content: bytes, built_in: dict[int, str]) -> None:
        file = CompoundFile(content, "spreadsheet")
        self._is_old = "Workbook" not in file
        self._data = file.stream("Book" if self._is_old else "Workbook")
        self._starts: dict[str, int] = {}
        self._styles: list[str] = []
        codes, styles = dict(built_in), list[int]()
        try:
            for kind, at, size in self._records(0):
                if kind == ENCRYPTED:
                    raise ParseError("the spreadsheet is encrypted; upload it without a password")
                if kind == SHEET:
                    self._starts[self._string(at + 6, 1)] = unpack_from("<I", self._data, at)[0]
                elif kind == FORMAT:
                    codes[unpack_from("<H", self._data, at)[0]] = self._string(at + 2, 1 if self._is_old else 2)
                elif kind == STYLE and size >= 4:
                    styles.append(unpack_from("<H", self._data, at + 2)[0])
        except StructError as error:
            raise ParseError(f"the spreadsheet is damaged or truncated: {error}") from None
        self._styles = ["" if (code := codes.get(one, "")).lower() in ("general", "@") else code for one in styles]

    def of_sheet(self, name: str) -> Iterator[tuple[int, Codes]]:
        """The formats of the cells of a sheet that have one, by row and column."""
        found: dict[int, Codes] = {}
        start = self._starts.get(name)
        for kind, at, size in self._records(start) if start is not None else ():
            if kind in (NUMBER, COMPACT, FORMULA):
                row, column, style = unpack_from("<HHH", self._data, at)
                self._put(found, row, column, style)
            elif kind == COMPACT_ROW:
                row, column = unpack_from("<HH", self._data, at)
                for number in range((size - 6) // COMPACT_BYTES):
                    style = unpack_from("<H", self._data, at + 4 + COMPACT_BYTES * number)[0]
                    self._put(found, row, column + number, style)
        yield from sorted(found.items())

    def _put(self, found: dict[int, Codes], row: int, column: int, style: int) -> None:
        if style < len(self._styles) and (code := self._styles[style]):
            found.setdefault(row, {})[column] = code

    def _records(self, at: int) -> Iterator[tuple[int, int, int]]:
        """Kind, start and size of the records until the end of the part that begins at `at`."""
        while at + 4 <= len(self._data):
            kind, size = unpack_from("<HH", self._data, at)
            if kind == END or at + 4 + size > len(self._data):
                return
            yield kind, at + 4, size
            at += 4 + size

    def _string(self, at: int, length_bytes: int) -> str:
        length = int.from_bytes(self._data[at : at + length_bytes], "little")
        at += length_bytes
        if self._is_old:
            return self._data[at : at + length].decode("cp1252", "replace")
        wide = self._data[at] & 1
        data = self._data[at + 1 : at + 1 + length * (1 + wide)]
        return data.decode("utf-16-le" if wide else "latin-1", "replace")
