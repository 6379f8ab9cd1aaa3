"""RTF, read by striprtf."""

import re
from importlib import import_module
from typing import Any

from aistack.rag.parsing.document import ParsedDocument
from aistack.rag.parsing.formats.builder import DocumentBuilder, Limits, ParseError
from aistack.rag.parsing.formats.tables import tables_of

ASIDE = re.compile(r"\{(?:\\\*)?\\(?:footnote|header[lrf]?|footer[lrf]?|shptxt|annotation)(?![a-z])(?:-?\d+)? ?")
BRACE = re.compile(r"\\[\s\S]|[{}]")
CODE_PAGE = re.compile(rb"\\ansicpg(\d{3,5})")


def _with_notes(source: str) -> str:
    """The source with notes, headers and text boxes, which striprtf leaves out, moved to the end as paragraphs."""
    kept: list[str] = []
    moved: list[str] = []
    at = 0
    while (match := ASIDE.search(source, at)) is not None:
        end = _group_end(source, match.start())
        kept.append(source[at : match.start()] + "{}")
        inner = source[match.end() : end - 1]
        if inner not in moved:
            moved.append(inner)
        at = end
    if not moved:
        return source
    kept.append(source[at:])
    body = "".join(kept).rstrip()
    aside = "".join(f"\\par {{{inner}}}" for inner in moved)
    return f"{body.removesuffix('}')}{aside}\\par}}"


def _group_end(source: str, start: int) -> int:
    """Where the group that begins at `start` ends."""
    depth = 0
    for match in BRACE.finditer(source, start):
        if match.group() in ("{", "}"):
            depth += 1 if match.group() == "{" else -1
            if not depth:
                return match.end()
    return len(source)


def rtf(content: bytes, limits: Limits) -> ParsedDocument:
    """Paragraphs, and the rows of tables. Raises ParseError."""
    to_text: Any = import_module("striprtf.striprtf").rtf_to_text  # it has no types
    found = CODE_PAGE.search(content[:4096])
    encoding = f"cp{found[1].decode()}" if found else "cp1252"
    try:
        text = str(to_text(_with_notes(content.decode("latin-1")), encoding=encoding, errors="replace"))
    except (ValueError, LookupError, IndexError, RecursionError) as error:
        raise ParseError(f"the RTF file is damaged: {error}") from None
    builder = DocumentBuilder(limits)
    rows: list[list[str]] = []
    for line in [*text.split("\n"), ""]:
        cells = line.rstrip("|").split("|")
        if line.endswith("|") and len(cells) > 1:
            rows.append(cells)
            continue
        for table in tables_of(rows):
            for row in table.lines():
                builder.block(row)
        rows = []
        builder.block(line)
    return builder.document("", "application/rtf")
