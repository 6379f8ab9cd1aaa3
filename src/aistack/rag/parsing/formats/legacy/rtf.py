"""RTF, read by striprtf."""

import re
from importlib import import_module
from typing import Any

from aistack.rag.parsing.document import ParsedDocument
from aistack.rag.parsing.formats.builder import DocumentBuilder, Limits, ParseError
from aistack.rag.parsing.formats.tables import tables_of

CODE_PAGE = re.compile(rb"\\ansicpg(\d{3,5})")


def rtf(content: bytes, limits: Limits) -> ParsedDocument:
    """Paragraphs, and the rows of tables. Raises ParseError."""
    to_text: Any = import_module("striprtf.striprtf").rtf_to_text  # it has no types
    found = CODE_PAGE.search(content[:4096])
    encoding = f"cp{found[1].decode()}" if found else "cp1252"
    try:
        text = str(to_text(content.decode("latin-1"), encoding=encoding, errors="replace"))
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
