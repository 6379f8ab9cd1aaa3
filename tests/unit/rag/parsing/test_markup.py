"""HTML and Word: what a reader sees, once and in order."""

from io import BytesIO
from pathlib import Path

import pytest

from aistack.rag.parsing.document import ParsedDocument
from aistack.rag.parsing.formats.builder import Limits, ParseError
from aistack.rag.parsing.formats.encodings import decode
from aistack.rag.parsing.parser import parse
from tests.unit.rag.parsing.test_formats import blocks, parsed

LIMITS = Limits(pages_max=50, text_characters_max=1_000_000)
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def texts(folder: Path, name: str, content: bytes) -> list[str]:
    (folder / "content").write_bytes(content)
    document: ParsedDocument = parse(folder / "content", name, LIMITS)
    return [document.text[one.start : one.end] for one in document.blocks]


def page(folder: Path, body: str) -> list[str]:
    return texts(folder, "x.html", f"<html><body>{body}</body></html>".encode())


def word(folder: Path, body: str, numbering: str = "") -> list[str]:
    """A Word file whose body is the given XML."""
    import docx
    from docx.oxml import parse_xml

    document = docx.Document()
    for node in list(document.element.body)[:-1]:
        document.element.body.remove(node)
    wrapped = parse_xml(f'<w:body xmlns:w="{W}">{body}</w:body>')
    for at, node in enumerate(list(wrapped)):
        document.element.body.insert(at, node)
    if numbering:
        root = document.part.numbering_part.element
        for node in list(root):
            root.remove(node)
        for node in parse_xml(f'<w:numbering xmlns:w="{W}">{numbering}</w:numbering>'):
            root.append(node)
    out = BytesIO()
    document.save(out)
    return texts(folder, "x.docx", out.getvalue())


def test_text_in_any_element_is_read_and_hidden_text_is_not(tmp_path: Path):
    body = """<div>The ferry sails <b>at</b> six.<div hidden>no</div></div><x-card>Dogs<br>need a muzzle.</x-card>
    <p style="display: none">no</p><nav>Home</nav><script>no()</script><section>Tickets<p>on board</p>only</section>"""
    assert page(tmp_path, body) == ["The ferry sails at six.", "Dogs\nneed a muzzle.", "Tickets", "on board", "only"]


def test_a_table_has_its_names_in_each_row_and_merged_cells_in_each_of_theirs(tmp_path: Path):
    body = """<table><caption>Huts</caption><thead><tr><th rowspan=2>Hut<th colspan=2>Beds</tr><tr><th>2022<th>2023</tr>
    </thead><tr><td rowspan=2>Marmot<td>52<td>54<tr><td>12<td>13</table>"""
    assert page(tmp_path, body) == [
        "Huts",
        "Hut: Marmot; Beds 2022: 52; Beds 2023: 54",
        "Hut: Marmot; Beds 2022: 12; Beds 2023: 13",
    ]


def test_a_table_that_arranges_the_page_is_read_cell_by_cell(tmp_path: Path):
    body = "<table><tr><td><h2>News</h2><p>One</p><td><table><tr><td>a<td>1<tr><td>b<td>2</table></table>"
    assert page(tmp_path, body) == ["News", "One", "a; 1", "b; 2"]


def test_a_page_nested_very_deeply_is_read(tmp_path: Path):
    assert page(tmp_path, "<div>" * 3_000 + "deep") == ["deep"]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "L'été était très chaud cette année; le café coûte 3 €. Über Größe, señor."),
        ("iso8859_2", "Zażółć gęślą jaźń. Latarnia morska świeci co noc, a mgła jest gęsta."),
        ("cp1250", "Příliš žluťoučký kůň úpěl ďábelské ódy. Zítra přijede vlak do Plzně."),
        ("cp1251", "Маяк светит каждую ночь, и туман густой над гаванью."),
        ("cp932", "灯台のレンズは毎週火曜日に蒸留水で洗います。"),
        ("cp949", "등대의 렌즈는 매주 화요일에 증류수로 닦는다."),
        ("gb18030", "网关负责转发请求，并且记录每一个服务的健康状态。"),
    ],
)
def test_encodings_are_guessed_from_a_sentence(encoding: str, text: str):
    assert decode(text.encode(encoding)) == text


