"""Every format that is read: words, headings, pages."""

import shutil
from io import BytesIO
from pathlib import Path

import pytest
import xlsxwriter

from aistack.rag.parsing.document import ParsedDocument
from aistack.rag.parsing.formats.builder import Limits
from aistack.rag.parsing.parser import parse
from harness.processes import missing
from harness.samples.documents import columns_pdf, docx, pdf, picture, pptx, scanned_pdf, xlsx

LIMITS = Limits(pages_max=50, text_characters_max=1_000_000)


def parsed(folder: Path, name: str, content: bytes) -> ParsedDocument:
    (folder / "content").write_bytes(content)
    return parse(folder / "content", name, LIMITS)


def blocks(document: ParsedDocument) -> dict[str, tuple[tuple[str, ...], int | None]]:
    """Heading path and page by text, headings apart."""
    return {
        document.text[one.start : one.end]: (one.heading, one.page) for one in document.blocks if not one.is_heading
    }


def test_word(tmp_path: Path):
    document = parsed(tmp_path, "rules.docx", docx())
    assert document.title == "Lighthouse rules"
    assert blocks(document) == {
        "The watch changes every four hours.": (("Watch",), None),
        "夜班由两个人负责。": (("Watch", "夜班"), None),
        "part: lamp; spare: two in the cellar": (("Watch", "夜班"), None),
    }


def test_powerpoint_counts_slides_as_pages_and_reads_notes(tmp_path: Path):
    document = parsed(tmp_path, "x.pptx", pptx())
    assert document.pages == 2
    assert blocks(document) == {
        "Three short flashes mean fog.": (("Signals",), 1),
        "Say this slowly.": (("Signals",), 1),
        "长闪一次表示安全。": (("信号",), 2),
    }


def test_excel_says_which_column_each_cell_is_of(tmp_path: Path):
    assert blocks(parsed(tmp_path, "x.xlsx", xlsx())) == {
        "port: Dover; height: 6.7": (("Tides",), None),
        "port: 青岛; height: 4": (("Tides",), None),
    }


def test_merged_cells_of_a_sheet_stand_in_each_of_their_rows(tmp_path: Path):
    out = BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet("Hours")
        sheet.merge_range(1, 1, 1, 3, "Machine hours in May")
        for at, name in enumerate(("Hall", "Machine", "Hours"), 1):
            sheet.write(2, at, name)
        sheet.merge_range(3, 1, 4, 1, "East")
        for row, (machine, hours) in enumerate((("Lathe", 1210), ("Press", 0.1 + 0.2)), 3):
            sheet.write(row, 2, machine)
            sheet.write(row, 3, hours)
    assert list(blocks(parsed(tmp_path, "x.xlsx", out.getvalue()))) == [
        "Machine hours in May",
        "Hall: East; Machine: Lathe; Hours: 1210",
        "Hall: East; Machine: Press; Hours: 0.3",
    ]


def test_a_table_with_names_says_them_and_one_without_does_not(tmp_path: Path):
    assert list(blocks(parsed(tmp_path, "x.csv", "城市;人口\n青岛;1000\n\nDover;3".encode("gb18030")))) == [
        "城市: 青岛; 人口: 1000",
        "城市: Dover; 人口: 3",
    ]
    assert list(blocks(parsed(tmp_path, "x.csv", b"1,2\n3,4\n"))) == ["1; 2", "3; 4"]


def test_a_record_of_json_names_its_fields(tmp_path: Path):
    document = parsed(tmp_path, "x.json", '{"name":"灯塔","lamps":[1,2],"open":true}'.encode())
    assert list(blocks(document)) == ["name: 灯塔; lamps: 1, 2; open: true"]
    assert document.media_type == "application/json"
    lines = parsed(tmp_path, "x.jsonl", b'{"a":1}\n{"a":{"b":2.50}}\n')
    assert list(blocks(lines)) == ["a: 1", "a.b: 2.5"]
    listed = parsed(tmp_path, "x.json", b'{"shop":{"items":[{"sku":"A","price":3},{"sku":"B","price":4}]}}')
    assert blocks(listed) == {
        "sku: A; price: 3": (("shop", "items"), None),
        "sku: B; price: 4": (("shop", "items"), None),
    }


def test_yaml_is_read_like_json(tmp_path: Path):
    assert list(blocks(parsed(tmp_path, "x.yaml", b"port: 80\nhosts:\n  - a\n  - b\n"))) == ["port: 80; hosts: a, b"]


