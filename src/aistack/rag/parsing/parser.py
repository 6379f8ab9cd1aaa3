"""Detects a file's format from its content, or from its name where the content is ambiguous, and parses it."""

import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from aistack.rag.parsing.document import ParsedDocument
from aistack.rag.parsing.formats.archives import open_zip
from aistack.rag.parsing.formats.builder import Limits, ParseError
from aistack.rag.parsing.formats.containers.mail import ParsePart, epub, mail, mbox
from aistack.rag.parsing.formats.containers.zipped import zip_of_documents
from aistack.rag.parsing.formats.data.json_yaml import structured, yaml_records
from aistack.rag.parsing.formats.data.xml_records import xml_records
from aistack.rag.parsing.formats.encodings import codec_of, decode
from aistack.rag.parsing.formats.html import html
from aistack.rag.parsing.formats.images import image, is_image
from aistack.rag.parsing.formats.legacy.compound import CompoundFile
from aistack.rag.parsing.formats.legacy.doc import doc
from aistack.rag.parsing.formats.legacy.msg import msg
from aistack.rag.parsing.formats.legacy.ppt import ppt
from aistack.rag.parsing.formats.legacy.rtf import rtf
from aistack.rag.parsing.formats.markdown import markdown
from aistack.rag.parsing.formats.notebooks import notebook
from aistack.rag.parsing.formats.office.open_document import open_document
from aistack.rag.parsing.formats.office.sheets import spreadsheet
from aistack.rag.parsing.formats.office.slides import pptx
from aistack.rag.parsing.formats.office.word import docx
from aistack.rag.parsing.formats.pdf.document import pdf
from aistack.rag.parsing.formats.plain import SOURCES, TABLES, is_log, lines, paragraphs, source, table

FORMATS = (
    "pdf, docx, doc, pptx, ppt, xlsx, xls, xlsb, ods, odt, odp, rtf, html, md, txt, csv, json, yaml, xml, logs, ipynb, "
    "eml, msg, mbox, epub, zip of these, images with OCR, source code"
)
MARKDOWN = frozenset((".md", ".markdown", ".mdown"))
HTML = frozenset((".html", ".htm", ".xhtml"))
STRUCTURED = frozenset((".json", ".jsonl", ".ndjson"))
XML = frozenset((".xml", ".rss", ".atom", ".svg", ".opml", ".kml", ".gpx"))
YAML = frozenset((".yaml", ".yml"))
HTML_START = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html[\s>])", re.I | re.S)
MAIL_START = re.compile(rb"(?:[A-Za-z-]{2,40}:[^\n]*\n(?:[ \t][^\n]*\n)*){2,}\r?\n", re.S)
OLE = b"\xd0\xcf\x11\xe0"
BINARY_SIGNATURES = {
    b"\x1f\x8b": "a gzip archive",
    b"\x7fELF": "a program",
    b"MZ": "a program",
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"SQLite format 3": "a SQLite database",
    b"\xca\xfe\xba\xbe": "a program",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"ID3": "audio",
    b"OggS": "audio",
    b"\0asm": "a program",
}
OFFICE_PARTS = {
    re.compile(r"word/document\d*\.xml$"): docx,
    re.compile(r"ppt/presentation\d*\.xml$"): pptx,
    re.compile(r"xl/workbook\d*\.(?:xml|bin)$"): spreadsheet,
}
OLE_STREAMS = {
    "WordDocument": doc,
    "Workbook": spreadsheet,
    "Book": spreadsheet,
    "PowerPoint Document": ppt,
    "PP40": ppt,
}

DEPTH_MAX = 3  # of files inside files
Parser = Callable[[str, Limits], ParsedDocument]

Container = Callable[[bytes, Limits, ParsePart], ParsedDocument]


def parse(path: Path, name: str, limits: Limits, encoding: str = "", declared: str = "") -> ParsedDocument:
    """The text and structure of the file at `path`, uploaded as `name`. An `encoding` holds for text, HTML and XML.

    The encoding that a server `declared` for the file is used unless an `encoding` is given.

    Raises ParseError if the encoding is not known or wrong, the format is not supported, the file is damaged or empty,
    or a limit is exceeded.
    """
    document = parse_content(path.read_bytes(), name, limits, encoding=encoding, declared=declared)
    if len(document.text) > limits.text_characters_max:
        raise ParseError(
            f"the text has {len(document.text)} characters; at most {limits.text_characters_max} are allowed"
        )
    if not document.blocks:
        raise ParseError("no text was found in the file")
    return document


