"""The pieces of the hits that an answer can quote: sentences, code blocks with what introduces them, rows and records.

A row is given as `column: value; column: value`, whether it comes from a Markdown table or from a parser that writes
rows this way. A long row is cut down to its first column and the columns that the question is about.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, zip_longest

from aistack.language.analysis import index_terms
from aistack.rag.parsing.sentences import FENCE, sentences
from aistack.rag.wire import Hit

SENTENCE_CHARACTERS_MAX = 600
ROW_CHARACTERS_MAX = 300
CODE_CHARACTERS_MAX = 8_000
CAPTION_CHARACTERS_MAX = 60
INTRODUCTION_SENTENCES_MAX = 4
INTRODUCTION_CHARACTERS_MAX = 300
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
    kind: str  # sentence, code, row, or caption: a line that only names what follows


@dataclass(frozen=True, slots=True)
class Piece:
    """A span of a hit's text, and how it reads on its own."""

    start: int
    end: int
    text: str
    kind: str = "sentence"


def candidates(hits: Sequence[Hit], columns: Mapping[str, Sequence[str]] | None = None) -> list[Candidate]:
    """All pieces of the hits in order; of equal texts, the first.

    `columns` names the columns of tables that hits begin within, by the hits' chunks.
    """
    found: list[Candidate] = []
    seen: set[str] = set()
    for rank, hit in enumerate(hits):
        for position, piece in enumerate(_with_captions(list(_pieces(hit.text, (columns or {}).get(hit.chunk, ()))))):
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


def _pieces(text: str, columns: Sequence[str]) -> Iterator[Piece]:
    at = 0
    for fence in FENCE.finditer(text):
        before = list(_prose(text, at, fence.start(), columns))
        introduction = _introduction(text, before, fence.start())
        yield from before[: len(before) - len(introduction)]
        words = " ".join(one.text for one in introduction)
        whole = f"{words}\n\n{_code(fence.group())}" if words else _code(fence.group())
        yield Piece(introduction[0].start if introduction else fence.start(), fence.end(), whole, "code")
        at = fence.end()
    yield from _prose(text, at, len(text), columns)


def _with_captions(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces, with short lines without a full stop at the start or before rows as captions."""
    kinds = [one.kind for one in pieces]
    for at, one in enumerate(pieces):
        is_first = not at or kinds[at - 1] == "caption"
        if one.text.startswith("#") or (
            one.kind == "sentence"
            and at + 1 < len(pieces)
            and (is_first or kinds[at + 1] == "row")
            and _is_caption(one.text)
        ):
            kinds[at] = "caption"
    return [replace(one, kind=kind) for one, kind in zip(pieces, kinds, strict=True)]


def _is_caption(text: str) -> bool:
    return len(text) <= CAPTION_CHARACTERS_MAX and not re.search(r"[.。！？!?…；;][”’」』）)\"'】》]*$|[:：] *\S", text)


def _introduction(text: str, before: Sequence[Piece], end: int) -> list[Piece]:
    """The sentences right before a code block: of its paragraph, if that is short, otherwise the last one."""
    paragraph: list[Piece] = []
    for one in reversed(before):
        if one.kind != "sentence" or text.count("\n\n", one.end, end) > (not paragraph):
            break
        if paragraph and (BLANK.search(text, one.end, end) or len(paragraph) == INTRODUCTION_SENTENCES_MAX):
            break
        paragraph.insert(0, one)
        end = one.start
    is_short = sum(len(one.text) for one in paragraph) <= INTRODUCTION_CHARACTERS_MAX
    return paragraph if is_short else paragraph[-1:]


def _prose(text: str, start: int, end: int, columns: Sequence[str]) -> Iterator[Piece]:
    """The pieces of a text without code blocks: paragraph by paragraph."""
    at = start
    for gap in (*BLANK.finditer(text, start, end), None):
        stop = gap.start() if gap is not None else end
        yield from _paragraph(text, at, stop, columns if at == 0 else ())
        at = gap.end() if gap is not None else end


def _paragraph(text: str, start: int, end: int, columns: Sequence[str]) -> Iterator[Piece]:
    """The pieces of a paragraph: of tables in it the rows, of lines that stand alone the lines, else the sentences."""
    begun = start
    for is_table, run in groupby(_lines(text, start, end), key=lambda line: line[2].startswith("|")):
        lines = list(run)
        if is_table:
            yield from _markdown_rows(lines, columns if begun == start else ())
        elif all(RECORD.match(line) for _, _, line in lines) or _are_units([line for _, _, line in lines]):
            yield from (Piece(at, stop, _readable(line), "row") for at, stop, line in lines)
        else:
            first, last = lines[0][0], lines[-1][1]
            for at, stop in sentences(text[first:last]):
                piece = _readable(text[first + at : first + stop])
                if len(piece) > 1:
                    yield Piece(first + at, first + stop, _cut(piece))
        begun = lines[-1][1]


def _are_units(lines: Sequence[str]) -> bool:
    """Whether each line says something of its own: `key: value` pairs, or a log."""
    if len(lines) < 2:
        return False
    logged = sum(LOG_LINE.match(line.strip()) is not None for line in lines)
    paired = sum(PAIR.fullmatch(line.strip()) is not None for line in lines)
    return logged >= 0.6 * len(lines) or paired == len(lines)


def table_cells(line: str) -> list[str]:
    """The cells of a row of a Markdown table."""
    return [cell.strip().replace("\\|", "|") for cell in CELL.split(line.strip().strip("|"))]


def _markdown_rows(lines: Sequence[tuple[int, int, str]], columns: Sequence[str]) -> Iterator[Piece]:
    """The rows of a table. `columns` are their names if the table's first row is not among the lines."""
    is_whole = any(RULE.fullmatch(line) for _, _, line in lines)
    names = list(columns)
    for at, stop, line in lines:
        cells = table_cells(line)
        if is_whole and not names:
            names = cells
        elif not RULE.fullmatch(line):
            pairs = [
                f"{name}: {cell}" if name else cell for name, cell in zip_longest(names, cells, fillvalue="") if cell
            ]
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
