"""PowerPoint files: a slide is a page."""

import io
from typing import Any

from aistack.rag.parsing.document import ParsedDocument
from aistack.rag.parsing.formats.archives import without_missing_parts, xml
from aistack.rag.parsing.formats.builder import DocumentBuilder, Limits, ParseError
from aistack.rag.parsing.formats.office.drawings import drawing_lines
from aistack.rag.parsing.formats.tables import merge, tables_of

GROUP_DEPTH_MAX = 10
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
SLIDES = "application/vnd.openxmlformats-officedocument.presentationml.presentation"


def pptx(content: bytes, limits: Limits) -> ParsedDocument:
    """Each slide is a page with its title as the heading and its notes at the end. Raises ParseError."""
    import pptx as slides

    content = without_missing_parts(content, "PowerPoint file")
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
        for rel in slide.part.rels.values():
            if not rel.is_external and str(rel.reltype).endswith("/comments"):
                for comment in xml(rel.target_part.blob, "PowerPoint file").iter("{*}text", "{*}t"):
                    builder.block(str(comment.text or ""), number)
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            builder.block(slide.notes_slide.notes_text_frame.text, number)
    return builder.document(str(opened.core_properties.title or ""), SLIDES, len(opened.slides))


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
        for table in tables_of(_grid(shape.table)):
            for line in table.lines():
                builder.block(line, page)
    elif getattr(shape, "has_chart", False):
        for line in drawing_lines(shape.chart._chartSpace):
            builder.block(line, page)
    elif getattr(shape, "has_text_frame", False):
        builder.block(shape.text_frame.text, page)
    for reference in shape.element.iter("{*}relIds") if not hasattr(shape, "shapes") else ():
        diagram = shape.part.related_part(reference.get(R + "dm"))
        for line in drawing_lines(xml(diagram.blob, "PowerPoint file")):
            builder.block(line, page)
    for inner in getattr(shape, "shapes", ()):
        _shape(builder, inner, page, depth + 1)


def _grid(table: Any) -> list[list[str]]:
    """The cells; a merged one stands in each row that it covers."""
    cells = [list(row.cells) for row in table.rows]
    grid = [[str(cell.text) for cell in row] for row in cells]
    for top, row in enumerate(cells):
        for left, cell in enumerate(row):
            if cell.is_merge_origin:
                merge(grid, top, left, top + cell.span_height - 1, left + cell.span_width - 1)
    return grid
