"""Which parser a file gets: by what its bytes say first, by its name where they leave it open."""

import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from aistack.rag.parsing.chunking import ParsedDocument
from aistack.rag.parsing.formats.archives import open_zip
from aistack.rag.parsing.formats.builder import CannotParse, Limits
from aistack.rag.parsing.formats.images import image, is_image
from aistack.rag.parsing.formats.mail import epub, mail
from aistack.rag.parsing.formats.markup import html, markdown
from aistack.rag.parsing.formats.office import docx, pptx, spreadsheet
from aistack.rag.parsing.formats.pdf import pdf
from aistack.rag.parsing.formats.plain import SOURCES, TABLES, decode, paragraphs, source, structured, table

FORMATS = "pdf, docx, pptx, xlsx, xls, ods, html, md, txt, csv, json, eml, epub, images with OCR, source code"
MARKDOWN = frozenset((".md", ".markdown", ".mdown"))
HTML = frozenset((".html", ".htm", ".xhtml"))
STRUCTURED = frozenset((".json", ".jsonl", ".ndjson"))
SPREADSHEETS = frozenset((".xls", ".ods", ".xlsb", ".xlsx", ".xlsm"))
HTML_START = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html[\s>])", re.I | re.S)
MAIL_START = re.compile(rb"(?:[A-Za-z-]{2,40}:[^\n]*\n(?:[ \t][^\n]*\n)*){2,}\r?\n", re.S)
OLE = b"\xd0\xcf\x11\xe0"
BINARY_STARTS = {
    b"\x1f\x8b": "a gzip archive",
    b"\x7fELF": "a program",
    b"MZ": "a program",
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"SQLite format 3": "a SQLite database",
    b"\xca\xfe\xba\xbe": "a program",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"ID3": "sound",
    b"OggS": "sound",
    b"\0asm": "a program",
}
PARTS = {"word/document.xml": docx, "ppt/presentation.xml": pptx, "xl/workbook.xml": spreadsheet,
         "xl/workbook.bin": spreadsheet}  # fmt: skip

Parser = Callable[[str, Limits], ParsedDocument]


def parse(path: Path, name: str, limits: Limits) -> ParsedDocument:
    """Text and structure of the file at `path`, uploaded as `name`. Raises CannotParse."""
    document = parse_content(path.read_bytes(), name, limits)
    if len(document.text) > limits.text_characters_max:
        raise CannotParse(f"the text has {len(document.text)} characters; {limits.text_characters_max} are allowed")
    if not document.blocks:
        raise CannotParse("no text was found in the file")
    return document


def parse_content(content: bytes, name: str, limits: Limits, depth: int = 0) -> ParsedDocument:
    """The same of bytes, which may be a part of a mail."""
    suffix = PurePosixPath(name.lower()).suffix
    if not content.strip(b"\0 \t\r\n\f"):
        raise CannotParse("the file is empty" if not content else "the file holds nothing but blanks")
    if b"%PDF-" in content[:1024]:
        return pdf(content, limits)
    if suffix == ".pdf":
        raise CannotParse("the name ends in .pdf but the content is not a PDF")
    if content.startswith(b"PK"):
        return _archive(content, limits)
    if content.startswith(OLE):
        return _ole(content, suffix, limits)
    if is_image(content):
        return image(content, limits)
    for start, kind in BINARY_STARTS.items():
        if content.startswith(start):
            raise CannotParse(f"the content is {kind}, which is not read; formats: {FORMATS}")
    if suffix == ".eml" or (suffix in ("", ".msg") and MAIL_START.match(content[:8192])):
        if depth:
            raise CannotParse("a mail within a mail is not read")
        return mail(content, limits, lambda part, inner, held: parse_content(part, inner, held, depth + 1))
    if suffix in HTML or HTML_START.match(content[:4096]):
        return html(content, limits)
    return _text_parser(suffix)(decode(content), limits)


def _text_parser(suffix: str) -> Parser:
    if suffix in MARKDOWN:
        return markdown
    if suffix in TABLES:
        return table
    if suffix in STRUCTURED:
        return structured
    return source if suffix in SOURCES else paragraphs


def _archive(content: bytes, limits: Limits) -> ParsedDocument:
    archive = open_zip(content, "file")
    names = frozenset(archive.namelist())
    for part, parser in PARTS.items():
        if part in names:
            return parser(content, limits)
    if "META-INF/container.xml" in names:
        return epub(content, limits)
    if "content.xml" in names and "mimetype" in names:
        return spreadsheet(content, limits)
    raise CannotParse(f"the content is a zip archive, which is not read; formats: {FORMATS}")


def _ole(content: bytes, suffix: str, limits: Limits) -> ParsedDocument:
    """Office files from before 2007, and encrypted ones of today, are both of this kind."""
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise CannotParse("the Office file is encrypted; upload it without a password")
    if suffix in SPREADSHEETS:
        return spreadsheet(content, limits)
    raise CannotParse("the content is an old Office file; save it as docx, pptx or xlsx and upload that")
