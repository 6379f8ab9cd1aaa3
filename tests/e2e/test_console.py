"""The console page in a real browser."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.conftest import missing
from tests.documents import handbook, write
from tests.e2e.conftest import Stack

pytestmark = pytest.mark.heavy

QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        missing("Chromium")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=QUIET)
        yield running
        running.close()


@pytest.fixture
def page(browser: Browser, shared_stack: Stack) -> Iterator[Page]:
    context = browser.new_context(locale="en-US", viewport={"width": 1280, "height": 1000})
    one = context.new_page()
    errors: list[str] = []
    one.on("pageerror", lambda error: errors.append(str(error)))
    one.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    one.goto(shared_stack.url + "/")
    yield one
    context.close()
    assert errors == []


def test_the_service_map_shows_every_service_healthy(page: Page):
    expect(page.locator(".service")).to_have_count(2)
    expect(page.locator(".service .pill[data-status=healthy]")).to_have_count(2)
    expect(page.locator("#overall")).to_have_text("healthy")


def test_a_question_gets_a_cited_answer_that_opens_at_the_span(page: Page):
    page.get_by_label("Question").fill("What shall not be infringed?")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator(".said")).to_contain_text("the right of the people to keep and bear Arms")
    expect(page.locator("#answer .pill")).to_contain_text("extractive")
    page.locator(".number").first.click()
    expect(page.locator("#reader mark")).to_be_in_viewport()
    expect(page.locator("#reader mark")).to_contain_text("shall not be infringed")


def test_it_speaks_chinese(page: Page):
    page.get_by_role("button", name="切换语言").click()
    expect(page.locator("h1")).to_have_text("向你的文档提问")
    page.locator("#examples button").first.click()
    expect(page.locator(".said")).to_contain_text("百战不殆")


def test_a_file_can_be_added_and_one_that_cannot_be_read_says_why(page: Page, tmp_path: Path):
    good, bad = write(tmp_path, "harbour.pdf", handbook()), write(tmp_path, "broken.pdf", b"%PDF-1.7 broken")
    page.locator("#files").set_input_files([good, bad])
    expect(page.locator("#job")).to_contain_text("broken.pdf: the PDF is damaged")
    expect(page.locator("#documents")).to_contain_text("Harbour handbook")
    page.get_by_label("Question").fill("When is a mooring line replaced?")
    page.keyboard.press("Enter")
    expect(page.locator(".sources")).to_contain_text("page 2")


def test_markup_in_documents_and_questions_stays_text(page: Page, tmp_path: Path):
    hostile = write(
        tmp_path, "<img src=x onerror=alert(1)>.md", "# <script>alert(1)</script>\n\nZebra crossing <b>rules</b>."
    )
    page.locator("#files").set_input_files(hostile)
    expect(page.locator("#documents")).to_contain_text("<script>alert(1)</script>")
    page.get_by_label("Question").fill("zebra crossing rules <img src=x>")
    page.keyboard.press("Enter")
    expect(page.locator(".said")).to_contain_text("<b>rules</b>")
