"""Signing in with a password, in a browser without scripts."""

import pytest

from harness.services.browser import Browser
from harness.services.gateway import Gateway
from tests.integration.sign_in.people import PASSWORD, accept, email_of, invite, me, member


async def test_an_invited_person_chooses_a_password_and_is_signed_in(gateway: Gateway):
    user_id, path = await invite(gateway, "Ann")
    async with Browser(gateway.url) as browser:
        page = await browser.open(path)
        assert "Welcome, Ann" in page.text
        await browser.send("/sign-in/link", password=PASSWORD, repeated=PASSWORD)
        assert await me(browser) == f"user:{user_id}"
        again = await browser.open(path)
        assert again.status_code == 404
        assert "has expired" in again.text


async def test_one_signs_in_and_comes_back_to_where_one_came_from(gateway: Gateway):
    user_id = await member(gateway, "Ann")
    async with Browser(gateway.url) as browser:
        page = await browser.sign_in(email_of("Ann"), PASSWORD, "/sign-in?next=/documents%3Fa%3Db")
        assert str(page.url).endswith("/documents?a=b")
        assert await me(browser) == f"user:{user_id}"
        assert str((await browser.open("/sign-in?next=//evil.test/")).url) == f"{gateway.url}/"


WRONG = (
        ("ann@example.test", PASSWORD + "x"), ("ann@example.test", ""), ("bob@example.test", PASSWORD), ("", PASSWORD),
        ("аnn@example.test", PASSWORD), ("ann@example.test' or 1=1 --", PASSWORD), ("a" * 10_000, PASSWORD),
        ("ann@example.test", "x" * 50_000), ("\x00\ud800".encode("utf-8", "replace").decode(), PASSWORD),
    )  # fmt: skip


async def test_a_wrong_address_or_password_is_refused_in_the_same_words(gateway: Gateway):
    await member(gateway, "Ann")
    for email, password in WRONG:
        async with Browser(gateway.url) as browser:
            page = await browser.sign_in(email, password)
            assert page.status_code == 401
            assert "E-mail address or password is wrong." in page.text
            assert not browser.cookie


async def test_pages_are_spoken_in_the_language_of_the_browser_or_the_chosen_one(gateway: Gateway):
    async with Browser(gateway.url, **{"accept-language": "zh-CN,zh;q=0.9,en;q=0.8"}) as browser:
        assert '<html lang="zh-CN">' in (await browser.open("/sign-in")).text
        assert "密码" in browser.page.text
        assert '<html lang="en">' in (await browser.open("/sign-in?lang=en")).text
        assert '<html lang="en">' in (await browser.open("/sign-in")).text


async def test_the_password_is_changed_with_the_old_one_and_ends_the_other_sessions(gateway: Gateway):
    user_id = await member(gateway, "Ann")
    async with Browser(gateway.url) as here, Browser(gateway.url) as elsewhere:
        for browser in (here, elsewhere):
            await browser.sign_in(email_of("Ann"), PASSWORD)
        await here.open("/account")
        wrong = await here.send(
            "/account/password", current="not this one", password="new words here", repeated="new words here"
        )
        assert "The current password is wrong." in wrong.text
        short = await here.send("/account/password", current=PASSWORD, password="short", repeated="short")
        assert "12 to 1024 characters" in short.text
        differ = await here.send(
            "/account/password", current=PASSWORD, password="new words here", repeated="new words hers"
        )
        assert "The two passwords differ." in differ.text
        before = here.cookie
        await here.send("/account/password", current=PASSWORD, password="new words here", repeated="new words here")
        assert here.cookie != before
        assert await me(here) == f"user:{user_id}"
        assert await me(elsewhere) == ""
        assert (await elsewhere.sign_in(email_of("Ann"), PASSWORD)).status_code == 401
        await elsewhere.sign_in(email_of("Ann"), "new words here")
        assert await me(elsewhere) == f"user:{user_id}"


async def test_guessing_ends_soon_and_a_right_password_elsewhere_still_works(gateway: Gateway):
    await member(gateway, "Ann")
    async with Browser(gateway.url) as browser:
        statuses = [(await browser.sign_in(email_of("Ann"), "a wrong password")).status_code for _ in range(12)]
        assert statuses == [401] * 10 + [429] * 2
        assert "Too many failed attempts" in browser.page.text
        assert browser.page.headers["retry-after"]


async def test_a_reset_link_replaces_the_password(gateway: Gateway):
    user_id = await member(gateway, "Ann")
    link = (await gateway.client.post(f"/gateway/users/{user_id}/link", json={"kind": "reset"})).json()
    async with Browser(gateway.url) as before, Browser(gateway.url) as browser:
        await before.sign_in(email_of("Ann"), PASSWORD)
        await accept(browser, link["path"], "another set of words")
        assert await me(browser) == f"user:{user_id}"
        assert await me(before) == ""


async def test_a_reset_link_ends_when_the_password_is_changed_without_it(gateway: Gateway):
    user_id = await member(gateway, "Ann")
    link = (await gateway.client.post(f"/gateway/users/{user_id}/link", json={"kind": "reset"})).json()
    async with Browser(gateway.url) as browser:
        await browser.sign_in(email_of("Ann"), PASSWORD)
        await browser.open("/account")
        await browser.send("/account/password", current=PASSWORD, password="new words here", repeated="new words here")
        assert (await browser.open(link["path"])).status_code == 404


async def test_a_disabled_person_cannot_sign_in(gateway: Gateway):
    user_id = await member(gateway, "Ann")
    await gateway.client.patch(f"/gateway/users/{user_id}", json={"status": "disabled"})
    async with Browser(gateway.url) as browser:
        assert (await browser.sign_in(email_of("Ann"), PASSWORD)).status_code == 401


async def test_everything_is_in_the_audit_log(gateway: Gateway):
    user_id = await member(gateway, "Ann")
    async with Browser(gateway.url) as browser:
        await browser.sign_in(email_of("Ann"), "a wrong password")
        await browser.sign_in("typed in the wrong field", "x")
        await browser.sign_in(email_of("Ann"), PASSWORD)
        await browser.open("/account")
        await browser.send("/account/sign-out")
    entries = (await gateway.client.get("/gateway/audit")).json()
    found = [(one["action"], one["subject"]) for one in entries]
    for action, subject in (
        ("password.set", f"user:{user_id}"), ("sign-in.refused", email_of("Ann")),
        ("sign-in.succeeded", f"user:{user_id}"), ("session.ended", f"user:{user_id}"),
    ):  # fmt: skip
        assert (action, subject) in found
    assert all(one["address"] == "127.0.0.1" for one in entries)
    assert PASSWORD not in str(entries)
    assert "a wrong password" not in str(entries)
    assert "wrong field" not in str(entries)


@pytest.mark.parametrize("path", ["/sign-in", "/account", "/gateway/sessions", "/sign-in/link?token=x"])
class TestIdentityOff:
    @pytest.fixture
    def identity(self) -> bool:
        return False

    async def test_none_of_it_exists(self, gateway: Gateway, path: str):
        assert (await gateway.client.get(path)).status_code == 404
