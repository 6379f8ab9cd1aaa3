"""Sessions: cookies that only the browser and the gateway know, and that end when they should."""

import asyncio
from contextlib import AsyncExitStack

import httpx
import pytest

from harness.services.browser import Browser
from harness.services.gateway import BEHIND_PROXY, Gateway, echo
from tests.integration.sign_in.people import PASSWORD, email_of, invite, me, member
from tests.integration.test_gateway_fairness import UPGRADE, connected, read_head, shop

EVENTS = b"GET /shop/events HTTP/1.1\r\nHost: a\r\n%b\r\n"


async def signed_in(gateway: Gateway, name: str = "Ann") -> Browser:
    browser = Browser(gateway.url)
    await browser.sign_in(email_of(name), PASSWORD)
    assert browser.cookie
    return browser


async def test_the_cookie_is_for_the_browser_alone(gateway: Gateway):
    await member(gateway, "Ann")
    async with Browser(gateway.url) as browser:
        await browser.open("/sign-in")
        browser.client.follow_redirects = False
        page = await browser.send("/sign-in", email=email_of("Ann"), password=PASSWORD)
        (cookie,) = [one for one in page.headers.get_list("set-cookie") if one.startswith("aistack-session=")]
        words = cookie.lower().split("; ")
        assert {"httponly", "path=/", "samesite=lax"} <= set(words)
        assert len(cookie.split("=", 1)[1].split(";")[0]) == 43  # 256 bits


class TestOverTls:
    @pytest.fixture
    def gateway_toml(self) -> str:
        return BEHIND_PROXY

    async def test_the_cookie_is_bound_to_this_host_and_to_tls(self, gateway: Gateway):
        await member(gateway, "Ann")
        async with httpx.AsyncClient(base_url=gateway.url, headers={"x-forwarded-proto": "https"}) as client:
            form = {"email": email_of("Ann"), "password": PASSWORD, "next": "/"}
            page = await client.post("/sign-in", data=form, headers={"origin": gateway.url})
            assert page.status_code == 303
            (cookie,) = [one for one in page.headers.get_list("set-cookie") if "session=" in one]
            name, _, rest = cookie.partition("=")
            assert name == "__Host-aistack-session"
            assert "; Secure" in rest
            token = rest.split(";")[0]
            client.cookies.clear()
            for sent, status in ((name, 200), ("aistack-session", 401)):
                answer = await client.get("/gateway/me", headers={"cookie": f"{sent}={token}"})
                assert answer.status_code == status


async def test_signing_in_replaces_the_session_of_the_browser(gateway: Gateway):
    await member(gateway, "Ann")
    async with await signed_in(gateway) as browser:
        first = browser.cookie
        await browser.open("/sign-in?again=1")
        await browser.send("/sign-in", email=email_of("Ann"), password=PASSWORD)
        assert browser.cookie != first
        answer = await gateway.client.get(
            "/gateway/me", headers={"authorization": "", "cookie": f"aistack-session={first}"}
        )
        assert answer.status_code == 401


async def test_services_never_see_the_cookie_but_know_the_person(gateway: Gateway):
    user_id = await member(gateway, "Ann")
    await gateway.instance("shop", echo)
    async with await signed_in(gateway) as browser:
        browser.client.cookies.set("theme", "dark")
        seen = (await browser.client.get("/shop")).text
        assert browser.cookie not in seen
        assert "cookie: theme=dark" in seen
        assert "x-aistack-principal: v2." in seen
        assert "x-aistack-session" not in seen
        forged = (await browser.client.get("/shop", headers={"x-aistack-session": "0" * 12})).text
        assert "x-aistack-session" not in forged
        assert await me(browser) == f"user:{user_id}"


COOKIES = (
        "aistack-session=", "aistack-session=x", "aistack-session=" + "a" * 43, "aistack-session=../../etc",
        "aistack-session=a; aistack-session=b", "__Host-aistack-session=" + "a" * 43, "AISTACK-SESSION=TOKEN",
        "aistack-session=TOKEN; aistack-session=other", "__Host-aistack-session=other; aistack-session=TOKEN",
        ";;; =; aistack-session", "aistack-session=" + "a" * 9000, "x-aistack-session=TOKEN",
    )  # fmt: skip


async def test_other_cookies_open_nothing(gateway: Gateway):
    await member(gateway, "Ann")
    async with await signed_in(gateway) as browser:
        for cookie in COOKIES:
            headers = {"cookie": cookie.replace("TOKEN", browser.cookie)}
            async with httpx.AsyncClient(base_url=gateway.url, timeout=60) as other:
                assert (await other.get("/gateway/me", headers=headers)).status_code == 401
                assert (await other.get("/sign-in", headers=headers)).status_code == 200
        assert (await browser.client.get("/gateway/me")).status_code == 200


