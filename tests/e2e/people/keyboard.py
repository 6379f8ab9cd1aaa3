"""Using the console with the keyboard alone."""

from playwright.sync_api import Locator, Page, expect

TABS_MAX = 80


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


def find(page: Page, field: str, name: str) -> None:
    """Finds a person or group by typing, and takes the first one found."""
    type_into(page, page.get_by_role("combobox", name=field), name)
    expect(options(page).first).to_contain_text(name)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")


def options(page: Page) -> Locator:
    """What the open list of people and groups offers."""
    return page.locator(".options [role=option]:visible")


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def menu_item(page: Page, name: str) -> Locator:
    return page.get_by_role("menuitem", name=name, exact=True)


def sign_in(page: Page, email: str, password: str) -> None:
    """Fills the page for signing in."""
    type_into(page, page.get_by_label("E-mail address"), email)
    type_into(page, page.get_by_label("Password"), password)
    page.keyboard.press("Enter")
