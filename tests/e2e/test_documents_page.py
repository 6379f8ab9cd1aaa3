"""The console's Documents page: upload, find, read, search, graph, sources; in a browser."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from harness.samples.documents import handbook, write
from harness.stack import Stack
from tests.e2e.test_shell import opened

pytestmark = pytest.mark.heavy


@pytest.fixture
def page(browser: Browser, shared_stack: Stack) -> Iterator[Page]:
    with opened(browser, shared_stack.url + "/documents") as one:
        expect(one.get_by_role("grid", name="Documents")).to_be_visible()
        yield one


def upload(page: Page, *files: str) -> None:
    page.get_by_label("Upload files").first.set_input_files(list(files))


def tab(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Documents", exact=True).get_by_role("link", name=name).click()


def test_files_are_uploaded_each_with_its_outcome_and_the_cited_page_is_marked(page: Page, tmp_path: Path):
    upload(page, write(tmp_path, "harbour.pdf", handbook()), write(tmp_path, "broken.pdf", b"%PDF-1.7 broken"))
    uploads = page.get_by_role("region", name="Uploads")
    expect(uploads).to_contain_text("2 of 2 files processed")
    expect(uploads).to_contain_text("the PDF is damaged")
    expect(page.get_by_role("row").filter(has_text="Harbour handbook")).to_contain_text("Ready")
    tab(page, "Search")
    page.get_by_label("Query").fill("When is a mooring line replaced?")
    page.keyboard.press("Enter")
    keyword = page.get_by_role("region", name="Keyword")
    expect(keyword).to_contain_text("four hundred tides")
    expect(page.get_by_role("region", name="Graph", exact=True)).to_be_visible()
    keyword.get_by_role("link", name="Harbour handbook").first.click()
    expect(page.locator("canvas").first).to_be_visible()
    page.get_by_role("link", name="Text", exact=True).click()
    expect(page.locator("mark")).to_contain_text("four hundred tides")
    expect(page.locator("mark")).to_be_in_viewport()
    page.get_by_role("link", name="Chunks").click()
    expect(page.get_by_role("listitem").filter(has_text="Page 2").first).to_be_visible()
    page.go_back()
    expect(page.locator("mark")).to_be_visible()


def test_documents_are_found_sorted_re_indexed_and_deleted(page: Page, tmp_path: Path):
    upload(page, write(tmp_path, "tides.txt", "The spring tide follows the new moon."))
    line = page.get_by_role("row").filter(has_text="tides.txt")
    expect(line).to_contain_text("Ready")
    page.get_by_label("Find documents").fill("tides")
    expect(page.get_by_role("status").filter(has_text="1 document")).to_be_visible()
    expect(page).to_have_url(re.compile("q=tides"))
    page.reload()
    expect(page.get_by_label("Find documents")).to_have_value("tides")
    line.get_by_role("button", name="Actions for").click()
    page.get_by_role("menuitem", name="Re-index").click()
    expect(page.get_by_text("Document re-indexed")).to_be_visible()
    line.get_by_role("checkbox").check()
    page.get_by_role("toolbar", name="Selection").get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No documents match")).to_be_visible()


def test_markup_in_documents_stays_text(page: Page, tmp_path: Path):
    hostile = write(tmp_path, "<img src=x onerror=alert(1)>.md", "# <script>alert(1)</script>\n\nZebra <b>rules</b>.")
    upload(page, hostile)
    page.get_by_role("row").filter(has_text="<script>alert(1)</script>").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("<script>alert(1)</script>")
    expect(page.get_by_role("article")).to_contain_text("<b>rules</b>")


def test_ten_thousand_documents_scroll_with_few_rows_in_the_page(page: Page):
    def many(offset: int, limit: int) -> dict[str, object]:
        one = {"media_type": "text/plain", "bytes": 10, "pages": None, "status": "ready", "error": "", "version": 1,
               "metadata": {}, "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"}  # fmt: skip
        numbers = range(offset, min(offset + limit, 10_000))
        return {
            "total": 10_000,
            "documents": [one | {"id": f"d{n}", "name": f"{n}.txt", "title": f"Nr {n}"} for n in numbers],
        }

    def answer(route: Route) -> None:
        query = parse_qs(urlsplit(route.request.url).query)
        route.fulfill(json=many(int(query["offset"][0]), int(query["limit"][0])))

    page.route("**/documents?*limit=200*", answer)
    page.get_by_label("Find documents").fill("nr")
    expect(page.get_by_text("10,000 documents")).to_be_visible()
    page.get_by_role("row").filter(has_text="Nr 3").first.focus()
    page.keyboard.press("End")
    expect(page.get_by_role("row").filter(has_text="Nr 9999")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("row").filter(has_text="Nr 9998")).to_be_focused()
    assert page.get_by_role("row").count() < 60


def test_the_graph_is_searched_corrected_and_undone(page: Page):
    tab(page, "Knowledge graph")
    panel = page.get_by_role("complementary", name="Details")
    expect(panel.get_by_role("heading", name="Topics")).to_be_visible()

    def open_redis() -> None:
        page.get_by_label("Find an entity").fill("Redis")
        page.locator(".documents-find .options button").first.click()
        expect(panel.get_by_role("heading", level=2)).to_have_text("Redis")

    open_redis()
    expect(panel.get_by_role("heading", name="Passages")).to_be_visible()
    panel.get_by_text("Correct", exact=True).click()
    panel.get_by_label("Name").fill("Remote Dictionary")
    panel.get_by_role("button", name="Rename").click()
    expect(panel.get_by_role("heading", level=2)).to_have_text("Remote Dictionary")
    panel.get_by_role("button", name="Topics").click()
    edits = panel.get_by_role("list", name="Manual edits")
    expect(edits).to_contain_text("is shown as Remote Dictionary")
    edits.get_by_role("button", name="Undo").click()
    expect(edits).to_have_count(0)
    open_redis()
    panel.get_by_label("Path to another entity").fill("no such thing")
    panel.get_by_role("button", name="Find path").click()
    expect(page.get_by_text("There is no entity named no such thing.")).to_be_visible()


def test_an_address_is_watched_until_it_is_no_more_and_a_folder_must_be_allowed(page: Page):
    tab(page, "Sources")
    page.get_by_role("button", name="Add source").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Folder or URL").fill("/etc")
    dialog.get_by_role("button", name="Watch").click()
    expect(dialog.get_by_role("alert")).to_contain_text("RAG_WATCH_FOLDERS")
    dialog.get_by_label("Folder or URL").fill("https://rules.invalid/handbook.html")
    dialog.get_by_role("button", name="Watch").click()
    expect(page.get_by_role("listitem").filter(has_text="https://rules.invalid/handbook.html")).to_be_visible()
    page.get_by_role("button", name="Stop watching").click()
    page.get_by_role("dialog").get_by_role("button", name="Stop watching").click()
    expect(page.get_by_text("Nothing is watched yet")).to_be_visible()


def test_a_collection_is_created_and_deleted_in_chinese(browser: Browser, shared_stack: Stack):
    with opened(browser, shared_stack.url + "/documents", locale="zh-CN") as page:
        page.get_by_role("button", name="更多操作", exact=True).first.click()
        page.get_by_role("menuitem", name="新建文档集").click()
        page.get_by_role("dialog").get_by_label("名称").fill("drafts")
        page.keyboard.press("Enter")
        expect(page.get_by_label("文档集").locator("option:checked")).to_have_text("drafts (0)")
        expect(page.get_by_text("还没有文档")).to_be_visible()
        page.get_by_role("button", name="更多操作", exact=True).first.click()
        page.get_by_role("menuitem", name="删除文档集").click()
        page.get_by_role("dialog").get_by_role("button", name="删除").click()
        expect(page.get_by_label("文档集").locator("option")).to_have_count(1)


def test_a_call_can_be_copied(page: Page):
    page.get_by_role("button", name="Copy as curl or Python").first.click()
    dialog = page.get_by_role("dialog", name="Copy as curl or Python")
    expect(dialog).to_contain_text("curl 'http://127.0.0.1")
    dialog.get_by_role("button", name="Python").click()
    expect(dialog).to_contain_text("import httpx")
