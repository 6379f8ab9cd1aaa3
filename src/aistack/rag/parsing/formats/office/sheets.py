"""Spreadsheets: xlsx and xls. python-calamine reads the values; the formats that show them are read beside it."""

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
from aistack.rag.parsing.formats.office.biff import WorkbookFormats
from aistack.rag.parsing.formats.office.binary_workbook import WORKBOOK as BINARY_WORKBOOK
from aistack.rag.parsing.formats.office.binary_workbook import binary_sheets
from aistack.rag.parsing.formats.office.number_formats import BUILT_IN, shown
from aistack.rag.parsing.formats.office.sheet_notes import sheet_notes
from aistack.rag.parsing.formats.tables import merge, tables_of

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WORKBOOK = "xl/workbook.xml"
MERGED_CELLS_MAX = 100_000

Codes = dict[int, str]  # number formats of the cells in a row, by column
RowCodes = Iterator[tuple[int, Codes]]


def spreadsheet(content: bytes, limits: Limits) -> ParsedDocument:
    """Each sheet is a heading; each row becomes `column: value` pairs. Raises ParseError."""
    import python_calamine

    builder = DocumentBuilder(limits)
    archive, paths = None, dict[str, str]()
    if content.startswith(b"PK"):
        archive = open_zip(content, "spreadsheet")
        if BINARY_WORKBOOK in archive.namelist():
            for name, rows in binary_sheets(archive):
                builder.heading(1, name)
                _add(builder, rows)
            return builder.document("", MEDIA_TYPE)
        paths = _paths(archive)
        formats = _formats(archive, paths)
    else:
        formats = WorkbookFormats(content, BUILT_IN).of_sheet
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        for name in book.sheet_names:
            builder.heading(1, name)
            _add(builder, _rows(book.get_sheet_by_name(name), formats(name)))
            for line in sheet_notes(archive, paths[name]) if archive and name in paths else ():
                builder.block(line)
    except python_calamine.PasswordError:
        raise ParseError("the spreadsheet is encrypted; upload it without a password") from None
    except (python_calamine.CalamineError, ValueError, OSError) as error:
        raise ParseError(f"the spreadsheet is damaged or not supported: {error}") from None
    except BaseException as error:  # python-calamine panics at some damaged files, which is no Exception
        if type(error).__name__ == "PanicException":
            raise ParseError("the spreadsheet is damaged or truncated") from None
        raise
    return builder.document("", MEDIA_TYPE)


def _add(builder: DocumentBuilder, rows: list[list[str]]) -> None:
    for table in tables_of(rows):
        for line in table.lines():
            builder.block(line)


def _rows(sheet: Any, formats: RowCodes) -> list[list[str]]:
    """The cells as shown. A merged cell stands in each row that it covers."""
    first_column = sheet.start[1] if sheet.start else 0
    rows: list[list[str]] = []
    number, codes = next(formats, (-1, Codes()))
    for at, row in enumerate(sheet.iter_rows()):
        while -1 < number < at:
            number, codes = next(formats, (-1, Codes()))
        of_row = codes if number == at else {}
        rows.append([_cell(value, of_row.get(first_column + column, "")) for column, value in enumerate(row)])
    merged: list[tuple[tuple[int, int], tuple[int, int]]] = sheet.merged_cell_ranges or []
    for (top, left), (bottom, right) in merged[:MERGED_CELLS_MAX]:
        if left >= first_column:
            merge(rows, top, left - first_column, bottom, right - first_column)
    return rows


def _cell(value: object, code: str) -> str:
    return shown(value, code) if code or isinstance(value, float | bool | date | time | timedelta) else str(value)


def _no_formats(_name: str) -> RowCodes:
    return iter(())


def _paths(archive: ZipFile) -> dict[str, str]:
    """The part of each sheet by the sheet's name. None for other files than xlsx."""
    names = frozenset(archive.namelist())
    if not {WORKBOOK, "xl/_rels/workbook.xml.rels"} <= names:
        return {}
    relations = xml(part(archive, "xl/_rels/workbook.xml.rels", "spreadsheet"), "spreadsheet")
    targets = {one.get("Id"): posixpath.normpath(posixpath.join("xl", str(one.get("Target")))) for one in relations}
    paths = {
        str(sheet.get("name")): targets.get(next((value for key, value in sheet.items() if key.endswith("}id")), ""))
        for sheet in xml(part(archive, WORKBOOK, "spreadsheet"), "spreadsheet").iterfind("{*}sheets/{*}sheet")
    }
    return {name: path.lstrip("/") for name, path in paths.items() if path and path.lstrip("/") in names}


def _formats(archive: ZipFile, paths: dict[str, str]) -> Callable[[str], RowCodes]:
    """A function from a sheet's name to the number formats of its cells, row by row. None for other files than xlsx."""
    if "xl/styles.xml" not in archive.namelist():
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

    def of_sheet(name: str) -> RowCodes:
        return _codes(archive, paths[name], code_of) if name in paths else _no_formats(name)

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
