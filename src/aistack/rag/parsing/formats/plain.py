"""Plain text, logs, CSV tables and source code."""

import csv
import io
import re

from aistack.rag.parsing.document import Block, ParsedDocument
from aistack.rag.parsing.formats.builder import DocumentBuilder, Limits, ParseError, first_line
from aistack.rag.parsing.formats.tables import tables_of

PARAGRAPH = re.compile(r"\S(?:.*\S)?(?:\n(?=[^\n]*\S)[^\n]*)*", re.M)
LOG_START = re.compile(
    r"[\[(<]?(?:\d{4}[-/.]\d\d?[-/.]\d\d?|\d\d?[-/ ]\w{3}[-/ ]\d{2,4}|\w{3} {1,2}\d{1,2} \d\d:|\d\d:\d\d:|\d{10})"
)
LOG_LINE = re.compile(r"\S[^\n]*(?:\n[ \t]+\S[^\n]*)*")
SNIFFED_CHARACTERS = 64 * 1024
FIELD_CHARACTERS_MAX = 1 << 20
COLUMNS_MAX = 20_000
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


def lines(text: str, limits: Limits) -> ParsedDocument:
    """One block per line, as in logs. A line that begins with a space goes on with the one before it."""
    del limits
    return ParsedDocument(
        text, first_line(text), "text/plain", [Block(*match.span()) for match in LOG_LINE.finditer(text)]
    )


def is_log(text: str) -> bool:
    """Whether most lines begin with a time."""
    sample = [line for line in text[:SNIFFED_CHARACTERS].split("\n") if line.strip() and not line[:1].isspace()]
    return len(sample) > 2 and sum(bool(LOG_START.match(line)) for line in sample) > 0.6 * len(sample)


def blocks_of(text: str, start: int, end: int) -> list[Block]:
    return [Block(match.start(), match.end()) for match in PARAGRAPH.finditer(text, start, end)]


def table(text: str, limits: Limits) -> ParsedDocument:
    """Each row becomes `column: value` pairs if the first row is a header. Raises ParseError."""
    csv.field_size_limit(FIELD_CHARACTERS_MAX)
    dialect = _dialect(text[:SNIFFED_CHARACTERS])
    builder = DocumentBuilder(limits)
    try:
        rows = list(csv.reader(io.StringIO(text), dialect))
        if (widest := max(map(len, rows), default=0)) > COLUMNS_MAX:
            raise ParseError(f"a line of the table has {widest} cells; at most {COLUMNS_MAX} are allowed")
    except csv.Error as error:
        raise ParseError(f"the CSV is malformed: {error}") from None
    for found in tables_of(rows):
        for line in found.lines():
            builder.block(line)
    return builder.document("", "text/csv")


def _dialect(sample: str) -> type[csv.Dialect]:
    """Commas unless another delimiter gives more rows of the same number of cells."""

    class Found(csv.excel):
        pass

    best = (0, 0)
    for delimiter in ",;\t|":
        widths = [len(row) for row in csv.reader(io.StringIO(sample), delimiter=delimiter) if len(row) > 1]
        usual = max(set(widths), key=widths.count, default=0)
        if (widths.count(usual), usual) > best:
            best = widths.count(usual), usual
            Found.delimiter = delimiter
    return Found


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
