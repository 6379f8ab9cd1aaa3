"""From a file's bytes to text with structure. Runs in the parsing process, never in the service."""

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from aistack.rag.chunking import Block, ParsedDocument

FORMATS = "pdf, md, html, txt and other plain text (csv, json, source code)"
MARKDOWN = frozenset((".md", ".markdown", ".mdown"))
HTML = frozenset((".html", ".htm", ".xhtml"))
HTML_START = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html[\s>])", re.I | re.S)
BINARY_STARTS = {
    b"PK\x03\x04": "a zip archive or an Office file",
    b"\xd0\xcf\x11\xe0": "an old Office file",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"\x1f\x8b": "a gzip archive",
    b"\x7fELF": "a program",
    b"MZ": "a program",
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"SQLite format 3": "a SQLite database",
}
PARAGRAPH = re.compile(r"\S(?:.*\S)?(?:\n(?=[^\n]*\S)[^\n]*)*", re.M)
HEADING_TAGS = ("h1", "h2", "h3", "h4", "h5", "h6")
BLOCK_TAGS = frozenset(("p", "li", "td", "th", "pre", "blockquote", "dt", "dd", "figcaption", "caption", "summary"))
TITLE_CHARACTERS_MAX = 200


class CannotParse(Exception):
    """The file cannot be read; the message says why, for the person who uploaded it."""


@dataclass(frozen=True, slots=True)
class Limits:
    pages_max: int
    text_characters_max: int


def parse(path: Path, name: str, limits: Limits) -> ParsedDocument:
    """Text and structure of the file at `path`, uploaded as `name`. Raises CannotParse."""
    content = path.read_bytes()
    suffix = PurePosixPath(name.lower()).suffix
    if not content.strip(b"\0 \t\r\n\f"):
        raise CannotParse("the file is empty" if not content else "the file holds nothing but blanks")
    if b"%PDF-" in content[:1024]:
        document = _pdf(content, limits)
    elif suffix == ".pdf":
        raise CannotParse("the name ends in .pdf but the content is not a PDF")
    else:
        document = _textual(content, suffix)
    if len(document.text) > limits.text_characters_max:
        raise CannotParse(f"the text has {len(document.text)} characters; {limits.text_characters_max} are allowed")
    if not document.blocks:
        raise CannotParse("no text was found in the file")
    return document


def _textual(content: bytes, suffix: str) -> ParsedDocument:
    for start, kind in BINARY_STARTS.items():
        if content.startswith(start):
            raise CannotParse(f"the content is {kind}, which is not read; formats: {FORMATS}")
    if suffix in HTML or HTML_START.match(content[:4096]):
        return _html(content)
    text = decode(content).replace("\r\n", "\n").replace("\r", "\n")
    if suffix in MARKDOWN:
        return _markdown(text)
    return ParsedDocument(text, _first_line(text), "text/plain", list(_paragraphs(text, 0, len(text))))


