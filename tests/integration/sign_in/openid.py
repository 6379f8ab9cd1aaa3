"""A gateway with identity providers, and the way of a browser through them."""

import httpx

from harness.services.browser import Browser
from harness.services.openid_provider import CLIENT, OpenIdProvider


def identity_toml(*providers: tuple[str, OpenIdProvider], more: str = "") -> str:
    """The `[identity]` table; `more` is added to each provider's."""
    entries = "".join(
        f"[[identity.providers]]\nname = '{name}'\nissuer = '{one.issuer}'\nclient_id = '{CLIENT}'\n"
        f"client_secret = '$OPENID_SECRET'\n{more}\n"
        for name, one in providers
    )
    return f"[identity]\npublic_url = 'GATEWAY_URL'\n{entries}"


async def begin(browser: Browser, name: str = "fake", to: str = "/") -> str:
    """Clicks on the provider's button: where the browser is sent."""
    browser.client.follow_redirects = False
    page = await browser.client.get(f"/sign-in/providers/{name}", params={"next": to})
    assert page.status_code == 303, page.text
    return page.headers["location"]


async def come_back(browser: Browser, address: str) -> httpx.Response:
    browser.page = await browser.client.get(address)
    return browser.page


async def sign_in_at(browser: Browser, provider: OpenIdProvider, name: str = "fake", to: str = "/") -> httpx.Response:
    return await come_back(browser, provider.authorize(await begin(browser, name, to)))
