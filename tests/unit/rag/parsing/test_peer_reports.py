"""Inputs of public reports about other readers (the table in docs/decisions/parsing.md), made again."""

import re
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
import xlsxwriter
from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from harness.samples.documents import docx, picture
from tests.unit.rag.parsing.test_formats import blocks, parsed


def changed(content: bytes, name: str, old: str, new: str, without: str = "//") -> bytes:
    """The archive with a part changed, and without the parts whose names have `without`."""
    out = BytesIO()
    with ZipFile(BytesIO(content)) as archive, ZipFile(out, "w") as copy:
        for entry in archive.namelist():
            data = archive.read(entry)
            if re.fullmatch(name, entry):
                data = re.sub(old.encode(), new.encode(), data)
            if without not in entry:
                copy.writestr(entry, data)
    return out.getvalue()


def word_with_picture() -> bytes:
    document, out = Document(), BytesIO()
    document.add_paragraph("The body survives")
    document.add_picture(BytesIO(picture("lamp")))
    document.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("old", "new", "without"),
    [
        ("nothing", "", "media"),  # dify 31885: the picture is not in the file
        (r'Target="media/[^"]+"', 'Target="../NULL"', "media"),  # dify 14110: Target="NULL"
        (r'Target="media/[^"]+"', 'Target="#_Toc1"', "media"),  # dify 17575: an invalid link
    ],
)
def test_a_document_with_references_to_missing_parts_is_read(tmp_path: Path, old: str, new: str, without: str):
    content = changed(word_with_picture(), r"word/_rels/document\.xml\.rels", old, new, without)
    assert [*blocks(parsed(tmp_path, "a.docx", content))] == ["The body survives"]


def test_words_in_tags_links_fields_bases_of_ruby_and_entities_are_read(tmp_path: Path):
    document, out = Document(), BytesIO()
    paragraph = document.add_paragraph("-- STA")  # python-docx 339, 328, 825
    for inner in (
        '<w:smartTag {} w:element="x"><w:r><w:t>RT </w:t></w:r></w:smartTag>',
        "<w:r {}><w:ruby><w:rt><w:r><w:t>deng</w:t></w:r></w:rt>"
        "<w:rubyBase><w:r><w:t>灯</w:t></w:r></w:rubyBase></w:ruby></w:r>",
        '<w:fldSimple {} w:instr="REF x"><w:r><w:t> field</w:t></w:r></w:fldSimple>',
        '<w:hyperlink {} w:anchor="_Toc1"><w:r><w:t> Chapter 3</w:t></w:r></w:hyperlink>',  # dify 30359, 17556
    ):
        paragraph._p.append(parse_xml(inner.format(nsdecls("w"))))
    document.add_paragraph("Falafel & Hummus <combo> 5>3")  # xberg 1242
    document.save(out)
    found = [*blocks(parsed(tmp_path, "a.docx", out.getvalue()))]
    assert found == ["-- START 灯 field Chapter 3", "Falafel & Hummus <combo> 5>3"]


def test_a_chart_on_a_slide_is_read_with_its_title_and_the_names_of_its_series(tmp_path: Path):
    slides, out = Presentation(), BytesIO()
    slide = slides.slides.add_slide(slides.slide_layouts[5])
    data = CategoryChartData()
    data.categories = ["East", "West"]
    data.add_series("Spring", (19.2, 21.4))
    data.add_series("Autumn", (22.3, 28.6))
    frame = slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, 0, 0, Inches(6), Inches(4), data)
    frame.chart.has_title = True
    frame.chart.chart_title.text_frame.text = "Ships by side"
    slides.save(out)
    assert [*blocks(parsed(tmp_path, "a.pptx", out.getvalue()))] == [
        "Ships by side", "East; Spring: 19.2; Autumn: 22.3", "West; Spring: 21.4; Autumn: 28.6",
    ]  # fmt: skip


