"""The pieces of the hits that an answer can quote: sentences, code blocks with what introduces them, rows and records.

A row is given as `column: value; column: value`, whether it comes from a Markdown table or from a parser that writes
rows this way. A long row is cut down to its first column and the columns that the question is about.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from aistack.language.analysis import index_terms
from aistack.rag.parsing.sentences import FENCE, sentences
from aistack.rag.wire import Hit

SENTENCE_CHARACTERS_MAX = 600
ROW_CHARACTERS_MAX = 300
CODE_CHARACTERS_MAX = 8_000
BLANK = re.compile(r"\n\s*\n")
CELL = re.compile(r"(?<!\\)\|")
RULE = re.compile(r"\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*")
RECORD = re.compile(r"[^;:\n]{1,80}(?::\s[^;\n]*|);(?:\s[^;:\n]{1,80}:\s)[^\n]*")
PAIR = re.compile(r"[\w\u0080-\uffff][^:：\n]{0,60}[:：=]\s*\S.*")
LOG_LINE = re.compile(r"[\[(]?(?:\d{4}-\d\d-\d\d|\d\d:\d\d:\d\d|\w{3} +\d+ \d\d:\d\d|\d{9,})")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A piece of a hit, as a span of its document. `rank` is the hit's rank and `position` the place in it, from 0."""

    hit: Hit
    rank: int
    position: int
    start: int
    end: int
    text: str
    terms: frozenset[str]
    kind: str  # sentence, code, row


@dataclass(frozen=True, slots=True)
class Piece:
    """A span of a hit's text, and how it reads on its own."""

    start: int
    end: int
    text: str
    kind: str = "sentence"


def candidates(hits: Sequence[Hit]) -> list[Candidate]:
    """All pieces of the hits in order; of equal texts, the first."""
    found: list[Candidate] = []
    seen: set[str] = set()
    for rank, hit in enumerate(hits):
        for position, piece in enumerate(_pieces(hit.text)):
            if piece.text in seen:
                continue
            seen.add(piece.text)
            terms = frozenset(index_terms(piece.text))
            start, end = hit.start + piece.start, hit.start + piece.end
            found.append(Candidate(hit, rank, position, start, end, piece.text, terms, piece.kind))
    return found


def shortened_row(text: str, terms: Iterable[str]) -> str:
    """A long row with its first column, and the columns whose name or value has terms of the question."""
    cells = text.split("; ")
    if len(text) <= ROW_CHARACTERS_MAX or len(cells) < 3:
        return text
    asked = set(terms)
    kept = [cell for at, cell in enumerate(cells) if at == 0 or asked & set(index_terms(cell))]
    return "; ".join(kept) if len(kept) > 1 else text[: ROW_CHARACTERS_MAX - 1].rstrip() + "…"


def _pieces(text: str) -> Iterator[Piece]:
    at = 0
    for fence in FENCE.finditer(text):
        before = list(_prose(text, at, fence.start()))
        if before and before[-1].kind == "sentence" and before[-1].text.endswith((":", "：")):
            introduction = before.pop()
            yield from before
            whole = f"{introduction.text}\n\n{_code(fence.group())}"
            yield Piece(introduction.start, fence.end(), whole, "code")
        else:
            yield from before
            yield Piece(fence.start(), fence.end(), _code(fence.group()), "code")
        at = fence.end()
    yield from _prose(text, at, len(text))


def _prose(text: str, start: int, end: int) -> Iterator[Piece]:
    """The pieces of a text without code blocks: paragraph by paragraph."""
    at = start
    for gap in (*BLANK.finditer(text, start, end), None):
        stop = gap.start() if gap is not None else end
        yield from _paragraph(text, at, stop)
        at = gap.end() if gap is not None else end


def _paragraph(text: str, start: int, end: int) -> Iterator[Piece]:
    paragraph = text[start:end]
    lines = [line for line in paragraph.splitlines() if line.strip()]
    if len(lines) > 2 and RULE.fullmatch(lines[1]) and "|" in lines[0]:
        yield from _markdown_rows(text, start, end)
    elif lines and (all(map(RECORD.match, lines)) or _are_units(lines)):
        for at, stop, line in _lines(text, start, end):
            yield Piece(at, stop, _readable(line), "row")
    else:
        for at, stop in sentences(paragraph):
            piece = _readable(paragraph[at:stop])
            if len(piece) > 1 and not piece.startswith("#"):
                yield Piece(start + at, start + stop, _cut(piece))


def _are_units(lines: Sequence[str]) -> bool:
    """Whether each line says something of its own: `key: value` pairs, or a log."""
    if len(lines) < 2:
        return False
    logged = sum(LOG_LINE.match(line.strip()) is not None for line in lines)
    paired = sum(PAIR.fullmatch(line.strip()) is not None for line in lines)
    return logged >= 0.6 * len(lines) or paired == len(lines)


def _markdown_rows(text: str, start: int, end: int) -> Iterator[Piece]:
    names: list[str] = []
    for at, stop, line in _lines(text, start, end):
        cells = [cell.strip().replace("\\|", "|") for cell in CELL.split(line.strip().strip("|"))]
        if not names:
            names = cells
        elif not RULE.fullmatch(line):
            pairs = [f"{name}: {cell}" if name else cell for name, cell in zip(names, cells, strict=False) if cell]
            if pairs:
                yield Piece(at, stop, "; ".join(pairs), "row")


def _lines(text: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    at = start
    for line in text[start:end].splitlines(keepends=True):
        left, stripped = len(line) - len(line.lstrip()), line.strip()
        if stripped:
            yield at + left, at + left + len(stripped), stripped
        at += len(line)


def _readable(text: str) -> str:
    """The text without line breaks and list markers."""
    text = re.sub(r"^\s*(?:[-*+>•]|\d+[.)])\s+", "", text)
    text = re.sub(r"(?<=[\u3040-\u9fff，、；])\s*\n\s*(?=[\u3040-\u9fff])", "", text)
    return re.sub(r"\s*\n\s*", " ", text).strip()


def _cut(text: str) -> str:
    return text if len(text) <= SENTENCE_CHARACTERS_MAX else text[: SENTENCE_CHARACTERS_MAX - 1].rstrip() + "…"


def _code(text: str) -> str:
    text = text.strip("\n")
    return text if len(text) <= CODE_CHARACTERS_MAX else text[: CODE_CHARACTERS_MAX - 1].rstrip() + "…"
