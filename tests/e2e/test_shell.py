"""The console's shell: pages, addresses, palette, languages, themes, phones, a service that does not run."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from harness.stack import Stack

pytestmark = pytest.mark.heavy

PAGES = {"/": "Chat", "/documents": "Documents", "/data": "Data", "/models": "Models", "/operate": "Operate"}


@contextmanager
def opened(browser: Browser, url: str, **options: Any) -> Iterator[Page]:
    """A page in a browser of its own. It may log no error and ask nothing of other sites."""
    context = browser.new_context(**{"locale": "en-US", "viewport": {"width": 1280, "height": 900}} | options)
    page = context.new_page()
    errors: list[str] = []
    asked: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: asked.append(request.url))
    page.goto(url)
    expect(page.get_by_role("main").get_by_role("heading", level=1)).to_be_visible()
    yield page
    context.close()
    assert [one for one in errors if "status of" not in one] == []
    origin = "/".join(url.split("/")[:3])
    assert [one for one in asked if not one.startswith((origin, "data:", "blob:"))] == []


@pytest.fixture
def page(browser: Browser, shared_stack: Stack) -> Iterator[Page]:
    with opened(browser, shared_stack.url + "/") as one:
        yield one


def test_every_page_has_an_address_and_back_works(page: Page, shared_stack: Stack):
    sidebar = page.get_by_role("navigation", name="Pages")
    for path, title in PAGES.items():
        sidebar.get_by_role("link", name=title).click()
        expect(page.get_by_role("main").get_by_role("heading", level=1)).to_have_text(title)
        expect(page).to_have_url(shared_stack.url + path)
        expect(page).to_have_title(f"{title} · AI Stack")
        expect(sidebar.get_by_role("link", name=title)).to_have_attribute("aria-current", "page")
    page.go_back()
    expect(page.get_by_role("main").get_by_role("heading", level=1)).to_have_text("Models")
    page.goto(shared_stack.url + "/data/databases")
    expect(page.get_by_role("link", name="Databases")).to_have_attribute("aria-current", "page")


def test_the_palette_finds_pages_with_the_keyboard(page: Page):
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Search")
    expect(field).to_be_focused()
    page.keyboard.type("docu")
    expect(page.get_by_role("option", name="Documents")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page.get_by_role("main").get_by_role("heading", level=1)).to_have_text("Documents")
    page.keyboard.press("Control+k")
    expect(field).to_be_focused()
    page.keyboard.press("Escape")
    expect(field).to_have_count(0)


def test_language_theme_and_sidebar_are_kept(page: Page):
    account = page.locator("#account")
    account.click()
    page.get_by_role("menuitemradio", name="中文").click()
    expect(page.get_by_role("main").get_by_role("heading", level=1)).to_have_text("对话")
    account.click()
    page.get_by_role("menuitemradio", name="深色主题").click()
    page.get_by_role("button", name="收起侧边栏").click()
    page.reload()
    root = page.locator("html")
    expect(root).to_have_attribute("lang", "zh-CN")
    expect(root).to_have_attribute("data-theme", "dark")
    expect(root).to_have_attribute("data-sidebar", "collapsed")
    expect(page.get_by_role("main").get_by_role("heading", level=1)).to_have_text("对话")


def test_on_a_phone_the_sidebar_is_a_drawer(browser: Browser, shared_stack: Stack):
    with opened(browser, shared_stack.url + "/", viewport={"width": 390, "height": 800}) as page:
        link = page.get_by_role("link", name="Models")
        expect(page.get_by_role("button", name="Open menu")).to_be_visible()
        expect(link).to_be_hidden()
        page.get_by_role("button", name="Open menu").click()
        link.click()
        expect(page.get_by_role("main").get_by_role("heading", level=1)).to_have_text("Models")
        expect(link).to_be_hidden()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_service_that_does_not_run_says_how_to_start_it(browser: Browser, shared_stack: Stack):
    with opened(browser, shared_stack.url + "/") as page:
        down = '{"title": "Service unavailable", "status": 503}'
        page.route("**/v1/rag/status", lambda route: route.fulfill(status=503, body=down))
        page.get_by_role("link", name="Documents").click()
        expect(page.get_by_role("heading", name="Documents is not running")).to_be_visible()
        expect(page.get_by_role("main")).to_contain_text("[services.rag]")
        page.unroute("**/v1/rag/status")
        page.get_by_role("button", name="Retry").click()
        expect(page.get_by_role("main").get_by_role("heading", level=1)).to_have_text("Documents")


def test_a_path_that_is_none_of_the_consoles_is_the_gateways_answer(shared_stack: Stack):
    assert shared_stack.http.get("/no/such").status_code == 404
    page = shared_stack.http.get("/documents/a/b%20c")
    assert page.status_code == 200
    assert "unsafe" not in page.headers["content-security-policy"]
