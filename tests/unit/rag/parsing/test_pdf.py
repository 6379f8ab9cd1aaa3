"""PDF: every word once and whole, in reading order, under the right heading and column."""

from io import BytesIO
from pathlib import Path

from pypdf import PdfReader, PdfWriter
from reportlab.lib.colors import black
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from aistack.rag.parsing.document import ParsedDocument
from aistack.rag.parsing.formats.builder import Limits
from aistack.rag.parsing.formats.pdf.grid import joined
from aistack.rag.parsing.formats.pdf.layout import Layout
from aistack.rag.parsing.formats.pdf.page import Piece, piece
from aistack.rag.parsing.parser import parse
from harness.samples.documents import pdf

LIMITS = Limits(pages_max=3000, text_characters_max=1_000_000)


def parsed(folder: Path, content: bytes) -> ParsedDocument:
    (folder / "content").write_bytes(content)
    return parse(folder / "content", "x.pdf", LIMITS)


def texts(document: ParsedDocument) -> list[str]:
    return [document.text[one.start : one.end] for one in document.blocks]


def drawn(rows: list[tuple[float, float, str]], font: str = "Helvetica", spacing: float = 0) -> bytes:
    """A page with each text at its place; `spacing` points between the letters."""
    out = BytesIO()
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    canvas = Canvas(out)
    for x, y, text in rows:
        canvas.setFont(font if text.isascii() else "STSong-Light", 11)
        canvas.drawString(x, y, text, charSpace=spacing)
    canvas.save()
    return out.getvalue()


def test_chinese_in_a_font_that_is_not_embedded_is_read_without_installed_fonts(tmp_path: Path):
    rows = [("项目", "本报告期", "上年同期"), ("营业收入（元）", "4,817,392.15", "5,210,664.08"),
            ("净利润（元）", "-318,207.44", "126,930.71")]  # fmt: skip
    places = [
        (x, 700 - 16 * at, cell) for at, row in enumerate(rows) for x, cell in zip((72, 240, 400), row, strict=True)
    ]
    assert texts(parsed(tmp_path, drawn(places, spacing=1.5))) == [
        "项目: 营业收入（元）; 本报告期: 4,817,392.15; 上年同期: 5,210,664.08",
        "项目: 净利润（元）; 本报告期: -318,207.44; 上年同期: 126,930.71",
    ]


def test_letter_spaced_words_stay_whole(tmp_path: Path):
    for spacing in (1, 3, 5):
        text = parsed(tmp_path, drawn([(72, 700, "The shift leader charges it")], spacing=spacing)).text
        assert text.split() == ["The", "shift", "leader", "charges", "it"]


def test_chinese_that_is_drawn_character_by_character_stays_whole(tmp_path: Path):
    text = "灯塔的镜片每周二用蒸馏水清洗。"
    assert texts(parsed(tmp_path, drawn([(72 + 11.5 * at, 700, one) for at, one in enumerate(text)]))) == [text]


def test_a_table_over_two_pages_keeps_its_column_names(tmp_path: Path):
    out = BytesIO()
    canvas = Canvas(out)
    for page in range(2):
        rows = [("Vessel", "Berth", "Draught")] * (page == 0)
        rows += [(f"Ship{n:02}", f"B{n + 20}", f"{5 + n / 10:.1f} m") for n in range(page * 40, page * 40 + 20)]
        for at, row in enumerate(rows):
            for x, cell in zip((72, 220, 400), row, strict=True):
                canvas.drawString(x, 780 - 15 * at, cell)
        canvas.showPage()
    canvas.save()
    document = parsed(tmp_path, out.getvalue())
    assert "Vessel: Ship55; Berth: B75; Draught: 10.5 m" in texts(document)
    assert document.blocks[-1].page == 2


