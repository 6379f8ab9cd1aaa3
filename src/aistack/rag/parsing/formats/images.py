"""Pictures: what is written in them."""

import io
from pathlib import Path
from tempfile import TemporaryDirectory

from aistack.rag.parsing.chunking import ParsedDocument
from aistack.rag.parsing.formats import ocr
from aistack.rag.parsing.formats.builder import CannotParse, Limits
from aistack.rag.parsing.formats.plain import paragraphs

PIXELS_MAX = 60_000_000
STARTS = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*")


def is_image(content: bytes) -> bool:
    return content.startswith(STARTS) or (content[:4] == b"RIFF" and content[8:12] == b"WEBP")


def image(content: bytes, limits: Limits) -> ParsedDocument:
    from PIL import Image, UnidentifiedImageError

    if not ocr.available():
        raise CannotParse("the file is a picture; install tesseract-ocr to have what is written in it read")
    try:
        opened = Image.open(io.BytesIO(content))
        if opened.width * opened.height > PIXELS_MAX:
            raise CannotParse(f"the picture has {opened.width} x {opened.height} pixels; {PIXELS_MAX} are allowed")
        grey = opened.convert("L")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise CannotParse(f"the picture is damaged or cut off: {error}") from None
    with TemporaryDirectory(prefix="aistack-ocr-") as folder:
        path = Path(folder) / "picture.png"
        grey.save(path)
        text = ocr.read(path)
    if not text:
        raise CannotParse("nothing is written in the picture")
    found = paragraphs(text, limits)
    return ParsedDocument(text, found.title, f"image/{(opened.format or 'unknown').lower()}", found.blocks)