async def test_a_cookie_is_no_key_and_a_key_is_no_cookie(gateway: Gateway):
    await member(gateway, "Ann")
    async with await signed_in(gateway) as browser, httpx.AsyncClient(base_url=gateway.url, timeout=60) as other:
        as_key = await other.get("/gateway/me", headers={"authorization": f"Bearer {browser.cookie}"})
        assert as_key.status_code == 401
        as_cookie = await other.get("/gateway/me", headers={"cookie": f"aistack-session={gateway.admin}"})
        assert as_cookie.status_code == 401


async def test_a_cookie_of_100_kb_is_too_much(gateway: Gateway):
    async with httpx.AsyncClient(base_url=gateway.url, timeout=60) as client:
        answer = await client.get("/sign-in", headers={"cookie": "aistack-session=" + "a" * 100_000})
        assert answer.status_code == 431
        assert (await client.get("/sign-in")).status_code == 200


ORIGINS = (
    ({"origin": "SELF"}, 200),
    ({"sec-fetch-site": "same-origin"}, 200),
    ({}, 403),
    ({"origin": "https://evil.test"}, 403),
    ({"origin": "null"}, 403),
    ({"origin": "SELF.evil.test"}, 403),
    ({"sec-fetch-site": "same-site"}, 403),
    ({"sec-fetch-site": "cross-site"}, 403),
    ({"sec-fetch-site": "none"}, 403),
    ({"origin": "https://evil.test", "sec-fetch-site": "same-origin"}, 403),
)


async def test_only_pages_of_this_site_change_something_with_a_cookie(gateway: Gateway):
    await member(gateway, "Ann")
    await gateway.instance("shop", echo)
    async with await signed_in(gateway) as browser:
        for headers, status in ORIGINS:
            sent = {name: value.replace("SELF", gateway.url) for name, value in headers.items()}
            assert (headers, (await browser.client.post("/shop/buy", headers=sent)).status_code) == (headers, status)
            assert (await browser.client.get("/shop", headers=sent)).status_code == 200
            key = sent | {"authorization": f"Bearer {gateway.admin}"}  # browsers do not add keys: one is proof enough
            assert (await browser.client.post("/shop/buy", headers=key)).status_code == 200


async def test_another_site_cannot_sign_a_visitor_in(gateway: Gateway):
    await member(gateway, "Ann")
    async with httpx.AsyncClient(base_url=gateway.url, timeout=60) as client:
        form = {"email": email_of("Ann"), "password": PASSWORD}
        for headers in ({}, {"origin": "https://evil.test"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}):
            page = await client.post("/sign-in", data=form, headers=headers)
            assert page.status_code == 403
            assert "set-cookie" not in page.headers
        as_text = await client.post("/sign-in", content="email=a", headers={"content-type": "text/plain"})
        assert as_text.status_code == 400


@pytest.mark.parametrize(
    "end", ["sign-out", "elsewhere", "administrator", "disabled", "removed", "password", "demoted"]
)
async def test_what_is_open_ends_with_the_session(gateway: Gateway, end: str):
    user_id = await member(gateway, "Ann", role="admin" if end == "demoted" else "member")
    await member(gateway, "Bob")
    await gateway.instance("shop", shop, ttl_seconds=3600)
    async with await signed_in(gateway) as browser, await signed_in(gateway, "Bob") as bob:
        lines = [f"Cookie: aistack-session={one.cookie}\r\nOrigin: http://a\r\n".encode() for one in (browser, bob)]
        async with AsyncExitStack() as held:
            opened = [
                [(await held.enter_async_context(connected(gateway, kind % line)))[0] for kind in (UPGRADE, EVENTS)]
                for line in lines
            ]
            for reader in (*opened[0], *opened[1]):
                assert (await read_head(reader)).startswith((b"HTTP/1.1 101 ", b"HTTP/1.1 200 "))
            await end_of(gateway, browser, user_id, end)
            async with asyncio.timeout(60):
                for reader in opened[0]:
                    while await reader.read(1000):
                        pass
            assert b": a" in await opened[1][1].read(1000)
            for reader in opened[1]:
                with pytest.raises(TimeoutError):  # what somebody else has open goes on
                    await asyncio.wait_for(reader.read(1000), 0.2)


