"""Files of several parts: mail, mailboxes, books, zip archives, notebooks, OpenDocument; and RTF and XML."""

import zipfile
from io import BytesIO
from pathlib import Path

from harness.samples.documents import epub, mail
from tests.unit.rag.parsing.test_formats import blocks, parsed


def test_forwarded_messages_declared_charsets_and_mailboxes(tmp_path: Path):
    from email.message import EmailMessage

    inner, outer = EmailMessage(), EmailMessage()
    inner["Subject"], inner["From"] = "Boiler quote", "plumber@example.net"
    inner.set_content("Klucz leży pod wycieraczką, 2,940 euros.", charset="iso-8859-2")
    outer["Subject"] = "Fwd: boiler"
    outer.set_content("See below.")
    outer.add_attachment(inner)
    found = blocks(parsed(tmp_path, "x.eml", outer.as_bytes()))
    assert found["Klucz leży pod wycieraczką, 2,940 euros."][0] == ("Fwd: boiler", "Boiler quote")
    box = b"".join(b"From a@example.org Mon Mar  4 10:00:00 2024\n" + one.as_bytes() + b"\n" for one in (inner, outer))
    headings = {one.heading for one in parsed(tmp_path, "x.mbox", box).blocks}
    assert headings == {("Boiler quote",), ("Fwd: boiler",), ("Fwd: boiler", "Boiler quote")}


def test_a_book_without_its_cover_is_read(tmp_path: Path):
    with zipfile.ZipFile(BytesIO(epub())) as archive:
        parts = {name: archive.read(name) for name in archive.namelist() if name != "O/c1.xhtml"}
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    found = list(blocks(parsed(tmp_path, "x.epub", out.getvalue())))
    assert found[0] == "It was a dark night." and "O/c1.xhtml" in found[1]


def test_opendocument_text_is_read_with_headings_tables_and_notes(tmp_path: Path):
    base = "urn:oasis:names:tc:opendocument:xmlns"
    names = " ".join(f'xmlns:{name}="{base}:{name}:1.0"' for name in ("office", "text", "table"))
    cells = "".join(
        f"<table:table-row>{''.join(f'<table:table-cell><text:p>{cell}</text:p></table:table-cell>' for cell in row)}"
        "</table:table-row>"
        for row in (("Hut", "Beds"), ("Marmot", "52"))
    )
    body = (
        '<text:h text:outline-level="1">Huts</text:h><text:tracked-changes><text:p>gone</text:p></text:tracked-changes>'
        "<text:p>Open<text:s text:c='2'/>in <text:span>May</text:span><text:note><text:note-body><text:p>See below"
        f"</text:p></text:note-body></text:note>.</text:p><table:table>{cells}</table:table>"
    )
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr(
            "content.xml",
            f"<office:document-content {names}><office:body><office:text>{body}</office:text></office:body>"
            "</office:document-content>",
        )
    place = (("Huts",), None)
    found = blocks(parsed(tmp_path, "x.odt", out.getvalue()))
    assert found == {"Open  in May.": place, "See below": place, "Hut: Marmot; Beds: 52": place}


def test_rtf_is_read_in_its_code_page_with_its_tables(tmp_path: Path):
    content = (
        rb"{\rtf1\ansi\ansicpg1250 Kl\'edt\par "
        rb"\trowd\cellx1\cellx2 Hut\cell Beds\cell\row\trowd\cellx1\cellx2 Marmot\cell 52\cell\row}"
    )
    assert list(blocks(parsed(tmp_path, "x.rtf", content))) == ["Klít", "Hut: Marmot; Beds: 52"]


def test_mail_with_what_is_attached(tmp_path: Path):
    document = parsed(tmp_path, "x.eml", mail())
    assert document.title == "Fog on Tuesday"
    found = blocks(document)
    assert "From: keeper@example.org\nTo: harbour@example.org" in found
    assert "The fog horn sounds twice a minute." in found
    assert found["The watch changes every four hours."][0] == ("Fog on Tuesday", "Attachment: rules.docx", "Watch")
    assert any("tool: the content is a program" in text for text in found)


def test_a_book_is_read_in_the_order_of_its_spine(tmp_path: Path):
    document = parsed(tmp_path, "x.epub", epub())
    assert document.title == "The Keeper"
    assert blocks(document) == {
        "It was a dark night.": (("Part 2",), None),
        "The lamp went out.": (("Part 1",), None),
    }
