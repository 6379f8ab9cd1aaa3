"""The people page: accounts, groups, sessions, removal."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.people.conftest import PASSWORD, Browsers, Company
from tests.e2e.people.keyboard import button, find, menu_item, press, sign_in, type_into

pytestmark = pytest.mark.heavy


def open_person(page: Page, name: str) -> Locator:
    """Finds somebody and opens their dialog, with the keyboard."""
    page.get_by_role("textbox", name="Search people and groups").fill(name)
    press(page, button(page, name))
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("API keys")
    return dialog


def test_the_dialog_of_a_person_keeps_the_focus_and_gives_it_back(owner: Page):
    open_person(owner, "Grace Hopper")
    for _ in range(40):
        owner.keyboard.press("Tab")
        assert owner.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')")
    owner.keyboard.press("Escape")
    expect(owner.get_by_role("dialog")).to_have_count(0)
    expect(button(owner, "Grace Hopper")).to_be_focused()


def test_hundreds_of_people_are_searched_and_shown_in_parts(owner: Page, stack: Company):
    for number in range(120):
        body = {"name": f"Reader {number:03}", "email": f"reader{number}@example.com", "role": "guest"}
        assert stack.http.post("/gateway/users", json=body).status_code == 201
    owner.reload()
    owner.get_by_label("Show").select_option("guest")
    expect(owner.locator("#users tbody tr")).to_have_count(100)
    button(owner, "Show more").click()
    expect(owner.locator("#users tbody tr")).to_have_count(120)
    owner.get_by_role("textbox", name="Search people and groups").fill("reader 07")
    expect(owner.locator("#users tbody tr")).to_have_count(10)
    expect(owner.locator("#count")).to_have_text("10 accounts")


def test_markup_and_right_to_left_names_stay_text(owner: Page, stack: Company):
    name = "<img src=x onerror=alert(1)> אבג"
    stack.http.post("/gateway/users", json={"name": name, "email": "markup@example.com"})
    dialog = open_person(owner, name)
    expect(dialog.locator("h2 bdi")).to_have_text(name)
    expect(dialog.locator("h2 img")).to_have_count(0)


def test_groups_contain_people_and_groups(owner: Page, stack: Company):
    stack.member("Edsger Dijkstra")
    owner.reload()
    for name in ("Sales, EMEA", "Everyone in Berlin"):
        owner.locator("#new-group [name=name]").fill(name)
        owner.keyboard.press("Enter")
        expect(owner.locator("#groups summary", has_text=name)).to_be_focused()
    berlin = owner.locator("#groups details", has_text="Everyone in Berlin")
    owner.locator("#groups summary", has_text="Sales, EMEA").click()  # closes it
    for name in ("Sales, EMEA", "Edsger"):
        berlin.locator("summary").focus()
        find(owner, "Add a person or group", name)
        press(owner, button(owner, "Add"))
        expect(berlin.locator("li", has_text=name)).to_be_visible()
    expect(owner.locator("#users tr", has_text="Edsger")).to_contain_text("Everyone in Berlin")
    button(owner, "Remove Edsger Dijkstra from the group").click()
    expect(owner.locator("#users tr", has_text="Edsger")).not_to_contain_text("Berlin")


def test_a_role_changes_and_what_is_refused_is_said_in_words(owner: Page, stack: Company):
    stack.member("Margaret Hamilton")
    dialog = open_person(owner, "Margaret Hamilton")
    dialog.get_by_label("Role").select_option("admin")
    press(owner, button(owner, "Save"))
    expect(dialog.locator(".said")).to_have_text("Saved.")
    expect(owner.locator("#users tr", has_text="Margaret")).to_contain_text("Administrator")
    owner.keyboard.press("Escape")
    dialog = open_person(owner, "Grace Hopper")
    dialog.get_by_label("Role").select_option("member")
    press(owner, button(owner, "Save"))
    expect(dialog.get_by_role("alert")).to_contain_text("owner")


def test_sessions_of_a_person_are_ended(owner: Page, browsers: Browsers, stack: Company):
    person = stack.member("Hedy Lamarr")
    with browsers.open() as hedy:
        hedy.goto(stack.url + "/documents")
        sign_in(hedy, person.email, PASSWORD)
        hedy.wait_for_url("**/documents")
        dialog = open_person(owner, "Hedy Lamarr")
        expect(dialog.get_by_role("button", name="End the session")).to_have_count(2)  # one from accepting the link
        press(owner, button(owner, "End all sessions"))
        expect(dialog.locator(".said")).to_have_text("2 sessions ended.")
        expect(dialog).to_contain_text("No open sessions.")
        hedy.goto(stack.url + "/documents")
        hedy.wait_for_url("**/sign-in?**")


def test_a_service_account_gets_a_key(owner: Page, stack: Company):
    press(owner, button(owner, "Invite someone"))
    owner.get_by_label("Type").select_option("service-account")
    type_into(owner, owner.locator("#invite-form [name=name]"), "nightly export")
    press(owner, button(owner, "Create service account"))
    expect(button(owner, "Invite someone")).to_be_focused()
    dialog = open_person(owner, "nightly export")
    type_into(owner, dialog.get_by_role("region", name="API keys").get_by_label("Name"), "cron")
    press(owner, button(owner, "Create key"))
    expect(dialog.get_by_label("New key")).to_be_focused()
    key = {"authorization": f"Bearer {dialog.get_by_label('New key').input_value()}"}
    assert stack.http.get("/gateway/me", headers=key).json()["subject"].startswith("service-account:")


def test_a_disabled_person_is_signed_out_and_a_removed_ones_things_go_to_the_heir(
    owner: Page, browsers: Browsers, stack: Company
):
    with browsers.of(stack.member("Tony Hoare"), "/documents") as tony:
        button(tony, "More actions").first.click()
        menu_item(tony, "New collection").click()
        tony.get_by_role("dialog").get_by_label("Name").fill("quick")
        tony.keyboard.press("Enter")
        expect(tony.locator("#collection option:checked")).to_have_text("quick (0)")
        dialog = open_person(owner, "Tony Hoare")
        press(owner, button(owner, "Disable"))
        expect(dialog.locator("h2")).to_contain_text("disabled")
        tony.get_by_label("Find documents").fill("sort")
        expect(tony.get_by_role("dialog")).to_contain_text("You are signed out")
    press(owner, button(owner, "Remove …"))
    removal = owner.get_by_role("dialog", name="Remove Tony Hoare")
    expect(removal.locator("tr", has_text="collections")).to_contain_text("1")
    find(owner, "New owner", "Grace")
    press(owner, button(owner, "Remove account"))
    expect(owner.get_by_role("dialog")).to_have_count(0)
    expect(owner.locator("#made")).to_have_text("Tony Hoare was removed.")
    expect(owner.get_by_role("textbox", name="Search people and groups")).to_be_focused()
    owner.goto(stack.url + "/documents")
    expect(owner.locator("#collection")).to_contain_text("quick")


def test_the_page_is_for_administrators_only(browsers: Browsers, stack: Company):
    with browsers.of(stack.member("Alan Kay"), "/console/people") as alan:
        for name in ("people", "models", "operate"):
            alan.goto(f"{stack.url}/console/{name}")
            expect(alan.get_by_role("heading", level=1)).to_have_text("Only administrators can see this page.")
            expect(alan.get_by_role("link", name=name.capitalize())).to_be_hidden()


def test_it_fits_a_phone_in_chinese(browsers: Browsers, owner: Page):
    owner.set_viewport_size({"width": 390, "height": 800})
    owner.locator("#account summary").click()
    owner.locator("#language").click()
    expect(owner.locator("#providers-title")).to_have_text("登录方式")
    expect(owner.locator("#providers")).to_contain_text("密码")
    assert owner.evaluate("document.documentElement.scrollWidth") <= 390
