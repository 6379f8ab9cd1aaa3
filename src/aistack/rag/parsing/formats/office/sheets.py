"""Spreadsheets. python-calamine reads the values; the formats that show them come from the styles of xlsx files."""

import io
import posixpath
from collections.abc import Callable, Iterator
from datetime import date, time, timedelta
from itertools import count
from typing import Any
from zipfile import ZipFile

from aistack.rag.parsing.document import ParsedDocument
from aistack.rag.parsing.formats.archives import elements, open_zip, part, xml
from aistack.rag.parsing.formats.builder import DocumentBuilder, Limits, ParseError
from aistack.rag.parsing.formats.office.number_formats import BUILT_IN, shown
from aistack.rag.parsing.formats.tables import tables_of

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WORKBOOK = "xl/workbook.xml"
MERGED_CELLS_MAX = 100_000

Codes = dict[int, str]  # number formats of the cells in a row, by column
RowCodes = Iterator[tuple[int, Codes]]


def spreadsheet(content: bytes, limits: Limits) -> ParsedDocument:
    """Each sheet is a heading; each row becomes `column: value` pairs. Raises ParseError."""
    import python_calamine

    formats: Callable[[str], RowCodes] = _no_formats
    if content.startswith(b"PK"):
        formats = _formats(open_zip(content, "spreadsheet"))
    builder = DocumentBuilder(limits)
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        for name in book.sheet_names:
            builder.heading(1, name)
            for table in tables_of(_rows(book.get_sheet_by_name(name), formats(name))):
                for line in table.lines():
                    builder.block(line)
    except python_calamine.PasswordError:
        raise ParseError("the spreadsheet is encrypted; upload it without a password") from None
    except (python_calamine.CalamineError, ValueError, OSError) as error:
        raise ParseError(f"the spreadsheet is damaged or not supported: {error}") from None
    return builder.document("", MEDIA_TYPE)


def _rows(sheet: Any, formats: RowCodes) -> list[list[str]]:
    """The cells as shown. A merged cell is repeated in each cell that it covers, unless it is alone in its rows."""
    first_column = sheet.start[1] if sheet.start else 0
    rows: list[list[str]] = []
    number, codes = next(formats, (-1, Codes()))
    for at, row in enumerate(sheet.iter_rows()):
        while -1 < number < at:
            number, codes = next(formats, (-1, Codes()))
        of_row = codes if number == at else {}
        rows.append([_cell(value, of_row.get(first_column + column, "")) for column, value in enumerate(row)])
    left_to_fill = MERGED_CELLS_MAX
    merged: list[tuple[tuple[int, int], tuple[int, int]]] = sheet.merged_cell_ranges or []
    for (top, left), (bottom, right) in merged:
        left, right = left - first_column, right - first_column
        if not (top < len(rows) and 0 <= left < len(rows[top])) or not (text := rows[top][left]):
            continue
        for row in rows[top : bottom + 1]:
            beside = any(row[:left]) or any(row[right + 1 :])
            width = min(right, len(row) - 1) - left + 1 if beside else 1
            left_to_fill -= width
            if left_to_fill >= 0:
                row[left : left + width] = [text] * width
    return rows


def _cell(value: object, code: str) -> str:
    return shown(value, code) if code or isinstance(value, float | bool | date | time | timedelta) else str(value)


def _no_formats(_name: str) -> RowCodes:
    return iter(())


def _formats(archive: ZipFile) -> Callable[[str], RowCodes]:
    """A function from a sheet's name to the number formats of its cells, row by row. None for other files than xlsx."""
    names = frozenset(archive.namelist())
    if not {WORKBOOK, "xl/styles.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return _no_formats
    styles = xml(part(archive, "xl/styles.xml", "spreadsheet"), "spreadsheet")
    codes = BUILT_IN | {
        int(one.get("numFmtId")): str(one.get("formatCode")) for one in styles.iterfind(".//{*}numFmts/{*}numFmt")
    }
    code_of = {
        str(at): code
        for at, one in enumerate(styles.iterfind("{*}cellXfs/{*}xf"))
        if (code := codes.get(int(one.get("numFmtId") or 0), "")) and code.lower() not in ("general", "@")
    }
    if not code_of:
        return _no_formats
    relations = xml(part(archive, "xl/_rels/workbook.xml.rels", "spreadsheet"), "spreadsheet")
    targets = {one.get("Id"): posixpath.normpath(posixpath.join("xl", str(one.get("Target")))) for one in relations}
    paths = {
        str(sheet.get("name")): targets.get(next((value for key, value in sheet.items() if key.endswith("}id")), ""))
        for sheet in xml(part(archive, WORKBOOK, "spreadsheet"), "spreadsheet").iterfind("{*}sheets/{*}sheet")
    }

    def of_sheet(name: str) -> RowCodes:
        path = (paths.get(name) or "").lstrip("/")
        return _codes(archive, path, code_of) if path in names else _no_formats(name)

    return of_sheet


def _codes(archive: ZipFile, path: str, code_of: dict[str, str]) -> RowCodes:
    following = count()
    for row in elements(archive, path, "row", "spreadsheet"):
        number = int(row.get("r") or next(following) + 1) - 1
        following = count(number + 1)
        codes = Codes()
        for at, cell in enumerate(row):
            code = code_of.get(cell.get("s", ""))
            if code:
                codes[_column(cell.get("r", "")) if cell.get("r") else at] = code
        yield number, codes


def _column(reference: str) -> int:
    column = 0
    for letter in reference.rstrip("0123456789"):
        column = column * 26 + ord(letter) - ord("A") + 1
    return column - 1
