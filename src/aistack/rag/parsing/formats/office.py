"""Word, PowerPoint and Excel files, and other spreadsheets that calamine supports."""

import io
import re
from collections.abc import Iterable
from typing import Any

from aistack.rag.parsing.document import ParsedDocument
from aistack.rag.parsing.formats.archives import open_zip
from aistack.rag.parsing.formats.builder import DocumentBuilder, Limits, ParseError
from aistack.rag.parsing.formats.tables import tables_of

HEADING_STYLE = re.compile(r"(?:heading|标题|überschrift|titre)\s*(\d)", re.I)
GROUP_DEPTH_MAX = 10
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SLIDES = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def docx(content: bytes, limits: Limits) -> ParsedDocument:
    """Paragraphs and tables in order; headings are detected by style. Raises ParseError."""
    import docx as word
    from docx.table import Table

    open_zip(content, "Word file").close()
    opened: Any = _opened(word.Document, content, "Word file")
    builder = DocumentBuilder(limits)
    for item in opened.iter_inner_content():
        if isinstance(item, Table):
            _table(builder, ([cell.text for cell in row.cells] for row in item.rows))
            continue
        style = str(item.style.name) if item.style is not None else ""
        match = HEADING_STYLE.match(style)
        if match or style == "Title":
            builder.heading(int(match[1]) if match else 1, item.text)
        else:
            builder.block(item.text)
    return builder.document(str(opened.core_properties.title or ""), WORD)


def pptx(content: bytes, limits: Limits) -> ParsedDocument:
    """Each slide is a page with its title as the heading and its notes at the end. Raises ParseError."""
    import pptx as slides

    open_zip(content, "PowerPoint file").close()
    opened: Any = _opened(slides.Presentation, content, "PowerPoint file")
    if len(opened.slides) > limits.pages_max:
        raise ParseError(f"the file has {len(opened.slides)} slides; at most {limits.pages_max} are allowed")
    builder = DocumentBuilder(limits)
    for number, slide in enumerate(opened.slides, 1):
        title = slide.shapes.title
        if title is not None and title.has_text_frame:
            builder.heading(1, title.text_frame.text, number)
        for shape in slide.shapes:
            if title is None or shape.shape_id != title.shape_id:
                _shape(builder, shape, number, 0)
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            builder.block(slide.notes_slide.notes_text_frame.text, number)
    return builder.document(str(opened.core_properties.title or ""), SLIDES, len(opened.slides))


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
            _table(builder, ([_cell(cell) for cell in row] for row in rows))
    except python_calamine.PasswordError:
        raise ParseError("the spreadsheet is encrypted; upload it without a password") from None
    except (python_calamine.CalamineError, ValueError, OSError) as error:
        raise ParseError(f"the spreadsheet is damaged or not supported: {error}") from None
    return builder.document("", SHEET)


def _opened(reader: Any, content: bytes, what: str) -> Any:
    try:
        return reader(io.BytesIO(content))
    except ParseError:
        raise
    except Exception as error:  # the libraries let any error of their XML parsing through
        raise ParseError(f"the {what} is damaged inside: {type(error).__name__}: {error}"[:300]) from None


def _shape(builder: DocumentBuilder, shape: Any, page: int, depth: int) -> None:
    if depth > GROUP_DEPTH_MAX:
        return
    if getattr(shape, "has_table", False):
        _table(builder, ([cell.text for cell in row.cells] for row in shape.table.rows), page)
    elif getattr(shape, "has_text_frame", False):
        builder.block(shape.text_frame.text, page)
    for inner in getattr(shape, "shapes", ()):
        _shape(builder, inner, page, depth + 1)


def _table(builder: DocumentBuilder, rows: Iterable[list[str]], page: int | None = None) -> None:
    for table in tables_of(list(rows)):
        for line in table.lines():
            builder.block(line, page)


def _cell(value: object) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)
