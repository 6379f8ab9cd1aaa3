"""Codes of an authenticator app after the password, recovery codes, and passkeys in place of passwords."""

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pyotp
import pytest
from sqlalchemy import update

from aistack.gateway.sign_in.tables import Session
from harness.services.authenticator import PRESENT, Authenticator
from harness.services.browser import Browser
from harness.services.gateway import Gateway
from tests.integration.sign_in.people import PASSWORD, email_of, me, member


@pytest.fixture
def gateway_toml() -> str:
    return "[identity]\npublic_url = 'http://localhost:GATEWAY_PORT'\n"


def public_url(gateway: Gateway) -> str:
    return f"http://localhost:{gateway.port}"


async def set_up(browser: Browser) -> tuple[pyotp.TOTP, list[str]]:
    """Turns the second step on: the app, and the recovery codes."""
    await browser.open("/account")
    page = await browser.send("/account/two-factor", do="propose")
    secret = re.search(r"enter this key: ([A-Z2-7]{32})", page.text)
    assert secret
    assert '<img class="qr"' in page.text
    app = pyotp.TOTP(secret[1])
    wrong = await browser.send("/account/two-factor", do="confirm", code="000000")
    assert "This code is wrong" in wrong.text
    page = await browser.send("/account/two-factor", do="confirm", code=app.at(int(time.time()) - 30))
    codes = re.findall(r"<li>([a-z0-9-]{19})</li>", page.text)
    assert len(codes) == 10
    return app, codes


async def test_the_code_is_asked_for_after_the_password_and_works_once(gateway: Gateway):
    user_id = await member(gateway, "Ann")
    async with Browser(gateway.url) as browser, Browser(gateway.url) as other:
        await browser.sign_in(email_of("Ann"), PASSWORD)
        app, _ = await set_up(browser)
        page = await other.sign_in(email_of("Ann"), PASSWORD)
        assert "Enter your code" in page.text
        assert await me(other) == ""
        code = app.now()
        await other.send("/sign-in/code", code=code)
        assert await me(other) == f"user:{user_id}"
        async with Browser(gateway.url) as thief:
            await thief.sign_in(email_of("Ann"), PASSWORD)
            page = await thief.send("/sign-in/code", code=code)
            assert page.status_code == 401
            assert await me(thief) == ""


async def test_codes_cannot_be_guessed(gateway: Gateway):
    await member(gateway, "Ann")
    async with Browser(gateway.url) as browser, Browser(gateway.url) as thief:
        await browser.sign_in(email_of("Ann"), PASSWORD)
        await set_up(browser)
        await thief.sign_in(email_of("Ann"), PASSWORD)
        statuses = [(await thief.send("/sign-in/code", code=f"{number:06}")).status_code for number in range(12)]
        assert statuses == [401] * 10 + [429] * 2


async def test_each_recovery_code_works_once_and_others_can_be_made(gateway: Gateway):
    user_id = await member(gateway, "Ann")
    async with Browser(gateway.url) as browser:
        await browser.sign_in(email_of("Ann"), PASSWORD)
        _, codes = await set_up(browser)
        for number, code in enumerate((codes[0], codes[0], codes[1].upper().replace("-", " "))):
            async with Browser(gateway.url) as other:
                await other.sign_in(email_of("Ann"), PASSWORD)
                await other.send("/sign-in/code", code=code)
                assert await me(other) == ("" if number == 1 else f"user:{user_id}")
        assert "8 recovery codes are left" in (await browser.open("/account")).text
        await browser.send("/account/two-factor", do="codes")
        async with Browser(gateway.url) as other:
            await other.sign_in(email_of("Ann"), PASSWORD)
            assert (await other.send("/sign-in/code", code=codes[2])).status_code == 401


async def test_the_step_between_is_bound_to_the_browser_and_the_password(gateway: Gateway):
    user_id = await member(gateway, "Ann")
    async with Browser(gateway.url) as browser, Browser(gateway.url) as half, Browser(gateway.url) as stranger:
        await browser.sign_in(email_of("Ann"), PASSWORD)
        app, _ = await set_up(browser)
        await half.sign_in(email_of("Ann"), PASSWORD)
        assert "/sign-in/code" not in str((await stranger.open("/sign-in/code")).url)
        assert (await stranger.post("/sign-in/code", code=app.now())).status_code == 401
        link = (await gateway.client.post(f"/gateway/users/{user_id}/link", json={"kind": "reset"})).json()
        await stranger.open(link["path"])
        page = await stranger.send("/sign-in/link", password="some other words", repeated="some other words")
        assert "Enter your code" in page.text  # a link alone is not enough either
        page = await half.send("/sign-in/code", code=app.now())
        assert page.status_code == 401
        assert "took too long" in page.text


async def test_turning_it_off_needs_a_recent_sign_in(gateway: Gateway, monkeypatch: pytest.MonkeyPatch):
    from aistack.gateway.sign_in import account

    await member(gateway, "Ann")
    async with Browser(gateway.url) as browser:
        await browser.sign_in(email_of("Ann"), PASSWORD)
        await set_up(browser)
        await browser.open("/account")
        monkeypatch.setattr(account, "FRESH", timedelta(0))
        page = await browser.send("/account/two-factor", do="remove")
        assert "Confirm that it is you" in page.text
        monkeypatch.undo()
        await browser.open("/account")
        page = await browser.send("/account/two-factor", do="remove")
        assert "also enter a code" in page.text