def decode(content: bytes) -> str:
    """Text in the encoding that its bytes speak for: BOM, UTF-8, then a guess (GB18030, Big5, ...)."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            return _without_controls(content.decode(encoding, "replace"))
    try:
        return _without_controls(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data" and error.start > 0:
            return _without_controls(content[: error.start].decode("utf-8"))
    from charset_normalizer import from_bytes

    best = from_bytes(content[: 1 << 20], cp_exclusion=["cp037", "cp500", "cp1026"]).best()
    if best is None:
        raise CannotParse(f"the content is neither text nor a known format; formats: {FORMATS}")
    encoding = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs"}.get(best.encoding, best.encoding)
    return _without_controls(content.decode(encoding, "replace"))


def _without_controls(text: str) -> str:
    """The text; CannotParse when control characters say that it is none."""
    controls = sum(text.count(character) for character in ("\0", "\x01", "\x02", "\x03", "\ufffd"))
    if controls * 50 > len(text):
        raise CannotParse(f"the content is binary, not text; formats: {FORMATS}")
    return text.replace("\0", " ")


def _pdf(content: bytes, limits: Limits) -> ParsedDocument:
    import pypdfium2  # pyright: ignore[reportMissingTypeStubs] -- it has none

    try:
        pdf = pypdfium2.PdfDocument(content)
        count = len(pdf)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise CannotParse("the PDF is encrypted and needs a password; upload it without") from None
        raise CannotParse(f"the PDF is damaged or cut off: {error}") from None
    if count > limits.pages_max:
        raise CannotParse(f"the PDF has {count} pages; {limits.pages_max} are allowed")
    parts: list[str] = []
    blocks: list[Block] = []
    at = 0
    for number in range(count):
        try:
            page = pdf[number].get_textpage().get_text_range().replace("\r\n", "\n").replace("\0", "")
        except pypdfium2.PdfiumError:
            continue  # one damaged page does not lose the others
        page = page.replace("\ufffe", "").replace("\u0002", "")
        blocks += (
            Block(block.start + at, block.end + at, page=number + 1) for block in _paragraphs(page, 0, len(page))
        )
        parts.append(page + "\n\n")
        at += len(parts[-1])
        if at > limits.text_characters_max:
            raise CannotParse(f"the text has more than the {limits.text_characters_max} characters allowed")
    if not blocks:
        raise CannotParse("the PDF holds no text, only images of pages; it would need OCR")
    title = str(pdf.get_metadata_dict().get("Title") or "").strip()
    text = "".join(parts)
    return ParsedDocument(text, (title or _first_line(text))[:TITLE_CHARACTERS_MAX], "application/pdf", blocks, count)


def _markdown(text: str) -> ParsedDocument:
    """Blocks by CommonMark's own line map, so spans point into the source as it was written."""
    from markdown_it import MarkdownIt

    offsets = [0]
    for line in text.split("\n"):
        offsets.append(offsets[-1] + len(line) + 1)
    offsets = [min(offset, len(text)) for offset in offsets]
    path: list[tuple[int, str]] = []
    blocks: list[Block] = []
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    for index, token in enumerate(tokens):
        if token.map is None or token.level > 0 or token.nesting < 0:
            continue
        start, end = offsets[token.map[0]], offsets[token.map[1]]
        is_heading = token.type == "heading_open"
        if is_heading:
            depth = int(token.tag[1])
            path = [
                *((level, words) for level, words in path if level < depth),
                (depth, _plain(tokens[index + 1].content)),
            ]
        end = start + len(text[start:end].rstrip())
        if end > start:
            blocks.append(Block(start, end, tuple(words for _, words in path), None, is_heading))
    title = next((block.heading[-1] for block in blocks if block.is_heading), _first_line(text))
    return ParsedDocument(text, title[:TITLE_CHARACTERS_MAX], "text/markdown", blocks)


def _plain(inline: str) -> str:
    return re.sub(r"[*_`]|!?\[([^\]]*)\]\([^)]*\)", r"\1", inline).strip()


def _html(content: bytes) -> ParsedDocument:
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(decode(content))
    tree.strip_tags(["script", "style", "noscript", "template", "svg", "nav", "iframe"])
    found = tree.css_first("title")
    title = found.text(strip=True) if found else ""
    parts: list[str] = []
    blocks: list[Block] = []
    path: list[tuple[int, str]] = []
    at = 0
    for node in tree.css(",".join((*HEADING_TAGS, *sorted(BLOCK_TAGS)))):
        if any(inner.tag in BLOCK_TAGS for inner in node.css(",".join(sorted(BLOCK_TAGS))) if inner != node):
            continue
        words = re.sub(r"[ \t]*\n\s*|\s{2,}", " ", node.text(deep=True)).strip()
        if not words:
            continue
        is_heading = node.tag in HEADING_TAGS
        if is_heading:
            depth = int(str(node.tag)[1])
            path = [*((level, text) for level, text in path if level < depth), (depth, words)]
        blocks.append(Block(at, at + len(words), tuple(text for _, text in path), None, is_heading))
        parts.append(words + "\n\n")
        at += len(parts[-1])
    if not any(not block.is_heading for block in blocks):
        text = tree.body.text(separator="\n", strip=True) if tree.body else ""
        return ParsedDocument(text, (title or _first_line(text)), "text/html", list(_paragraphs(text, 0, len(text))))
    text = "".join(parts)
    return ParsedDocument(text, (title or _first_line(text))[:TITLE_CHARACTERS_MAX], "text/html", blocks)


def _paragraphs(text: str, start: int, end: int) -> list[Block]:
    """Blocks between blank lines."""
    return [Block(match.start(), match.end()) for match in PARAGRAPH.finditer(text, start, end)]


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.split("\n") if line.strip()), "")[:TITLE_CHARACTERS_MAX]
