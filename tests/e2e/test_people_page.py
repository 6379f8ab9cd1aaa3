"""People, sharing and the account menu in a real browser, used by several people with one keyboard each."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from harness.stack import Stack

pytestmark = pytest.mark.heavy

ADMIN_KEY = "ask_people-tests-0123456789-abcdefghij"
PASSWORD = "a long walk by the sea"
OWNER = "grace@example.com"
TABS_MAX = 80


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    one = Stack(
        tmp_path_factory.mktemp("people"),
        AISTACK_IDENTITY="true", GATEWAY_ADMIN_KEY=ADMIN_KEY, AISTACK_API_KEY=ADMIN_KEY,
    )  # fmt: skip
    one.http.headers["authorization"] = f"Bearer {ADMIN_KEY}"
    one.up()
    join(one, one.http.post("/gateway/first-owner").json()["path"], name="Grace Hopper", email=OWNER)
    yield one
    one.down()


def join(stack: Stack, path: str, **fields: str) -> None:
    """Accepts a one-time link without a browser."""
    form = {"token": path.partition("token=")[2], "password": PASSWORD, "repeated": PASSWORD} | fields
    answer = stack.http.post("/sign-in/link", data=form, headers={"origin": stack.url, "sec-fetch-site": "same-origin"})
    assert answer.status_code == 303, answer.text


def member(stack: Stack, name: str, role: str = "member") -> str:
    """A person who has a password; their e-mail address."""
    email = f"{name.split()[0].lower()}@example.com"
    made = stack.http.post("/gateway/users", json={"name": name, "email": email, "role": role})
    assert made.status_code == 201, made.text
    join(stack, made.json()["link"]["path"])
    return email


@contextmanager
def browsing(browser: Browser, **options: str) -> Iterator[Page]:
    """Somebody's own browser. No page may fail or break the content security policy."""
    context = browser.new_context(locale="en-US", viewport={"width": 1280, "height": 1000}, **options)
    page, errors = context.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("dialog", lambda dialog: dialog.accept())
    yield page
    context.close()
    assert [one for one in errors if "the server responded with a status of" not in one] == []


def sign_in(page: Page, stack: Stack, email: str, path: str = "/") -> Page:
    page.goto(f"{stack.url}/sign-in?next={path}")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(stack.url + path)
    return page


@pytest.fixture
def owner(browser: Browser, stack: Stack) -> Iterator[Page]:
    with browsing(browser) as page:
        yield sign_in(page, stack, OWNER, "/console/people")


def tab_to(page: Page, target: Locator) -> None:
    """Presses Tab until the element has the focus."""
    expect(target).to_be_visible()
    for _ in range(TABS_MAX):
        if target.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{target} cannot be reached with Tab")


def press(page: Page, target: Locator, key: str = "Enter") -> None:
    tab_to(page, target)
    page.keyboard.press(key)


def type_into(page: Page, target: Locator, text: str) -> None:
    tab_to(page, target)
    page.keyboard.type(text)


def find(page: Page, field: Locator, text: str) -> None:
    """Finds somebody by typing, and takes the first one found."""
    type_into(page, field, text)
    expect(page.get_by_role("option").first).to_contain_text(text)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def test_a_collection_is_shared_and_taken_back_with_the_keyboard_alone(browser: Browser, stack: Stack):
    with browsing(browser) as owner, browsing(browser) as ada:
        owner.goto(stack.url + "/console/people")
        press(owner, owner.get_by_role("link", name="Sign in with an account instead"))
        type_into(owner, owner.get_by_label("E-mail address"), OWNER)
        type_into(owner, owner.get_by_label("Password"), PASSWORD)
        owner.keyboard.press("Enter")
        owner.wait_for_url(stack.url + "/console/people")
        press(owner, button(owner, "Invite someone"))
        type_into(owner, owner.locator("#invite-form [name=name]"), "Ada Lovelace")
        type_into(owner, owner.locator("#invite-form [name=email]"), "ada@example.com")
        press(owner, button(owner, "Create invitation"))
        link = owner.get_by_label("One-time link")
        expect(link).to_be_focused()

        ada.goto(link.input_value())
        type_into(ada, ada.get_by_label("New password", exact=True), PASSWORD)
        type_into(ada, ada.get_by_label("Repeat the new password"), PASSWORD)
        ada.keyboard.press("Enter")
        expect(ada.locator("#account summary")).to_have_text("Ada Lovelace")
        expect(ada.get_by_role("link", name="People")).to_be_hidden()

        owner.goto(stack.url + "/console/library")
        for name in ("plans", "secrets"):
            press(owner, button(owner, "New collection"))
            type_into(owner, owner.locator("#new-collection [name=name]"), name)
            owner.keyboard.press("Enter")
            expect(owner.locator("#collection option:checked")).to_have_text(f"{name} (0)")
        tab_to(owner, owner.locator("#collection"))
        owner.keyboard.type("plans")
        expect(owner.locator("#collection option:checked")).to_have_text("plans (0)")
        press(owner, button(owner, "Share"))
        find(owner, owner.get_by_label("Add people or groups"), "Ada")
        press(owner, button(owner, "Add"))
        expect(owner.locator("dialog .said")).to_have_text("Saved.")
        shared = owner.get_by_label("Link", exact=True).input_value()

        ada.goto(shared)
        expect(ada.locator("#collection option")).to_have_text(["default (0)", "plans (0)"])
        press(ada, button(ada, "Share"))
        expect(ada.get_by_role("dialog")).to_contain_text("You can view this.")
        expect(ada.get_by_role("dialog")).not_to_contain_text("Grace")
        ada.keyboard.press("Escape")
        expect(button(ada, "Share")).to_be_focused()

        press(owner, button(owner, "Remove Ada Lovelace"))
        expect(button(owner, "Remove Ada Lovelace")).to_have_count(0)
        ada.reload()
        expect(ada.get_by_role("heading", level=1).first).to_have_text(
            "This collection does not exist, or you have no access."
        )

        owner.goto(stack.url + "/console/people")
        press(owner, button(owner, "Ada Lovelace"))
        press(owner, owner.get_by_role("button", name="End the session"))
        expect(owner.get_by_role("dialog")).to_contain_text("No open sessions.")
        ada.goto(stack.url + "/console/library")
        expect(ada.get_by_role("link", name="Sign in", exact=True)).to_be_visible()


