"""PDF: text in reading order, page by page, with headings from the outline. Scanned pages are read by OCR."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aistack.rag.parsing.document import ParsedDocument
from aistack.rag.parsing.formats import ocr
from aistack.rag.parsing.formats.builder import DocumentBuilder, Limits, ParseError
from aistack.rag.parsing.formats.pdf import fonts
from aistack.rag.parsing.formats.pdf.fields import fields_of
from aistack.rag.parsing.formats.pdf.layout import Layout
from aistack.rag.parsing.formats.pdf.page import lines_of

SCANNED_CHARACTERS_MAX = 8  # a page with less text may be scanned
DOTS_PER_INCH = 200
PIXELS_MAX = 40_000_000
POINTS_PER_INCH = 72
OUTLINE_DEPTH_MAX = 4
TITLE_LINES_MAX = 3  # lines that a heading of the outline may take on its page

Outline = dict[int, list[tuple[int, str]]]


def pdf(content: bytes, limits: Limits) -> ParsedDocument:
    """The pages as blocks. Raises ParseError if the file is damaged, encrypted, empty, or over a limit."""
    import pypdfium2  # pyright: ignore[reportMissingTypeStubs] -- it has none

    fonts.install()
    try:
        opened: Any = pypdfium2.PdfDocument(content)
        count = len(opened)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise ParseError("the PDF is encrypted; upload it without a password") from None
        raise ParseError(f"the PDF is damaged or truncated: {error}") from None
    if count > limits.pages_max:
        raise ParseError(f"the PDF has {count} pages; at most {limits.pages_max} are allowed")
    if opened.get_formtype():
        opened.init_forms()
    form = opened.formenv
    outline, builder, layout = _outline(opened), DocumentBuilder(limits), Layout()
    scanned = 0
    for number in range(count):
        try:
            page = opened[number]
            textpage = page.get_textpage()
            parts = list(layout.parts(lines_of(textpage), fields_of(page, form)))
            if sum(map(len, parts)) < SCANNED_CHARACTERS_MAX and ocr.available() and scanned < limits.ocr_pages_max:
                scanned += 1
                parts = _ocr_text(page).split("\n\n") or parts
            textpage.close()
            page.close()
        except pypdfium2.PdfiumError:
            continue  # the other pages may be intact
        _add(builder, parts, outline.get(number, []), number + 1)
    title = str(opened.get_metadata_dict().get("Title") or "").strip()
    document = builder.document(title, "application/pdf", count)
    if not document.blocks:
        advice = "" if ocr.available() else "; install tesseract-ocr to read scanned pages"
        raise ParseError(f"the PDF has no text, only images of pages{advice}")
    return document


def _add(builder: DocumentBuilder, parts: list[str], entries: list[tuple[int, str]], page: int) -> None:
    """Adds a page. Each entry of the outline applies from where its title stands, else from the top of the page."""
    pieces = list(_divided(parts, {_key(title) for _, title in entries if _key(title)}))
    standing = {_key(text) for text, is_title in pieces if is_title}
    for level, title in entries:
        if _key(title) not in standing:
            builder.section(level, title)
    levels = {_key(title): (level, title) for level, title in entries}
    for text, is_title in pieces:
        found = levels.pop(_key(text), None) if is_title else None
        if found:
            builder.section(*found)
            builder.title(text, page)
        else:
            builder.block(text, page)


def _divided(parts: list[str], keys: set[str]) -> Iterator[tuple[str, bool]]:
    """The parts, and with each whether it is a title of the outline. A part is divided where one stands in it."""
    for part in parts:
        lines = part.split("\n")
        at = start = 0
        while keys and at < len(lines):
            size = next(
                (n for n in range(1, TITLE_LINES_MAX + 1) if _key(" ".join(lines[at : at + n])) in keys),
                0,
            )
            if size:
                if at > start:
                    yield "\n".join(lines[start:at]), False
                yield "\n".join(lines[at : at + size]), True
                start = at + size
            at += size or 1
        if start < len(lines):
            yield "\n".join(lines[start:]), False


def _key(title: str) -> str:
    return "".join(title.split()).casefold()


def _outline(opened: Any) -> Outline:
    """The outline's entries by page, as (level, title), in order."""
    entries: Outline = {}
    try:
        for entry in opened.get_toc(max_depth=OUTLINE_DEPTH_MAX):
            dest = entry.get_dest()
            page = dest.get_index() if dest is not None else None
            title = " ".join(str(entry.get_title() or "").split())
            if page is not None and title:
                entries.setdefault(page, []).append((int(entry.level), title))
    except Exception:  # a damaged outline is ignored, whatever the error
        return {}
    return entries


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
