"""HTML: what a reader of the page sees, without navigation, scripts and hidden parts. Tables are read by row."""

import re
from collections.abc import Iterator
from typing import Any

from aistack.rag.parsing.document import ParsedDocument
from aistack.rag.parsing.formats.builder import DocumentBuilder, Limits, ParseError
from aistack.rag.parsing.formats.encodings import decode, known_codec
from aistack.rag.parsing.formats.tables import COVERED, Row, Table, table_of

HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
BLOCK_NAMES = """
address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure footer
form header hgroup hr legend li main menu ol optgroup option p pre section select summary table tbody td tfoot th thead
tr ul textarea h1 h2 h3 h4 h5 h6
"""
BLOCKS = frozenset(BLOCK_NAMES.split())
SKIPPED = frozenset(("script", "style", "noscript", "template", "svg", "nav", "iframe", "head", "object"))
SKIPPED_ROLES = frozenset(("search", "dialog", "alertdialog", "menu", "menubar"))
CONTENT = frozenset(("main", "article", "section", "blockquote"))
COOKIES = re.compile(
    r"(?:cookie|gdpr|consent)s?[-_ ]?(?:banner|bar|notice|pop-?up|modal|dialog|overlay|message|law|consent|box|layer)"
    r"|onetrust-|didomi-|usercentrics|cookiebot|cookielaw|(?:^|\s)cc-(?:window|banner)",
    re.I,
)
VALUE_INPUTS = frozenset(("", "text", "search", "email", "tel", "url", "number", "date", "submit", "button"))
HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
DECLARED = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]+)", re.I)
SPACE = re.compile(r"[ \t\n\r\f]+")
NESTED = re.compile(r"<(/?)(?:div|span|ul|ol|dl|table|blockquote|section|article|center|fieldset|details)\b", re.I)
DEPTH_MAX = 10_000  # parsing takes time with the square of the depth
SPAN_MAX = 200
CELL_CHARACTERS_MAX = 2_000  # a table with longer cells arranges the page


def html(content: bytes, limits: Limits, declared: str = "", given: str = "") -> ParsedDocument:
    """Headings, paragraphs and table rows in order. `declared` is the encoding that came with the page.

    As in browsers, that outweighs the one that the page declares, and a byte order mark outweighs both.

    `given` is the encoding as the person who uploaded the file says. Raises ParseError if elements are nested too
    deeply.
    """
    from selectolax.lexbor import LexborHTMLParser

    text = decode(content, known_codec(declared) or _declared_in(content), given)
    if _depth(text) > DEPTH_MAX:
        raise ParseError(f"the page nests elements more than {DEPTH_MAX} deep")
    tree = LexborHTMLParser(text)
    node = tree.css_first("head title")
    title = node.text(strip=True) if node else ""
    has_main = tree.css_first("main, article, [role=main]") is not None
    document = _read(tree.body, limits, SKIPPED, has_main=has_main).document(title, "text/html")
    if not document.blocks:
        document = _read(tree.body, limits, SKIPPED - {"nav"}).document(title, "text/html")
    return document


def _declared_in(content: bytes) -> str:
    """The encoding that the page declares. It is not UTF-16, since the declaration was found in bytes."""
    found = DECLARED.search(content[:4096])
    codec = known_codec(found[1].decode("ascii", "replace")) if found else ""
    return "utf-8" if codec.startswith(("utf-16", "utf-32")) else codec


def _depth(text: str) -> int:
    """How deep elements that need an end tag are nested, at most."""
    depth = deepest = 0
    for match in NESTED.finditer(text):
        depth = max(0, depth - 1) if match[1] else depth + 1
        deepest = max(deepest, depth)
    return deepest


def _read(body: Any, limits: Limits, skipped: frozenset[str], *, has_main: bool = False) -> DocumentBuilder:
    builder = DocumentBuilder(limits)
    parts: list[str] = []
    inside: list[str] = []  # headings and preformatted parts that are open

    def end_block() -> None:
        text = "".join(parts)
        parts.clear()
        text = text.strip("\n") if "pre" in inside else "\n".join(filter(None, map(str.strip, text.split("\n"))))
        level = next((HEADINGS[tag] for tag in inside if tag in HEADINGS), 0)
        if level:
            builder.heading(level, text)
        else:
            builder.block(text)

    for node, entering in _walk(body, skipped, has_main=has_main):
        tag = str(node.tag)
        if tag == "-text" and entering:
            text = str(node.text_content or "")
            parts.append(text if "pre" in inside or "textarea" in inside else SPACE.sub(" ", text))
        elif tag == "table" and entering is None:
            end_block()
            for line in _table(node, skipped).lines():
                builder.block(line)
        elif tag == "br" and entering:
            parts.append("\n")
        elif tag == "input" and entering and str(node.attributes.get("type") or "").lower() in VALUE_INPUTS:
            parts.append(f" {node.attributes.get('value') or ''} ")
        elif tag in BLOCKS:
            end_block()
            if tag in HEADINGS or tag in ("pre", "textarea"):
                if entering:
                    inside.append(tag)
                elif tag in inside:
                    inside.remove(tag)
    end_block()
    return builder