def test_a_link_to_a_thing_asks_to_sign_in_and_access_can_be_requested_and_granted(browser: Browser, stack: Stack):
    email = member(stack, "Barbara Liskov")
    made = stack.http.post("/v1/rag/collections", json={"name": "substitution"}).json()
    path = f"/console/library?collection={made['id']}"
    with browsing(browser) as owner, browsing(browser) as barbara:
        barbara.goto(stack.url + path)
        barbara.get_by_label("E-mail address").fill(email)
        barbara.get_by_label("Password").fill(PASSWORD)
        barbara.keyboard.press("Enter")
        barbara.wait_for_url(stack.url + path)
        expect(barbara.locator(".absent-notice")).to_contain_text("If it exists, its managers can share it with you.")
        press(barbara, button(barbara, "Ask for access"))
        expect(barbara.locator(".absent-notice")).to_contain_text("its managers will see your request")

        sign_in(owner, stack, OWNER, path)
        button(owner, "Share").click()
        press(owner, button(owner, "Grant: Barbara Liskov"))
        expect(owner.get_by_label("Level of Barbara Liskov")).to_have_value("view")
        expect(owner.get_by_role("heading", name="Requests")).to_have_count(0)
        barbara.reload()
        expect(barbara.locator("#collection option:checked")).to_have_text("substitution (0)")
        owner.get_by_label("Level of Everyone").select_option("edit")
        expect(owner.locator("dialog .said")).to_have_text("Saved.")

        button(owner, "Transfer …").click()
        find(owner, owner.get_by_label("New owner"), "Barbara")
        press(owner, button(owner, "Transfer"))
        expect(owner.locator("dialog .entries li").first).to_contain_text("Barbara Liskov")
    held = stack.http.get(f"/v1/rag/collections/{made['id']}/access").json()
    assert held["grants"] == [{"subject": "everyone", "level": "edit"}]


class TestDialogs:
    def test_the_focus_stays_inside_and_goes_back(self, owner: Page):
        opener = button(owner, "Grace Hopper").first
        press(owner, opener)
        expect(owner.get_by_role("dialog")).to_contain_text("Open sessions")
        for _ in range(40):
            owner.keyboard.press("Tab")
            assert owner.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')")
        owner.keyboard.press("Escape")
        expect(owner.get_by_role("dialog")).to_have_count(0)
        expect(opener).to_be_focused()

    def test_escape_closes_the_list_of_people_before_the_dialog(self, owner: Page):
        button(owner, "Grace Hopper").first.click()
        button(owner, "Remove …").click()
        field = owner.get_by_role("combobox", name="Heir")
        field.fill("grace")
        expect(owner.get_by_role("option")).to_have_count(1)
        expect(field).to_have_attribute("aria-expanded", "true")
        owner.keyboard.press("Escape")
        expect(owner.get_by_role("option")).to_have_count(0)
        expect(owner.get_by_role("dialog", name="Remove Grace Hopper")).to_be_visible()
        owner.keyboard.press("Escape")
        expect(owner.get_by_role("dialog")).to_have_count(1)

    def test_the_account_menu(self, owner: Page, stack: Stack):
        summary = owner.locator("#account summary")
        press(owner, summary)
        expect(owner.locator("#account")).to_contain_text("Owner")
        owner.keyboard.press("Escape")
        expect(button(owner, "Sign out")).to_be_hidden()
        expect(summary).to_be_focused()
        owner.keyboard.press("Enter")
        press(owner, owner.locator("#language"))
        expect(owner.get_by_role("heading", level=1)).to_have_text("成员")
        press(owner, button(owner, "退出登录"))
        expect(owner.get_by_role("heading", level=1)).to_have_text("登录")
        owner.goto(stack.url + "/")
        expect(owner.locator("#sign-in")).to_have_text("登录")


