"""Makes pdfium read the same text on every machine, whatever fonts are installed.

pdfium drops characters of fonts that are not embedded in the file if no installed font has them, which is the case for
Chinese, Japanese and Korean on most servers. `cjk_boxes.ttf` has one box, as wide as it is high, for every character up
to U+2FFFF (a cmap of format 13), so that each one has a place on the page.
"""

import ctypes
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

BUILT_IN_CHARSETS = frozenset((0, 1, 2))  # ANSI, default and symbol: pdfium has fonts of its own for them
HANDLE = 1


def raw() -> Any:
    """pdfium's own functions; they have no types."""
    return import_module("pypdfium2.raw")


@lru_cache(maxsize=1)
def install() -> tuple[Any, ...]:
    """Replaces the system's fonts for this process. Returns what must live as long as pdfium is in use."""
    pdfium = raw()
    font = (Path(__file__).parent / "cjk_boxes.ttf").read_bytes()
    tables = _tables(font)

    def font_data(_info: Any, _handle: Any, table: int, buffer: Any, size: int) -> int:
        data = tables.get(table, b"") if table else font
        if buffer and size >= len(data):
            ctypes.memmove(buffer, data, len(data))
        return len(data)

    def map_font(_info: Any, _weight: int, _italic: int, charset: int, *_rest: Any) -> int | None:
        return None if charset in BUILT_IN_CHARSETS else HANDLE

    def nothing(*_given: Any) -> int:
        return 0

    types: dict[str, Any] = dict(pdfium.FPDF_SYSFONTINFO._fields_)
    callbacks = {
        "MapFont": types["MapFont"](map_font),
        "GetFontData": types["GetFontData"](font_data),
        "GetFaceName": types["GetFaceName"](nothing),
        "GetFontCharset": types["GetFontCharset"](nothing),
        "DeleteFont": types["DeleteFont"](nothing),
    }
    info = pdfium.FPDF_SYSFONTINFO(version=1, **callbacks)
    pdfium.FPDF_SetSystemFontInfo(ctypes.byref(info))
    return info, callbacks


def _tables(font: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    for at in range(12, 12 + 16 * int.from_bytes(font[4:6], "big"), 16):
        tag, _, start, length = (int.from_bytes(font[at + part : at + part + 4], "big") for part in (0, 4, 8, 12))
        found[tag] = font[start : start + length]
    return found