async def end_of(gateway: Gateway, browser: Browser, user_id: str, end: str) -> None:
    if end == "sign-out":
        await browser.open("/account")
        await browser.send("/account/sign-out")
    elif end == "elsewhere":
        async with await signed_in(gateway) as other:
            await other.open("/account")
            await other.send("/account/sessions", end="others")
    elif end == "administrator":
        sessions = (await gateway.client.get("/gateway/sessions", params={"user": user_id})).json()["sessions"]
        for session in sessions:
            await gateway.client.delete(f"/gateway/sessions/{session['id']}")
    elif end == "removed":
        answer = await gateway.client.delete(f"/gateway/users/{user_id}?delete=true")
        assert answer.status_code < 400, answer.text
    elif end == "password":
        link = (await gateway.client.post(f"/gateway/users/{user_id}/link", json={"kind": "reset"})).json()
        async with Browser(gateway.url) as other:
            await other.open(link["path"])
            await other.send("/sign-in/link", password="some other words", repeated="some other words")
    else:
        change = {"status": "disabled"} if end == "disabled" else {"role": "guest"}
        answer = await gateway.client.patch(f"/gateway/users/{user_id}", json=change)
        assert answer.status_code == 200, answer.text


async def test_a_page_of_one_person_does_nothing_for_another(gateway: Gateway):
    """Two tabs of one browser, two people: the older tab must not act as the newer person."""
    await member(gateway, "Ann")
    bob_id = await member(gateway, "Bob")
    async with await signed_in(gateway) as browser:
        old_tab = await browser.open("/account")
        await browser.open("/sign-in?again=1")
        await browser.send("/sign-in", email=email_of("Bob"), password=PASSWORD)
        browser.page = old_tab
        page = await browser.send("/account/sign-out")
        assert page.status_code == 409
        assert "Somebody else is signed in" in page.text
        assert await me(browser) == f"user:{bob_id}"


async def test_one_sees_and_ends_one_s_own_sessions_only(gateway: Gateway):
    await member(gateway, "Ann")
    await member(gateway, "Bob")
    async with await signed_in(gateway) as ann, await signed_in(gateway, "Bob") as bob:
        own = {"origin": gateway.url}
        (session,) = [one for one in (await bob.client.get("/gateway/sessions")).json()["sessions"] if one["current"]]
        assert session["method"] == "password"
        assert len((await ann.client.get("/gateway/sessions")).json()["sessions"]) == 2
        assert (await ann.client.get("/gateway/sessions?user=*")).status_code == 403
        assert (await ann.client.get(f"/gateway/sessions?user={session['user_id']}")).status_code == 403
        hidden = await ann.client.delete(f"/gateway/sessions/{session['id']}", headers=own)
        absent = await ann.client.delete(f"/gateway/sessions/{'0' * 12}", headers=own)
        assert hidden.status_code == absent.status_code == 404
        assert hidden.json()["detail"] == absent.json()["detail"]
        assert (await bob.client.get("/gateway/me")).status_code == 200
        everyone = (await gateway.client.get("/gateway/sessions")).json()["sessions"]
        assert len(everyone) == 4  # two of them began with the invitations


async def test_an_account_shows_when_its_person_was_last_here(gateway: Gateway):
    user_id, _ = await invite(gateway, "Bob")
    assert (await gateway.client.get(f"/gateway/users/{user_id}")).json()["last_seen_at"] is None
    user_id = await member(gateway, "Ann")
    assert (await gateway.client.get(f"/gateway/users/{user_id}")).json()["last_seen_at"]


class TestSeveralNetworks:
    @pytest.fixture
    def gateway_toml(self) -> str:
        return BEHIND_PROXY

    async def test_a_session_may_be_used_from_several_networks(self, gateway: Gateway):
        user_id = await member(gateway, "Ann")
        await gateway.instance("echo", echo)
        async with Browser(gateway.url, **{"x-forwarded-for": "203.0.113.7"}) as browser:
            await browser.sign_in(email_of("Ann"), PASSWORD)
            for address in ("203.0.113.7", "198.51.100.9", "2001:db8::1"):
                seen = {"x-forwarded-for": address}
                told = (await browser.client.get("/echo", headers=seen)).text
                assert f"x-forwarded-for: {address}, 127.0.0.1" in told
                assert (await browser.client.get("/gateway/me", headers=seen)).json()["subject"] == f"user:{user_id}"
            sessions = (await browser.client.get("/gateway/sessions")).json()["sessions"]
            assert "203.0.113.7" in [one["address"] for one in sessions]


async def test_sessions_survive_a_restart(gateway: Gateway):
    user_id = await member(gateway, "Ann")
    async with await signed_in(gateway) as browser:
        await gateway.stop()
        await gateway.start()
        assert await me(browser) == f"user:{user_id}"
