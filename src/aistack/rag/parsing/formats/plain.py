"""Plain text in any encoding, CSV tables, JSON and source code."""

import csv
import io
import json
import re

from aistack.rag.parsing.document import Block, ParsedDocument
from aistack.rag.parsing.formats.builder import DocumentBuilder, Limits, ParseError, first_line
from aistack.rag.parsing.formats.tables import tables_of

PARAGRAPH = re.compile(r"\S(?:.*\S)?(?:\n(?=[^\n]*\S)[^\n]*)*", re.M)
DOUBLE_BYTES = re.compile(rb"[\x81-\xfe].", re.S)
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


def decode(content: bytes) -> str:
    """Decodes text by its BOM, as UTF-8 or UTF-16, or in a guessed encoding (GB18030, Big5, ...).

    Raises ParseError if the content is binary.
    """
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            return _without_controls(content.decode(encoding, "replace"))
    utf16 = _utf16_without_bom(content)
    if utf16:
        return _without_controls(content.decode(utf16, "replace"))
    try:
        return _without_controls(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data" and error.start > 0:
            return _without_controls(content[: error.start].decode("utf-8"))
    if _is_simplified_chinese(content[: 1 << 16]):
        return _without_controls(content.decode("gb18030", "replace"))
    from charset_normalizer import from_bytes

    best = from_bytes(content[: 1 << 20], cp_exclusion=["cp037", "cp500", "cp1026"]).best()
    if best is None:
        raise ParseError("the content is neither text nor a supported format")
    encoding = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs"}.get(best.encoding, best.encoding)
    return _without_controls(content.decode(encoding, "replace"))


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


def _utf16_without_bom(content: bytes) -> str:
    """`utf-16-le`, `utf-16-be` or nothing, by the positions of zero bytes."""
    head = content[:4096]
    if len(head) < 8 or len(content) % 2:
        return ""
    even, odd = head[::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if odd > half * 0.3 and even < half * 0.05:
        return "utf-16-le"
    return "utf-16-be" if even > half * 0.3 and odd < half * 0.05 else ""


def _is_simplified_chinese(content: bytes) -> bool:
    """GB 2312: most byte pairs are common characters. Sorted by pinyin, they extend past the Hangul range."""
    pairs = DOUBLE_BYTES.findall(content)
    if not pairs or any(pair[1] < 0xA1 for pair in pairs):
        return False
    common = sum(0xB0 <= pair[0] <= 0xD7 for pair in pairs)
    late = sum(0xC9 <= pair[0] <= 0xD7 for pair in pairs)
    return common >= 0.6 * len(pairs) and late >= 0.1 * common


def _without_controls(text: str) -> str:
    """The text with normalized line endings. Raises ParseError if control characters show that it is binary."""
    controls = sum(text.count(character) for character in ("\0", "\x01", "\x02", "\x03", "\ufffd"))
    if controls * 50 > len(text):
        raise ParseError("the content is binary, not text")
    return text.replace("\0", " ").replace("\r\n", "\n").replace("\r", "\n")
