"""What a parser makes of a file: the text of a document and its blocks."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading, table or code block as the parser found it: a span of the document's text."""

    start: int
    end: int
    heading: tuple[str, ...] = ()
    page: int | None = None
    is_heading: bool = False


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """The text and its blocks, which are in order and do not overlap."""

    text: str
    title: str
    media_type: str
    blocks: Sequence[Block]
    pages: int | None = None
