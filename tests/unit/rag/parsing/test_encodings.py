"""Encodings that people give with a file."""

from pathlib import Path

import pytest

from aistack.rag.parsing.formats.builder import ParseError
from aistack.rag.parsing.parser import parse
from harness.samples.documents import docx
from tests.unit.rag.parsing.test_formats import LIMITS


def text_of(folder: Path, name: str, content: bytes, encoding: str) -> str:
    (folder / "content").write_bytes(content)
    return parse(folder / "content", name, LIMITS, encoding).text


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("short.txt", "茶"),
        ("prices.csv", "品名,价格\n茶,12\n"),
        ("page.html", "<meta charset=utf-8><p>茶"),
        ("tea.xml", '<?xml version="1.0" encoding="utf-8"?><tea><name>茶</name></tea>'),
        ("tea.json", '{"name": "茶"}'),
    ],
)
@pytest.mark.parametrize("encoding", ["gbk", "GB2312", "big5", "utf-16-le", "shift_jis"])
def test_the_encoding_that_is_given_outweighs_what_is_declared_or_guessed(
    tmp_path: Path, name: str, content: str, encoding: str
):
    content = content.replace("价", "價") if encoding in ("big5", "shift_jis") else content
    assert "茶" in text_of(tmp_path, name, content.encode(encoding), encoding)


def test_a_byte_order_mark_outweighs_the_encoding_that_is_given(tmp_path: Path):
    assert text_of(tmp_path, "a.txt", "茶".encode("utf-8-sig"), "gbk") == "茶"


def test_other_formats_say_their_encoding_themselves(tmp_path: Path):
    assert "夜班由两个人负责" in text_of(tmp_path, "rules.docx", docx(), "latin-1")


def test_a_body_in_the_charset_that_a_mail_declares_is_read_in_it(tmp_path: Path):
    mail = "Subject: Tea\nFrom: a@example.org\nContent-Type: text/plain; charset={}\n\n绿茶\n"
    for charset in ("big5", "utf-8"):
        content = mail.format(charset).replace("绿", "綠").encode(charset)
        assert "綠茶" in text_of(tmp_path, "a.eml", content, "gbk")


@pytest.mark.parametrize(
    ("encoding", "reason"),
    [
        ("klingon", "the encoding 'klingon' is not known; give one such as utf-8, gbk, big5 or windows-1252"),
        ("base64", "the encoding 'base64' is not known"),
        ("utf-8", "the content is not in the encoding utf-8; give another, or none to have it found"),
    ],
)
def test_an_encoding_that_cannot_be_is_refused(tmp_path: Path, encoding: str, reason: str):
    with pytest.raises(ParseError, match=reason):
        text_of(tmp_path, "a.txt", "绿茶".encode("gbk"), encoding)
