"""Spreadsheets of every kind that calamine reads."""

import io
from datetime import datetime, time
from typing import Any

from aistack.rag.parsing.document import ParsedDocument
from aistack.rag.parsing.formats.archives import open_zip
from aistack.rag.parsing.formats.builder import DocumentBuilder, Limits, ParseError
from aistack.rag.parsing.formats.tables import tables_of

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def spreadsheet(content: bytes, limits: Limits) -> ParsedDocument:
    """Each sheet is a heading; each row becomes `column: value` pairs. Raises ParseError."""
    import python_calamine

    if content.startswith(b"PK"):
        open_zip(content, "spreadsheet").close()
    builder = DocumentBuilder(limits)
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        for name in book.sheet_names:
            builder.heading(1, name)
            for table in tables_of(_rows(book.get_sheet_by_name(name))):
                for line in table.lines():
                    builder.block(line)
    except python_calamine.PasswordError:
        raise ParseError("the spreadsheet is encrypted; upload it without a password") from None
    except (python_calamine.CalamineError, ValueError, OSError) as error:
        raise ParseError(f"the spreadsheet is damaged or not supported: {error}") from None
    return builder.document("", MEDIA_TYPE)


def _rows(sheet: Any) -> list[list[str]]:
    """The cells as text. A merged cell is repeated downwards; to its right its cells stay empty."""
    rows = [[_cell(cell) for cell in row] for row in sheet.iter_rows()]
    first_column = sheet.start[1] if sheet.start else 0
    for (top, left), (bottom, _) in sheet.merged_cell_ranges or ():
        at = left - first_column
        for row in rows[top + 1 : bottom + 1]:
            if 0 <= at < len(row) and top < len(rows):
                row[at] = rows[top][at]
    return rows


def _cell(value: object) -> str:
    """A cell as a spreadsheet shows it, without its number format."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return str(value)
