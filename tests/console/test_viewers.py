"""Editor, charts, graphs, PDF pages and long lists: under the gateway's policy, by keyboard, and smooth."""

import io
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from reportlab.lib.pagesizes import A5
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from tests.console.conftest import Viewers

pytestmark = pytest.mark.heavy
ACCEPT_MS = 200  # a list that has only just opened takes no Enter
HOUR_MS = 3_600_000
START_MS = 1_760_000_000_000


def clean(viewers: Viewers) -> bool:
    """Whether nothing was stopped, asked for elsewhere or thrown."""
    return (viewers.violations(), viewers.elsewhere(), viewers.errors) == ([], [], [])


def test_sql_is_completed_from_the_schema_and_run(viewers: Viewers):
    viewers.show(
        "CodeEditor", ("onRun", "onChange"), value="SELECT 1;\nSELECT 2", label="SQL", language="sql",
        engine="postgres", schema={"customers": ["customer_id", "country"]},
    )  # fmt: skip
    editor = viewers.page.get_by_role("textbox", name="SQL")
    editor.click()
    viewers.page.keyboard.press("Control+End")
    viewers.page.keyboard.type(" from cust")
    expect(viewers.page.locator(".cm-tooltip-autocomplete li").first).to_have_text(re.compile("customers"))
    viewers.page.wait_for_timeout(ACCEPT_MS)
    viewers.page.keyboard.press("Enter")
    expect(editor).to_contain_text("customers")
    viewers.page.keyboard.press("Control+Enter")
    assert viewers.calls()[-1] == ["onRun", "SELECT 1;\nSELECT 2 from customers"]
    viewers.page.keyboard.press("Control+Home")
    viewers.page.keyboard.press("Shift+End")
    viewers.page.keyboard.press("Control+Enter")
    assert viewers.calls()[-1] == ["onRun", "SELECT 1;"]
    colour = "e => getComputedStyle(e).color"
    keyword = viewers.page.locator(".cm-line span").first
    assert keyword.evaluate(colour) != editor.evaluate(colour)
    assert clean(viewers)


def test_an_editor_takes_values_from_outside_and_shows_problems(viewers: Viewers):
    viewers.show("CodeEditor", ("onChange",), value="a: 1", label="YAML", language="yaml")
    expect(viewers.page.get_by_role("textbox", name="YAML")).to_have_text("a: 1")
    problems = [{"from": 0, "to": 1, "message": "No such key"}]
    viewers.show("CodeEditor", ("onChange",), value="b: 2", label="YAML", language="yaml", problems=problems)
    expect(viewers.page.locator(".cm-content")).to_have_text("b: 2")
    expect(viewers.page.locator(".cm-lintRange-error")).to_have_text("b")
    assert viewers.calls() == []
    viewers.page.evaluate("hide()")
    assert viewers.page.locator(".cm-editor, .cm-tooltip").count() == 0
    assert clean(viewers)


def chart(count: int = 200) -> dict[str, object]:
    times = [START_MS + HOUR_MS * index for index in range(count)]
    values = [None if 40 <= index < 50 else 20000 + 900 * (index % 24) + 30 * index for index in range(count)]
    forecast = [None if index < 150 else 26000 + 30 * index for index in range(count)]
    return {
        "times": times, "unit": "req",
        "lines": [{"name": "Requests", "values": values}, {"name": "Forecast", "values": forecast, "isDashed": True}],
        "bands": [{
            "name": "80 %", "line": 1, "low": [one and one - 4000 for one in forecast],
            "high": [one and one + 4000 for one in forecast],
        }],
        "markers": [{"time": times[100], "label": "Change point"}],
        "periods": [{"from": times[120], "to": times[140], "label": "Outage"}],
    }  # fmt: skip


def test_a_chart_is_read_by_keyboard_and_its_lines_are_switched(viewers: Viewers):
    viewers.show("TimeChart", ("onMarker", "onSelect"), chart=chart(), label="Requests an hour")
    plot = viewers.page.get_by_role("group", name="Requests an hour")
    plot.focus()
    for _ in range(42):
        viewers.page.keyboard.press("ArrowRight")
    expect(viewers.page.get_by_role("status")).to_contain_text("Requests: no value")
    viewers.page.get_by_role("button", name=re.compile("^Change point")).press("Enter")
    assert viewers.calls()[-1][0] == "onMarker"
    entry = viewers.page.get_by_role("button", name="Forecast")
    entry.press("Enter")
    expect(entry).to_have_attribute("aria-pressed", "false")
    box = plot.bounding_box()
    assert box
    viewers.page.mouse.move(box["x"] + 200, box["y"] + 80)
    viewers.page.mouse.down()
    viewers.page.mouse.move(box["x"] + 400, box["y"] + 80, steps=4)
    viewers.page.mouse.up()
    name, period = viewers.calls()[-1]
    assert name == "onSelect" and isinstance(period, dict) and START_MS < period["from"] < period["to"]
    assert clean(viewers)


def test_a_chart_in_chinese_is_redrawn_with_the_language(viewers: Viewers):
    viewers.show("TimeChart", chart=chart(), label="请求")
    plot = viewers.page.get_by_role("group", name="请求")
    plot.focus()
    viewers.page.evaluate("setLanguage('zh')")
    expect(plot).to_have_attribute("aria-description", "用左右方向键读取数值。")
    viewers.page.keyboard.press("ArrowRight")
    expect(viewers.page.get_by_role("status")).to_contain_text("2025年10月")
    assert clean(viewers)