def test_names_centred_over_their_columns_are_theirs(tmp_path: Path):
    rows = [
        ("Bay", "Goods", "Limit"),
        ("Bay one", "Cement bags", "40 pallets"),
        ("Bay two", "Floor tiles", "25 pallets"),
    ]
    places = [(x + 60 * (at == 0), 700 - 16 * at, cell)
              for at, row in enumerate(rows) for x, cell in zip((72, 240, 400), row, strict=True)]  # fmt: skip
    assert texts(parsed(tmp_path, drawn(places))) == [
        "Bay: Bay one; Goods: Cement bags; Limit: 40 pallets",
        "Bay: Bay two; Goods: Floor tiles; Limit: 25 pallets",
    ]


def test_form_values_stand_in_their_lines_and_checked_boxes_have_their_names(tmp_path: Path):
    out = BytesIO()
    canvas = Canvas(out)
    canvas.drawString(72, 700, "Surname:")
    form = canvas.acroForm
    form.textfield(name="surname", value="Okonkwo", x=160, y=694, width=200, height=20, borderColor=black)
    form.textfield(name="boat", value="Silver Heron", x=72, y=500, width=200, height=20)
    form.checkbox(name="insured", checked=True, x=72, y=450)
    form.checkbox(name="racing", checked=False, x=72, y=420)
    canvas.save()
    document = parsed(tmp_path, out.getvalue())
    assert "Surname: Okonkwo" in document.text and "boat: Silver Heron" in document.text
    assert "insured: Yes" in document.text and "racing" not in document.text


def test_an_annotation_is_read(tmp_path: Path):
    from pypdf.annotations import Text

    writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf([["The mill opens at seven."]]))))
    writer.add_annotation(0, Text(rect=(50, 550, 200, 650), text="Since May it opens at eight."))
    out = BytesIO()
    writer.write(out)
    assert texts(parsed(tmp_path, out.getvalue())) == ["The mill opens at seven.", "Since May it opens at eight."]


def test_a_heading_of_the_outline_begins_where_its_title_stands(tmp_path: Path):
    page = ["1 Opening hours", "It opens at seven.", "2 Prices", "A sack is nine crowns.", "3 Closing", "It is shut."]
    writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf([page]))))
    for title in page[::2]:
        writer.add_outline_item(title=title, page_number=0)
    out = BytesIO()
    writer.write(out)
    document = parsed(tmp_path, out.getvalue())
    found = {document.text[one.start : one.end]: one.heading for one in document.blocks if not one.is_heading}
    assert found == {
        "It opens at seven.": ("1 Opening hours",),
        "A sack is nine crowns.": ("2 Prices",),
        "It is shut.": ("3 Closing",),
    }


def test_columns_that_are_drawn_row_by_row_are_read_one_after_the_other(tmp_path: Path):
    sides = ("the left column tells of lamps", "the right column tells of bells")
    rows = [(x, 700 - at * 16, f"{text} {at}") for at in range(8) for x, text in zip((72, 320), sides, strict=True)]
    found = " ".join(" ".join(texts(parsed(tmp_path, drawn(rows)))).split())
    assert found == " ".join(f"{text} {at}" for text in sides for at in range(8))


def test_hebrew_columns_are_read_from_right_to_left():
    sides = ("הטור הימני מספר על הים", "הטור השמאלי מספר על ההר")
    words = [(500 - 240 * side - 25 * at, word) for side in (0, 1) for at, word in enumerate(sides[side].split())]
    lines = [[Piece(right - 20, y, right, y + 11, word) for right, word in words] for y in range(700, 572, -16)]
    found = " ".join(" ".join(Layout().parts(lines, [])).split())
    assert found == " ".join(text for text in sides for _ in range(8))


def test_words_from_right_to_left_are_turned_if_their_letters_run_from_left_to_right():
    class Letters:
        def get_charbox(self, at: int, *, loose: bool) -> tuple[float, float, float, float]:
            return (10.0 * at, 0.0, 10.0 * at + 10, 12.0)

    assert piece(Letters(), "ابحرم", 0, 5).text == "مرحبا"
    assert piece(Letters(), "lamp", 0, 4).text == "lamp"


def test_lines_of_a_chinese_cell_are_joined_without_a_space():
    assert joined("灯塔", "守护人") == "灯塔守护人"
    assert joined("the keeper", "writes") == "the keeper writes"