def parse_content(
    content: bytes, name: str, limits: Limits, depth: int = 0, encoding: str = "", declared: str = ""
) -> ParsedDocument:
    """Like `parse`, for bytes in memory. `depth` is above 0 for files inside files. Raises ParseError."""
    suffix = PurePosixPath(name.lower()).suffix
    codec_of(encoding)
    if not content.strip(b"\0 \t\r\n\f"):
        raise ParseError("the file is empty" if not content else "the file contains only whitespace")
    if b"%PDF-" in content[:1024]:
        return pdf(content, limits)
    if suffix == ".pdf":
        raise ParseError("the name ends in .pdf but the content is not a PDF")
    if content.startswith(b"PK"):
        return _archive(content, limits, depth, encoding)
    if content.startswith(OLE):
        return _ole(content, limits, depth)
    if is_image(content):
        return image(content, limits)
    for start, kind in BINARY_SIGNATURES.items():
        if content.startswith(start):
            raise ParseError(f"the content is {kind}, which is not supported; supported formats: {FORMATS}")
    if suffix == ".eml" or (suffix in ("", ".msg") and MAIL_START.match(content[:8192])):
        return _nested(mail, content, limits, depth, encoding)
    if suffix == ".mbox" or (not suffix and content.startswith(b"From ") and MAIL_START.search(content[:8192])):
        return _nested(mbox, content, limits, depth, encoding)
    if content.startswith(b"{\\rtf"):
        return rtf(content, limits)
    if suffix in HTML or HTML_START.match(content[:4096]):
        return html(content, limits, declared, encoding)
    if suffix in XML or content[:100].lstrip(b"\xef\xbb\xbf \r\n").startswith(b"<?xml"):
        return xml_records(content, limits, encoding, declared)
    text = decode(content, declared, encoding)
    return _text_parser(suffix, text)(text, limits)


def _nested(reader: Container, content: bytes, limits: Limits, depth: int, encoding: str = "") -> ParsedDocument:
    """What a file that contains others is. Raises ParseError if they are nested too deeply."""
    if depth >= DEPTH_MAX:
        raise ParseError(f"files inside files more than {DEPTH_MAX} deep are not read")

    def parse_part(data: bytes, name: str, part_limits: Limits) -> ParsedDocument:
        return parse_content(data, name, part_limits, depth + 1, encoding)

    return reader(content, limits, parse_part)


def _text_parser(suffix: str, text: str) -> Parser:
    if suffix in MARKDOWN:
        return markdown
    if suffix in TABLES:
        return table
    if suffix == ".ipynb":
        return notebook
    if suffix in STRUCTURED:
        return structured
    if suffix in YAML:
        return yaml_records
    if suffix in SOURCES:
        return source
    return lines if suffix == ".log" or is_log(text) else paragraphs


def _archive(content: bytes, limits: Limits, depth: int, encoding: str) -> ParsedDocument:
    archive = open_zip(content, "file")
    names = frozenset(archive.namelist())
    for pattern, parser in OFFICE_PARTS.items():
        if any(pattern.match(name) for name in names):
            return parser(content, limits)
    if "META-INF/container.xml" in names:
        return epub(content, limits)
    if "content.xml" in names:
        return open_document(content, limits)
    if depth:
        raise ParseError("a zip archive inside another file is not read")
    return _nested(zip_of_documents, content, limits, depth, encoding)


def _ole(content: bytes, limits: Limits, depth: int) -> ParsedDocument:
    """OLE files: Office files from before 2007, and current Office files that are encrypted."""
    if any(name.encode("utf-16-le") in content for name in ("EncryptedPackage", "EncryptedSummary")):
        raise ParseError("the Office file is encrypted; upload it without a password")
    file = CompoundFile(content, "file")
    for name, parser in OLE_STREAMS.items():
        if name in file:
            return parser(content, limits)
    if "__properties_version1.0" in file:
        return _nested(msg, content, limits, depth)
    raise ParseError(f"the content is a compound file of an unknown program; supported formats: {FORMATS}")
