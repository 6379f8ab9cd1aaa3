"""One stack with identity on, its owner, and a browser for each person."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, Page, StorageState

from harness.stack import Stack

ADMIN_KEY = "ask_people-tests-0123456789-abcdefghij"
PASSWORD = "a long walk by the sea"


class Person(NamedTuple):
    """Somebody with a password. `session` is the one that accepting the invitation began."""

    email: str
    session: StorageState


class Company(Stack):
    """A stack that people use."""

    key = ADMIN_KEY
    owner: Person

    def join(self, path: str, email: str, name: str = "") -> Person:
        """Accepts a one-time link without a browser."""
        form = {"token": path.partition("token=")[2], "password": PASSWORD, "repeated": PASSWORD}
        headers = {"origin": self.url, "sec-fetch-site": "same-origin"}
        answer = self.http.post("/sign-in/link", data=form | {"name": name, "email": email}, headers=headers)
        assert answer.status_code == 303, answer.text
        cookies = [{"name": name, "value": value, "url": self.url} for name, value in answer.cookies.items()]
        self.http.cookies.clear()
        return Person(email, {"cookies": cookies})

    def member(self, name: str, role: str = "member") -> Person:
        """Somebody who accepted an invitation."""
        email = f"{name.split()[0].lower()}@example.com"
        made = self.http.post("/gateway/users", json={"name": name, "email": email, "role": role})
        assert made.status_code == 201, made.text
        return self.join(made.json()["link"]["path"], email)


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    one = Company(
        tmp_path_factory.mktemp("people"),
        AISTACK_IDENTITY="true", GATEWAY_ADMIN_KEY=ADMIN_KEY, AISTACK_API_KEY=ADMIN_KEY,
    )  # fmt: skip
    one.http.headers["authorization"] = f"Bearer {ADMIN_KEY}"
    started = one.up().stdout
    link = re.search(r"/sign-in/link\?token=[\w-]+", started)
    assert link is not None, started
    one.owner = one.join(link.group(), "grace@example.com", "Grace Hopper")
    yield one
    one.down()


class Browsers:
    """A browser of its own for each person. No page may fail or break the content security policy."""

    def __init__(self, browser: Browser, stack: Company) -> None:
        self.browser, self.stack = browser, stack
        self.errors: list[str] = []

    @contextmanager
    def open(self, **options: Any) -> Iterator[Page]:
        """Somebody's browser, without a session."""
        context = self.browser.new_context(**{"locale": "en-US", "viewport": {"width": 1280, "height": 1000}} | options)
        page = context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        page.on("dialog", lambda dialog: dialog.accept())
        yield page
        context.close()

    @contextmanager
    def of(self, person: Person, path: str = "/", **options: Any) -> Iterator[Page]:
        """The browser of somebody who is signed in, at a page."""
        with self.open(storage_state=person.session, **options) as page:
            page.goto(self.stack.url + path)
            yield page


@pytest.fixture
def browsers(browser: Browser, stack: Company) -> Iterator[Browsers]:
    one = Browsers(browser, stack)
    yield one
    assert [error for error in one.errors if "the server responded with a status of" not in error] == []


@pytest.fixture
def owner(browsers: Browsers) -> Iterator[Page]:
    """The owner at the people page."""
    with browsers.of(browsers.stack.owner, "/console/people") as page:
        yield page
