"""People for the tests: accounts with passwords, made as an administrator makes them."""

import httpx

from harness.services.browser import Browser
from harness.services.gateway import Gateway

PASSWORD = "a few plain words"


async def invite(gateway: Gateway, name: str, role: str = "member") -> tuple[str, str]:
    """A new user's id, and the path of the invitation."""
    body = {"name": name, "email": email_of(name), "role": role}
    answer = await gateway.client.post("/gateway/users", json=body)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    return made["id"], made["link"]["path"]


async def member(gateway: Gateway, name: str, role: str = "member") -> str:
    """A user who accepted the invitation and has a password; the id."""
    user_id, path = await invite(gateway, name, role)
    async with Browser(gateway.url) as browser:
        await accept(browser, path)
    return user_id


async def accept(browser: Browser, path: str, password: str = PASSWORD) -> httpx.Response:
    await browser.open(path)
    return await browser.send("/sign-in/link", password=password, repeated=password)


def email_of(name: str) -> str:
    return f"{name.lower()}@example.test"


async def me(browser: Browser) -> str:
    """The subject that the gateway takes the browser's person for; empty when nobody is signed in."""
    answer = await browser.client.get("/gateway/me")
    return answer.json().get("subject", "") if answer.status_code == 200 else ""
