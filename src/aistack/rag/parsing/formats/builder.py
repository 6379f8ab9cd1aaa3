"""What every parser works with: limits, the reason why not, and a text that grows block by block."""

from dataclasses import dataclass

from aistack.rag.parsing.chunking import Block, ParsedDocument

TITLE_CHARACTERS_MAX = 200


class CannotParse(Exception):
    """The file cannot be read; the message says why, for the person who uploaded it."""


@dataclass(frozen=True, slots=True)
class Limits:
    pages_max: int
    text_characters_max: int
    ocr_pages_max: int = 50


class Builder:
    """A document's text from the top. Headings hold until one of their level or above comes."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._parts: list[str] = []
        self._blocks: list[Block] = []
        self._path: list[tuple[int, str]] = []
        self._length = 0

    def heading(self, level: int, text: str, page: int | None = None) -> None:
        words = " ".join(text.split())
        if words:
            self._path = [*((above, held) for above, held in self._path if above < level), (level, words)]
            self._add(words, page, is_heading=True)

    def block(self, text: str, page: int | None = None) -> None:
        text = text.strip().replace("\0", "")
        if text:
            self._add(text, page)

    def include(self, other: ParsedDocument, level: int) -> None:
        """Another document's blocks, as if its headings stood under the present ones."""
        path = [(above, held) for above, held in self._path if above < level]
        for block in other.blocks:
            self._path = [*path, *((level + depth, words) for depth, words in enumerate(block.heading))]
            self._add(other.text[block.start : block.end], block.page, is_heading=block.is_heading)
        self._path = path

    def document(self, title: str, media_type: str, pages: int | None = None) -> ParsedDocument:
        text = "".join(self._parts)
        title = " ".join(title.split()) or first_line(text)
        return ParsedDocument(text, title[:TITLE_CHARACTERS_MAX], media_type, self._blocks, pages)

    def _add(self, text: str, page: int | None, *, is_heading: bool = False) -> None:
        heading = tuple(words for _, words in self._path)
        self._blocks.append(Block(self._length, self._length + len(text), heading, page, is_heading))
        self._parts.append(text + "\n\n")
        self._length += len(text) + 2
        if self._length > self._limits.text_characters_max:
            raise CannotParse(f"the text has more than the {self._limits.text_characters_max} characters allowed")


def first_line(text: str) -> str:
    return next((line.strip() for line in text.split("\n") if line.strip()), "")[:TITLE_CHARACTERS_MAX]
