"""Text documents and presentations of LibreOffice (OASIS OpenDocument 1.3): odt and odp."""

from collections.abc import Iterator
from typing import Any

from aistack.rag.parsing.document import ParsedDocument
from aistack.rag.parsing.formats.archives import open_zip, part, xml
from aistack.rag.parsing.formats.builder import DocumentBuilder, Limits, ParseError
from aistack.rag.parsing.formats.tables import tables_of

UNSEEN = frozenset(("tracked-changes", "annotation-end", "ruby-text", "forms", "settings", "sequence-decls"))
SPACES_MAX = REPEAT_MAX = 1_000
TEXT, SLIDES = "application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.presentation"


def open_document(content: bytes, limits: Limits) -> ParsedDocument:
    """Headings, paragraphs, lists, tables, frames and notes in order; a slide is a page. Raises ParseError."""
    archive = open_zip(content, "OpenDocument file")
    root = xml(part(archive, "content.xml", "OpenDocument file"), "OpenDocument file")
    body = next((node for node in root.iter() if _name(node) in ("text", "presentation", "drawing")
                 and _name(node.getparent()) == "body"), None)  # fmt: skip
    if body is None:
        raise ParseError("the OpenDocument file has no text, slides or drawings")
    builder, pages = DocumentBuilder(limits), 0
    if _name(body) == "text":
        _blocks(builder, body, None)
    for node in body:
        if _name(node) == "page":
            pages += 1
            if pages > limits.pages_max:
                raise ParseError(f"the file has more than {limits.pages_max} slides")
            _blocks(builder, node, pages)
    return builder.document("", SLIDES if pages else TEXT, pages or None)


def _blocks(builder: DocumentBuilder, container: Any, page: int | None) -> None:
    for node in container:
        name = _name(node)
        if name in UNSEEN:
            continue
        if name == "table":
            for table in tables_of(list(_rows(node))):
                for line in table.lines():
                    builder.block(line, page)
        elif name in ("h", "p"):
            inner: list[Any] = []
            text = _text(node, inner)
            if name == "h":
                level = next((value for key, value in node.items() if key.endswith("}outline-level")), "1")
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
    return frame is not None and any(key.endswith("}class") and value == "title" for key, value in frame.items())


def _rows(table: Any) -> Iterator[list[str]]:
    """The rows; cells that another covers are empty."""
    for row in table.iter():
        if _name(row) != "table-row" or next(one for one in row.iterancestors() if _name(one) == "table") is not table:
            continue
        line: list[str] = []
        for cell in row:
            if _name(cell) in ("table-cell", "covered-table-cell"):
                inner: list[Any] = []
                text = "\n".join(_text(one, inner) for one in cell.iter() if _name(one) in ("p", "h"))
                line += [text] * _count(cell, "number-columns-repeated", REPEAT_MAX if text else 1)
        yield line


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
    value = next((value for key, value in node.items() if key.endswith("}" + name)), "1")
    return min(int(value), most) if value.isdecimal() else 1


def _name(node: Any) -> str:
    return node.tag.rpartition("}")[2] if node is not None and isinstance(node.tag, str) else ""
