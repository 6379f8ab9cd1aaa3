"""Zip archives of documents, notebooks, and XML."""

import json
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from aistack.rag.parsing.formats.builder import ParseError
from harness.samples.documents import docx
from tests.unit.rag.parsing.test_formats import blocks, parsed


def zipped(parts: dict[str, bytes | str]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


def test_each_document_of_an_archive_stands_below_its_path(tmp_path: Path):
    inner = zipped({"a.txt": "hidden"})
    content = zipped({
        "rules/watch.docx": docx(), "灯塔/说明.txt": "灯每晚点亮。", "../out.txt": "Outside.", "inner.zip": inner,
        "tool.exe": b"MZ\0\0", "__MACOSX/._watch.docx": b"\0\5",
    })  # fmt: skip
    found = blocks(parsed(tmp_path, "x.zip", content))
    assert found["The watch changes every four hours."][0] == ("rules/watch.docx", "Watch")
    assert found["灯每晚点亮。"][0] == ("灯塔/说明.txt",)
    assert "(../out.txt: its path leads out of the archive)" in found
    assert "(inner.zip: a zip archive inside another file is not read)" in found
    assert any(text.startswith("(tool.exe: the content is a program") for text in found)
    assert not any("Outside" in text or "MACOSX" in text for text in found)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (zipped({"zeros.txt": b"0" * 40_000_000}), "zip bomb"),
        (zipped({f"{number}.txt": "a" for number in range(2_001)}), "2001 files"),
        (zipped({"a.zip": zipped({"b.txt": "c"})}), "no file in the zip archive can be read: a.zip: "),
        (zipped({}), "it is empty"),
    ],
)
def test_archives_that_are_refused(tmp_path: Path, content: bytes, reason: str):
    with pytest.raises(ParseError, match=reason):
        parsed(tmp_path, "x.zip", content)


def test_a_notebook_is_read_by_cells(tmp_path: Path):
    table = "<table><tr><th>hut</th><th>beds</th></tr><tr><td>Marmot</td><td>52</td></tr></table>"
    cells = [
        {"cell_type": "markdown", "source": ["# Huts\n", "\n", "How many **beds**?"]},
        {"cell_type": "code", "source": "frame", "outputs": [
            {"output_type": "execute_result", "data": {"text/html": [table], "text/plain": ["hut beds"]}},
            {"output_type": "display_data", "data": {"image/png": "iVBORw0KGgo="}},
            {"output_type": "stream", "text": ["done\n"]},
            {"output_type": "error", "ename": "KeyError", "evalue": "'bed'", "traceback": ["\x1b[0;31m"]},
        ]},
    ]  # fmt: skip
    document = parsed(tmp_path, "x.ipynb", json.dumps({"cells": cells, "nbformat": 4}).encode())
    assert document.title == "Huts"
    assert [(text, place[0]) for text, place in blocks(document).items()] == [
        (text, ("Huts",))
        for text in ("How many **beds**?", "frame", "hut: Marmot; beds: 52", "done", "KeyError: 'bed'")
    ]
    with pytest.raises(ParseError, match="notebook is damaged"):
        parsed(tmp_path, "x.ipynb", b'{"cells": [4]}')


def test_xml_is_read_by_records_without_markup(tmp_path: Path):
    content = """<?xml version="1.0"?><!DOCTYPE huts [<!ENTITY e SYSTEM "file:///etc/passwd">]>
    <huts xmlns="urn:x"><info>All huts &e;open in May.</info>
    <hut id="7"><name>Marmot</name><place><beds>52</beds></place><!-- closed --></hut>
    <hut id="8"><name>Ibex</name><note>Take the <b>left</b> path.</note>
    <text>&lt;p&gt;Warm&lt;br&gt;soup&lt;/p&gt;</text></hut>
    </huts>"""
    assert list(blocks(parsed(tmp_path, "x.xml", content.encode()))) == [
        "info: All huts open in May.",
        "id: 7; name: Marmot; place.beds: 52",
        "id: 8; name: Ibex; note: Take the left path.; text: Warm soup",
    ]


def test_xml_of_running_text_is_read_by_paragraphs(tmp_path: Path):
    chapter = "".join(f"<para>Walk {at} and <em>rest</em> there.</para>" for at in range(99))
    content = f"<book><chapter id='c1'><title>Paths</title>{chapter}</chapter><long>{'word ' * 900}</long></book>"
    found = blocks(parsed(tmp_path, "x.xml", content.encode()))
    assert found["Walk 98 and rest there."][0] == ("chapter c1",)
    assert sum(text.count("word") for text in found) == 900
    with pytest.raises(ParseError, match="malformed XML"):
        parsed(tmp_path, "y.xml", b"<?xml version='1.0'?><a><b></a>")