def test_a_line_of_a_log_is_a_unit(tmp_path: Path):
    log = b"2024-05-01 10:00 INFO ok\n2024-05-02 10:00 WARN vol137 is full\n  at check()\n2024-05-03 10:00 INFO ok\n"
    assert list(blocks(parsed(tmp_path, "x.txt", log)))[1] == "2024-05-02 10:00 WARN vol137 is full\n  at check()"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("Report: hours\nExported 2024-05-01\n\nMachine,Hall,Hours\nPress,West,845\nSaw,East,3",
         ["Report: hours", "Exported 2024-05-01", "Machine: Press; Hall: West; Hours: 845",
          "Machine: Saw; Hall: East; Hours: 3"]),
        ("anvil,forge,north\nbellows,forge,south\nchisel,bench,east",
         ["anvil; forge; north", "bellows; forge; south", "chisel; bench; east"]),
        ("Indicator,2021,2022\nVisitors,412,388\nStaff,31,29",
         ["Indicator: Visitors; 2021: 412; 2022: 388", "Indicator: Staff; 2021: 31; 2022: 29"]),
        ("Region,2023,,2024,\n,Q1,Q2,Q1,Q2\nNorth,1,2,3,4\nSouth,5,6,7,8",
         ["Region: North; 2023 Q1: 1; 2023 Q2: 2; 2024 Q1: 3; 2024 Q2: 4",
          "Region: South; 2023 Q1: 5; 2023 Q2: 6; 2024 Q1: 7; 2024 Q2: 8"]),
        (";North;South\nRain;803;512\nSnow;12;0", ["Rain; North: 803; South: 512", "Snow; North: 12; South: 0"]),
    ],
)  # fmt: skip
def test_the_names_of_a_tables_columns_are_found(tmp_path: Path, rows: str, expected: list[str]):
    assert list(blocks(parsed(tmp_path, "x.csv", rows.encode()))) == expected


def test_source_code_is_cut_at_its_definitions(tmp_path: Path):
    code = b"import os\n\n\n@cached\ndef light(lamp):\n    return lamp\n\n\nclass Tower:\n    height = 3\n"
    assert {heading for heading, _ in blocks(parsed(tmp_path, "x.py", code)).values()} == {
        (), ("def light(lamp)",), ("class Tower",),
    }  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_known(tmp_path: Path, encoding: str):
    text = "The lamp is lit at dusk, and put out at dawn."
    assert parsed(tmp_path, "x.txt", text.encode(encoding)).text == text


def test_columns_of_a_pdf_are_read_one_after_the_other_and_tables_row_by_row(tmp_path: Path):
    document = parsed(tmp_path, "x.pdf", columns_pdf())
    text = document.text
    lines = [line for line in text.split("\n") if line]
    assert lines[0].startswith("The keeper's yearbook") and lines[-1].startswith("All hours")
    assert lines[1:9] == [f"on the left, line {number} tells of lamps" for number in range(8)]
    assert lines[9:17] == [f"on the right, line {number} tells of fog" for number in range(8)]
    assert lines[17:19] == ["Lamp: Skerry; Hours: 4100; Oil: pale rape oil", "Lamp: Bell Rock; Hours: 3900; Oil: colza"]
    assert {text[block.start : block.end] for block in document.blocks} >= set(lines[17:])


def test_the_outline_of_a_pdf_gives_headings(tmp_path: Path):
    from io import BytesIO

    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf([["first page text"], ["second page text"], ["third page"]]))))
    part = writer.add_outline_item("Part one", page_number=0)
    writer.add_outline_item("Inside", page_number=1, parent=part)
    out = BytesIO()
    writer.write(out)
    found = blocks(parsed(tmp_path, "x.pdf", out.getvalue()))
    assert found == {
        "first page text": (("Part one",), 1),
        "second page text": (("Part one", "Inside"), 2),
        "third page": (("Part one", "Inside"), 3),
    }


class TestPictures:
    @pytest.fixture(autouse=True)
    def has_tesseract(self) -> None:
        if shutil.which("tesseract") is None:
            missing("tesseract")

    def test_what_is_written_in_a_picture_is_read(self, tmp_path: Path):
        assert "fog horn" in parsed(tmp_path, "x.png", picture("The fog horn sounds")).text

    def test_a_scanned_page_is_read_and_keeps_its_number(self, tmp_path: Path):
        document = parsed(tmp_path, "scan.pdf", scanned_pdf("Mooring lines are checked"))
        assert "Mooring lines" in document.text and document.blocks[0].page == 1
