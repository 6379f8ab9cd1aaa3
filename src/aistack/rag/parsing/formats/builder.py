"""What every parser uses: its limits, the error for files that cannot be parsed, and a builder for documents."""

from dataclasses import dataclass

from aistack.rag.parsing.document import Block, ParsedDocument

TITLE_CHARACTERS_MAX = 200


class ParseError(Exception):
    """The file cannot be parsed. The message gives the reason to the person who uploaded it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Upper bounds for one document: pages, characters of text, and pages read by OCR."""

    pages_max: int
    text_characters_max: int
    ocr_pages_max: int = 50


class DocumentBuilder:
    """Builds a document from top to bottom. A heading applies until the next one of the same or a higher level."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._parts: list[str] = []
        self._blocks: list[Block] = []
        self._path: list[tuple[int, str]] = []
        self._length = 0

    def heading(self, level: int, text: str, page: int | None = None) -> None:
        """Adds a heading; `level` 1 is the highest. Blank headings are skipped."""
        title = " ".join(text.split())
        if title:
            self._path = [*(entry for entry in self._path if entry[0] < level), (level, title)]
            self._add(title, page, is_heading=True)

    def section(self, level: int, title: str) -> None:
        """Puts what follows under a heading whose text is not added: it stands elsewhere, or nowhere. "" ends one."""
        self._path = [entry for entry in self._path if entry[0] < level]
        if title:
            self._path.append((level, title))

    def title(self, text: str, page: int | None = None) -> None:
        """Adds the text of the heading that `section` began."""
        if text.strip():
            self._add(text.strip(), page, is_heading=True)

    def block(self, text: str, page: int | None = None) -> None:
        """Adds a paragraph, table row or similar. Blank ones are skipped. Raises ParseError at the size limit."""
        text = text.strip().replace("\0", "")
        if text:
            self._add(text, page)

    def include(self, other: ParsedDocument, level: int) -> None:
        """Adds the blocks of another document, with its headings nested below `level`."""
        path = [entry for entry in self._path if entry[0] < level]
        for block in other.blocks:
            self._path = [*path, *((level + depth, title) for depth, title in enumerate(block.heading))]
            self._add(other.text[block.start : block.end], block.page, is_heading=block.is_heading)
        self._path = path

    def document(self, title: str, media_type: str, pages: int | None = None) -> ParsedDocument:
        """The document so far. An empty `title` is replaced by the first line of the text."""
        text = "".join(self._parts)
        title = " ".join(title.split()) or first_line(text)
        return ParsedDocument(text, title[:TITLE_CHARACTERS_MAX], media_type, self._blocks, pages)

    def _add(self, text: str, page: int | None, *, is_heading: bool = False) -> None:
        heading = tuple(title for _, title in self._path)
        self._blocks.append(Block(self._length, self._length + len(text), heading, page, is_heading))
        self._parts.append(text + "\n\n")
        self._length += len(text) + 2
        if self._length > self._limits.text_characters_max:
            raise ParseError(f"the text has more than {self._limits.text_characters_max} characters")


def first_line(text: str) -> str:
    """The first line that is not blank, shortened to the length of a title."""
    return next((line.strip() for line in text.split("\n") if line.strip()), "")[:TITLE_CHARACTERS_MAX]