def test_vega_lite_draws_without_eval(viewers: Viewers):
    spec = {
        "data": {"values": [{"c": "中国", "n": 28}, {"c": "USA", "n": 55}, {"c": "UK", "n": 43}]},
        "transform": [{"calculate": "datum.n * 2", "as": "double"}],
        "mark": "bar",
        "encoding": {"x": {"field": "c", "type": "nominal"}, "y": {"field": "double", "type": "quantitative"}},
    }  # fmt: skip
    viewers.show("VegaChart", spec=spec, label="Sales")
    expect(viewers.page.locator(".vega-plot canvas")).to_be_visible()
    viewers.page.locator(".vega-plot canvas").hover()
    with viewers.page.expect_download() as saved:
        viewers.page.get_by_role("button", name="Save as PNG").click()
    assert saved.value.suggested_filename == "chart.png"
    viewers.show("VegaChart", spec={"mark": "nonsense", "encoding": 3}, label="Sales")
    expect(viewers.page.get_by_role("alert")).to_contain_text("This chart cannot be drawn")
    assert (viewers.violations(), viewers.elsewhere()) == ([], [])


def pdf() -> bytes:
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A5, pageCompression=0)
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))  # pyright: ignore[reportUnknownMemberType] - untyped; not embedded: it needs the character maps
    for number in range(1, 6):
        canvas.setFont("Helvetica", 14)
        canvas.drawString(40, 520, f"Page {number} of the handbook")
        canvas.drawString(40, 480, "Refunds are paid within fourteen")
        canvas.drawString(40, 460, "days of the return.")
        canvas.setFont("STSong-Light", 14)
        canvas.drawString(40, 420, "退款在十四天内支付。")
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def test_a_pdf_shows_the_marked_passage(viewers: Viewers):
    passages = [{"page": 3, "text": "paid within fourteen days"}, {"page": 3, "text": "十四天内"}]
    rest = {"page": 3, "passages": passages, "height": 640, "label": "Handbook"}
    show = "async ([bytes, rest]) => show('PdfView', { file: new Uint8Array(bytes), ...rest })"
    viewers.page.evaluate(show, [list(pdf()), rest])
    expect(viewers.page.locator("[data-page='3'] mark")).to_have_count(3)
    expect(viewers.page.get_by_role("group", name="Page 3 of 5")).to_be_in_viewport()
    expect(viewers.page.locator("[data-page='3'] .pdf-text")).to_contain_text("退款在十四天内支付。")
    mark = viewers.page.locator("[data-page='3'] mark").first.bounding_box()
    text = viewers.page.locator("[data-page='3'] .pdf-text span", has_text="Refunds").bounding_box()
    assert mark and text and abs(mark["y"] - text["y"]) < 12
    assert clean(viewers)


def test_a_broken_pdf_says_so(viewers: Viewers):
    viewers.page.evaluate("show('PdfView', { file: new Uint8Array([1, 2, 3]), label: 'Handbook' })")
    expect(viewers.page.get_by_role("alert")).to_have_text("This PDF cannot be displayed")


def graph(nodes: int) -> dict[str, list[dict[str, str]]]:
    return {
        "nodes": [{"id": str(one), "label": f"Node {one}", "kind": f"kind {one % 5}"} for one in range(nodes)],
        "edges": [{"source": str(one), "target": str(one * 7919 % one if one else 0)} for one in range(1, nodes)]
        + [{"source": str(one), "target": str(one // 10)} for one in range(1, nodes)],
    }


def test_a_graph_is_walked_by_keyboard(viewers: Viewers):
    viewers.show("GraphView", ("onSelect", "onOpen"), **graph(40), selected="3", path=["3", "0"])
    picture = viewers.page.get_by_role("application", name="Graph with 40 nodes and 78 edges")
    picture.focus()
    viewers.page.keyboard.press("n")
    expect(viewers.page.get_by_role("status")).to_contain_text("Node 4")
    viewers.page.keyboard.press("Enter")
    assert viewers.calls() == [["onSelect", "4"], ["onOpen", "3"]]
    for key in ("+", "-", "ArrowLeft", "0"):
        viewers.page.keyboard.press(key)
    viewers.page.evaluate("hide()")
    assert viewers.page.locator("canvas").count() == 0
    assert clean(viewers)


def median_frame_ms(viewers: Viewers, act: str) -> float:
    frames = viewers.page.evaluate(f"framesOf(3000, {act})")
    return sorted(frames)[len(frames) // 2]


def test_5000_nodes_are_laid_out_off_the_page_and_move(
    viewers: Viewers, record_property: Callable[[str, object], None]
):
    viewers.show("GraphView", (), **graph(5000))
    expect(viewers.page.locator(".graph-canvas")).to_be_visible()
    move = """(time) => document.querySelector(".graph-picture").dispatchEvent(
      new KeyboardEvent("keydown", { key: time % 400 < 200 ? "ArrowLeft" : "ArrowRight", bubbles: true }))"""
    record_property("frame_ms", frame := median_frame_ms(viewers, move))
    assert frame < 100  # a busy machine; alone it is a frame of the display
    assert clean(viewers)


def test_10000_rows_scroll(viewers: Viewers, record_property: Callable[[str, object], None]):
    viewers.page.evaluate("showRows(10000)")
    rows = viewers.page.get_by_role("list", name="Rows")
    expect(rows.get_by_role("listitem").first).to_have_attribute("aria-setsize", "10000")
    scroll = """(time) => { document.querySelector(".virtual-list").scrollTop = time * 40; }"""
    record_property("frame_ms", frame := median_frame_ms(viewers, scroll))
    assert frame < 200
    assert rows.get_by_role("listitem").count() < 60
    rows.focus()
    viewers.page.keyboard.press("End")
    expect(rows.get_by_text("Row 9999")).to_be_visible()
    assert clean(viewers)
