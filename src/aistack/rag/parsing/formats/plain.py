"""Plain text in any encoding, CSV tables, JSON and source code."""

import csv
import io
import json
import re

from aistack.rag.parsing.document import Block, ParsedDocument
from aistack.rag.parsing.formats.builder import DocumentBuilder, Limits, ParseError, first_line
from aistack.rag.parsing.formats.tables import tables_of

PARAGRAPH = re.compile(r"\S(?:.*\S)?(?:\n(?=[^\n]*\S)[^\n]*)*", re.M)
SNIFFED_CHARACTERS = 64 * 1024
FIELD_CHARACTERS_MAX = 1 << 20
TABLES = frozenset((".csv", ".tsv"))
LANGUAGES = "py js mjs ts tsx jsx java kt go rs c h cc cpp hpp cs rb php swift scala lua r sql sh pl"
SOURCES = frozenset(f".{suffix}" for suffix in LANGUAGES.split())
DEFINITION = re.compile(
    r"^(?:@\w|(?:export |default |pub |public |private |protected |static |abstract |final |async |unsafe )*"
    r"(?:def|class|func|function|fn|struct|enum|trait|impl|interface|type|module|namespace|object|create|CREATE)\b)",
)
SIGNATURE_CHARACTERS_MAX = 120


def paragraphs(text: str, limits: Limits) -> ParsedDocument:
    """One block per paragraph; paragraphs are separated by blank lines."""
    del limits
    return ParsedDocument(text, first_line(text), "text/plain", blocks_of(text, 0, len(text)))


def blocks_of(text: str, start: int, end: int) -> list[Block]:
    return [Block(match.start(), match.end()) for match in PARAGRAPH.finditer(text, start, end)]


def table(text: str, limits: Limits) -> ParsedDocument:
    """Each row becomes `column: value` pairs if the first row is a header. Raises ParseError."""
    csv.field_size_limit(FIELD_CHARACTERS_MAX)
    try:
        dialect: type[csv.Dialect] | csv.Dialect = csv.Sniffer().sniff(text[:SNIFFED_CHARACTERS], ",;\t|")
    except csv.Error:
        dialect = csv.excel
    builder = DocumentBuilder(limits)
    try:
        rows = list(csv.reader(io.StringIO(text), dialect))
    except csv.Error as error:
        raise ParseError(f"the CSV is malformed: {error}") from None
    for found in tables_of(rows):
        for line in found.lines():
            builder.block(line)
    return builder.document("", "text/csv")


def structured(text: str, limits: Limits) -> ParsedDocument:
    """JSON, pretty-printed if it is on one line. JSON Lines and invalid JSON stay as they are, one block per line."""
    try:
        value = json.loads(text)
    except RecursionError:
        raise ParseError("the JSON is nested too deeply") from None
    except ValueError:
        return ParsedDocument(text, first_line(text), "application/json", _lines(text))
    formatted = text if "\n" in text.strip() else json.dumps(value, ensure_ascii=False, indent=1)
    found = paragraphs(formatted, limits)
    return ParsedDocument(formatted, found.title, "application/json", found.blocks)


def _lines(text: str) -> list[Block]:
    return [Block(match.start(), match.end()) for match in re.finditer(r"[^\n]*\S[^\n]*", text)]


def source(text: str, limits: Limits) -> ParsedDocument:
    """One block per top-level definition, with its signature as the heading."""
    del limits
    starts = [0]
    at = 0
    for line in text.split("\n"):
        if DEFINITION.match(line) and text[starts[-1] : at].strip():
            starts.append(at)
        at += len(line) + 1
    blocks: list[Block] = []
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        stop = start + len(text[start:end].rstrip())
        first = next((line for line in text[start:stop].split("\n") if not line.startswith("@")), "")
        signature = first.strip().rstrip("{:").strip()[:SIGNATURE_CHARACTERS_MAX] if DEFINITION.match(first) else ""
        if stop > start:
            blocks.append(Block(start, stop, (signature,) if signature else ()))
    return ParsedDocument(text, first_line(text), "text/x-source", blocks)
