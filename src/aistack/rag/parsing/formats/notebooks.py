"""Jupyter notebooks (nbformat 4 and 3), cell by cell."""

import json
from collections.abc import Iterator
from typing import Any

from aistack.rag.parsing.document import ParsedDocument
from aistack.rag.parsing.formats.builder import DocumentBuilder, Limits, ParseError
from aistack.rag.parsing.formats.html import html
from aistack.rag.parsing.formats.markdown import markdown

OUTPUT_CHARACTERS_MAX = 20_000  # of one output; longer ones are cut


def notebook(text: str, limits: Limits) -> ParsedDocument:
    """Markdown with its headings, code, and what it printed. Raises ParseError if it is not a notebook."""
    try:
        found: Any = json.loads(text)
        cells: Any = (
            found["cells"] if "cells" in found else [one for page in found["worksheets"] for one in page["cells"]]
        )
        builder = DocumentBuilder(limits)
        for cell in cells:
            _cell(builder, cell, limits)
    except RecursionError:
        raise ParseError("the notebook is nested too deeply") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ParseError(f"the notebook is damaged: {type(error).__name__}: {error}"[:300]) from None
    return builder.document("", "application/x-ipynb+json")


def _cell(builder: DocumentBuilder, cell: dict[str, Any], limits: Limits) -> None:
    content = _joined(cell.get("source", cell.get("input", "")))
    match cell.get("cell_type"):
        case "markdown":
            for block in (found := markdown(content, limits)).blocks:
                text = found.text[block.start : block.end]
                if block.is_heading:
                    builder.heading(len(block.heading), block.heading[-1])
                else:
                    builder.block(text)
        case "heading":
            builder.heading(int(cell.get("level", 1)), content)
        case _:
            builder.block(content)
            for output in cell.get("outputs") or ():
                for text in _output(output, limits):
                    builder.block(text[:OUTPUT_CHARACTERS_MAX])


def _output(output: dict[str, Any], limits: Limits) -> Iterator[str]:
    """The text of an output: tables as rows where it has them, else what was printed."""
    data: dict[str, Any] = output.get("data") or {}
    if "text/html" in data and "<table" in (page := _joined(data["text/html"])):
        found = html(page.encode(), limits)
        yield from (found.text[block.start : block.end] for block in found.blocks)
    elif plain := _joined(data.get("text/plain") or output.get("text") or ""):
        yield plain
    elif output.get("ename"):
        yield f"{output['ename']}: {output.get('evalue', '')}"


def _joined(lines: Any) -> str:
    return lines if isinstance(lines, str) else "".join(map(str, lines))
