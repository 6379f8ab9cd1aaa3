"""Signing in at providers that other people wrote: npm's certified `oidc-provider`, and `oidc-provider-mock`."""

import asyncio
import html
import re
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest

from harness.processes import free_port, missing
from harness.servers.certified_provider import certified_provider
from harness.services.browser import Browser
from harness.services.gateway import Gateway, running_gateway
from tests.integration.sign_in.openid import begin, come_back
from tests.integration.sign_in.people import me

SECRET = "a client secret that nobody guesses"
ANN = {"email": "ann@example.test", "email_verified": True, "name": "Ann", "groups": ["staff", "ai-admins"]}
RULES = """
unknown = 'guest'
scopes = ['openid', 'email', 'profile', 'groups']
rules = [{ claim = 'groups', value = 'ai-admins', role = 'admin' }]
"""


def toml(issuer: str, more: str = RULES) -> str:
    return (
        "[identity]\npublic_url = 'GATEWAY_URL'\n[[identity.providers]]\nname = 'real'\n"
        f"issuer = '{issuer}'\nclient_id = 'the-stack'\nclient_secret = '$OPENID_SECRET'\n{more}"
    )


@pytest.mark.heavy
class TestCertified:
    """Its ID tokens have no e-mail address and no groups: they come from its user info."""

    @pytest.fixture
    async def gateway(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Gateway]:
        monkeypatch.setattr("harness.services.gateway.ENVIRONMENT", {"OPENID_SECRET": SECRET})
        self.port = free_port()
        issuer = f"http://127.0.0.1:{self.port}"
        async with running_gateway(tmp_path, toml(issuer), identity=True) as running:
            client = {
                "client_id": "the-stack",
                "client_secret": SECRET,
                "redirect_uris": [f"{running.url}/sign-in/providers/real/callback"],
                "backchannel_logout_uri": f"{running.url}/sign-in/providers/real/logout",
                "backchannel_logout_session_required": True,
            }
            with ExitStack() as held:
                starting = asyncio.to_thread(held.enter_context, certified_provider(self.port, [client], {"ann": ANN}))
                await starting
                yield running

    async def test_one_signs_in_and_out_there(self, gateway: Gateway):
        async with Browser(gateway.url) as browser, httpx.AsyncClient(follow_redirects=False) as there:
            location = await begin(browser, "real")
            back = await self.log_in(there, location, gateway.url)
            page = await come_back(browser, back)
            assert page.status_code == 303, page.text
            subject = await me(browser)
            assert subject
            assert (await browser.client.get("/gateway/me")).json()["role"] == "admin"
            assert (await come_back(browser, back)).status_code == 403
            page = await there.get(f"http://127.0.0.1:{self.port}/session/end")
            await there.post(
                f"http://127.0.0.1:{self.port}/session/end/confirm", data=hidden(page.text) | {"logout": "yes"}
            )
            async with asyncio.timeout(30):
                while await me(browser):
                    await asyncio.sleep(0.05)

    async def test_a_code_that_was_used_elsewhere_is_refused_there(self, gateway: Gateway):
        async with Browser(gateway.url) as browser, httpx.AsyncClient(follow_redirects=False) as there:
            back = await self.log_in(there, await begin(browser, "real"), gateway.url)
            other = await self.log_in(there, await begin(browser, "real"), gateway.url)
            code = re.search(r"code=([^&]+)", back)
            assert code
            mixed = re.sub(r"code=[^&]+", f"code={code[1]}", other)  # a code whose PKCE challenge was another one's
            assert (await come_back(browser, mixed)).status_code == 403
            assert await me(browser) == ""

    async def log_in(self, there: httpx.AsyncClient, location: str, gateway_url: str) -> str:
        """Goes through the provider's pages as a person does; where it sends the browser back to."""
        page = await there.get(location)
        for _ in range(20):
            if page.status_code in (302, 303):
                target = urljoin(str(page.url), page.headers["location"])
                if target.startswith(gateway_url):
                    return target
                page = await there.get(target)
                continue
            form = re.search(r'<form[^>]*action="([^"]*)"', page.text)
            assert form, page.text
            fields = hidden(page.text)
            if fields.get("prompt") == "login":
                fields |= {"login": "ann", "password": "anything"}
            page = await there.post(urljoin(str(page.url), html.unescape(form[1])), data=fields)
        raise AssertionError("the provider never came back")


def hidden(page: str) -> dict[str, str]:
    inputs = [dict(re.findall(r'([a-z]+)="([^"]*)"', one)) for one in re.findall(r"<input[^>]*hidden[^>]*>", page)]
    return {one["name"]: html.unescape(one.get("value", "")) for one in inputs}


class TestMock:
    @pytest.fixture
    async def gateway(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Gateway]:
        try:
            import oidc_provider_mock as mock
        except ImportError:
            missing("oidc-provider-mock")
        monkeypatch.setattr("harness.services.gateway.ENVIRONMENT", {"OPENID_SECRET": SECRET})
        users = [mock.User(sub="ann", claims=ANN)]
        with mock.run_server_in_thread(port=free_port(), require_nonce=True, user_claims=users) as server:
            issuer = f"http://localhost:{server.server_port}"
            async with running_gateway(
                tmp_path, toml(issuer, RULES.replace(", 'groups'", "")), identity=True
            ) as running:
                yield running

    async def test_one_signs_in_there(self, gateway: Gateway):
        async with Browser(gateway.url) as browser, httpx.AsyncClient() as there:
            page = await there.post(await begin(browser, "real"), data={"sub": "ann"})
            assert page.status_code == 302, page.text
            assert (await come_back(browser, page.headers["location"])).status_code == 303, browser.page.text
            assert (await browser.client.get("/gateway/me")).json()["role"] == "admin"

    async def test_one_who_refuses_there_is_not_signed_in(self, gateway: Gateway):
        async with Browser(gateway.url) as browser, httpx.AsyncClient() as there:
            page = await there.post(await begin(browser, "real"), data={"action": "deny"})
            assert (await come_back(browser, page.headers["location"])).status_code == 403
            assert await me(browser) == ""
