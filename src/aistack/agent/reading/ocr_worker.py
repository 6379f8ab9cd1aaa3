"""The process that reads text in images and in scanned pages of PDF files, with PP-OCRv4 (Chinese and English)."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from aistack.chassis.runtime.worker_serving import serve

PAGE_DPI, POINTS_PER_INCH = 200, 72
SIDE_PIXELS_MAX = 4_000
THREADS = 2
SAME_LINE_SHARE = 0.5  # of the height, that boxes of one line overlap by


def read(request: dict[str, Any]) -> dict[str, Any]:
    """`text`, `pages` of the file and `pages_read`; or `error`."""
    try:
        if request["media_type"] == "application/pdf":
            return _read_pdf(Path(request["path"]), int(request["pages_max"]))
        from PIL import Image

        with Image.open(request["path"]) as image:
            return {"text": _text_of(image.convert("RGB")), "pages": 1, "pages_read": 1}
    except MemoryError:
        return {"error": "OCR needs more memory than AGENT_MEDIA_MEMORY_MIB allows"}
    except Exception as error:
        return {"error": f"OCR failed ({type(error).__name__}: {error})"[:500]}


def _read_pdf(path: Path, pages_max: int) -> dict[str, Any]:
    from pypdfium2 import PdfDocument  # pyright: ignore[reportMissingTypeStubs]

    document: Any = PdfDocument(path)
    texts: list[str] = []
    for at in range(min(len(document), pages_max)):
        page = document[at]
        scale = min(PAGE_DPI / POINTS_PER_INCH, SIDE_PIXELS_MAX / max(*page.get_size(), 1))
        texts.append(_text_of(page.render(scale=scale).to_pil().convert("RGB")))
    return {"text": "\n\n".join(texts).strip(), "pages": len(document), "pages_read": len(texts)}


def _text_of(image: Any) -> str:
    """The lines of an RGB image, from top to bottom."""
    import numpy as np

    image.thumbnail((SIDE_PIXELS_MAX, SIDE_PIXELS_MAX))
    pixels: Any = np.asarray(image)[:, :, ::-1].copy()
    engine: Any = _engine()
    found: Any = engine(pixels)[0]
    boxes: list[Box] = [(_span(one[0], 1), _span(one[0], 0), str(one[1])) for one in found or ()]
    return "\n".join(" ".join(text for _, _, text in line) for line in _lines(boxes))


Box = tuple[tuple[float, float], tuple[float, float], str]  # vertical span, horizontal span, text


def _lines(boxes: Sequence[Box]) -> Iterator[list[Box]]:
    """Boxes side by side, as one line, from left to right."""
    line: list[Box] = []
    for box in sorted(boxes, key=lambda one: sum(one[0])):
        if line:
            (top, bottom), (upper, lower) = line[-1][0], box[0]
            if min(bottom, lower) - max(top, upper) < SAME_LINE_SHARE * min(bottom - top, lower - upper):
                yield sorted(line, key=lambda one: one[1])
                line = []
        line.append(box)
    if line:
        yield sorted(line, key=lambda one: one[1])


def _span(corners: Sequence[Sequence[float]], axis: int) -> tuple[float, float]:
    values = [float(one[axis]) for one in corners]
    return min(values), max(values)


@lru_cache(maxsize=1)
def _engine() -> Any:
    from rapidocr_onnxruntime import RapidOCR  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]

    return RapidOCR(intra_op_num_threads=THREADS, inter_op_num_threads=1)  # pyright: ignore[reportUnknownVariableType]


if __name__ == "__main__":
    serve(read)
