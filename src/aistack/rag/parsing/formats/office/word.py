"""Word files. python-docx opens the package; this walks its XML (ECMA-376 part 1, WordprocessingML), so that text in
insertions, content controls, fields and text boxes is read too, and deleted and hidden text is not."""

import io
import re
from collections.abc import Iterable, Iterator
from typing import Any

from aistack.rag.parsing.document import ParsedDocument
from aistack.rag.parsing.formats.archives import without_missing_parts, xml
from aistack.rag.parsing.formats.builder import DocumentBuilder, Limits, ParseError
from aistack.rag.parsing.formats.office.drawings import CHART, DIAGRAM, drawing_lines
from aistack.rag.parsing.formats.office.numbering import Numbering
from aistack.rag.parsing.formats.tables import COVERED, tables_of

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
DRAWING_REFERENCES = {"chart": "id", "relIds": "dm"}  # elements that stand for a chart or diagram in another part
HEADING_STYLE = re.compile(r"(?:heading|标题|標題|überschrift|titre|título|titolo|заголовок|제목|見出し)\s*(\d)", re.I)
SKIPPED = frozenset(("del", "moveFrom", "delText", "instrText", "rt", "pPr", "rPr", "sdtPr", "tblPr", "trPr", "tcPr"))
NOTE_PARTS = {"footnoteReference": "footnotes", "endnoteReference": "endnotes", "commentReference": "comments"}
CHARACTERS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
TABLE_DEPTH_MAX = 40


def docx(content: bytes, limits: Limits) -> ParsedDocument:
    """Paragraphs, tables, text boxes and notes in order, then headers and footers. Raises ParseError."""
    import docx as word

    content = without_missing_parts(content, "Word file")
    try:
        opened: Any = word.Document(io.BytesIO(content))
        reader = _Reader(opened.part, limits)
        reader.blocks(opened.element.body)
        reader.headers()
        return reader.builder.document(str(opened.core_properties.title or ""), MEDIA_TYPE)
    except ParseError:
        raise
    except Exception as error:  # python-docx lets any error of its XML parsing through
        raise ParseError(f"the Word file is damaged inside: {type(error).__name__}: {error}"[:300]) from None


class _Reader:
    def __init__(self, part: Any, limits: Limits) -> None:
        self.builder = DocumentBuilder(limits)
        self._related: dict[str, list[Any]] = {}
        for rel in part.rels.values():
            if not rel.is_external:
                self._related.setdefault(str(rel.reltype).rsplit("/", 1)[-1], []).append(rel.target_part)
        self._drawings = {
            str(key): [xml(rel.target_part.blob, "Word file")]
            for key, rel in part.rels.items()
            if not rel.is_external and str(rel.reltype).rsplit("/", 1)[-1] in ("chart", "diagramData")
        }
        self._levels, style_numbers = _styles(self._root("styles"))
        self._numbering = Numbering(self._root("numbering"), style_numbers)
        self._notes = {kind: _by_id(self._root(kind)) for kind in NOTE_PARTS.values()}
        self._after: list[Any] = []  # text boxes and notes of the paragraph being read, which follow it

    def blocks(self, container: Any, depth: int = 0) -> None:
        """The paragraphs and tables of a body, cell, text box or note, or the lines of a chart or diagram."""
        if container.tag.endswith((CHART, DIAGRAM)):
            for line in drawing_lines(container):
                self.builder.block(line)
            return
        for node in _unwrapped(container):
            if node.tag == W + "p":
                self._paragraph(node, depth)
            elif node.tag == W + "tbl":
                self._table(node, depth)

    def headers(self) -> None:
        """Each different header and footer once."""
        seen: set[str] = set()
        for kind in ("header", "footer"):
            for part in self._related.get(kind, ()):
                root = xml(part.blob, "Word file")
                text = "\n".join(filter(None, (self._text(node).strip() for node in root.iter(W + "p"))))
                self._after = []
                if text and text not in seen:
                    seen.add(text)
                    self.builder.block(text)

    def _paragraph(self, node: Any, depth: int) -> None:
        text = self._text(node)
        after, self._after = self._after, []
        style = _value(node.find(f"{W}pPr/{W}pStyle"))
        level = _value(node.find(f"{W}pPr/{W}outlineLvl"))
        heading = int(level) + 1 if level.isdigit() and int(level) < 9 else self._levels.get(style)
        if text.strip():
            text = self._numbering.mark(node, style) + text
            if heading:
                self.builder.heading(heading, text)
            else:
                self.builder.block(text)
        if depth < TABLE_DEPTH_MAX:
            for inner in after:
                self.blocks(inner, depth + 1)

    def _table(self, table: Any, depth: int) -> None:
        """The rows. What stands in a cell apart from its paragraphs follows the table."""
        if depth > TABLE_DEPTH_MAX:
            raise ParseError(f"the Word file nests tables more than {TABLE_DEPTH_MAX} deep")
        rows = [list(_unwrapped(row)) for row in _unwrapped(table) if row.tag == W + "tr"]
        if all(len(cells) == 1 for cells in rows):  # a frame around text
            for cells in rows:
                self.blocks(cells[0], depth + 1)
            return
        inner: list[Any] = []
        grid: list[list[str]] = []
        for cells in rows:
            line = [""] * int(_value(cells[0].getparent().find(f"{W}trPr/{W}gridBefore")) or 0) if cells else []
            for cell in cells:
                paragraphs = [node for node in _unwrapped(cell) if node.tag == W + "p"]
                inner += [node for node in _unwrapped(cell) if node.tag == W + "tbl"]
                text = "\n".join(self._numbering.mark(one, "") + self._text(one) for one in paragraphs).strip()
                merged = cell.find(f"{W}tcPr/{W}vMerge")
                if merged is not None and _value(merged) != "restart" and not text and grid:
                    text = grid[-1][len(line)] if len(line) < len(grid[-1]) else ""
                line += [text, *[COVERED] * (int(_value(cell.find(f"{W}tcPr/{W}gridSpan")) or 1) - 1)]
            grid.append(line)
        after, self._after = self._after, []
        for found in tables_of(grid):
            for text in found.lines():
                self.builder.block(text)
        for nested in inner:
            self._table(nested, depth + 1)
        for box in after:
            self.blocks(box, depth + 1)

    def _text(self, node: Any) -> str:
        """The text of a paragraph as shown. Its text boxes and notes are put into `_after`."""
        parts: list[str] = []
        waiting = [node]
        while waiting:
            one = waiting.pop()
            if not isinstance(one.tag, str):
                continue
            name = one.tag.rpartition("}")[2]
            if name == "t":
                parts.append(one.text or "")
            elif name in CHARACTERS and one.getparent().tag == W + "r":
                parts.append(CHARACTERS[name])
            elif name == "sym":
                parts.append(_symbol(one))
            elif name in NOTE_PARTS:
                note = self._notes[NOTE_PARTS[name]].get(one.get(W + "id", ""))
                if note is not None:
                    self._after.append(note)
            elif name == "txbxContent":
                self._after.append(one)
            elif name in DRAWING_REFERENCES:
                self._after += self._drawings.get(one.get(R + DRAWING_REFERENCES[name], ""), ())
            elif name not in SKIPPED and not (name == "r" and _is_hidden(one)):
                waiting += reversed(list(_shown(one)))
        return "".join(parts)

    def _root(self, kind: str) -> Any:
        parts = self._related.get(kind)
        return xml(parts[0].blob, "Word file") if parts else None


