"""Markdown and HTML."""

import re

from aistack.rag.parsing.document import Block, ParsedDocument
from aistack.rag.parsing.formats.builder import TITLE_CHARACTERS_MAX, DocumentBuilder, Limits, first_line
from aistack.rag.parsing.formats.plain import decode, paragraphs

HEADING_TAGS = ("h1", "h2", "h3", "h4", "h5", "h6")
BLOCK_TAGS = frozenset(("p", "li", "td", "th", "pre", "blockquote", "dt", "dd", "figcaption", "caption", "summary"))
SKIPPED = ["script", "style", "noscript", "template", "svg", "nav", "iframe"]


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


def html(content: bytes, limits: Limits) -> ParsedDocument:
    """Headings and blocks of an HTML page, without scripts, styles and navigation."""
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(decode(content))
    tree.strip_tags(SKIPPED)
    found = tree.css_first("title")
    title = found.text(strip=True) if found else ""
    builder, has_text = DocumentBuilder(limits), False
    for node in tree.css(",".join((*HEADING_TAGS, *sorted(BLOCK_TAGS)))):
        if any(inner.tag in BLOCK_TAGS for inner in node.css(",".join(sorted(BLOCK_TAGS))) if inner != node):
            continue
        text = re.sub(r"[ \t]*\n\s*|\s{2,}", " ", node.text(deep=True)).strip()
        if node.tag in HEADING_TAGS:
            builder.heading(int(str(node.tag)[1]), text)
        elif text:
            builder.block(text)
            has_text = True
    if has_text:
        return builder.document(title, "text/html")
    whole = paragraphs(tree.body.text(separator="\n", strip=True) if tree.body else "", limits)
    return ParsedDocument(whole.text, title or whole.title, "text/html", whole.blocks)
