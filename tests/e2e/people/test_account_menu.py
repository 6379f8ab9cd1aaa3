"""Signing in from the console, and the menu of one's account."""

import pytest
from playwright.sync_api import expect

from tests.e2e.people.conftest import PASSWORD, Browsers, Company
from tests.e2e.people.keyboard import button, menu_item, press, sign_in, type_into

pytestmark = pytest.mark.heavy


def test_every_page_asks_to_sign_in_and_is_there_afterwards(browsers: Browsers, stack: Company):
    with browsers.open() as page:
        for path in (
            "/",
            "/documents",
            "/documents?q=a",
            "/console/databases?connection=0123456789ab",
            "/console/people",
        ):
            page.context.clear_cookies()
            page.goto(stack.url + path)
            page.wait_for_url("**/sign-in?**")
            sign_in(page, stack.owner.email, PASSWORD)
            page.wait_for_url(stack.url + path)
            expect(page.locator("#account")).to_contain_text("Grace Hopper")


def test_signing_in_needs_no_script(browsers: Browsers, stack: Company):
    with browsers.open(java_script_enabled=False) as page:
        page.goto(stack.url + "/account")
        sign_in(page, stack.owner.email, PASSWORD)
        expect(page.get_by_text("Signed in as grace@example.com")).to_be_visible()
        press(page, button(page, "Sign out"))
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_the_menu_is_used_with_the_keyboard_in_two_languages(browsers: Browsers, stack: Company):
    with browsers.of(stack.member("Frances Allen", "admin"), "/console/people") as page:
        summary = page.locator("#account summary")
        press(page, summary)
        expect(page.locator("#account")).to_contain_text("Administrator")
        page.keyboard.press("Escape")
        expect(button(page, "Sign out")).to_be_hidden()
        expect(summary).to_be_focused()
        page.keyboard.press("Enter")
        press(page, page.locator("#language"))
        expect(page.get_by_role("heading", level=1)).to_have_text("成员")
        press(page, button(page, "退出登录"))
        expect(page.get_by_role("heading", level=1)).to_have_text("登录")
        page.goto(stack.url + "/documents")
        expect(page.get_by_label("邮箱")).to_be_visible()


def test_a_person_makes_a_key_that_reads_and_revokes_it(browsers: Browsers, stack: Company):
    with browsers.of(stack.member("Dorothy Vaughan"), "/documents") as page:
        press(page, page.locator("#account"))
        menu_item(page, "API keys").press("Enter")
        keys = page.get_by_role("dialog", name="Your API keys")
        type_into(page, keys.get_by_label("Name"), "notebook")
        press(page, keys.get_by_label("Read only"), "Space")
        press(page, button(page, "Create key"))
        fresh = keys.get_by_label("New key")
        expect(fresh).to_be_focused()
        key = {"authorization": f"Bearer {fresh.input_value()}"}
        assert stack.http.get("/v1/rag/collections", headers=key).status_code == 200
        assert stack.http.post("/v1/rag/collections", json={"name": "x"}, headers=key).status_code == 403
        press(page, button(page, "Revoke the key notebook"))
        press(page, button(page, "Revoke"))
        expect(keys.locator("li")).to_contain_text("revoked")
        assert stack.http.get("/v1/rag/collections", headers=key).status_code == 401
        page.keyboard.press("Escape")
        expect(page.locator("#account")).to_be_focused()


def test_a_session_that_ends_keeps_the_page_and_leads_to_signing_in(browsers: Browsers, stack: Company):
    person = stack.member("Katherine Johnson")
    with browsers.of(person, "/documents") as page:
        expect(page.locator("#account")).to_contain_text("Katherine Johnson")
        page.get_by_role("textbox", name="Find documents").focus()
        user = stack.http.get("/gateway/users", params={"q": person.email}).json()["users"][0]["id"]
        stack.http.delete("/gateway/sessions", params={"user": user})
        page.keyboard.type("orbit")
        expect(page.get_by_role("dialog")).to_contain_text("You are signed out")
        expect(page.get_by_role("dialog").get_by_role("link", name="Sign in")).to_be_focused()
        expect(page.get_by_label("Find documents")).to_have_value("orbit")


def test_a_tab_follows_when_somebody_else_signs_in_beside_it(browsers: Browsers, stack: Company):
    other = stack.member("Annie Easley")
    with browsers.of(stack.member("Mary Jackson"), "/documents") as page:
        expect(page.locator("#account")).to_contain_text("Mary Jackson")
        beside = page.context.new_page()
        beside.goto(stack.url + "/sign-in?again=1")
        sign_in(beside, other.email, PASSWORD)
        beside.wait_for_url(stack.url + "/")
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # the tab is looked at again
        expect(page.locator("#account")).to_contain_text("Annie Easley")


def test_a_key_is_used_in_a_tab_and_put_away(browsers: Browsers, stack: Company):
    with browsers.open() as page:
        page.goto(stack.url + "/documents")
        page.get_by_role("link", name="Use an API key instead").click()
        type_into(page, page.get_by_role("textbox", name="API key"), stack.key)
        page.keyboard.press("Enter")
        press(page, page.locator("#account"))
        menu_item(page, "Stop using this key").press("Enter")
        expect(page.get_by_role("textbox", name="API key")).to_be_visible()
