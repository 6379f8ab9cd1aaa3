"""PDF: text in reading order, page by page, with headings from the outline. Scanned pages are read by OCR."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aistack.rag.parsing.document import Block, ParsedDocument
from aistack.rag.parsing.formats import ocr, pdf_layout
from aistack.rag.parsing.formats.builder import TITLE_CHARACTERS_MAX, Limits, ParseError, first_line
from aistack.rag.parsing.formats.plain import blocks_of

SCANNED_CHARACTERS_MAX = 8  # a page with less text may be scanned
DOTS_PER_INCH = 200
PIXELS_MAX = 40_000_000
POINTS_PER_INCH = 72
OUTLINE_DEPTH_MAX = 4


def pdf(content: bytes, limits: Limits) -> ParsedDocument:
    """The pages as blocks. Raises ParseError if the file is damaged, encrypted, empty, or over a limit."""
    import pypdfium2  # pyright: ignore[reportMissingTypeStubs] -- it has none

    try:
        opened = pypdfium2.PdfDocument(content)
        count = len(opened)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise ParseError("the PDF is encrypted; upload it without a password") from None
        raise ParseError(f"the PDF is damaged or truncated: {error}") from None
    if count > limits.pages_max:
        raise ParseError(f"the PDF has {count} pages; at most {limits.pages_max} are allowed")
    headings = _headings(opened, count)
    parts: list[str] = []
    blocks: list[Block] = []
    at = scanned = 0
    for number in range(count):
        try:
            page = _text(opened[number].get_textpage())
            if len(page.strip()) < SCANNED_CHARACTERS_MAX and ocr.available() and scanned < limits.ocr_pages_max:
                scanned += 1
                page = _ocr_text(opened[number]) or page
        except pypdfium2.PdfiumError:
            continue  # the other pages may be intact
        blocks += (
            Block(block.start + at, block.end + at, headings[number], number + 1)
            for block in blocks_of(page, 0, len(page))
        )
        parts.append(page + "\n\n")
        at += len(parts[-1])
        if at > limits.text_characters_max:
            raise ParseError(f"the text has more than {limits.text_characters_max} characters")
    if not blocks:
        advice = "" if ocr.available() else "; install tesseract-ocr to read scanned pages"
        raise ParseError(f"the PDF has no text, only images of pages{advice}")
    title = str(opened.get_metadata_dict().get("Title") or "").strip()
    text = "".join(parts)
    return ParsedDocument(text, (title or first_line(text))[:TITLE_CHARACTERS_MAX], "application/pdf", blocks, count)


def _text(textpage: Any) -> str:
    parts = pdf_layout.parts_of(textpage)
    if parts is not None:
        return "\n\n".join(parts)
    text = str(textpage.get_text_range()).replace("\r\n", "\n").replace("\0", "")
    return text.replace("\ufffe", "").replace("\u0002", "")


def _headings(opened: Any, count: int) -> list[tuple[str, ...]]:
    """For each page its path of outline entries, outermost first."""
    starts: dict[int, list[tuple[int, str]]] = {}
    try:
        for entry in opened.get_toc(max_depth=OUTLINE_DEPTH_MAX):
            dest = entry.get_dest()
            page = dest.get_index() if dest is not None else None
            title = " ".join(str(entry.get_title() or "").split())
            if page is not None and title:
                starts.setdefault(page, []).append((int(entry.level), title))
    except Exception:  # a damaged outline is ignored, whatever the error
        return [()] * count
    path: list[tuple[int, str]] = []
    headings: list[tuple[str, ...]] = []
    for number in range(count):
        for level, title in starts.get(number, ()):
            path = [*(entry for entry in path if entry[0] < level), (level, title)]
        headings.append(tuple(title for _, title in path))
    return headings


def _ocr_text(page: Any) -> str:
    """The text of a scanned page."""
    width, height = page.get_size()
    scale = DOTS_PER_INCH / POINTS_PER_INCH
    if width * height * scale * scale > PIXELS_MAX:
        scale = (PIXELS_MAX / (width * height)) ** 0.5
    with TemporaryDirectory(prefix="aistack-ocr-") as folder:
        path = Path(folder) / "page.png"
        page.render(scale=scale, grayscale=True).to_pil().save(path)
        return ocr.read(path)