async def test_a_changed_password_does_not_stand_for_a_recent_sign_in(gateway: Gateway):
    await member(gateway, "Ann")
    async with Browser(gateway.url) as browser:
        await browser.sign_in(email_of("Ann"), PASSWORD)
        await set_up(browser)
        async with gateway.app.state.callers.changes.records.write() as connection:
            await connection.execute(update(Session).values(created_at=datetime.now(UTC) - timedelta(hours=1)))
        await browser.open("/account")
        await browser.send("/account/password", current=PASSWORD, password="new words here", repeated="new words here")
        page = await browser.send("/account/two-factor", do="remove")
        assert "Confirm that it is you" in page.text


async def call(browser: Browser, path: str, body: dict[str, Any]) -> httpx.Response:
    return await browser.client.post(path, json=body, headers={"origin": browser.url})


async def add_passkey(browser: Browser, device: Authenticator) -> httpx.Response:
    page = await browser.open("/account")
    found = re.search(r'data-session="([0-9a-f]+)"', page.text)
    assert found
    options = await call(browser, "/sign-in/passkey/registration", {"session": found[1]})
    assert options.status_code == 200, options.text
    credential = device.create(options.json())
    body = {"session": found[1], "name": "Laptop", "credential": credential}
    return await call(browser, "/sign-in/passkey/register", body)


async def use_passkey(browser: Browser, device: Authenticator, to: str = "/") -> httpx.Response:
    options = (await call(browser, "/sign-in/passkey/options", {})).json()
    return await call(browser, "/sign-in/passkey", {"credential": device.get(options), "next": to})


async def test_a_passkey_signs_its_owner_in_without_a_password_or_a_code(gateway: Gateway):
    user_id = await member(gateway, "Ann")
    device = Authenticator(public_url(gateway))
    async with Browser(gateway.url) as browser, Browser(gateway.url) as other:
        await browser.sign_in(email_of("Ann"), PASSWORD)
        await set_up(browser)
        assert (await add_passkey(browser, device)).status_code == 200
        assert "Laptop" in (await browser.open("/account")).text
        answer = await use_passkey(other, device, "/documents")
        assert answer.json() == {"next": "/documents"}
        assert await me(other) == f"user:{user_id}"
        assert (await use_passkey(other, device, "//evil.test")).json() == {"next": "/"}
        await browser.send("/account/remove-passkey")
        async with Browser(gateway.url) as late:
            assert (await use_passkey(late, device)).status_code == 403


async def test_passkeys_that_are_not_right_are_refused(gateway: Gateway):
    await member(gateway, "Ann")
    device, stranger = Authenticator(public_url(gateway)), Authenticator(public_url(gateway))
    async with Browser(gateway.url) as browser, Browser(gateway.url) as other:
        await browser.sign_in(email_of("Ann"), PASSWORD)
        assert (await add_passkey(browser, device)).status_code == 200
        assert (await use_passkey(other, stranger)).status_code == 403
        stranger.id = device.id  # knows the passkey's name, but not its key
        assert (await use_passkey(other, stranger)).status_code == 403
        device.origin = "https://evil.test"  # a page that looks like this one
        assert (await use_passkey(other, device)).status_code == 403
        device.origin, device.flags = public_url(gateway), PRESENT  # nobody showed a finger or entered a PIN
        assert (await use_passkey(other, device)).status_code == 403
        device.flags |= 0x04
        options = (await call(other, "/sign-in/passkey/options", {})).json()
        first = {"credential": device.get(options)}
        assert (await call(browser, "/sign-in/passkey", first)).status_code in (400, 403)  # another browser's challenge
        cookies = dict(other.client.cookies)
        assert (await call(other, "/sign-in/passkey", first)).status_code == 200
        other.client.cookies.clear()
        other.client.cookies.update(cookies)
        assert (await call(other, "/sign-in/passkey", first)).status_code == 403  # the same answer again
        device.count = 0  # a copy of the device
        assert (await use_passkey(other, device)).status_code == 403


async def test_malformed_answers_of_passkeys_are_refused(gateway: Gateway):
    answers = ({}, {"credential": []}, {"credential": {"id": "?"}}, {"credential": {"id": 1, "response": {}}})
    async with Browser(gateway.url) as browser:
        for body in answers:
            await call(browser, "/sign-in/passkey/options", {})
            assert (await call(browser, "/sign-in/passkey", body)).status_code == 403


async def test_nobody_adds_a_passkey_to_a_session_that_is_not_theirs(gateway: Gateway):
    await member(gateway, "Ann")
    async with Browser(gateway.url) as browser, Browser(gateway.url) as stranger:
        await browser.sign_in(email_of("Ann"), PASSWORD)
        assert (await call(stranger, "/sign-in/passkey/registration", {"session": "0" * 12})).status_code == 401
        assert (await call(browser, "/sign-in/passkey/registration", {"session": "0" * 12})).status_code == 401
        foreign = await browser.client.post(
            "/sign-in/passkey/registration", json={}, headers={"origin": "https://evil.test"}
        )
        assert foreign.status_code == 403