def _unwrapped(container: Any) -> Iterator[Any]:
    """Paragraphs, tables, rows or cells, also those inside content controls and insertions."""
    for node in _shown(container):
        name = node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""
        if name in ("sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag", "AlternateContent", "Choice"):
            yield from _unwrapped(node)
        elif name == "tr" and node.find(f"{W}trPr/{W}del") is not None:
            continue
        elif name in ("p", "tbl", "tr", "tc"):
            yield node


def _shown(node: Any) -> Iterable[Any]:
    """The children; of alternatives only the first, which is the newest form of the same content."""
    if node.tag.endswith("}AlternateContent"):
        return list(node)[:1]
    return node


def _styles(root: Any) -> tuple[dict[str, int], dict[str, Any]]:
    """By the style's id: its heading level, and its numbering properties."""
    levels: dict[str, int] = {}
    numbers: dict[str, Any] = {}
    nodes = {str(node.get(W + "styleId")): node for node in root.iter(W + "style")} if root is not None else {}
    for key, node in nodes.items():
        chain = [node]
        while len(chain) < 12 and (base := nodes.get(_value(chain[-1].find(W + "basedOn")))) is not None:
            chain.append(base)
        for one in chain:
            name = _value(one.find(W + "name"))
            match = HEADING_STYLE.match(name)
            outline = _value(one.find(f"{W}pPr/{W}outlineLvl"))
            level = int(match[1]) if match else 1 if name.lower() == "title" else 0
            level = level or (int(outline) + 1 if outline.isdigit() and int(outline) < 9 else 0)
            if level:
                levels.setdefault(key, level)
            properties = one.find(f"{W}pPr/{W}numPr")
            if properties is not None:
                numbers.setdefault(key, properties)
    return levels, numbers


def _by_id(root: Any) -> dict[str, Any]:
    """Notes by id, without separators, which have a type."""
    nodes: list[Any] = list(root) if root is not None else []
    return {str(node.get(W + "id")): node for node in nodes if node.get(W + "type", "normal") == "normal"}


def _is_hidden(run: Any) -> bool:
    hidden = run.find(f"{W}rPr/{W}vanish")
    return hidden is not None and hidden.get(W + "val", "1") not in ("0", "false", "off")


def _symbol(node: Any) -> str:
    """A character of a symbol font, unless it lies in the private area, where only the font says what it shows."""
    code = int(node.get(W + "char", "0"), 16)
    return chr(code) if 0x20 <= code < 0xE000 else " "


def _value(node: Any) -> str:
    return str(node.get(W + "val", "")) if node is not None else ""
