"""Documents in every format, made when they are needed."""

import zipfile
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


def columns_pdf() -> bytes:
    """A title across the page, two columns drawn line by line across them, a table, a line at the foot."""
    from reportlab.pdfgen.canvas import Canvas

    out = BytesIO()
    canvas = Canvas(out)
    canvas.setFont("Helvetica", 11)
    canvas.drawString(72, 780, "The keeper's yearbook of the northern lights, in two parts side by side")
    for number in range(8):
        canvas.drawString(72, 740 - 14 * number, f"on the left, line {number} tells of lamps")
        canvas.drawString(320, 740 - 14 * number, f"on the right, line {number} tells of fog")
    rows = [("Lamp", "Hours", "Oil"), ("Skerry", "4100", "pale rape"), ("", "", "oil"), ("Bell Rock", "3900", "colza")]
    for number, row in enumerate(rows):
        for at, cell in zip((72, 220, 400), row, strict=True):
            canvas.drawString(at, 560 - 14 * number, cell)
    canvas.drawString(72, 460, "All hours are counted from the first of January, by the log of the station.")
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


def docx() -> bytes:
    import docx as word

    document = word.Document()
    document.core_properties.title = "Lighthouse rules"
    document.add_heading("Watch", 1)
    document.add_paragraph("The watch changes every four hours.")
    document.add_heading("夜班", 2)
    document.add_paragraph("夜班由两个人负责。")
    table = document.add_table(rows=2, cols=2)
    for at, text in enumerate(("part", "spare", "lamp", "two in the cellar")):
        table.cell(at // 2, at % 2).text = text
    return _saved(document)


def pptx() -> bytes:
    import pptx as slides

    show = slides.Presentation()
    for title, text in (("Signals", "Three short flashes mean fog."), ("信号", "长闪一次表示安全。")):
        slide = show.slides.add_slide(show.slide_layouts[1])
        slide.shapes.title.text, slide.placeholders[1].text = title, text
    show.slides[0].notes_slide.notes_text_frame.text = "Say this slowly."
    return _saved(show)


def xlsx(rows: list[list[object]] | None = None) -> bytes:
    import xlsxwriter

    out = BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet("Tides")
        default: list[list[object]] = [["port", "height"], ["Dover", 6.7], ["青岛", 4]]
        for number, row in enumerate(default if rows is None else rows):
            for at, value in enumerate(row):
                sheet.write(number, at, value)
    return out.getvalue()


def epub() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr("META-INF/container.xml", '<container><rootfile full-path="O/b.opf"/></container>')
        items = "".join(f'<item id="c{n}" href="c{n}.xhtml" media-type="application/xhtml+xml"/>' for n in (1, 2))
        archive.writestr(
            "O/b.opf",
            '<package xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>The Keeper</dc:title></metadata>'
            f'<manifest>{items}</manifest><spine><itemref idref="c2"/><itemref idref="c1"/></spine></package>',
        )
        for number, text in ((1, "The lamp went out."), (2, "It was a dark night.")):
            archive.writestr(f"O/c{number}.xhtml", f"<html><body><h1>Part {number}</h1><p>{text}</p></body></html>")
    return out.getvalue()


def mail() -> bytes:
    from email.message import EmailMessage

    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = "Fog on Tuesday", "keeper@example.org", "harbour@example.org"
    message.set_content("The fog horn sounds twice a minute.\n")
    message.add_attachment(docx(), maintype="application", subtype="octet-stream", filename="rules.docx")
    message.add_attachment(b"\x7fELF", maintype="application", subtype="octet-stream", filename="tool")
    return message.as_bytes()


def picture(text: str) -> bytes:
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("L", (900, 160), 255)
    ImageDraw.Draw(image).text((30, 50), text, fill=0, font=ImageFont.load_default(48))
    return _saved(image, "PNG")


def scanned_pdf(text: str) -> bytes:
    from PIL import Image

    return _saved(Image.open(BytesIO(picture(text))), "PDF")


def _saved(document, *how: str) -> bytes:
    out = BytesIO()
    document.save(out, *how)
    return out.getvalue()
