"""Workbooks in Excel's binary form ([MS-XLSB]): the cells with their number formats, and what is merged.

python-calamine reads these files too, but skips cells of the short kind, which name no column.
"""

import posixpath
from collections.abc import Iterator
from struct import error as StructError
from struct import unpack_from
from zipfile import ZipFile

from aistack.rag.parsing.formats.archives import part, xml
from aistack.rag.parsing.formats.builder import ParseError
from aistack.rag.parsing.formats.office.number_formats import BUILT_IN, shown_serial
from aistack.rag.parsing.formats.tables import Row, merge

WORKBOOK = "xl/workbook.bin"
WHAT = "spreadsheet"
ROW, MERGED, SHEET, SETTINGS, FORMAT, STYLE, STRING = 0, 176, 156, 153, 44, 47, 19
STYLES_BEGIN, STYLES_END = 617, 618
SHORT_FIRST, SHORT_LAST = 12, 18  # like the kinds 1 to 7, in the column after the one before
ROWS_MAX, COLUMNS_MAX = 1_048_576, 16_384
ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}


def binary_sheets(archive: ZipFile) -> Iterator[tuple[str, list[Row]]]:
    """The name and the rows of each sheet, as shown. Raises ParseError if the workbook is damaged."""
    names = frozenset(archive.namelist())
    try:
        relations = xml(part(archive, "xl/_rels/workbook.bin.rels", WHAT), WHAT)
        targets = {one.get("Id"): posixpath.normpath(posixpath.join("xl", str(one.get("Target")))) for one in relations}
        strings = _strings(part(archive, "xl/sharedStrings.bin", WHAT)) if "xl/sharedStrings.bin" in names else []
        codes = _codes(part(archive, "xl/styles.bin", WHAT)) if "xl/styles.bin" in names else []
        is_1904 = False
        for kind, data in _records(part(archive, WORKBOOK, WHAT)):
            if kind == SETTINGS:
                is_1904 = bool(data[0] & 1)
            elif kind == SHEET:
                relation, at = _string(data, 8)
                name, _ = _string(data, at)
                path = (targets.get(relation) or "").lstrip("/")
                if path in names:
                    yield name, _rows(part(archive, path, WHAT), strings, codes, is_1904=is_1904)
    except (StructError, IndexError, OverflowError) as error:
        raise ParseError(f"the spreadsheet is damaged inside: {error}") from None


def _rows(data: bytes, strings: list[str], codes: list[str], *, is_1904: bool) -> list[Row]:
    rows: list[Row] = []
    merged: list[tuple[int, int, int, int]] = []
    column = -1
    for kind, cell in _records(data):
        if kind == ROW:
            number = unpack_from("<I", cell)[0]
            if not len(rows) <= number < ROWS_MAX:
                raise ParseError("the spreadsheet is damaged: its rows are out of order")
            rows += [[] for _ in range(number + 1 - len(rows))]
            column = -1
        elif kind == MERGED:
            top, bottom, left, right = unpack_from("<IIII", cell)
            merged.append((top, left, bottom, right))
        elif rows and (1 <= kind <= 11 or SHORT_FIRST <= kind <= SHORT_LAST):
            is_short = kind >= SHORT_FIRST
            column = column + 1 if is_short else unpack_from("<I", cell)[0]
            at = 0 if is_short else 4
            style = int.from_bytes(cell[at : at + 3], "little")
            code = codes[style] if style < len(codes) else ""
            text = _value(kind - 11 if is_short else kind, cell[at + 4 :], strings, code, is_1904=is_1904)
            if text and column < COLUMNS_MAX:
                rows[-1] += [""] * (column - len(rows[-1]))
                rows[-1].append(text)
    for top, left, bottom, right in merged:
        merge(rows, top, left, bottom, right)
    return rows


def _value(kind: int, data: bytes, strings: list[str], code: str, *, is_1904: bool) -> str:
    match kind:
        case 2:
            packed = unpack_from("<i", data)[0]
            value = float(packed >> 2) if packed & 2 else unpack_from("<d", b"\0\0\0\0" + _masked(data))[0]
            return shown_serial(value / 100 if packed & 1 else value, code, is_1904=is_1904)
        case 3 | 11:
            return ERRORS.get(data[0], "#ERROR!")
        case 4 | 10:
            return "TRUE" if data[0] else "FALSE"
        case 5 | 9:
            return shown_serial(unpack_from("<d", data)[0], code, is_1904=is_1904)
        case 6 | 8:
            return _string(data, 0)[0]
        case 7:
            return strings[unpack_from("<I", data)[0]]
        case _:
            return ""


def _masked(data: bytes) -> bytes:
    return bytes([data[0] & 0xFC]) + data[1:4]


def _strings(data: bytes) -> list[str]:
    return [_string(item, 1)[0] for kind, item in _records(data) if kind == STRING]


def _codes(data: bytes) -> list[str]:
    """The number format of each cell style."""
    codes, found, is_cell = dict(BUILT_IN), list[str](), False
    for kind, item in _records(data):
        if kind == FORMAT:
            codes[unpack_from("<H", item)[0]] = _string(item, 2)[0]
        elif kind in (STYLES_BEGIN, STYLES_END):
            is_cell = kind == STYLES_BEGIN
        elif kind == STYLE and is_cell:
            code = codes.get(unpack_from("<H", item, 2)[0], "")
            found.append("" if code.lower() in ("general", "@") else code)
    return found


def _string(data: bytes, at: int) -> tuple[str, int]:
    """A string and where it ends."""
    length = unpack_from("<I", data, at)[0]
    end = at + 4 + 2 * (0 if length == 0xFFFFFFFF else length)
    return data[at + 4 : end].decode("utf-16-le", "replace"), end


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(data):
        kind, at = _number(data, at, 2)
        size, at = _number(data, at, 4)
        yield kind, data[at : at + size]
        at += size


def _number(data: bytes, at: int, bytes_max: int) -> tuple[int, int]:
    """A number of seven bits a byte, and where it ends."""
    value = 0
    for step in range(bytes_max):
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << 7 * step
        if byte < 0x80:
            break
    return value, at
