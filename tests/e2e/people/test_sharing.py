"""Sharing collections, connections and saved queries from the console."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from harness.sql.shop import make_sqlite
from tests.e2e.people.conftest import PASSWORD, Browsers, Company
from tests.e2e.people.keyboard import button, find, menu_item, options, press, sign_in, tab_to, type_into

pytestmark = pytest.mark.heavy

NO_COLLECTION = "This collection does not exist, or you do not have access to it"


def new_collection(page: Page, name: str) -> None:
    press(page, button(page, "More actions").first)
    menu_item(page, "New collection").press("Enter")
    type_into(page, page.get_by_role("dialog").get_by_label("Name"), name)
    page.keyboard.press("Enter")
    expect(page.locator("#collection option:checked")).to_have_text(f"{name} (0)")


def test_somebody_is_invited_and_a_collection_shared_and_taken_back_with_the_keyboard_alone(
    browsers: Browsers, stack: Company
):
    with browsers.of(stack.owner, "/console/people") as owner, browsers.open() as ada:
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
        expect(ada.locator("#account")).to_contain_text("Ada Lovelace")
        expect(ada.get_by_role("link", name="People")).to_be_hidden()

        owner.goto(stack.url + "/documents")
        new_collection(owner, "secrets")
        new_collection(owner, "plans")
        press(owner, button(owner, "Share"))
        find(owner, "Add people or groups", "Ada")
        press(owner, button(owner, "Add"))
        expect(owner.get_by_role("dialog").get_by_role("status").last).to_have_text("Saved")
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
        expect(ada.get_by_role("heading", level=2)).to_have_text(NO_COLLECTION)


def test_a_link_asks_to_sign_in_and_access_is_requested_accepted_and_declined(browsers: Browsers, stack: Company):
    person = stack.member("Barbara Liskov")
    made = stack.http.post("/v1/rag/collections", json={"name": "substitution"}).json()
    path = f"/documents?collection={made['id']}"
    with browsers.open() as barbara, browsers.of(stack.owner, path) as owner:
        barbara.goto(stack.url + path)
        sign_in(barbara, person.email, PASSWORD)
        barbara.wait_for_url(stack.url + path)
        notice = barbara.get_by_role("main")
        expect(notice.get_by_role("heading", level=2)).to_have_text(NO_COLLECTION)
        press(barbara, button(barbara, "Request access"))
        expect(notice).to_contain_text("If it exists, its managers will see your request.")

        press(owner, button(owner, "Share"))
        press(owner, button(owner, "Accept: Barbara Liskov"))
        expect(owner.get_by_label("Permission of Barbara Liskov")).to_have_value("view")
        expect(owner.get_by_role("heading", name="Requests")).to_have_count(0)
        barbara.reload()
        expect(barbara.locator("#collection option:checked")).to_have_text("substitution (0)")

        press(barbara, button(barbara, "Share"))
        press(barbara, button(barbara, "Request more access"))
        expect(barbara.get_by_role("dialog")).to_contain_text("its managers will see your request")
        owner.reload()
        press(owner, button(owner, "Share"))
        expect(owner.get_by_role("dialog")).to_contain_text("Requested: Can use")
        press(owner, button(owner, "Decline: Barbara Liskov"))
        expect(owner.get_by_role("heading", name="Requests")).to_have_count(0)
    held = stack.http.get(f"/v1/rag/collections/{made['id']}/access").json()
    assert [one["level"] for one in held["grants"]] == ["view"]


def test_a_thing_that_does_not_exist_looks_like_one_that_is_not_shared(browsers: Browsers, stack: Company):
    made = stack.http.post("/v1/rag/collections", json={"name": "hidden"}).json()["id"]
    with browsers.of(stack.member("Niklaus Wirth")) as page:
        seen: list[str] = []
        for one in (made, "0123456789ab"):
            page.goto(f"{stack.url}/documents?collection={one}")
            press(page, button(page, "Request access"))
            expect(page.get_by_role("main")).to_contain_text("Request sent.")
            seen.append(page.locator("main").inner_text())
        assert seen[0] == seen[1]
        for kind, name in (("connection", "This connection"), ("query", "This saved query")):
            page.goto(f"{stack.url}/console/databases?{kind}=0123456789ab")
            expect(page.get_by_role("heading", level=1).first).to_contain_text(f"{name} does not exist")


def test_a_connection_goes_to_a_group_and_then_to_another_owner(browsers: Browsers, stack: Company, tmp_path: Path):
    person = stack.member("Edgar Codd")
    group = stack.http.post("/gateway/groups", json={"name": "Analysts, EMEA"}).json()["id"]
    user = stack.http.get("/gateway/users", params={"q": person.email}).json()["users"][0]["subject"]
    stack.http.put(f"/gateway/groups/{group}/members/{user}")
    with browsers.of(stack.owner, "/console/databases") as owner, browsers.of(person, "/console/databases") as edgar:
        press(owner, button(owner, "Connect a database"))
        owner.locator("#connect-form [name=name]").fill("shop")
        owner.locator("#connect-form [name=engine]").select_option("sqlite")
        owner.locator("#connect-form [name=path]").fill(str(make_sqlite(tmp_path / "shop.db")))
        owner.keyboard.press("Enter")
        press(owner, button(owner, "Share").first)
        find(owner, "Add people or groups", "Analysts")
        tab_to(owner, owner.get_by_label("Permission", exact=True))
        owner.keyboard.type("Can use")
        press(owner, button(owner, "Add"))
        expect(owner.get_by_label("Permission of Analysts, EMEA")).to_have_value("use")

        edgar.reload()
        expect(edgar.locator("#connection option:checked")).to_have_text("shop")
        expect(button(edgar, "Disconnect")).to_have_count(0)
        expect(edgar.locator("#rights")).to_be_hidden()

        press(owner, button(owner, "Transfer …"))
        find(owner, "New owner", "Edgar")
        press(owner, button(owner, "Transfer"))
        expect(owner.get_by_label("New owner")).to_have_count(0)
        expect(owner.locator("dialog .entries li").first).to_contain_text("Edgar Codd")
        edgar.reload()
        expect(button(edgar, "Disconnect")).to_be_visible()


def test_who_manages_a_collection_may_take_it_over(browsers: Browsers, stack: Company):
    made = stack.http.post("/v1/rag/collections", json={"name": "inherited"}).json()["id"]
    person = stack.member("Radia Perlman")
    user = stack.http.get("/gateway/users", params={"q": person.email}).json()["users"][0]["subject"]
    grants = {"grants": [{"subject": user, "level": "manage"}]}
    assert stack.http.put(f"/v1/rag/collections/{made}/access", json=grants).is_success
    with browsers.of(person, f"/documents?collection={made}") as radia:
        press(radia, button(radia, "Share"))
        press(radia, button(radia, "Take over"))
        press(radia, button(radia, "Transfer"))
        expect(radia.get_by_role("dialog").get_by_role("status").last).to_have_text("Saved")
        expect(radia.get_by_role("dialog").get_by_role("listitem").first).to_contain_text("Radia Perlman")
        expect(button(radia, "Take over")).to_have_count(0)
    assert stack.http.get(f"/v1/rag/collections/{made}/access").json()["owner"] == user


def test_a_change_in_another_tab_is_kept_and_a_deleted_thing_is_told(owner: Page, stack: Company):
    made = stack.http.post("/v1/rag/collections", json={"name": "joint"}).json()["id"]
    owner.goto(f"{stack.url}/documents?collection={made}")
    press(owner, button(owner, "Share"))
    expect(owner.get_by_label("Permission of Everyone")).to_have_value("")
    grants = [{"subject": f"user:{one:012x}", "level": "view"} for one in (1, 2)]
    stack.http.put(f"/v1/rag/collections/{made}/access", json={"grants": grants})
    owner.get_by_label("Permission of Everyone").select_option("edit")
    expect(owner.get_by_role("dialog").get_by_role("status").last).to_have_text("Saved")
    expect(owner.get_by_role("dialog").get_by_role("listitem")).to_have_count(4)
    stack.http.delete(f"/v1/rag/collections/{made}")
    owner.get_by_label("Permission of Everyone").select_option("view")
    expect(owner.get_by_role("dialog").get_by_role("alert")).not_to_be_empty()


def test_escape_closes_the_list_of_people_before_the_dialog(owner: Page, stack: Company):
    owner.goto(stack.url + "/documents")
    press(owner, button(owner, "Share"))
    field = owner.get_by_role("combobox", name="Add people or groups")
    type_into(owner, field, "grace")
    expect(options(owner)).to_have_count(1)
    expect(field).to_have_attribute("aria-expanded", "true")
    owner.keyboard.press("Escape")
    expect(options(owner)).to_have_count(0)
    owner.keyboard.press("Escape")
    expect(owner.get_by_role("dialog")).to_have_count(0)