def test_comments_text_boxes_and_charts_of_a_sheet_follow_its_rows(tmp_path: Path):
    out = BytesIO()  # office_oxide 165, docling 1287; markitdown 2124: a title above, an empty column
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet("Tasks")
        sheet.write("A1", "PROGRESS")
        for row, cells in enumerate([("Task", "Owner", "Days"), ("Design", "Ana", 3), ("Build", "Bo", 5)], 2):
            for column, cell in zip((0, 2, 3), cells, strict=True):
                sheet.write(row, column, cell)
        sheet.write_comment("A4", "approved pending legal")
        sheet.insert_textbox("F2", "draft of May")
        chart = book.add_chart({"type": "column"})
        chart.set_title({"name": "Days by task"})
        chart.add_series({"name": "Days", "categories": "=Tasks!$A$4:$A$5", "values": "=Tasks!$D$4:$D$5"})
        sheet.insert_chart("H2", chart)
    found = [*blocks(parsed(tmp_path, "a.xlsx", out.getvalue()))]
    assert found[:3] == ["PROGRESS", "Task: Design; Owner: Ana; Days: 3", "Task: Build; Owner: Bo; Days: 5"]
    assert found[3:6] == ["A4: approved pending legal", "draft of May", "Days by task"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a|b\n1|2\n5|6\n", ["a: 1; b: 2", "a: 5; b: 6"]),  # unstructured 4059
        (b"name\nalpha\nbeta\n", ["name", "alpha", "beta"]),  # unstructured 2616
        ("name,age\nAlice,30\n".encode("utf-16"), ["name: Alice; age: 30"]),  # unstructured 4443
        (b"\xef\xbb\xbfName,Age\nAlice,30\n", ["Name: Alice; Age: 30"]),  # xberg 1223
        (b"Report\n" * 14 + b"a,b,c\n1,2,3\n4,5,6\n", ["Report"] * 14 + ["a: 1; b: 2; c: 3", "a: 4; b: 5; c: 6"]),
    ],  # the last: unstructured 2218
)
def test_tables_in_text_files(tmp_path: Path, content: bytes, expected: list[str]):
    document = parsed(tmp_path, "a.csv", content)
    assert [document.text[one.start : one.end] for one in document.blocks] == expected


def test_notes_headers_and_text_boxes_of_rtf_are_read(tmp_path: Path):
    source = (  # xberg 219
        r"{\rtf1\ansi{\header Skerry Light}The lamp\chftn{\footnote\pard\chftn It burns colza.} is lit."
        r"\par {\*\shpinst{\shptxt A box}}\u28783?\u22612? stands\par}"
    )
    assert [*blocks(parsed(tmp_path, "a.rtf", source.encode()))] == [
        "The lamp is lit.", "灯塔 stands", "Skerry Light", "It burns colza.", "A box",
    ]  # fmt: skip


def test_headers_of_opendocument_text_are_read(tmp_path: Path):
    out = BytesIO()  # textract 192
    names = 'xmlns:o="urn:o" xmlns:s="urn:s" xmlns:t="urn:t"'
    with ZipFile(out, "w") as archive:
        archive.writestr("content.xml", f"<o:d {names}><o:body><o:text><t:p>Body</t:p></o:text></o:body></o:d>")
        header = "<s:header><t:p>Skerry Light</t:p></s:header>"
        archive.writestr("styles.xml", f"<o:d {names}><s:master-page>{header}</s:master-page></o:d>")
    assert [*blocks(parsed(tmp_path, "a.odt", out.getvalue()))] == ["Body", "Skerry Light"]


def test_latin_1_is_read_alike_in_all_text_formats(tmp_path: Path):
    declared = '<?xml version="1.0" encoding="ISO-8859-1"?><r><name>café</name></r>'  # xberg 1223
    assert "café" in parsed(tmp_path, "a.xml", declared.encode("latin-1")).text
    assert "café naïve" in parsed(tmp_path, "a.txt", "café naïve résumé".encode("latin-1")).text


def test_the_sample_document_is_not_changed_by_the_repair(tmp_path: Path):
    document = parsed(tmp_path, "a.docx", docx())
    assert "The watch changes every four hours" in document.text
