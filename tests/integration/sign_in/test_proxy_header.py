"""A proxy that signs people in: believed only from the addresses that are named."""

import pytest

from harness.services.browser import Browser
from harness.services.gateway import Gateway
from tests.integration.sign_in.people import email_of, me, member

PROXY = "[identity.proxy]\nheader = 'Remote-User'\nnetworks = ['{}']\nunknown = '{}'\n"


class TestFromTheProxy:
    @pytest.fixture
    def gateway_toml(self) -> str:
        return PROXY.format("127.0.0.1/32", "refuse")

    async def test_its_people_are_signed_in_at_once(self, gateway: Gateway):
        user_id = await member(gateway, "Ann")
        async with Browser(gateway.url, **{"remote-user": email_of("Ann")}) as browser:
            page = await browser.open("/sign-in?next=/documents")
            assert str(page.url).endswith("/documents")
            assert await me(browser) == f"user:{user_id}"

    @pytest.mark.parametrize("name", ["bob@example.test", "ann", "", "ann@example.test, bob@example.test", "a" * 5_000])
    async def test_others_are_refused(self, gateway: Gateway, name: str):
        await member(gateway, "Ann")
        async with Browser(gateway.url, **{"remote-user": name}) as browser:
            page = await browser.open("/sign-in/proxy")
            assert page.status_code == 403
            assert not browser.cookie
            assert 'name="password"' in (await browser.open("/sign-in?again=1")).text

    async def test_many_unknown_people_are_refused_and_written_as_one(self, gateway: Gateway):
        async with Browser(gateway.url, **{"remote-user": "nobody@example.test"}) as browser:
            statuses = [(await browser.client.get("/sign-in/proxy")).status_code for _ in range(52)]
        assert statuses == [403] * 50 + [429] * 2
        entries = (await gateway.client.get("/gateway/audit")).json()
        assert len([one for one in entries if one["action"] == "sign-in.refused"]) < 8

    async def test_the_header_alone_opens_nothing(self, gateway: Gateway):
        await member(gateway, "Ann")
        answer = await gateway.client.get("/gateway/me", headers={"authorization": "", "remote-user": email_of("Ann")})
        assert answer.status_code == 401

    async def test_two_headers_are_refused(self, gateway: Gateway):
        await member(gateway, "Ann")
        await member(gateway, "Bob")
        head = f"GET /sign-in/proxy HTTP/1.1\r\nHost: a\r\nConnection: close\r\nRemote-User: {email_of('Ann')}\r\n"
        answer = await gateway.raw(f"{head}Remote-User: {email_of('Bob')}\r\n\r\n".encode())
        assert answer.startswith(b"HTTP/1.1 403 ")


class TestFromElsewhere:
    @pytest.fixture
    def gateway_toml(self) -> str:
        return "trusted_proxies = ['127.0.0.1']\n" + PROXY.format("10.0.0.5/32", "member")

    @pytest.mark.parametrize("forwarded", ["", "10.0.0.5", "10.0.0.5, 127.0.0.1"])
    async def test_nobody_is_believed(self, gateway: Gateway, forwarded: str):
        await member(gateway, "Ann")
        headers = {"remote-user": email_of("Ann")} | ({"x-forwarded-for": forwarded} if forwarded else {})
        async with Browser(gateway.url, **headers) as browser:
            assert (await browser.open("/sign-in/proxy")).status_code == 403
            assert 'name="password"' in (await browser.open("/sign-in")).text
            assert not browser.cookie