def _walk(body: Any, skipped: frozenset[str], *, has_main: bool = False) -> Iterator[tuple[Any, bool | None]]:
    """Nodes with True where they begin and False where they end; None for a table of data, which is one step.

    Navigation by role is left out around the main part; inside it, it links what belongs to the text.
    """
    node, end = body, body.mem_id if body is not None else 0
    content = list[int]()  # the main parts that are open
    while node is not None:
        is_entered = not (_is_unseen(node, skipped) or (has_main and not content and _role(node) == "navigation"))
        if is_entered and has_main and (node.tag in CONTENT or _role(node) == "main"):
            content.append(node.mem_id)
        if is_entered and node.tag == "table" and _is_data(node):
            yield node, None
        elif is_entered:
            yield node, True
            if node.child is not None:
                node = node.child
                continue
            yield node, False
        if content and content[-1] == node.mem_id:
            content.pop()
        while node is not None and node.next is None:
            node = node.parent
            if node is None or node.mem_id == end:
                return
            if content and content[-1] == node.mem_id:
                content.pop()
            yield node, False
        node = node.next if node is not None and node.mem_id != end else None


def _is_unseen(node: Any, skipped: frozenset[str]) -> bool:
    if node.tag in ("-text", "body"):
        return False
    if node.tag in skipped or str(node.tag).startswith(("-", "!", "_")):
        return True
    given = node.attributes
    if not given:
        return False
    if "hidden" in given or HIDDEN_STYLE.search(given.get("style") or "") or _role(node) in SKIPPED_ROLES:
        return True
    return node.tag in ("div", "section", "aside", "form") and any(
        COOKIES.search(given.get(name) or "") for name in ("id", "class")
    )


def _role(node: Any) -> str:
    return "" if node.tag == "-text" else str(node.attributes.get("role") or "").lower()


def _is_data(table: Any) -> bool:
    """Whether a table has rows and columns of short cells. Others arrange the page and are read cell by cell."""
    if len(table.css("table")) > 1 or table.css_first("h1, h2, h3, h4, pre") is not None or not table.css("tr"):
        return False
    cells = table.css("td, th")
    if len(table.css("tr")) == len(cells):
        return False
    return all(len(str(cell.text())) <= CELL_CHARACTERS_MAX for cell in cells)


def _table(table: Any, skipped: frozenset[str]) -> Table:
    """The table with merged cells repeated downwards. Its header is what `th` and `thead` mark, else is found."""
    captions = [text for node in table.css("caption") if (text := _inline(node, skipped))]
    grid: list[Row] = []
    header = 0
    below: dict[int, tuple[int, str]] = {}  # by column: how many more rows a cell covers, and its text
    for number, row in enumerate(table.css("tr")):
        if _is_unseen(row, skipped):
            continue
        line: Row = []
        cells = [cell for cell in row.iter() if cell.tag in ("td", "th") and not _is_unseen(cell, skipped)]
        is_header = bool(cells) and (row.parent.tag == "thead" or all(cell.tag == "th" for cell in cells))
        for cell in cells:
            _carry(line, below)
            text, wide = _inline(cell, skipped), _span(cell, "colspan")
            if (rows := _span(cell, "rowspan")) > 1:
                below |= {len(line) + at: (rows - 1, text if at == 0 or is_header else "") for at in range(wide)}
            line += [text, *[text if is_header else COVERED] * (wide - 1)]
        _carry(line, below)
        if any(line):
            grid.append(line)
            header += is_header and header == len(grid) - 1 and number >= 0
    if 0 < header < len(grid):
        width = max(map(len, grid))
        names = [
            list(dict.fromkeys(row[at] for row in grid[:header] if at < len(row) and row[at])) for at in range(width)
        ]
        return Table(captions, [" ".join(name) for name in names], grid[header:])
    found = table_of(grid)
    return Table([*captions, *found.captions], found.names, found.rows)


def _carry(line: Row, below: dict[int, tuple[int, str]]) -> None:
    """Adds to a row the cells that reach down into it."""
    while len(line) in below:
        at = len(line)
        rows, text = below[at]
        if rows > 1:
            below[at] = (rows - 1, text)
        else:
            del below[at]
        line.append(text)


def _span(cell: Any, name: str) -> int:
    value = str(cell.attributes.get(name) or "")
    return max(1, min(int(value), SPAN_MAX)) if value.isdecimal() else 1


def _inline(cell: Any, skipped: frozenset[str]) -> str:
    parts: list[str] = []
    for node, entering in _walk(cell, skipped):
        if node.tag == "-text" and entering:
            parts.append(str(node.text_content or ""))
        elif node.tag == "input" and entering and str(node.attributes.get("type") or "").lower() in VALUE_INPUTS:
            parts.append(f" {node.attributes.get('value') or ''} ")
        elif node.tag in BLOCKS or node.tag == "br":
            parts.append(" ")
    return SPACE.sub(" ", "".join(parts)).strip()
