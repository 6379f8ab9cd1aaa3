"""Files that are read, and files that cannot be, each with its reason."""

import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from aistack.rag.parsing.formats.builder import Limits, ParseError
from aistack.rag.parsing.formats.encodings import decode
from aistack.rag.parsing.parser import parse
from harness.samples.documents import MARKDOWN, handbook, pdf

LIMITS = Limits(pages_max=50, text_characters_max=1_000_000)


def parsed(folder: Path, name: str, content: bytes):
    path = folder / "content"
    path.write_bytes(content)
    return parse(path, name, LIMITS)


def zipped() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    return out.getvalue()


def test_markdown_keeps_headings_and_spans_of_its_own_source(tmp_path: Path):
    document = parsed(tmp_path, "light.md", MARKDOWN.encode())
    assert document.title == "Operating the lighthouse"
    block = next(one for one in document.blocks if "distilled" in document.text[one.start : one.end])
    assert block.heading == ("Operating the lighthouse", "Maintenance")
    assert document.text[block.start : block.end] == "The lens is cleaned with distilled water every Tuesday."


def test_a_pdf_keeps_its_pages_title_and_both_languages(tmp_path: Path):
    document = parsed(tmp_path, "x.pdf", handbook())
    assert (document.title, document.pages) == ("Harbour handbook", 3)
    page_of = {document.text[one.start : one.end]: one.page for one in document.blocks}
    assert next(page for text, page in page_of.items() if "four hundred tides" in text) == 2
    assert next(page for text, page in page_of.items() if "四百次潮汐" in text) == 3


def test_html_gives_words_without_scripts_and_with_headings(tmp_path: Path):
    html = (
        b"<html><head><title>T</title></head><body><h1>A</h1><script>no()</script><p>One <b>two</b></p>"
        b"<h2>B</h2><ul><li>x</li></ul>"
    )
    document = parsed(tmp_path, "x.html", html)
    assert document.title == "T"
    assert "no()" not in document.text
    assert [(document.text[one.start : one.end], one.heading) for one in document.blocks if not one.is_heading] == [
        ("One two", ("A",)),
        ("x", ("A", "B")),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "big5"])
def test_the_encoding_is_guessed(encoding: str):
    text = (
        "網關負責轉發請求，並且記錄每一個服務的健康狀態。" * 8
        if encoding == "big5"
        else "网关负责转发请求，并且记录每一个服务的健康状态。" * 8
    )
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.txt", b"", "the file is empty"),
        ("a.txt", b" \n\t ", "only whitespace"),
        ("a.bin", b"\0" * 1000, "only whitespace"),
        ("a.pdf", b"just text", "the content is not a PDF"),
        ("a.pdf", b"%PDF-1.7 and then nothing", "damaged or truncated"),
        ("cut.pdf", handbook()[:200], "damaged or truncated"),
        ("secret.pdf", pdf([["hidden"]], password="x"), "encrypted"),
        ("scan.pdf", pdf([[]]), "only images of pages"),
        ("long.pdf", pdf([["p"]] * 51), "51 pages; at most 50 are allowed"),
        ("letter.docx", zipped(), "damaged inside"),
        ("notes.md", zipped(), "damaged inside"),
        ("photo.txt", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8, "image is damaged"),
        ("prog", b"\x7fELF" + bytes(range(256)) * 8, "a program"),
        ("noise.txt", bytes(range(256)) * 64, "binary|neither text"),
        ("big.txt", b"word " * 300_000, "1000000 are allowed"),
        ("only.html", b"<html><body><script>1</script></body></html>", "no text"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, name: str, content: bytes, reason: str):
    with pytest.raises(ParseError, match=reason):
        parsed(tmp_path, name, content)


def test_a_pdf_under_another_name_is_read_as_what_it_is(tmp_path: Path):
    assert parsed(tmp_path, "handbook.txt", handbook()).media_type == "application/pdf"
