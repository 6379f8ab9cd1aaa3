"""Files that are large or deep: each is read, or refused with its reason."""

import zipfile
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from aistack.rag.parsing.formats.builder import ParseError
from harness.samples.documents import docx
from tests.unit.rag.parsing.test_formats import blocks, parsed


def word(body: str) -> bytes:
    """A Word file with the given body."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(docx())) as given, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in given.namelist():
            data = given.read(name)
            if name == "word/document.xml":
                start = data.index(b">", data.index(b"<w:body")) + 1
                data = data[:start] + body.encode() + data[data.index(b"</w:body>") :]
            archive.writestr(name, data)
    return out.getvalue()


def run(text: str) -> str:
    return f"<w:r><w:t>{text}</w:t></w:r>"


def test_ten_thousand_tracked_changes(tmp_path: Path):
    changes = "".join(
        f'<w:p><w:ins w:id="{at}" w:author="a">{run(f"new {at}")}</w:ins>'
        f'<w:del w:id="1{at}" w:author="a"><w:r><w:delText>old</w:delText></w:r></w:del></w:p>'
        for at in range(10_000)
    )
    assert list(blocks(parsed(tmp_path, "x.docx", word(changes)))) == [f"new {at}" for at in range(10_000)]


def test_tables_in_tables(tmp_path: Path):
    inner = f"<w:p>{run('innermost')}</w:p>"
    for at in range(10):
        cells = f"<w:tc><w:p>{run(f'level {at}')}</w:p>{inner}<w:p/></w:tc><w:tc><w:p>{run(f'side {at}')}</w:p></w:tc>"
        inner = f"<w:tbl><w:tr>{cells}</w:tr></w:tbl>"
    found = list(blocks(parsed(tmp_path, "x.docx", word(inner))))
    assert found == [*(f"level {at}; side {at}" for at in range(9, 0, -1)), "level 0 innermost; side 0"]


def test_a_mail_with_a_thousand_attachments_says_how_many_are_not_read(tmp_path: Path):
    message = EmailMessage()
    message.set_content("See below.")
    for at in range(1_000):
        message.add_attachment(f"part {at}", filename=f"{at}.txt")
    found = list(blocks(parsed(tmp_path, "x.eml", message.as_bytes())))
    assert found[-2:] == ["part 199", "(800 more attachments, which are not read)"]


def test_rotated_text_is_read_in_order(tmp_path: Path):
    out = BytesIO()
    canvas = Canvas(out)
    canvas.translate(200, 100)
    canvas.rotate(37)
    lines = [f"The keeper wrote line {at} of the log today" for at in range(20)]
    for at, line in enumerate(lines):
        canvas.drawString(0, 500 - 14 * at, line)
    canvas.save()
    assert parsed(tmp_path, "x.pdf", out.getvalue()).text.split() == " ".join(lines).split()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"x" * 2_000_000, "field larger than"),
        (b"a\0,b\0\n" * 1_000, "binary"),
        (b"1," * 30_000, "has 30001 cells; at most 20000"),
    ],
)
def test_tables_that_are_refused(tmp_path: Path, content: bytes, reason: str):
    with pytest.raises(ParseError, match=reason):
        parsed(tmp_path, "x.csv", content)


def test_a_table_with_few_zero_bytes_is_read(tmp_path: Path):
    content = b"hut,beds,height\nMarmot,52,1840\nIbex\0,48,2210\n" + b"Chough,30,1990\n" * 20
    assert "hut: Ibex; beds: 48; height: 2210" in blocks(parsed(tmp_path, "x.csv", content))