def test_the_encoding_that_a_page_declares_is_used(tmp_path: Path):
    content = '<html><head><meta charset="windows-1253"></head><body>Ωμέγα'.encode("cp1253")
    assert texts(tmp_path, "x.html", content) == ["Ωμέγα"]


def test_word_insertions_controls_fields_and_text_boxes_are_read_and_deletions_are_not(tmp_path: Path):
    body = """
    <w:p><w:r><w:t xml:space="preserve">The deposit is </w:t></w:r><w:ins w:id="1" w:author="a">
    <w:r><w:t>seven</w:t></w:r></w:ins><w:del w:id="2" w:author="a"><w:r><w:delText>six</w:delText></w:r></w:del>
    <w:sdt><w:sdtContent><w:r><w:t xml:space="preserve"> hundred</w:t></w:r></w:sdtContent></w:sdt>
    <w:fldSimple w:instr="X"><w:r><w:t>.</w:t></w:r></w:fldSimple>
    <w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r></w:p>
    <w:sdt><w:sdtContent><w:p><w:r><w:t>Portugal</w:t></w:r></w:p></w:sdtContent></w:sdt>
    <w:p><w:r><w:t>Beside</w:t><w:pict>
    <w:txbxContent><w:p><w:r><w:t>In a box</w:t></w:r></w:p></w:txbxContent></w:pict></w:r></w:p>
    """
    assert word(tmp_path, body) == ["The deposit is seven hundred.", "Portugal", "Beside", "In a box"]


def test_word_tables_in_tables_and_merged_cells(tmp_path: Path):
    def cell(text: str, properties: str = "", inner: str = "") -> str:
        return f"<w:tc><w:tcPr>{properties}</w:tcPr>{inner}<w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc>"

    inner = f"<w:tbl><w:tr>{cell('x')}{cell('1')}</w:tr><w:tr>{cell('y')}{cell('2')}</w:tr></w:tbl>"
    rows = [
        cell("Hall") + cell("Machine") + cell("Hours"),
        cell("East", '<w:vMerge w:val="restart"/>') + cell("Lathe") + cell("1210"),
        cell("", "<w:vMerge/>") + cell("Press", inner=inner) + cell("845"),
    ]
    assert word(tmp_path, f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in rows)}</w:tbl>") == [
        "Hall: East; Machine: Lathe; Hours: 1210",
        "Hall: East; Machine: Press; Hours: 845",
        "x; 1",
        "y; 2",
    ]


def test_word_lists_have_their_numbers(tmp_path: Path):
    levels = "".join(
        f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{text}"/></w:lvl>'
        for at, (form, text) in enumerate((("decimal", "%1."), ("lowerLetter", "%1.%2)"), ("bullet", "-")))
    )
    numbering = (
        f'<w:abstractNum w:abstractNumId="0">{levels}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    )
    body = "".join(
        f'<w:p><w:pPr><w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="1"/></w:numPr></w:pPr>'
        f"<w:r><w:t>item</w:t></w:r></w:p>"
        for level in (0, 1, 1, 2, 0, 1)
    )
    assert word(tmp_path, body, numbering) == ["1. item", "1.a) item", "1.b) item", "• item", "2. item", "2.a) item"]


def test_navigation_and_banners_are_left_out(tmp_path: Path):
    page = b"""<body><div role=navigation><a href=#m>Skip</a></div><div role=search>Find</div><header>Ferries</header>
    <div class="cookie-banner">We use cookies.</div><div role=dialog>Subscribe!</div>
    <main id=m><p>To Mull.<div class="cookies">Cookies are sold on board.</div><div role=navigation>Other isles</div>
    </main><footer>Office: 3 Pier Road, Oban.</footer>"""
    assert list(blocks(parsed(tmp_path, "x.html", page))) == [
        "Ferries", "To Mull.", "Cookies are sold on board.", "Other isles", "Office: 3 Pier Road, Oban.",
    ]  # fmt: skip


def test_elements_may_be_nested_deeply_and_left_open_but_not_without_end(tmp_path: Path):
    assert list(blocks(parsed(tmp_path, "x.html", b"<body>" + b"<div>" * 3_000 + b"deep"))) == ["deep"]
    assert len(blocks(parsed(tmp_path, "x.html", b"".join(b"<p>one %d<li>two" % at for at in range(20_000))))) == 20_001
    with pytest.raises(ParseError, match="more than 10000 deep"):
        parsed(tmp_path, "x.html", b"<body>" + b"<div>" * 1_000_000 + b"deep")
