"""Markdown."""

import re

from aistack.rag.parsing.document import Block, ParsedDocument
from aistack.rag.parsing.formats.builder import TITLE_CHARACTERS_MAX, Limits, first_line


def markdown(text: str, limits: Limits) -> ParsedDocument:
    """Blocks from CommonMark's line map, so that spans point into the Markdown source."""
    from markdown_it import MarkdownIt

    del limits
    offsets = [0]
    for line in text.split("\n"):
        offsets.append(offsets[-1] + len(line) + 1)
    offsets = [min(offset, len(text)) for offset in offsets]
    path: list[tuple[int, str]] = []
    blocks: list[Block] = []
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    for index, token in enumerate(tokens):
        if token.map is None or token.level > 0 or token.nesting < 0:
            continue
        start, end = offsets[token.map[0]], offsets[token.map[1]]
        is_heading = token.type == "heading_open"
        if is_heading:
            depth = int(token.tag[1])
            path = [
                *(entry for entry in path if entry[0] < depth),
                (depth, _plain(tokens[index + 1].content)),
            ]
        end = start + len(text[start:end].rstrip())
        if end > start:
            blocks.append(Block(start, end, tuple(heading for _, heading in path), None, is_heading))
    title = next((block.heading[-1] for block in blocks if block.is_heading), first_line(text))
    return ParsedDocument(text, title[:TITLE_CHARACTERS_MAX], "text/markdown", blocks)


def _plain(inline: str) -> str:
    return re.sub(r"[*_`]|!?\[([^\]]*)\]\([^)]*\)", r"\1", inline).strip()
