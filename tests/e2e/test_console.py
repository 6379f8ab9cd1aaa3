"""The console page in a real browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

import aistack
from harness.samples.documents import handbook, write
from harness.sql.shop import make_sqlite
from harness.sql.store import make_store_sqlite
from harness.stack import Stack

pytestmark = pytest.mark.heavy


@pytest.fixture
def page(browser: Browser, shared_stack: Stack) -> Iterator[Page]:
    context = browser.new_context(locale="en-US", viewport={"width": 1280, "height": 1000})
    one = context.new_page()
    errors: list[str] = []
    one.on("pageerror", lambda error: errors.append(str(error)))
    one.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    one.goto(shared_stack.url + "/console/ask")
    yield one
    context.close()
    assert [
        one for one in errors if "status of 400" not in one and "status of 409" not in one
    ] == []  # the browser tells of each refusal itself


ADMIN_KEY = "ask_console-tests-0123456789-abcdefghij"


@pytest.fixture(scope="module")
def keyed_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    one = Stack(
        tmp_path_factory.mktemp("keyed"),
        AISTACK_IDENTITY="true", GATEWAY_ADMIN_KEY=ADMIN_KEY, AISTACK_API_KEY=ADMIN_KEY,
    )  # fmt: skip
    one.http.headers["authorization"] = f"Bearer {ADMIN_KEY}"
    one.up()
    yield one
    one.http.close()
    one.command("down")


class TestOperating:
    """The page for who runs the stack."""

    @pytest.fixture
    def operate(self, browser: Browser, keyed_stack: Stack) -> Iterator[Page]:
        context = browser.new_context(locale="en-US", viewport={"width": 1280, "height": 1000})
        one = context.new_page()
        errors: list[str] = []
        one.on("pageerror", lambda error: errors.append(str(error)))
        one.goto(keyed_stack.url + "/console/operate#key")
        one.get_by_role("textbox", name="API key").fill(ADMIN_KEY)
        one.get_by_role("button", name="Continue").click()
        yield one
        context.close()
        assert errors == []

    def test_services_and_limits_are_shown(self, operate: Page):
        expect(operate.locator("#services")).to_contain_text("/v1/rag")
        expect(operate.locator("#services .pill[data-status=healthy]").first).to_be_visible()
        expect(operate.locator("#limits")).to_contain_text("requests in flight max")
        expect(operate.locator("#overall")).to_have_text("healthy")

    def test_a_key_is_made_shown_once_used_and_revoked_and_the_audit_log_tells(self, operate: Page, keyed_stack: Stack):
        operate.get_by_role("textbox", name="Name").fill("web <b>shop</b>")
        operate.get_by_role("textbox", name="Services").fill("rag")
        operate.get_by_role("button", name="Create key").click()
        key = operate.locator("#fresh-key").inner_text()
        path = "/v1/rag/collections"
        assert keyed_stack.http.get(path, headers={"authorization": f"Bearer {key}"}).status_code == 200
        expect(operate.locator("#keys")).to_contain_text("web <b>shop</b>")
        operate.get_by_role("button", name="Revoke").first.click()
        expect(operate.locator("#keys")).to_contain_text("revoked")
        assert keyed_stack.http.get(path, headers={"authorization": f"Bearer {key}"}).status_code == 401
        expect(operate.locator("#audit")).to_contain_text("key.revoked")
        expect(operate.locator("#audit")).to_contain_text("key:admin (administrator)")
        operate.reload()
        expect(operate.locator("#keys")).not_to_contain_text(key)

    def test_a_limit_that_is_none_says_why(self, operate: Page):
        operate.get_by_role("textbox", name="Name").fill("x")
        operate.get_by_role("textbox", name="Rate").fill("fast")
        operate.get_by_role("button", name="Create key").click()
        expect(operate.locator("#made")).to_contain_text("write it like '5/s burst 10'")

    def test_it_speaks_chinese(self, operate: Page):
        operate.locator("#account summary").click()
        operate.get_by_role("button", name="切换语言").click()
        expect(operate.locator("#keys-title")).to_have_text("API 密钥")


def test_the_service_map_shows_every_service_healthy(page: Page):
    expect(page.locator(".service")).to_have_count(6)
    expect(page.locator(".service .pill[data-status=healthy]")).to_have_count(6)
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


class TestDatabases:
    @pytest.fixture
    def databases(self, page: Page, shared_stack: Stack) -> Page:
        page.goto(shared_stack.url + "/console/databases")
        expect(page.locator("#about")).not_to_be_empty()
        return page

    def test_a_database_is_connected_looked_at_and_asked(self, databases: Page, tmp_path: Path):
        path = make_sqlite(tmp_path / "shop.sqlite")
        databases.get_by_role("button", name="Connect a database").first.click()
        databases.get_by_role("textbox", name="Name").fill("shop")
        databases.get_by_role("combobox", name="Engine").select_option("sqlite")
        databases.get_by_role("textbox", name="File path").fill(str(path))
        databases.locator("#connect-form button").click()
        expect(databases.locator("#about")).to_contain_text("SQLite")
        databases.locator("#schema details", has_text="orders").first.get_by_role("button", name="SELECT").click()
        databases.get_by_role("button", name="Run", exact=True).click()
        expect(databases.locator("#result")).to_contain_text("please update the address")
        expect(databases.locator("#outcome")).to_contain_text("5 rows")
        databases.fill("#sql", "SELECT '<img src=x onerror=alert(1)>' AS \"<b>markup</b>\"")
        databases.press("#sql", "Control+Enter")
        expect(databases.locator("#result td")).to_have_text("<img src=x onerror=alert(1)>")
        databases.fill("#sql", "DROP TABLE orders")
        databases.get_by_role("button", name="Run", exact=True).click()
        expect(databases.locator("#result")).to_contain_text("is not a query")
        expect(databases.locator("#history .pill").first).to_have_text("rejected")
        databases.fill("#sql", "SELECT * FROM orders WHERE id = 1")
        databases.get_by_role("button", name="Explain").click()
        expect(databases.locator("#result pre")).to_contain_text("orders")
        databases.on("dialog", lambda dialog: dialog.accept())
        databases.get_by_role("button", name="Disconnect").click()
        expect(databases.locator("#about")).to_contain_text("No database is connected yet")

    def test_a_query_is_saved_run_as_a_job_and_rights_are_changed(
        self, databases: Page, tmp_path: Path, shared_stack: Stack
    ):
        path = make_sqlite(tmp_path / "shop.sqlite")
        shared_stack.http.post("/api/connections", json={"name": "kept", "engine": "sqlite", "path": str(path)})
        databases.reload()
        expect(databases.locator("#schema")).to_contain_text("orders")
        databases.fill("#sql", "SELECT name FROM customers")
        databases.locator("#save").click()
        databases.get_by_role("textbox", name="Query name").fill("all names")
        databases.locator("#save-form button").click()
        expect(databases.locator("#saved")).to_contain_text("all names")
        databases.locator("#saved").get_by_role("button", name="Run as job").click()
        expect(databases.locator("#jobs .pill").first).to_have_text("done")
        with databases.expect_download() as fetched:
            databases.locator("#jobs").get_by_role("button", name="Download").first.click()
        assert b"Ada Lovelace" in fetched.value.path().read_bytes()
        databases.locator("#rights summary").click()
        databases.fill("#rights-form [name=masks]", "customers.name partial")
        databases.fill("#rights-form [name=filters]", "customers: city = 'London'")
        databases.locator("#rights-form button").click()
        expect(databases.locator("#outcome")).to_have_text("Saved.")
        kept = shared_stack.http.get("/api/connections/kept").json()
        assert kept["rules"]["masks"][0]["how"] == "partial"
        assert kept["rules"]["filters"][0]["where"] == "city = 'London'"
        assert kept["roles"]["run"] == ["*"]
        databases.fill("#rights-form [name=masks]", "nonsense")
        databases.locator("#rights-form button").click()
        expect(databases.locator("#job")).to_contain_text("nonsense: use table.column")
        databases.locator("#saved").get_by_role("button", name="Delete").click()
        expect(databases.locator("#saved")).to_contain_text("No saved queries")
        shared_stack.http.delete("/api/connections/kept")

    def test_a_running_query_is_cancelled(self, databases: Page, tmp_path: Path, shared_stack: Stack):
        path = make_sqlite(tmp_path / "shop.sqlite")
        made = shared_stack.http.post("/api/connections", json={"name": "slow", "engine": "sqlite", "path": str(path)})
        databases.reload()
        expect(databases.locator("#schema")).to_contain_text("orders")
        endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
        databases.fill("#sql", endless)
        databases.get_by_role("button", name="Run", exact=True).click()
        databases.get_by_role("button", name="Cancel").click()
        expect(databases.locator("#result")).to_contain_text("the query was cancelled")
        shared_stack.http.delete(f"/api/connections/{made.json()['id']}")


class TestQuestions:
    @pytest.fixture
    def questions(self, page: Page, shared_stack: Stack, tmp_path: Path) -> Iterator[Page]:
        path = make_store_sqlite(tmp_path / "store.sqlite")
        made = shared_stack.http.post("/api/connections", json={"name": "store", "engine": "sqlite", "path": str(path)})
        page.goto(shared_stack.url + "/console/questions")
        expect(page.locator("#connection")).to_contain_text("store")
        yield page
        shared_stack.http.delete(f"/api/connections/{made.json()['id']}")

    def ask(self, page: Page, question: str) -> None:
        page.fill("#question", question)
        page.click("#send")

    def test_a_question_is_answered_with_a_picture_and_its_statement(self, questions: Page):
        self.ask(questions, "Number of orders by month")
        expect(questions.locator("#answer")).to_contain_text("6 rows")
        expect(questions.locator("#answer svg.chart polyline")).to_be_visible()
        questions.locator("#answer summary", has_text="SQL").click()
        expect(questions.locator("#answer pre")).to_contain_text("GROUP BY")
        self.ask(questions, "Total of orders by status")
        expect(questions.locator("#answer svg.chart rect")).to_have_count(4)
        questions.get_by_role("button", name="Correct", exact=True).click()
        expect(questions.locator("#answer")).to_contain_text("Thanks")
        expect(questions.locator("#history tr").first).to_contain_text("Total of orders by status")

    def test_what_can_be_meant_in_two_ways_is_asked_back_about(self, questions: Page):
        self.ask(questions, "What is the largest product?")
        questions.locator("#answer li button").first.click()
        expect(questions.locator("#answer table")).to_be_visible()

    def test_what_is_beyond_the_rules_says_which_words(self, questions: Page):
        self.ask(questions, "What is the weather?")
        expect(questions.locator("#answer .trouble")).to_contain_text("weather")

    def test_a_semantic_layer_is_written_and_restored(self, questions: Page):
        questions.locator("#layer-box summary").first.click()
        questions.fill("#layer", "tables: {nothing: {names: [x]}}")
        questions.click("#layer-save")
        expect(questions.locator("#job")).to_contain_text("there is no such table")
        questions.fill("#layer", "tables: {orders: {names: [deal]}}")
        questions.click("#layer-save")
        expect(questions.locator("#layer-state")).to_contain_text("Version 1")
        self.ask(questions, "How many deals are there?")
        expect(questions.locator("#answer")).to_contain_text(": 8.")

    def test_it_speaks_chinese(self, questions: Page):
        questions.click("#language")
        self.ask(questions, "订单最多的客户")
        expect(questions.locator("#answer")).to_contain_text("Ada Lovelace")
        expect(questions.locator("#answer")).to_contain_text("由规则得出")


KEYS_OF_WORDS = """async (name) => {
  const { WORDS } = await import(`/console/${name}`);
  const keys = (value, at = "") => (value !== null && typeof value === "object" && !Array.isArray(value)
    ? Object.entries(value).flatMap(([key, inner]) => keys(inner, `${at}.${key}`))
    : [`${at} ${Array.isArray(value) ? value.length : typeof value}`]);
  return Object.values(WORDS).map((language) => keys(language).sort());
}"""


def test_every_text_is_there_in_both_languages(page: Page):
    names = [one.name for one in (Path(aistack.__file__).parent / "console" / "static").glob("*_words.js")]
    assert len(names) > 5
    for name in names:
        english, chinese = page.evaluate(KEYS_OF_WORDS, name)
        assert set(english) <= set(chinese), name  # some are only needed in Chinese: the server has the English ones
    for language in ("en", "zh-CN"):
        for path in (f"/console/{one}" for one in ("ask", "questions", "databases", "models", "operate")):
            page.goto(page.url.partition("/console")[0].rstrip("/") + path)
            expect(page.locator("html")).to_have_attribute("lang", language)
            texts = page.locator("[data-say]").all_text_contents()
            assert [one for one in texts if not one.strip() or one == "undefined"] == []
        page.get_by_role("button", name="Switch language / 切换语言").click()
