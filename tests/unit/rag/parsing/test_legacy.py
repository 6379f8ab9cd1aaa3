"""Office formats from before 2007, in files that LibreOffice and SheetJS wrote from one source (`files/office.zip`)."""

from contextlib import suppress
from pathlib import Path
from zipfile import ZipFile

import pytest

from aistack.rag.parsing.formats.builder import ParseError
from tests.unit.rag.parsing.test_formats import blocks, parsed

FILES = Path(__file__).parent / "files" / "office.zip"


def file(name: str) -> bytes:
    with ZipFile(FILES) as archive:
        return archive.read(name)


def test_doc_is_read_with_headings_tables_and_what_is_inserted_but_not_what_is_deleted_or_hidden(tmp_path: Path):
    document = parsed(tmp_path, "handbook.doc", file("handbook.doc"))
    assert document.title == "Keeper title"
    assert {text: heading[0][-1] for text, heading in blocks(document).items()} == dict.fromkeys(
        [
            "The watch lasts four hours. 灯塔 😀 here.",
            "Item: Oil; Spring: 120; Autumn: 140",
            "Item: Oil; Spring: 20; Autumn: 30",
            "Item: Wicks; Spring, Autumn: 48",
            "inner 00; inner 01",
            "inner 10; inner 11",
            "1. Second watch",
            "2. Third",
            "• dot",
            "After all.",
            "Header of the Skerry",
            "Footer text",
        ],
        "Watches",
    )


def test_footnotes_of_a_doc_follow_their_paragraph(tmp_path: Path):
    found = [*blocks(parsed(tmp_path, "notes", file("notes.doc")))]
    assert found[:3] == ["Text with a footnote and 中文脚注.", "The first note says lantern.", "第二条脚注。"]


def test_ppt_is_read_by_slides_with_notes_and_tables(tmp_path: Path):
    document = parsed(tmp_path, "signals.ppt", file("signals.ppt"))
    assert document.pages == 2
    assert blocks(document) == {
        "Three short flashes\nmean fog": (("Signals 信号",), 1),
        "Say this slowly": (("Signals 信号",), 1),
        "Item: Oil; Spring: 120; Autumn: 140": (("Stores",), 2),
        "Item: Oil; Spring: 20; Autumn: 30": (("Stores",), 2),
        "Item: Wicks; Spring: 48": (("Stores",), 2),
        "Box beside": (("Stores",), 2),
    }


@pytest.mark.parametrize("name", ["fares.xls", "fares.xlsb", "fares.ods"])
def test_cells_are_read_as_shown(tmp_path: Path, name: str):
    found = [*blocks(parsed(tmp_path, name, file(name)))]
    assert found[:4] == [
        "Fares of the ferry",
        "Route: Oban; Class: Adult; Summer: 1,200.50 €; Winter: 9.00; From: 6 Jan 2024; Share: 12.5%; Hours: 36:00",
        "Route: Oban; Class: Child; Summer: 600.25 €; Winter: 4.50; From: 6 Feb 2024; Share: 25.0%; Hours: 18:00",
        "Route: Mull; Class: Adult; Summer: -80.00 €; Winter: 7.00; From: 31 Dec 2023; Share: 100.0%; Hours: 48:00",
    ]
    assert "Port: Total; 2021: 1,500,012; 2022: TRUE" in found[-1]


@pytest.mark.parametrize("name", ["secret.doc", "secret.xls", "secret.odt"])
def test_an_encrypted_file_is_refused_with_that_reason(tmp_path: Path, name: str):
    with pytest.raises(ParseError, match="encrypted; upload it without a password"):
        parsed(tmp_path, name, file(name))


@pytest.mark.parametrize("name", ["handbook.doc", "signals.ppt", "fares.xls", "fares.xlsb"])
@pytest.mark.parametrize("share", [0.03, 0.3, 0.6, 0.95])
def test_a_file_that_is_cut_off_is_read_or_refused_with_a_reason(tmp_path: Path, name: str, share: float):
    content = file(name)
    with suppress(ParseError):
        assert parsed(tmp_path, name, content[: int(len(content) * share)]).blocks


@pytest.mark.parametrize("name", ["handbook.doc", "signals.ppt", "fares.xls"])
@pytest.mark.parametrize("step", [37, 101, 509])
def test_a_file_with_wrong_bytes_is_read_or_refused_with_a_reason(tmp_path: Path, name: str, step: int):
    content = bytearray(file(name))
    for at in range(2_048 + step, len(content), step * 8):
        content[at] = (content[at] * 7 + step) % 256
    with suppress(ParseError):
        parsed(tmp_path, name, bytes(content))
