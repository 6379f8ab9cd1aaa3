"""Files for the tests, made on the spot."""

from io import BytesIO
from pathlib import Path

MARKDOWN = """# Operating the lighthouse

The lamp is lit at dusk. Its lens was ground in Dresden.

## Maintenance

The lens is cleaned with distilled water every Tuesday.

| part | spare |
|---|---|
| lamp | two in the cellar |

## 中文说明

灯塔的镜片每周二用蒸馏水清洗。备用灯泡放在地下室。
"""


def pdf(pages: list[list[str]], password: str = "", title: str = "") -> bytes:
    """A PDF with lines of text on each page; Chinese lines use a CJK font."""
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfgen.canvas import Canvas

    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    out = BytesIO()
    canvas = Canvas(out, encrypt=StandardEncryption(password) if password else None)
    canvas.setTitle(title)
    for lines in pages:
        for number, line in enumerate(lines):
            canvas.setFont("Helvetica" if line.isascii() else "STSong-Light", 12)
            canvas.drawString(72, 760 - 20 * number, line)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def handbook() -> bytes:
    return pdf(
        [
            ["Harbour handbook", "Ships announce themselves on channel sixteen."],
            ["Mooring", "A mooring line is replaced after four hundred tides."],
            ["港口手册", "缆绳在四百次潮汐之后更换。"],
        ],
        title="Harbour handbook",
    )


def write(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path
