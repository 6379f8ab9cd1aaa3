"""Encodings that people give with a file."""

from pathlib import Path

import pytest

from aistack.rag.parsing.formats.builder import ParseError
from aistack.rag.parsing.formats.encodings import known_codec
from aistack.rag.parsing.parser import parse
from harness.samples.documents import docx
from tests.unit.rag.parsing.test_formats import LIMITS

TEA = "茶叶产于中国南方，种类繁多，每年春天采摘。"


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


DECLARED = [
    # the encoding of the bytes, the name, what the server declares and what the content declares
    ("gbk", "page.html", "gbk", "<meta charset=utf-8>"),
    ("gb18030", "page.html", "GB2312", ""),
    ("utf-8", "page.html", "utf-8", "<meta charset=gbk>"),
    ("big5", "page.html", "", "<meta charset=big5>"),
    ("big5", "page.html", "klingon", '<meta http-equiv=Content-Type content="text/html; charset=big5">'),
    ("utf-8", "page.html", "", "<meta charset=utf-16>"),  # as the standard says: it was found in bytes
    ("utf-8-sig", "page.html", "gbk", "<meta charset=big5>"),
    ("utf-16", "page.html", "gbk", ""),
    ("shift_jis", "a.txt", "x-sjis", ""),
    ("utf-8", "a.txt", "gbk", "\ufeff"),
    ("utf-8", "a.xml", "utf-8", '<?xml version="1.0" encoding="gbk"?>'),
    ("gbk", "a.xml", "gbk", '<?xml version="1.0" encoding="utf-8"?>'),
    ("gbk", "a.xml", "", '<?xml version="1.0" encoding="gbk"?>'),
]


@pytest.mark.parametrize(("encoding", "name", "sent", "head"), DECLARED)
def test_the_server_outweighs_the_content_and_a_byte_order_mark_both(
    tmp_path: Path, encoding: str, name: str, sent: str, head: str
):
    said = "七茶園。" if encoding in ("big5", "shift_jis") else "七茶园。"
    text = head + (f"<p>{said}</p>" if name.endswith("ml") else said)
    (tmp_path / "content").write_bytes(text.encode(encoding))
    assert parse(tmp_path / "content", name, LIMITS, "", sent).text.strip().endswith(said)


def test_what_is_given_outweighs_the_server_and_a_server_that_is_clearly_wrong_is_ignored(tmp_path: Path):
    (tmp_path / "content").write_bytes(TEA.encode("gbk"))
    assert parse(tmp_path / "content", "a.txt", LIMITS, "gbk", "big5").text == TEA
    for name in ("a.txt", "a.html"):
        assert parse(tmp_path / "content", name, LIMITS, "", "utf-8").text.strip() == TEA


def test_labels_that_only_browsers_know_are_known():
    labels = {"x-gbk": "gb18030", "windows-31j": "cp932", "ks_c_5601-1989": "cp949", "x-cp1251": "cp1251"}
    assert {label: known_codec(f' "{label.upper()}"') for label in labels} == labels
