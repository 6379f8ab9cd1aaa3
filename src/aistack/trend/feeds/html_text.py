"""The words of a piece of HTML."""

from typing import Any

from selectolax.lexbor import LexborHTMLParser

from aistack.trend.feeds.items import clean_text

HIDDEN = "script, style, noscript, template, iframe, svg, [hidden]"
BLOCKS = (
    "p, div, br, li, tr, h1, h2, h3, h4, h5, h6, blockquote, pre, section, article, header, footer, table, ul, ol, dd, "
    "dt"
)


def text_of(html: str) -> str:
    """The text that a reader sees, with a line for each block."""
    if "<" not in html and "&" not in html:
        return clean_text(html)
    tree = LexborHTMLParser(html)
    return node_text(tree.body) if tree.body is not None else ""


def node_text(node: Any) -> str:
    """As `text_of`, for a node. It changes the node."""
    for hidden in node.css(HIDDEN):
        hidden.decompose()
    for block in node.css(BLOCKS):
        block.insert_before("\n")
        block.insert_after("\n")
    return clean_text(str(node.text(deep=True)))
