"""Text documents, presentations and spreadsheets of LibreOffice (OASIS OpenDocument 1.3): odt, odp and ods."""

from collections.abc import Iterator
from typing import Any
from zipfile import ZipFile

from aistack.rag.parsing.document import ParsedDocument
from aistack.rag.parsing.formats.archives import open_zip, part, xml
from aistack.rag.parsing.formats.builder import DocumentBuilder, Limits, ParseError
from aistack.rag.parsing.formats.tables import merge, tables_of

KINDS = frozenset(("text", "presentation", "drawing", "spreadsheet"))
WHAT = "OpenDocument file"
UNSEEN = frozenset(
    (
        "page-number",
        "slide-number",
        "shapes",
        "tracked-changes",
        "annotation-end",
        "ruby-text",
        "forms",
        "settings",
        "sequence-decls",
    )
)
SPACES_MAX = REPEAT_MAX = 1_000
COLUMNS_MAX, ROWS_MAX = 16_384, 1_048_576
MEDIA_TYPE = "application/vnd.oasis.opendocument."


def open_document(content: bytes, limits: Limits) -> ParsedDocument:
    """Headings, paragraphs, lists, tables, frames and notes in order; a slide is a page. Raises ParseError."""
    archive = open_zip(content, WHAT)
    if "META-INF/manifest.xml" in archive.namelist() and b":encryption-data" in part(
        archive, "META-INF/manifest.xml", WHAT
    ):
        raise ParseError("the OpenDocument file is encrypted; upload it without a password")
    root = xml(part(archive, "content.xml", WHAT), WHAT)
    body = next((node for node in root.iter() if _name(node) in KINDS and _name(node.getparent()) == "body"), None)
    if body is None:
        raise ParseError("the OpenDocument file has no text, slides, sheets or drawings")
    builder, pages = DocumentBuilder(limits), 0
    if _name(body) == "text":
        _blocks(builder, body, None)
        _headers(builder, archive)
    if _name(body) == "spreadsheet":
        for sheet in body:
            if _name(sheet) == "table":
                builder.heading(1, _attribute(sheet, "name"))
                _blocks(builder, [sheet], None)
    for node in body:
        if _name(node) == "page":
            pages += 1
            if pages > limits.pages_max:
                raise ParseError(f"the file has more than {limits.pages_max} slides")
            _blocks(builder, node, pages)
    return builder.document("", MEDIA_TYPE + _name(body), pages or None)


def _headers(builder: DocumentBuilder, archive: ZipFile) -> None:
    """Each different header and footer of the pages once."""
    try:
        root = xml(part(archive, "styles.xml", WHAT), WHAT)
    except ParseError:
        return
    seen: set[str] = set()
    for node in root.iter():
        if not _name(node).startswith(("header", "footer")) or _name(node.getparent()) != "master-page":
            continue
        text = "\n".join(filter(None, (_text(one, []).strip() for one in node.iter("{*}p", "{*}h"))))
        if text not in seen:
            seen.add(text)
            builder.block(text)


def _blocks(builder: DocumentBuilder, container: Any, page: int | None) -> None:
    for node in container:
        name = _name(node)
        if name in UNSEEN:
            continue
        if name == "table":
            for table in tables_of(_rows(node)):
                for line in table.lines():
                    builder.block(line, page)
        elif name in ("h", "p"):
            inner: list[Any] = []
            text = _text(node, inner)
            if name == "h":
                level = _attribute(node, "outline-level")
                builder.heading(int(level) if level.isdecimal() else 1, text, page)
            elif page and _is_title(node):
                builder.section(1, "")
                builder.heading(1, text, page)
            else:
                builder.block(text, page)
            for one in inner:
                _blocks(builder, one, page)
        elif name:
            _blocks(builder, node, page)


def _is_title(paragraph: Any) -> bool:
    frame = next((node for node in paragraph.iterancestors() if _name(node) == "frame"), None)
    return frame is not None and _attribute(frame, "class") == "title"


def _rows(table: Any) -> list[list[str]]:
    """The rows. A cell stands in each row that it covers; empty rows and cells count only before others."""
    rows: list[list[str]] = []
    merged: list[tuple[int, int, int, int]] = []
    empty = 0
    for row in table.iter():
        if _name(row) != "table-row" or next(one for one in row.iterancestors() if _name(one) == "table") is not table:
            continue
        line: list[str] = []
        for text, cell, repeated in _cells(row):
            line += [""] * (repeated if not text else 0) + [text] * (min(repeated, REPEAT_MAX) if text else 0)
            deep, wide = (
                _count(cell, "number-rows-spanned", ROWS_MAX),
                _count(cell, "number-columns-spanned", COLUMNS_MAX),
            )
            if text and (deep > 1 or wide > 1):
                top, left = len(rows) + empty, len(line) - 1
                merged.append((top, left, top + deep - 1, left + wide - 1))
        repeated = _count(row, "number-rows-repeated", ROWS_MAX)
        if any(line):
            rows += [[] for _ in range(min(empty, REPEAT_MAX))]
            rows += [list(line) for _ in range(min(repeated, REPEAT_MAX))]
            empty = 0
        elif rows:
            empty += min(repeated, REPEAT_MAX)
    for place in merged:
        merge(rows, *place)
    return rows


def _cells(row: Any) -> Iterator[tuple[str, Any, int]]:
    """The text of each cell and how often it is repeated, without the empty cells at the end."""
    waiting: list[tuple[str, Any, int]] = []
    for cell in row:
        if _name(cell) in ("table-cell", "covered-table-cell"):
            inner: list[Any] = []
            paragraphs = [one for one in cell.iter() if _name(one) in ("p", "h") and not _is_note(one, cell)]
            text = "\n".join(_text(one, inner) for one in paragraphs)
            if not text and _name(cell) == "table-cell":
                text = _attribute(cell, "value") or _attribute(cell, "date-value") or _attribute(cell, "string-value")
            waiting.append((text, cell, _count(cell, "number-columns-repeated", COLUMNS_MAX)))
            if text:
                yield from waiting
                waiting = []


def _is_note(paragraph: Any, cell: Any) -> bool:
    """Whether a paragraph stands in a comment or a note of the cell."""
    for one in paragraph.iterancestors():
        if one is cell:
            return False
        if _name(one) in ("annotation", "note"):
            return True
    return False


def _text(node: Any, inner: list[Any]) -> str:
    """The text of a paragraph. Its notes and frames are put into `inner`."""
    parts: list[str] = [node.text or ""]
    for child in node:
        name = _name(child)
        if name == "s":
            parts.append(" " * _count(child, "c", SPACES_MAX))
        elif name in ("tab", "line-break"):
            parts.append("\t" if name == "tab" else "\n")
        elif name in ("note", "frame", "annotation", "custom-shape"):
            inner.append(child)
        elif name and name not in UNSEEN:
            parts.append(_text(child, inner))
        parts.append(child.tail or "")
    return " ".join("".join(parts).split(" "))


def _count(node: Any, name: str, most: int) -> int:
    value = _attribute(node, name)
    return min(int(value), most) if value.isdecimal() else 1


def _attribute(node: Any, name: str) -> str:
    return next((str(value) for key, value in node.items() if key.endswith("}" + name)), "")


def _name(node: Any) -> str:
    return node.tag.rpartition("}")[2] if node is not None and isinstance(node.tag, str) else ""