class TestPeople:
    def test_hundreds_of_people_are_searched_and_shown_in_parts(self, owner: Page, stack: Stack):
        for number in range(120):
            body = {"name": f"Reader {number:03}", "email": f"reader{number}@example.com", "role": "guest"}
            assert stack.http.post("/gateway/users", json=body).status_code == 201
        owner.reload()
        owner.get_by_label("Show").select_option("guest")
        expect(owner.locator("#users tbody tr")).to_have_count(100)
        button(owner, "Show more").click()
        expect(owner.locator("#users tbody tr")).to_have_count(120)
        owner.get_by_label("Search people and groups").fill("reader 07")
        expect(owner.locator("#users tbody tr")).to_have_count(10)
        expect(owner.locator("#count")).to_have_text("10 accounts")

    def test_markup_and_right_to_left_names_stay_text(self, owner: Page, stack: Stack):
        name = "<img src=x onerror=alert(1)> אבג"
        stack.http.post("/gateway/users", json={"name": name, "email": "markup@example.com"})
        owner.reload()
        button(owner, name).click()
        expect(owner.get_by_role("dialog").locator("h2 bdi")).to_have_text(name)
        expect(owner.get_by_role("dialog").locator("h2 img")).to_have_count(0)

    def test_groups_contain_people_and_groups(self, owner: Page, stack: Stack):
        member(stack, "Edsger Dijkstra")
        owner.reload()
        for name in ("Sales, EMEA", "Everyone in Berlin"):
            owner.locator("#new-group [name=name]").fill(name)
            owner.keyboard.press("Enter")
            expect(owner.locator("#groups summary", has_text=name)).to_be_focused()
        berlin = owner.locator("#groups details", has_text="Everyone in Berlin")
        for name in ("Sales, EMEA", "Edsger"):
            find(owner, berlin.get_by_label("Add a person or group"), name)
            press(owner, button(owner, "Add").and_(berlin.locator("button")))
            expect(berlin.locator("li", has_text=name)).to_be_visible()
        expect(owner.locator("#users tr", has_text="Edsger")).to_contain_text("Everyone in Berlin")
        button(owner, "Take Edsger Dijkstra out").click()
        expect(owner.locator("#users tr", has_text="Edsger")).not_to_contain_text("Berlin")

    def test_a_disabled_person_is_signed_out_and_a_removed_ones_things_go_to_the_heir(
        self, owner: Page, browser: Browser, stack: Stack
    ):
        email = member(stack, "Tony Hoare")
        owner.reload()
        with browsing(browser) as tony:
            sign_in(tony, stack, email, "/console/library")
            button(tony, "New collection").click()
            tony.locator("#new-collection [name=name]").fill("quick")
            tony.keyboard.press("Enter")
            expect(tony.locator("#collection option:checked")).to_have_text("quick (0)")
            button(owner, "Tony Hoare").click()
            button(owner, "Disable").click()
            expect(owner.get_by_role("dialog").locator("h2")).to_contain_text("disabled")
            expect(tony.get_by_role("dialog")).to_contain_text("You are signed out")
        button(owner, "Remove …").click()
        removal = owner.get_by_role("dialog", name="Remove Tony Hoare")
        expect(removal.locator("tr", has_text="collections")).to_contain_text("1")
        button(owner, "Remove account").click()
        find(owner, owner.get_by_role("combobox", name="Heir"), "Grace")
        button(owner, "Remove account").click()
        expect(owner.get_by_role("dialog")).to_have_count(0)
        expect(button(owner, "Tony Hoare")).to_have_count(0)
        owner.goto(stack.url + "/console/library")
        expect(owner.locator("#collection")).to_contain_text("quick")


def test_the_page_is_for_administrators_only(browser: Browser, stack: Stack):
    email = member(stack, "Alan Kay")
    with browsing(browser) as alan:
        sign_in(alan, stack, email, "/console/people")
        expect(alan.locator("#lead")).to_have_text("Only administrators can see this page.")
        expect(alan.locator("#users-box")).to_be_hidden()


def test_a_key_of_this_tab_can_be_put_away(browser: Browser, stack: Stack):
    with browsing(browser) as page:
        page.goto(stack.url + "/console/library")
        page.get_by_role("textbox", name="API key").fill(ADMIN_KEY)
        page.keyboard.press("Enter")
        page.locator("#account summary").click()
        button(page, "Stop using this key").click()
        expect(page.get_by_role("textbox", name="API key")).to_be_visible()
