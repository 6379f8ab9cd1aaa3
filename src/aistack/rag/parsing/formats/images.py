"""Images: their text, read by OCR."""

import io
from pathlib import Path
from tempfile import TemporaryDirectory

from aistack.rag.parsing.document import ParsedDocument
from aistack.rag.parsing.formats import ocr
from aistack.rag.parsing.formats.builder import Limits, ParseError
from aistack.rag.parsing.formats.plain import paragraphs

PIXELS_MAX = 60_000_000
SIGNATURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*")


def is_image(content: bytes) -> bool:
    return content.startswith(SIGNATURES) or (content[:4] == b"RIFF" and content[8:12] == b"WEBP")


def image(content: bytes, limits: Limits) -> ParsedDocument:
    """The text in an image. Raises ParseError if there is none, or tesseract is not installed."""
    from PIL import Image, UnidentifiedImageError

    if not ocr.available():
        raise ParseError("the file is an image; install tesseract-ocr to read text in images")
    try:
        opened = Image.open(io.BytesIO(content))
        if opened.width * opened.height > PIXELS_MAX:
            raise ParseError(f"the image has {opened.width} x {opened.height} pixels; at most {PIXELS_MAX} are allowed")
        grey = opened.convert("L")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ParseError(f"the image is damaged or truncated: {error}") from None
    with TemporaryDirectory(prefix="aistack-ocr-") as folder:
        path = Path(folder) / "image.png"
        grey.save(path)
        text = ocr.read(path)
    if not text:
        raise ParseError("no text was found in the image")
    found = paragraphs(text, limits)
    return ParsedDocument(text, found.title, f"image/{(opened.format or 'unknown').lower()}", found.blocks)
