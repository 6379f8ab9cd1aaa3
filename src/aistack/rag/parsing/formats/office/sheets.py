"""Spreadsheets of every kind that calamine reads."""

import io

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
            rows = book.get_sheet_by_name(name).iter_rows()
            for table in tables_of([[_cell(cell) for cell in row] for row in rows]):
                for line in table.lines():
                    builder.block(line)
    except python_calamine.PasswordError:
        raise ParseError("the spreadsheet is encrypted; upload it without a password") from None
    except (python_calamine.CalamineError, ValueError, OSError) as error:
        raise ParseError(f"the spreadsheet is damaged or not supported: {error}") from None
    return builder.document("", MEDIA_TYPE)


def _cell(value: object) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)
